// Bounds of launches and removals that hold although servers are sick, silent or mistaken for new.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/decide/idle_world.h"
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using edgeherd::testing::Idle;

TEST_CASE("servers that turn sick one generation after the other are not replaced without end") {
  Idle world(4);
  world.zone("p/z", 2, 4);
  int launched = 0;
  Plan plan;
  for (int generation = 0; generation < 10; ++generation) {
    world.now += 1s;
    for (const NodeId& id : world.ids) world.make_bad(id);
    plan = world.plan();
    const int more = FleetWorld::count(plan, ActionKind::launch);
    for (int i = 0; i < more; ++i) world.ids.push_back(world.serving("p/z"));
    launched += more;
  }
  CHECK(launched == 2);  // the maximum of 4, and the 2 that may be sick before removals freeze
  REQUIRE(FleetWorld::withheld(plan, Brake::ceiling));
  CHECK(FleetWorld::withheld(plan, Brake::ceiling)->text ==
        "6 of 6 servers with the sick ones, what the zone's max allows");
}

TEST_CASE("servers that serve by a name's word alone leave within the budget of removals") {
  FleetWorld world;
  world.zone("p/z", 5, 40).dns_name = "z.example";
  world.policy.zones.at(ZoneId("p/z")).config_digest = "newer";
  std::set<std::string> addresses;
  for (int i = 0; i < 20; ++i) {
    const NodeId id = world.in_state("p/z", NodeState::verifying);
    addresses.insert(world.node(id).address);
  }
  read_names(world, addresses);
  world.list_all();
  int gone = 0;
  for (int tick = 0; tick < 20; ++tick) {
    world.now += 1s;
    for (const Action& action : world.plan().actions) {
      if (action.kind != ActionKind::withdraw) continue;
      world.apply(model::StateEntered{action.node, NodeState::draining, action.cause, "test"});
      ++gone;
    }
  }
  CHECK(gone == 1);
}

TEST_CASE("one silent server does not hold up what the operator decided") {
  Idle world;
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (std::size_t i = 1; i < world.ids.size(); ++i) {
    loads.push_back({world.ids[i], {.requests_per_s = 5}});
  }
  world.run_load(loads, 20s);
  world.list_all();
  REQUIRE(FleetWorld::decision(world.plan(), "p/z").without_data == 1);
  SECTION("a closed zone") {
    world.zone("p/z", 1, 20).activity = model::ZoneActivity::inactive;
    CHECK(FleetWorld::withheld(world.plan(), Brake::unconfirmed));
    world.confirm("p/z", 10);
    CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
  }
  SECTION("a lower maximum") {
    world.zone("p/z", 1, 4);
    world.confirm("p/z", 6);
    CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
  }
}
