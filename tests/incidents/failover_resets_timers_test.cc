// Kubernetes cluster autoscaler (#4115). Its timers lived in memory; each failover began them anew,
// and what had waited or been spent was forgotten.
//
// For a fleet: a coordinator that crashes every minute spends its removal budget every minute.
// Against it: departures, launches, changes of health and back-off are rows in the database, and
// count again after a start.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a restart gives no removal budget back") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    act::TerminateRequest request;
    for (std::size_t i = 0; i < 3; ++i) request.nodes.push_back(node(world, i)->id);
    world.controller()->terminate(request, [](const auto&) {});
  });
  for (Duration when = 21min; when < 26min; when += 1min) {
    incident.fault({.kind = FaultKind::brain_crash, .at = when, .lasts = 5s});
  }
  prove(incident, {"check.departures_restored"}, "P2");
}

}  // namespace edgeherd::incidents
