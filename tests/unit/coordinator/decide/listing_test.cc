// Whom viewers are sent to, and how the plan tells it.
#include "coordinator/decide/listing.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/coordinator/decide/idle_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;

TEST_CASE("a zone with too many bad nodes keeps them listed, and its decision says so") {
  testing::Idle world;
  const auto listing = [&] { return list_zone(world.fleet, world.policy, ZoneId("p/z")); };
  const auto told = [&] {
    const Plan plan = world.plan();
    const auto& steps = testing::FleetWorld::decision(plan, "p/z").steps;
    return std::count_if(steps.begin(), steps.end(),
                         [](const Step& step) { return step.name == "names"; });
  };
  const std::size_t all = world.ids.size();
  REQUIRE(all >= 4);
  world.make_bad(world.ids[0]);
  CHECK(listing().nodes.size() == all - 1);
  CHECK(listing().bad_kept == 0);
  CHECK(told() == 0);
  for (const NodeId& id : world.ids) world.make_bad(id);
  CHECK(listing().nodes.size() == all);
  CHECK(listing().bad_kept == static_cast<int>(all));
  CHECK(told() == 1);
}
