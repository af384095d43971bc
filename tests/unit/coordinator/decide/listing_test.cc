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

TEST_CASE("each zone lists its own nodes in service, and those that its name may give") {
  testing::FleetWorld world;
  world.zone("p/z", 1, 9);
  world.zone("p/y", 1, 9);
  const NodeId here = world.serving("p/z");
  const NodeId cordoned = world.serving("p/z");
  const NodeId there = world.serving("p/y");
  (void)world.in_state("p/z", model::NodeState::draining);
  model::Node nameless = world.node(world.serving("p/y"));
  nameless.address.clear();
  world.apply(model::NodeRestored{nameless});
  world.apply(model::FlagSet{cordoned, model::Flag::cordoned, true});
  const auto all = list_zones(world.fleet, world.policy);
  REQUIRE(all.size() == 2);
  for (const auto& [zone, id] : {std::pair(ZoneId("p/z"), here), std::pair(ZoneId("p/y"), there)}) {
    REQUIRE(all.at(zone).nodes.size() == 1);
    CHECK(all.at(zone).nodes[0]->id == id);
    CHECK(list_zone(world.fleet, world.policy, zone).nodes == all.at(zone).nodes);
  }
}
