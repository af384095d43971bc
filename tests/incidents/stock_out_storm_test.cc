// hammertime (#29) and others on EC2. The cloud answers that it has no server of that kind, with a
// status that reads like "try again"; it is tried again at once, by every loop that wants one,
// until the account's calls are used up and nothing else gets through.
//
// For a fleet: a zone that lacks many servers asks for all of them each second. Against it: one
// answer closes the placement for minutes, longer each time, and then one launch asks first.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

constexpr std::size_t one_wave = 12;  // what the zone may launch before the first answer is there
constexpr std::size_t tries = 4;      // of one launch each: within the hour no more are due

Incident sold_out_in_a_surge(sim::Scenario scenario) {
  Incident incident(std::move(scenario));
  incident.fault(
      {.kind = FaultKind::cloud_out_of_stock, .at = 19min, .lasts = 41min, .strength = 1});
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 38min, .strength = 0.3});
  incident.never("the cloud is asked again and again", [](World& world) {
    std::size_t refused = 0;
    for (const auto& [id, cloud] : world.clouds) refused += cloud->sold_out().size();
    return refused > one_wave + tries;
  });
  return incident;
}

}  // namespace

TEST_CASE("a cloud without stock is asked once by all, and then by one launch after minutes") {
  prove(sold_out_in_a_surge(ten_servers()), {"brake.placement_closed"}, "incident");
}

TEST_CASE("while one size is out of stock the next one is taken at once") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].fallbacks = 1;
  Incident incident(std::move(scenario));
  incident.fault(
      {.kind = FaultKind::cloud_out_of_stock, .at = 19min, .lasts = 41min, .strength = 0});
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 38min, .strength = 0.15});
  incident.by(23min, "it has grown",
              [](World& world) { return count(world, model::NodeState::in_service) >= 15; });
  REQUIRE(incident.broken_promise() == "");
}

}  // namespace edgeherd::incidents
