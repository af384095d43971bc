// Kubernetes cluster autoscaler on Hetzner. The deadline of a creation was shorter than a boot
// took: each server was deleted just before it was ready, and the next one ordered, round and
// round, paid by the hour.
//
// For a fleet: the same with an image that boots slowly. Against it: failed boots back off, the
// third in a row stops the placement, and failed boots have a budget of their own.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

Incident slow_image() {
  sim::Scenario scenario = ten_servers();
  scenario.least_boot = 40s;
  scenario.most_boot = 50s;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::boot_slow, .at = 19min, .lasts = 41min, .strength = 1});
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 38min, .strength = 0.3});
  return incident;
}

}  // namespace

TEST_CASE("servers that boot longer than their deadline are not ordered again and again") {
  prove(slow_image(), {"brake.placement_backoff", "brake.failed_boot_budget"}, "launches");
}

TEST_CASE("a wave of servers that never came up is not ordered again within the hour") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].mean_rps = 1400;
  scenario.zones[0].max_servers = 60;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::boot_dead, .at = 7min, .lasts = 3min, .strength = 1});
  incident.fault({.kind = FaultKind::load_surge, .at = 8min, .lasts = 50min, .strength = 0.3});
  prove(incident, {"brake.failed_boot_budget"}, "launches");
}

}  // namespace edgeherd::incidents
