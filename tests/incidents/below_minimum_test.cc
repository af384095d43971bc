// Kubernetes cluster autoscaler by default, and nomad-autoscaler since its policies were reworked:
// the minimum bounds what is decided, but nothing brings a pool that has fallen below it back up;
// least of all when no metrics come.
//
// For a fleet: somebody deletes servers, and the zone stays too small. Here min and max are the
// last word on every size, also when every figure is gone.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a zone that fell below its minimum is filled up, also when nobody measures anything") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].mean_rps = 150;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::vm_vanishes, .at = 20min, .pick = 0});
  incident.fault({.kind = FaultKind::vm_vanishes, .at = 20min + 1s, .pick = 0});
  incident.fault({.kind = FaultKind::agent_hang, .at = 20min + 2s, .lasts = 20min, .pick = 0});
  incident.fault({.kind = FaultKind::agent_hang, .at = 20min + 2s, .lasts = 20min, .pick = 1});
  incident.by(25min, "four servers serve again",
              [](World& world) { return count(world, model::NodeState::in_service) >= 4; });
  prove(incident, {"check.min_enforced"}, "incident");
}

}  // namespace edgeherd::incidents
