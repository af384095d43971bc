// nomad-autoscaler (#911). It drained nodes first, and then learned from the cloud that it might
// not remove them: they stayed, empty and paid for, and the work was squeezed onto the rest.
//
// For a fleet: a server is closed to viewers and can then not leave. Against it: everything that
// may forbid a removal is asked before the drain begins: floors, budgets, freezes, and the
// operator's pause.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("in a paused fleet no server is drained that may not be removed") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::op_pause, .at = 20min, .lasts = 20min});
  incident.fault({.kind = FaultKind::op_terminate, .at = 21min});
  incident.never("a server is told to drain", [](World& world) {
    return world.elapsed() < 40min && count(world, model::NodeState::draining) > 0;
  });
  prove(incident, {"brake.paused"}, "orders");
}

TEST_CASE("at the zone's minimum a server is drained only when its replacement serves") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].mean_rps = 200;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::cloud_out_of_stock, .at = 19min, .lasts = 30min});
  incident.fault({.kind = FaultKind::op_terminate, .at = 20min});
  prove(incident, {"brake.floor"}, "P1");
}

}  // namespace edgeherd::incidents
