// Slack, January 2021. Lost packets in a provider's network made servers wait, so their CPU fell;
// the autoscaler took the idle CPU for low demand and removed servers. Then demand came back,
// health checks replaced servers that could not be reached, and the launches ran into their own
// limits.
//
// For a fleet: the zone shrinks at the worst moment, on half of the figures. Against it: a zone of
// which some servers are silent, or many answers are errors, does not shrink; a wave of ailing
// servers freezes removals; launches have a budget, so a storm becomes a queue.
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"
#include "tests/unit/coordinator/decide/idle_world.h"

namespace edgeherd::incidents {

TEST_CASE("low load in a zone of which half the servers are silent is no reason to shrink") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::net_mute, .at = 20min, .lasts = 20min, .scope = Scope::half});
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 20min});
  prove(incident,
        {"brake.stale_evidence", "brake.zone_freeze", "brake.account_freeze",
         "check.missing_data_forbids_shrinking", "check.missing_at_target"},
        "P3");
}

TEST_CASE("a plan to shrink is held back once figures are missing") {
  prove(
      [] {
        testing::Idle world;
        decide::Plan wanting = world.plan();
        world.now += 10s;
        wanting.zones.front().without_data = 1;
        const decide::Plan held = decide::guard(wanting, world.fleet, world.policy, world.now);
        return testing::FleetWorld::count(held, decide::ActionKind::withdraw) == 0;
      },
      {"brake.stale_evidence"});
}

TEST_CASE("low load with many errors is no reason to shrink") {
  prove(
      [] {
        testing::FleetWorld world;
        world.zone("p/z", 1, 20).capacity.requests_per_s = 100;
        std::vector<std::pair<NodeId, testing::FleetWorld::Load>> loads;
        for (int i = 0; i < 8; ++i) {
          loads.push_back({world.serving("p/z"), {.requests_per_s = 10, .errors_per_s = 4}});
        }
        world.run_load(loads, 10s);
        return testing::FleetWorld::decision(world.plan(), "p/z").proposal == 8;
      },
      {"check.errors_forbid_shrinking"});
}

TEST_CASE("a storm of launches becomes a queue within the account's budget") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].max_servers = 60;
  Incident incident(std::move(scenario));
  incident.at(1min, [](World& world) {
    world.policy.budgets.launches = 5;
    world.policy.scaling.rate_nodes = 30;
    world.reload();
  });
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 20min, .strength = 0.7});
  prove(incident, {"brake.launch_budget"}, "launches");
}

}  // namespace edgeherd::incidents
