// Traffic Monitor (#6377). Three monitors agreed by majority, and a cache still went up and down
// all the time, for the states of the peers were mixed up; each change moved its viewers.
//
// For a fleet: a server that fails now and then is replaced, and a zone shrinks and grows in turns.
// Against it: only failures for half of a minute make a server bad, and a zone whose size has
// turned twice within half an hour stays as large as it is.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a check that fails for seconds now and then costs no server its place") {
  Incident incident(ten_servers());
  for (Duration when = 20min; when < 40min; when += 2min) {
    incident.fault({.kind = FaultKind::edge_sick, .at = when, .lasts = 10s, .pick = 3});
  }
  incident.never("it left service", [](World& world) {
    return world.elapsed() > 10min && count(world, model::NodeState::draining) > 0;
  });
  prove(incident, {"check.bad_takes_time"}, "incident");
}

TEST_CASE("a zone whose load goes up and down in turns stays up") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::load_drop, .at = 15min, .lasts = 8min});
  incident.fault({.kind = FaultKind::load_drop, .at = 30min, .lasts = 8min});
  incident.by(21min, "at first it follows",
              [](World& world) { return count(world, model::NodeState::in_service) < 10; });
  incident.never("it shrank again", [](World& world) {
    return world.elapsed() > 30min && world.elapsed() < 50min &&
           count(world, model::NodeState::draining) > 0;
  });
  prove(incident, {"brake.flap_guard"}, "flaps");
}

}  // namespace edgeherd::incidents
