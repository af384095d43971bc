// jitsi-autoscaler and nomad-autoscaler (#845). "Dry run" kept launches back, but servers were
// still told to shut down, and cooldowns still began.
//
// For a fleet: somebody tries a configuration out, and servers go. Here shadow mode is a brake of
// every action, asked by the guard and again just before each deed.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("in shadow mode nothing is launched, drained, named or destroyed") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::op_shadow, .at = 20min, .lasts = 30min});
  incident.fault({.kind = FaultKind::load_surge, .at = 21min, .lasts = 10min, .strength = 0.3});
  incident.fault({.kind = FaultKind::load_drop, .at = 32min, .lasts = 15min});
  incident.fault({.kind = FaultKind::edge_sick, .at = 21min, .lasts = 20min});
  prove(incident, {"brake.shadow"}, "orders");
}

}  // namespace edgeherd::incidents
