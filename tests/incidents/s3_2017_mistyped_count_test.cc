// Amazon S3, February 2017. An operator who meant to take a few servers out of one small system
// typed one value of the command wrongly; so many servers went that two systems had to be started
// from nothing, for the first time in years.
//
// For a fleet: `terminate` with a zone or a list that is larger than its author thinks. Against it:
// above a few nodes the number must be typed and be right; and whatever is ordered, the floor of
// the zone and the budget of removals hold, also with --now.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

using act::TerminateMode;

void order_all(World& world, std::optional<int> expect_count, TerminateMode mode) {
  act::TerminateRequest request;
  request.whole_zone = lon;
  request.expect_count = expect_count;
  request.mode = mode;
  for (const auto& [id, node] : world.controller()->fleet().nodes()) {
    if (mode == TerminateMode::now) world.given_up.insert(id);
  }
  world.controller()->terminate(request, [](const auto&) {});
}

int all_of(World& world) {
  return static_cast<int>(world.controller()->fleet().nodes().size());
}

}  // namespace

TEST_CASE("an order for more nodes than its author typed is refused") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) { order_all(world, 1, TerminateMode::now); });
  incident.never("nodes were asked out", [](World& world) {
    return node(world, 0) != nullptr && node(world, 0)->asked_out;
  });
  prove(incident, {"check.termination_count"}, "incident");
}

TEST_CASE("an order for a whole zone that was confirmed by mistake takes one server at a time") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) { order_all(world, all_of(world), TerminateMode::now); });
  prove(incident, {"brake.removal_budget"}, "P2");
}

TEST_CASE("an order for a whole zone leaves its minimum") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].min_servers = 10;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::cloud_out_of_stock, .at = 19min, .lasts = 41min});
  incident.at(20min,
              [](World& world) { order_all(world, all_of(world), TerminateMode::in_order); });
  prove(incident, {"brake.floor"}, "P1");
}

}  // namespace edgeherd::incidents
