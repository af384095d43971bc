// How many nodes a zone gets, and why.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::NodeState;

namespace {

// `count` nodes in service, each with the same load for ten seconds; past every window.
std::vector<NodeId> loaded(FleetWorld& world, int count, FleetWorld::Load load) {
  std::vector<NodeId> ids;
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (int i = 0; i < count; ++i) {
    ids.push_back(world.serving("p/z"));
    loads.emplace_back(ids.back(), load);
  }
  world.now += 20min;  // the launches and the start are long past
  world.run_load(loads, 10s);
  return ids;
}

}  // namespace

TEST_CASE("an empty zone is filled to its minimum without any metric") {
  FleetWorld world;
  world.zone("p/z", 3, 10);
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 3);
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().name == "min");
}

TEST_CASE("requests above target launch what is missing, rounded up") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  loaded(world, 2, {.requests_per_s = 100});  // 200 rps / (100 * 0.70) = 2.86 nodes
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 1);
}

TEST_CASE("an agent that counts beyond all bounds fills its zone, and no more") {
  FleetWorld world;
  world.zone("p/z", 1, 4);
  loaded(world, 2, {.requests_per_s = 1e13});
  CHECK(FleetWorld::decision(world.plan(), "p/z").desired == 4);
}

TEST_CASE("the largest need of all resources leads") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  loaded(world, 2, {.requests_per_s = 10, .cpu = 0.95});
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 1);  // 1.9 / 0.70 = 2.7
  CHECK(FleetWorld::decision(plan, "p/z").steps.front().text.find("cpu") != std::string::npos);
}

TEST_CASE("without a configured capacity CPU alone sizes the zone") {
  FleetWorld world;
  world.zone("p/z", 1, 10).capacity.requests_per_s.reset();
  loaded(world, 2, {.requests_per_s = 5000, .cpu = 0.70});
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 0);
}

TEST_CASE("a resource whose target is switched off does not size the zone") {
  FleetWorld world;
  world.zone("p/z", 1, 10).targets.cpu.reset();
  loaded(world, 2, {.requests_per_s = 70, .cpu = 1.0});
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 0);
}

TEST_CASE("a need within the tolerance changes nothing") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  loaded(world, 4, {.requests_per_s = 74});  // 4.23 nodes of 4
  const Plan plan = world.plan();
  CHECK(plan.actions.empty());
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().name == "tolerance");
}

TEST_CASE(
    "a node without fresh data counts at target on the way down and as nothing on the way up") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  auto ids = loaded(world, 4, {.requests_per_s = 10});
  world.now += 1s;
  // Three report little, one is silent: no shrinking at all.
  for (int i = 0; i < 5; ++i) {
    world.now += 1s;
    for (int k = 0; k < 3; ++k)
      world.sample(ids[static_cast<std::size_t>(k)], {.requests_per_s = 10});
  }
  Plan plan = world.plan();
  CHECK(FleetWorld::decision(plan, "p/z").without_data == 1);
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  // The same three report much: the silent one adds nothing to the need.
  for (int i = 0; i < 5; ++i) {
    world.now += 1s;
    for (int k = 0; k < 3; ++k)
      world.sample(ids[static_cast<std::size_t>(k)], {.requests_per_s = 150});
  }
  plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 3);  // 450 / 70 = 6.4 -> 7, not 8
}

TEST_CASE("a metric outage keeps the size, and min and max still hold") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  loaded(world, 4, {.requests_per_s = 1});
  world.now += 10min;
  Plan plan = world.plan();
  CHECK(plan.actions.empty());
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().text == "no fresh data, the size stays");
  world.zone("p/z", 6, 10);
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 2);
}

TEST_CASE("a resource that the zone is sized by, and no node reports, forbids shrinking") {
  FleetWorld world;
  auto& zone = world.zone("p/z", 1, 10);
  loaded(world, 4, {.requests_per_s = 10});
  CHECK(FleetWorld::decision(world.plan(), "p/z").proposal < 4);
  zone.capacity.egress_bits_per_s = 1e9;  // the samples of this world have none
  CHECK(FleetWorld::decision(world.plan(), "p/z").proposal == 4);
}

