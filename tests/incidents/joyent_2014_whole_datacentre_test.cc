// Joyent, May 2014. A command to restart some servers was given without saying which, and all
// servers of a data centre restarted at once; the control plane was among them, and came back only
// slowly, for everybody asked it at the same time.
//
// For a fleet: the coordinator starts and finds no agent alive. Against it: it starts without them,
// and waits for them before it removes anything; and an edge that does not answer counts against a
// server only while 70 % of the others answer. So the same servers serve again as soon as they are
// up.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("the coordinator starts with no agent alive, and removes nobody until they are back") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    world.crash_brain(0, 20s);
    for (const auto& [vm, server] : world.yard.all()) server->switch_on(4min);
  });
  incident.by(30min, "the same ten servers serve again", [](World& world) {
    return count(world, model::NodeState::in_service) >= 9 &&
           world.clouds.begin()->second->creations() <= 12;
  });
  prove(incident, {"check.edge_quorum"}, "incident");
}

}  // namespace edgeherd::incidents
