// The controller over the simulated twins of its seams: when it ticks.
#include "coordinator/act/controller.h"

#include "coordinator/decide/lifecycle.h"
#include "tests/sim/coordinator_world.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using model::NodeState;

TEST_CASE("a node goes into service with its last good probe, not with the next tick") {
  CoordinatorWorld world(1);
  world.policy.timings.tick = 40s;
  world.policy.zones[CoordinatorWorld::zone].min_servers = 1;
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::verifying) == 1; }, 3min));
  const auto is_fit = [&] {
    return !decide::unfit(world.only_node(), world.policy, world.loop.clock().mono());
  };
  REQUIRE(world.run_until(is_fit, 3min));
  CHECK(world.in_state(NodeState::verifying) == 1);
  CHECK(world.run_until([&] { return world.in_state(NodeState::in_service) == 1; },
                        1250ms));  // probed each second
}

}  // namespace edgeherd::sim
