// Fleets over several clouds, as their operators tell of them: one cloud runs out of servers and
// another takes over; then the first has some again, the load goes back, and what was launched
// elsewhere is removed too soon, missed, and launched again, round and round.
//
// For a fleet: two zones of one region that take servers from each other. Against it: what stands
// in for a zone is counted, so that it is launched once; it stays while the zone serves fewer than
// it wants; and then it leaves by the usual scale-in, minutes later.
#include <algorithm>

#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

const ZoneId other{"amazon/lon2"};

// A second zone of the region, in another cloud, with two servers of its own.
sim::Scenario two_clouds() {
  sim::Scenario scenario = ten_servers();
  sim::ZoneScenario zone = scenario.zones.front();
  zone.id = other;
  zone.provider = ProviderId("amazon");
  zone.min_servers = 2;
  zone.mean_rps = 130;
  scenario.zones.push_back(std::move(zone));
  return scenario;
}

int servers_in(World& world, const ZoneId& zone) {
  const act::Controller* controller = world.controller();
  if (controller == nullptr) return 0;
  const auto& nodes = controller->fleet().nodes();
  return static_cast<int>(std::count_if(nodes.begin(), nodes.end(), [&](const auto& entry) {
    return entry.second.zone == zone && entry.second.state == model::NodeState::in_service;
  }));
}

// Of the servers that stand in for lon: those that serve or come, and whether one of them leaves.
struct Standing {
  int there = 0;
  bool leaves = false;
};
Standing standing_in(World& world) {
  Standing found;
  const act::Controller* controller = world.controller();
  if (controller == nullptr) return found;
  for (const auto& [id, node] : controller->fleet().nodes()) {
    if (node.spilled_for != lon) continue;
    found.there += model::is_coming(node) || model::is_capacity(node) ? 1 : 0;
    found.leaves = found.leaves || node.state == model::NodeState::draining;
  }
  return found;
}

// The first cloud has none for ten minutes, and is asked with success a quarter of an hour after.
Incident sold_out_for_a_while() {
  Incident incident(two_clouds());
  incident.fault(
      {.kind = FaultKind::cloud_out_of_stock, .at = 19min, .lasts = 10min, .strength = 1});
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 60min, .strength = 0.15});
  incident.by(23min, "the other cloud's zone has taken over",
              [](World& world) { return servers_in(world, other) >= 5; });
  incident.never("too many stand in", [](World& world) { return standing_in(world).there > 8; });
  incident.never("one that stands in leaves while it is lacked",
                 [](World& world) { return world.elapsed() < 33min && standing_in(world).leaves; });
  incident.by(59min, "all are back where they belong", [](World& world) {
    return servers_in(world, lon) >= 14 && servers_in(world, other) <= 3;
  });
  return incident;
}

}  // namespace

TEST_CASE("servers that stand in for a zone stay while it lacks them, and go when it has its own") {
  prove(sold_out_for_a_while(), {"check.lent_servers_kept"}, "incident");
}

TEST_CASE("a lack is made up once, however long it lasts") {
  prove(sold_out_for_a_while(), {"check.spilled_counted"}, "spill");
}

}  // namespace edgeherd::incidents
