// nomad-autoscaler (around #1290). An evaluation that changed nothing started the cooldown all the
// same; with one of them in every window the real change never got its turn.
//
// For a fleet: a tool that reloads the same configuration every minute keeps a zone large for ever.
// Here a window is restarted only by what it is there for: a reload that brings no new zone leaves
// it alone.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a reload of the same configuration every minute holds no scale-in back") {
  Incident incident(ten_servers());
  for (Duration when = 12min; when < 55min; when += 1min) {
    incident.at(when, [](World& world) { world.reload(); });
  }
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 38min});
  incident.by(40min, "the zone has shrunk",
              [](World& world) { return count(world, model::NodeState::in_service) <= 6; });
  prove(incident, {"check.reload_keeps_windows"}, "incident");
}

}  // namespace edgeherd::incidents
