// Eureka and Kubernetes learned it the same way: when many members of a fleet seem to fail at once,
// it is the observer or the network that fails. Eureka stops evicting when renewals fall below 85 %
// of what it expects; the cluster autoscaler halts when more than 45 % of the nodes, and more than
// three, are not ready. Before, both threw healthy fleets away.
//
// For a fleet: a bad release of a health check takes all servers with it. Against it: the freeze.
// More than max(2, 30 %) of a zone, or half of an account, that changed health within five minutes,
// and nobody is removed.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

Incident check_fails_on(std::size_t servers, Duration from) {
  Incident incident(ten_servers());
  for (std::size_t i = 0; i < servers; ++i) {
    incident.fault({.kind = FaultKind::edge_sick, .at = from, .lasts = 4min, .pick = i});
  }
  return incident;
}

}  // namespace

TEST_CASE("four of ten servers that fail at once freeze the zone's removals") {
  Incident incident = check_fails_on(4, 20min);
  incident.by(22min, "the freeze shows in the status", [](World& world) {
    return world.controller()->status().withheld.contains("zone_freeze");
  });
  prove(incident, {"brake.zone_freeze"}, "freeze");
}

TEST_CASE("half of an account that fails at once freezes it, however few they are in each zone") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].mean_rps = 130;
  scenario.zones[0].min_servers = 1;
  for (const char* place : {"fra1", "nyc1"}) {
    scenario.zones.push_back(scenario.zones[0]);
    scenario.zones.back().id = ZoneId(std::string("ocean/") + place);
    scenario.zones.back().region = RegionId(place);
  }
  Incident incident(std::move(scenario));
  for (std::size_t i = 0; i < 6; ++i) {
    incident.fault({.kind = FaultKind::edge_sick, .at = 20min, .lasts = 4min, .pick = i});
  }
  prove(incident, {"brake.account_freeze"}, "freeze");
}

}  // namespace edgeherd::incidents
