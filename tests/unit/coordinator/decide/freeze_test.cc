// Waves of changed health freeze removals.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/decide/idle_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using edgeherd::testing::Idle;
using model::Cause;
using model::NodeState;

TEST_CASE("a wave of health changes freezes removals, not launches") {
  Idle world;
  for (int i = 0; i < 4; ++i) world.make_bad(world.ids[static_cast<std::size_t>(i)]);
  Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::zone_freeze));
  world.zone("p/z", 12, 20);
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) > 0);
}

TEST_CASE("a wave that the plan itself finds freezes the removal of the first one") {
  Idle world;
  world.make_bad(world.ids[0]);
  std::vector<model::Vm> vms;
  for (const auto& [id, node] : world.fleet.nodes()) {
    model::Vm vm = world.server(id);
    const bool fails = id != world.ids[0] && vms.size() < 5;
    vm.power = fails ? model::Power::stopped : model::Power::running;
    vms.push_back(vm);
    if (!fails) continue;
    world.probe(id, model::ProbeKind::edge, false);
    for (int second = 1; second < world.policy.timings.failures_in_period; ++second) {
      world.apply(model::VerdictGiven{id, model::Verdict::degraded, "edge", true});
    }
  }
  world.apply(model::InventoryListed{ProviderId("p"), world.policy.fleet_id, vms});
  world.now += 1s;
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::zone_freeze));
}

TEST_CASE("a freeze lasts as long as many are in trouble, however long ago it began") {
  Idle world;
  for (int i = 0; i < 4; ++i) world.make_bad(world.ids[static_cast<std::size_t>(i)]);
  for (int minutes = 0; minutes < 120; minutes += 7) {
    world.now += 7min;
    for (int i = 0; i < 4; ++i) world.make_bad(world.ids[static_cast<std::size_t>(i)]);
    const Plan plan = world.plan();
    INFO(minutes);
    CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
    CHECK(FleetWorld::withheld(plan, Brake::zone_freeze));
  }
  SECTION("but not for those whom the operator names, once the wave is over") {
    std::vector<std::pair<NodeId, FleetWorld::Load>> well;
    for (std::size_t i = 4; i < world.ids.size(); ++i)
      well.emplace_back(world.ids[i], FleetWorld::Load{});
    world.run_load(well, 10s);
    (void)world.tick();
    world.now += 7min;
    world.run_load(well, 10s);
    world.apply(model::FlagSet{world.ids[0], model::Flag::asked_out, true});
    const Plan plan = world.plan();
    REQUIRE(FleetWorld::count(plan, ActionKind::withdraw) == 1);
    CHECK(FleetWorld::find(plan, ActionKind::withdraw)->node == world.ids[0]);
  }
}

TEST_CASE("half an account changing health freezes its other zones too") {
  Idle world(4);
  world.zone("p/other", 1, 20);
  std::vector<NodeId> others;
  for (int i = 0; i < 10; ++i) others.push_back(world.serving("p/other"));
  world.now += 20min;
  world.step(10s);
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (const auto& id : others) loads.emplace_back(id, FleetWorld::Load{});
  for (const auto& id : world.ids) loads.emplace_back(id, FleetWorld::Load{});
  world.run_load(loads, 5s);
  for (int i = 0; i < 8; ++i) world.make_bad(others[static_cast<std::size_t>(i)]);
  const Plan plan = world.plan();
  const Withheld* held = FleetWorld::withheld(plan, Brake::account_freeze);
  REQUIRE(held);
  CHECK(held->action.zone == ZoneId("p/z"));
}

TEST_CASE("nothing is launched over the maximum in place of one that the plan finds well again") {
  Idle world;
  const int all = static_cast<int>(world.ids.size());
  world.zone("p/z", all, all);
  world.make_bad(world.ids[0]);
  REQUIRE(FleetWorld::count(world.plan(), ActionKind::launch) == 1);
  world.now += world.policy.timings.health_period + 1s;
  for (const NodeId& id : world.ids) world.sample(id, {});
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::ceiling));
}

TEST_CASE("many of an account that lists lack are kept for a while, whatever zones they are of") {
  FleetWorld world;
  std::vector<NodeId> ids;
  for (const char* zone : {"p/a", "p/b", "p/c"}) {
    world.zone(zone, 2, 12);
    for (int i = 0; i < 2; ++i) ids.push_back(world.serving(zone));
  }
  world.zone("q/z", 1, 12);
  const NodeId other = world.serving("q/z");
  world.now += world.policy.timings.agent_away * 5;
  const auto list_none_of = [&](const char* account) {
    for (int i = 0; i < 2; ++i) {
      world.apply(model::InventoryListed{ProviderId(account), world.policy.fleet_id, {}});
    }
  };
  list_none_of("p");
  list_none_of("q");
  Plan plan = world.plan();
  // One of one is that account's own loss.
  REQUIRE(FleetWorld::count(plan, ActionKind::mark_gone) == 1);
  CHECK(FleetWorld::find(plan, ActionKind::mark_gone)->node == other);
  REQUIRE(FleetWorld::withheld(plan, Brake::many_missing));
  CHECK(FleetWorld::withheld(plan, Brake::many_missing)->text ==
        "6 of 3 servers missing in the account");
  // What leaves is nobody's loss.
  world.apply(model::StateEntered{ids[0], NodeState::flushed, Cause::scale_in, "test"});
  plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::mark_gone) == 2);
  world.now += world.policy.breakers.window;
  CHECK(FleetWorld::count(world.plan(), ActionKind::mark_gone) == 7);
}
