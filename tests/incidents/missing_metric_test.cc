// Missing metrics, wrong both ways. In nomad-autoscaler one source without data ends the
// evaluation, so that the others may not scale up. In Kubernetes 1.16 to 1.20 one missing metric
// let a pod group scale down on the rest.
//
// For a fleet: one silent agent and no growth under load, or a zone that shrinks on half of its
// figures. Here missing is asymmetric: nothing on the way up, at target on the way down, and no
// shrinking on stale data.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("one silent agent does not keep its zone from growing under load") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::agent_hang, .at = 19min, .lasts = 20min, .pick = 2});
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 20min, .strength = 0.1});
  incident.by(25min, "the zone has grown",
              [](World& world) { return count(world, model::NodeState::in_service) >= 13; });
  prove(incident, {"check.grows_on_partial_data"}, "incident");
}

TEST_CASE("one silent agent keeps its zone from shrinking") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::agent_hang, .at = 19min, .lasts = 30min, .pick = 2});
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 29min});
  prove(incident, {"check.missing_data_forbids_shrinking", "brake.stale_evidence"}, "P3");
}

}  // namespace edgeherd::incidents
