// nomad-autoscaler (#376). Its rounds came every few seconds, drains took minutes, and each round
// saw the same low figures and drained one more node, until none was left.
//
// For a fleet: the same, within a minute of seconds-long ticks. Against it: leaving service is what
// spends, so that the budget of scale-in counts a server from the moment its drain begins; and what
// is draining counts as leaving, not as there.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("ticks of a second and drains of minutes remove one server a minute") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 38min});
  incident.by(45min, "the zone is at its minimum, and not below",
              [](World& world) { return count(world, model::NodeState::in_service) == 4; });
  prove(incident, {"brake.scale_in_budget"}, "P2");
}

}  // namespace edgeherd::incidents