TEST_CASE("scale-in waits until the whole stabilisation window asked for less") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  auto ids = loaded(world, 4, {.requests_per_s = 70});
  world.tick();
  std::vector<std::pair<NodeId, FleetWorld::Load>> little;
  for (const auto& id : ids) little.emplace_back(id, FleetWorld::Load{.requests_per_s = 10});
  world.run_load(little, 10s);
  Plan plan = world.tick();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().name == "stabilisation");
  for (int i = 0; i < 31; ++i) {
    world.run_load(little, 10s);
    plan = world.tick();
  }
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 1);  // the budget lets one go a minute
}

TEST_CASE("a zone that has just grown does not shrink: viewers have yet to find the new server") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  auto ids = loaded(world, 4, {.requests_per_s = 10});
  ids.push_back(world.serving("p/z"));  // as the size of the zone asked for, ten minutes ago
  std::vector<std::pair<NodeId, FleetWorld::Load>> little;
  for (const auto& id : ids) little.emplace_back(id, FleetWorld::Load{.requests_per_s = 10});
  world.run_load(little, 10s);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 0);
  CHECK(FleetWorld::decision(world.plan(), "p/z").steps.back().text ==
        "a server came within the last 300 s: no shrinking before it carries its share");
  world.run_load(little, world.policy.scaling.scale_in_stabilisation);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
}

TEST_CASE("a node that is no longer cordoned stays while the window needed as many at target") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  auto ids = loaded(world, 11, {.requests_per_s = 70});
  world.apply(model::FlagSet{ids[10], model::Flag::cordoned, true});
  const auto carry = [&](double requests_per_s) {
    std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
    for (const auto& id : ids) {
      const double own = id == ids[10] ? 0 : requests_per_s;
      loads.emplace_back(id, FleetWorld::Load{.requests_per_s = own});
    }
    world.run_load(loads, 10s);
    return world.tick();
  };
  Plan plan;
  for (int i = 0; i < 40; ++i) plan = carry(74);
  // 740 / 70 = 10.57: more than the ten that serve, and within the tolerance.
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().name == "tolerance");
  plan = carry(60);
  world.apply(model::FlagSet{ids[10], model::Flag::cordoned, false});
  plan = world.tick();
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().text == "the last 300 s asked for more");
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  for (int i = 0; i < 31; ++i) plan = carry(60);
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 1);
}

TEST_CASE("a restart never causes a scale-in before a whole window was seen") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  auto ids = loaded(world, 4, {.requests_per_s = 1});
  world.apply(model::Started{2});
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().text ==
        "the zone was not watched for the last 300 s: no shrinking yet");
}

TEST_CASE("a window that was not watched without a gap does not allow a scale-in") {
  FleetWorld world;
  world.zone("p/z", 1, 20).capacity.requests_per_s = 100;
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (int i = 0; i < 10; ++i) {
    loads.emplace_back(world.serving("p/z"), FleetWorld::Load{.requests_per_s = 5});
  }
  world.now += 20min;
  world.run_load(loads, 10s);
  (void)world.tick();  // the process stood still before: this is the first proposal for long
  CHECK(FleetWorld::decision(world.plan(), "p/z").desired == 10);
  for (int i = 0; i < 31; ++i) {
    world.run_load(loads, 10s);
    (void)world.tick();
  }
  CHECK(FleetWorld::decision(world.plan(), "p/z").desired < 10);
}

TEST_CASE("many errors forbid shrinking however low the load looks") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  loaded(world, 4, {.requests_per_s = 10, .errors_per_s = 5});
  const Plan plan = world.plan();
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().text.find("errors") != std::string::npos);
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
}

TEST_CASE("growth is limited per period, but not below the minimum") {
  FleetWorld world;
  world.zone("p/z", 1, 100);
  loaded(world, 2, {.requests_per_s = 4000});
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 4);
  CHECK(FleetWorld::decision(plan, "p/z").steps.back().name == "growth_rate");
}

TEST_CASE("booting nodes are capacity that is coming") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  loaded(world, 2, {.requests_per_s = 100});
  world.in_state("p/z", NodeState::booting);
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 0);
}

