// Kubernetes cluster autoscaler (#547). Nodes that it had ordered itself and that never came up
// counted as unready; they tripped its own halt, and with it the removal of nodes that were broken.
//
// For a fleet: a few failed boots, and sick servers keep their viewers. Here only the health of
// servers in service counts: what boots has a budget of its own.
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::incidents {

namespace {

// Six servers serve, one of them is sick; five launches do not answer at their edge ports.
bool sick_one_leaves() {
  testing::FleetWorld world;
  world.zone("p/z", 2, 20);
  std::vector<NodeId> serving;
  std::vector<NodeId> launched;
  for (int i = 0; i < 6; ++i) serving.push_back(world.serving("p/z"));
  for (int i = 0; i < 5; ++i) {
    launched.push_back(world.in_state("p/z", model::NodeState::booting));
  }
  for (int second = 0; second < 45; ++second) {
    for (const NodeId& id : serving) {
      world.sample(id, {.failing = id == serving[0] ? std::vector<std::string>{"disk"}
                                                    : std::vector<std::string>{}});
      world.probe(id, model::ProbeKind::edge, true);
    }
    for (const NodeId& id : launched) world.probe(id, model::ProbeKind::edge, false);
    const decide::Plan plan = world.tick();
    const decide::Action* out = testing::FleetWorld::find(plan, decide::ActionKind::withdraw);
    if (out != nullptr) return out->node == serving[0];
    world.now += 1s;
  }
  return false;
}

}  // namespace

TEST_CASE("launches that do not come up freeze no removal of a sick server") {
  prove(sick_one_leaves, {"check.health_of_serving_only"});
}

}  // namespace edgeherd::incidents
