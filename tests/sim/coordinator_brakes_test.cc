// Brakes that have a memory, or that hold in every path.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"

namespace edgeherd::sim {

TEST_CASE("a restart in the midst of a wave of changed health does not lift the freeze") {
  CoordinatorWorld world(40);
  world.policy.breakers.window = 10min;
  world.policy.timings.start_up = 0s;  // the freeze alone is to hold
  settled(world);
  world.edges.set_load(world.name, 500);
  REQUIRE(world.run_until([&] { return world.in_state(model::NodeState::in_service) >= 7; }, 5min));
  int changed = 0;
  for (const auto& [id, node] : world.fleet().nodes()) {
    if (node.state != model::NodeState::in_service || ++changed > 4) continue;
    world.controller().apply(model::VerdictGiven{id, model::Verdict::unknown, "silent", false});
  }
  world.loop.run_for(2s);
  REQUIRE(world.fleet().health_changes().size() >= 4);
  world.restart();
  world.loop.run_for(5s);
  CHECK(world.fleet().health_changes().size() >= 4);
  const NodeId victim = world.fleet().nodes().begin()->first;
  act::TerminateRequest request;
  request.nodes = {victim};
  REQUIRE(ask<act::TerminationPreview>(world, [&](auto reply) {
            world.controller().terminate(request, reply);
          }).ok());
  world.loop.run_for(30s);
  CHECK(world.fleet().node(victim)->state == model::NodeState::in_service);
  CHECK(world.controller().status().withheld.contains("zone_freeze"));
  REQUIRE(world.run_until(
      [&] { return world.fleet().node(victim)->state != model::NodeState::in_service; }, 15min));
}

}  // namespace edgeherd::sim