TEST_CASE("a slow p99 adds nodes and forbids shrinking, then stops when nodes do not help") {
  FleetWorld world;
  world.zone("p/z", 1, 20).slo_p99 = 100ms;
  auto ids = loaded(world, 4, {.requests_per_s = 70});
  const auto slow = [&] {
    for (const auto& id : ids) {
      model::Sample s;
      s.boot_id = "boot";
      static std::uint64_t seq = 1000;
      s.seq = ++seq;
      s.uptime_ms = static_cast<std::uint64_t>(millis(world.now.time_since_epoch()));
      s.ready = true;
      s.cpus = 1;
      static std::uint64_t count = 0;
      s.latency = {{static_cast<std::uint16_t>(sketch_bucket(0.2)), count += 100}};
      world.apply(model::SampleHeard{id, s});
    }
  };
  slow();
  world.now += 1s;
  slow();
  Plan plan = world.plan();
  const ZoneDecision& high = FleetWorld::decision(plan, "p/z");
  REQUIRE(high.p99_seconds);
  CHECK(*high.p99_seconds == Approx(0.2).epsilon(0.011));
  CHECK(high.latency_high);
  CHECK(high.proposal == 6);  // at most half more than the four that serve
  world.apply(model::LatencyJudged{ZoneId("p/z"), true});
  world.now += 2 * world.policy.timings.boot_time + 1s;
  slow();
  world.now += 1s;
  slow();
  plan = world.plan();
  CHECK(FleetWorld::decision(plan, "p/z").proposal == 4);
}

TEST_CASE("draining nodes are taken back before anything is launched, the newest first") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId older = world.serving("p/z");
  world.apply(model::StateEntered{older, NodeState::draining, model::Cause::scale_in, "test"});
  world.now += 5s;
  const NodeId newer = world.serving("p/z");
  world.apply(model::StateEntered{newer, NodeState::draining, model::Cause::scale_in, "test"});
  auto ids = loaded(world, 2, {.requests_per_s = 100});
  world.sample(older, {});
  world.sample(newer, {});
  const Plan plan = world.plan();
  REQUIRE(FleetWorld::count(plan, ActionKind::return_to_service) == 1);
  CHECK(FleetWorld::find(plan, ActionKind::return_to_service)->node == newer);
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 0);
}

TEST_CASE("a draining node that is wanted back takes no other step: each node has one") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId node = world.serving("p/z");
  world.apply(model::StateEntered{node, NodeState::draining, model::Cause::scale_in, "test"});
  loaded(world, 2, {.requests_per_s = 100});
  world.sample(node, {});
  const Plan plan = world.plan();
  REQUIRE(FleetWorld::count(plan, ActionKind::return_to_service) == 1);
  CHECK(std::count_if(plan.actions.begin(), plan.actions.end(),
                      [&](const Action& action) { return action.node == node; }) == 1);
}

TEST_CASE("an old image leaves first, then who carries least, and protected nodes never") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const auto a = world.serving("p/z");
  const auto b = world.serving("p/z");
  const auto c = world.serving("p/z");
  world.now += 20min;
  world.run_load({{a, {.connections = 9}}, {b, {.connections = 3}}, {c, {.connections = 1}}}, 10s);
  world.apply(model::FlagSet{c, model::Flag::is_protected, true});
  Plan plan = world.plan();
  REQUIRE(FleetWorld::find(plan, ActionKind::withdraw));
  CHECK(FleetWorld::find(plan, ActionKind::withdraw)->node == b);
}

TEST_CASE("a node of an old image leaves before one that carries less") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const auto old = world.serving("p/z");
  world.zone("p/z", 1, 10).image = ImageId("v2");
  world.apply(
      model::LaunchIntended{NodeId("new"), ZoneId("p/z"), ProviderId("p"), ImageId("v2"), "", "s"});
  model::Vm vm;
  vm.id = VmId("vm-new");
  vm.address = "127.1.9.9";
  world.apply(model::CreateAnswered{NodeId("new"), vm, std::nullopt});
  world.apply(model::KeyBound{NodeId("new"), AgentKey("key-new")});
  world.apply(
      model::StateEntered{NodeId("new"), NodeState::in_service, model::Cause::none, "test"});
  world.now += 20min;
  world.run_load({{old, {.connections = 50}}, {NodeId("new"), {.connections = 1}}}, 10s);
  const Plan plan = world.plan();
  REQUIRE(FleetWorld::find(plan, ActionKind::withdraw));
  CHECK(FleetWorld::find(plan, ActionKind::withdraw)->node == old);
}
