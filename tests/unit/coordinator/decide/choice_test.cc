// Who is taken back, who leaves, and what of a zone counts.
#include <algorithm>
#include <functional>

#include "coordinator/decide/demand.h"
#include "coordinator/decide/zone_view.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::Cause;
using model::NodeState;

namespace {

// A loaded node beside one that drains: whether that one is taken back for the load.
bool taken_back(const std::function<void(FleetWorld&, const NodeId&)>& change,
                Cause cause = Cause::scale_in) {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId draining = world.serving("p/z");
  world.apply(model::StateEntered{draining, NodeState::draining, cause, "test"});
  const NodeId busy = world.serving("p/z");
  world.run_load({{busy, {.requests_per_s = 130}}, {draining, {}}}, 6s);
  change(world, draining);
  return FleetWorld::count(world.plan(), ActionKind::return_to_service) == 1;
}

void says(FleetWorld& world, const NodeId& id, const std::string& drain_state) {
  model::HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  hello.drain_state = drain_state;
  world.apply(hello);
}

}  // namespace

TEST_CASE("only a node that drains for size alone, is well and still listens is taken back") {
  CHECK(taken_back([](FleetWorld&, const NodeId&) {}));
  CHECK_FALSE(taken_back([](FleetWorld&, const NodeId&) {}, Cause::operator_request));
  CHECK_FALSE(taken_back([](FleetWorld& world, const NodeId& id) {
    world.apply(model::FlagSet{id, model::Flag::asked_out, true});
  }));
  CHECK_FALSE(taken_back([](FleetWorld& world, const NodeId& id) {
    world.apply(model::FlagSet{id, model::Flag::cordoned, true});
  }));
  CHECK_FALSE(taken_back([](FleetWorld& world, const NodeId& id) {
    world.apply(model::FlagSet{id, model::Flag::quarantined, true});
  }));
  CHECK_FALSE(taken_back([](FleetWorld& world, const NodeId& id) { says(world, id, "closed"); }));
  CHECK_FALSE(taken_back([](FleetWorld& world, const NodeId& id) {
    world.apply(model::CommandSent{id, "close_listener", {}});  // it may obey at any moment
  }));
  CHECK(taken_back([](FleetWorld& world, const NodeId& id) {
    world.apply(model::CommandSent{id, "drain", {}});
  }));
  CHECK_FALSE(taken_back(
      [](FleetWorld& world, const NodeId& id) { world.sample(id, {.failing = {"disk"}}); }));
}

TEST_CASE("a node that is bad and asked out is sent home once, as sick") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId id = world.serving("p/z");
  for (int i = 0; i < 3; ++i) (void)world.serving("p/z");
  world.apply(model::FlagSet{id, model::Flag::asked_out, true});
  world.apply(model::VerdictGiven{id, model::Verdict::bad, "disk", false});
  const Plan plan = world.plan();
  int of_it = 0;
  const auto count = [&](const Action& action) {
    if (action.kind != ActionKind::withdraw || action.node != id) return;
    ++of_it;
    CHECK(action.cause == Cause::sick);
  };
  std::for_each(plan.actions.begin(), plan.actions.end(), count);
  for (const Withheld& held : plan.withheld) count(held.action);
  CHECK(of_it == 1);
}

TEST_CASE(
    "the last server that a name gives stays, unless the zone wants none or it may not answer") {
  FleetWorld world;
  model::ZonePolicy& zone = world.zone("p/z", 1, 10);
  const NodeId id = world.serving("p/z");
  world.apply(model::VerdictGiven{id, model::Verdict::bad, "disk", false});
  const auto leaves = [&] {
    const Plan plan = world.plan();
    const Action* action = FleetWorld::find(plan, ActionKind::withdraw);
    return action != nullptr && action->node == id;
  };
  CHECK_FALSE(leaves());
  SECTION("a second one answers") {
    (void)world.serving("p/z");
    CHECK(leaves());
  }
  SECTION("the zone wants none") {
    zone.min_servers = 0;
    CHECK(leaves());
  }
  SECTION("one that never served is not it") {
    const NodeId adopted = world.in_state("p/z", NodeState::booting);
    world.apply(model::NamesRead{ZoneId("p/z"), {world.node(adopted).address}, 30s});
    world.apply(model::FlagSet{adopted, model::Flag::asked_out, true});
    const Action* action = nullptr;
    const Plan plan = world.plan();
    action = FleetWorld::find(plan, ActionKind::withdraw);
    REQUIRE(action != nullptr);
    CHECK(action->node == adopted);
  }
  SECTION("it is cordoned, so that no name gives it") {
    world.apply(model::FlagSet{id, model::Flag::cordoned, true});
    CHECK(leaves());
  }
  SECTION("it is quarantined, so that no name gives it") {
    world.apply(model::FlagSet{id, model::Flag::quarantined, true});
    CHECK(leaves());
  }
}

TEST_CASE("what a zone has is told apart by what it can carry") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  for (const NodeState state :
       {NodeState::requested, NodeState::booting, NodeState::verifying, NodeState::in_service,
        NodeState::draining, NodeState::flushing, NodeState::flushed, NodeState::terminating}) {
    (void)world.in_state("p/z", state);
  }
  model::Vm vm;
  vm.id = VmId("theirs");
  world.apply(model::Adopted{NodeId("a"), ZoneId("p/z"), ProviderId("p"), vm});
  const auto view = [&] { return view_zones(world.fleet, world.policy).at(ZoneId("p/z")); };
  CHECK(view().coming.size() == 3);  // an adopted server without an agent promises nothing
  CHECK(view().in_service.size() == 1);
  CHECK(view().draining.size() == 1);
  CHECK(view().leaving.size() == 4);
  world.apply(model::KeyBound{NodeId("a"), AgentKey("k")});
  world.sample(NodeId("a"), {});
  CHECK(view().coming.size() == 4);
  const NodeId serving = view().in_service[0]->id;
  CHECK(view().serving.size() == 1);
  world.apply(model::FlagSet{serving, model::Flag::cordoned, true});
  CHECK(view().serving.empty());
  CHECK(view().in_service.size() == 1);
}

TEST_CASE("egress and disk size a zone as requests and CPU do") {
  FleetWorld world;
  model::ZonePolicy& zone = world.zone("p/z", 1, 10);
  zone.capacity.requests_per_s.reset();
  zone.capacity.egress_bits_per_s = 1e6;
  const NodeId id = world.serving("p/z");
  world.now += 60s;
  model::Sample sample;
  sample.boot_id = "other";
  sample.cpus = 1;
  for (std::uint64_t second = 1; second <= 5; ++second) {
    world.now += 1s;
    sample.seq = second;
    sample.uptime_ms = second * 1000;
    sample.ready = true;
    sample.cpu_busy_ms = second * 10;
    sample.net_tx_bytes = second * 250'000;  // 2 Mbit/s: 2.86 nodes at target
    sample.disk_busy_ms = second * 400;
    world.apply(model::SampleHeard{id, sample});
  }
  const ZoneDecision decision = FleetWorld::decision(world.plan(), "p/z");
  CHECK(decision.proposal == 3);
  CHECK(*decision.egress_bits_per_s == Approx(2e6));
  CHECK(*decision.disk_busy == Approx(0.4));
  CHECK(*decision.cpu == Approx(0.01));
}

TEST_CASE("errors of nodes without fresh data forbid nothing") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId quiet = world.serving("p/z");
  const NodeId busy = world.serving("p/z");
  world.run_load({{quiet, {.requests_per_s = 20, .errors_per_s = 20}}}, 6s);
  world.now += 1min;
  world.run_load({{busy, {.requests_per_s = 20}}}, 6s);
  const auto views = view_zones(world.fleet, world.policy);
  CHECK_FALSE(errors_high(views.at(ZoneId("p/z")), world.policy, world.now));
  world.run_load({{busy, {.requests_per_s = 20, .errors_per_s = 10}}}, 6s);
  const auto now_bad = view_zones(world.fleet, world.policy);
  CHECK(errors_high(now_bad.at(ZoneId("p/z")), world.policy, world.now));
}

TEST_CASE("a p99 within its limit adds nothing, nor does one of too few requests") {
  FleetWorld world;
  model::ZonePolicy& zone = world.zone("p/z", 1, 10);
  zone.slo_p99 = 100ms;
  const NodeId id = world.serving("p/z");
  const auto latencies = [&](double seconds, std::uint32_t count) {
    model::Sample sample;
    sample.boot_id = "latency-" + std::to_string(count) + std::to_string(seconds);
    sample.seq = 1;
    world.apply(model::SampleHeard{id, sample});
    sample.seq = 2;
    sample.latency = {{static_cast<std::uint16_t>(sketch_bucket(seconds)), count}};
    world.apply(model::SampleHeard{id, sample});
    return FleetWorld::decision(world.plan(), "p/z");
  };
  CHECK_FALSE(FleetWorld::decision(world.plan(), "p/z").p99_seconds);
  CHECK_FALSE(latencies(0.5, 50).latency_high);
  world.now += 1h;
  const ZoneDecision calm = latencies(0.02, 1000);
  CHECK(calm.p99_seconds);
  CHECK_FALSE(calm.latency_high);
  world.now += 1h;
  CHECK(latencies(0.5, 1000).latency_high);
}

TEST_CASE("the only edge is believed when its agent speaks, for no other can answer") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId id = world.serving("p/z");
  world.probe(id, model::ProbeKind::edge, false);
  const auto verdict = [&] {
    const Plan plan = world.plan();
    return plan.verdicts.empty() ? std::string() : plan.verdicts[0].reason;
  };
  CHECK(verdict() == "the edge does not answer: no answer within 2 s");
  world.now += 10s;  // the agent is silent, too
  world.probe(id, model::ProbeKind::edge, false);
  CHECK(verdict() == "the edge does not answer, but neither do the others");
}

TEST_CASE("several failing checks are all named") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId id = world.serving("p/z");
  world.sample(id, {.failing = {"disk", "clock"}});
  const Plan plan = world.plan();
  REQUIRE(plan.verdicts.size() == 1);
  CHECK(plan.verdicts[0].reason == "checks fail: disk, clock");
}

TEST_CASE(
    "a quarantined node is in service in name alone, and a held one counts against its zone") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  const NodeId quarantined = world.serving("p/z");
  (void)world.serving("p/z");
  world.apply(model::FlagSet{quarantined, model::Flag::quarantined, true});
  CHECK(view_zones(world.fleet, world.policy).at(ZoneId("p/z")).serving.size() == 1);

  world.policy.timings.hold_per_zone = 1;
  const NodeId first = world.in_state("p/z", NodeState::flushing);
  const NodeId second = world.in_state("p/z", NodeState::flushing);
  for (const NodeId& id : {first, second}) {
    world.apply(model::RebootAnswered{id, fail(Errc::not_found, "no server")});
  }
  world.now += world.policy.timings.flush_deadline + 1s;
  world.apply(model::NodeHeld{first, "no archive"});
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::hold) == 0);
  const Action* given_up = FleetWorld::find(plan, ActionKind::give_up_flush);
  REQUIRE(given_up != nullptr);
  CHECK(given_up->node == second);  // one is held, no more may be
}

TEST_CASE("no more are held than may be of a zone, also when all are late in one tick") {
  FleetWorld world;
  world.zone("p/z", 0, 10);
  world.policy.timings.hold_per_zone = 2;
  for (int i = 0; i < 5; ++i) {
    const NodeId id = world.in_state("p/z", NodeState::flushing);
    world.apply(model::RebootAnswered{id, fail(Errc::not_found, "no server")});
  }
  world.now += world.policy.timings.flush_deadline + 1s;
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::hold) == 2);
  CHECK(FleetWorld::count(plan, ActionKind::give_up_flush) == 3);
}

TEST_CASE("who is asked out and says nothing still carries what nobody knows") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (int i = 0; i < 4; ++i) loads.push_back({world.serving("p/z"), {.requests_per_s = 30}});
  world.apply(model::FlagSet{loads[0].first, model::Flag::asked_out, true});
  world.run_load(loads, 10s);
  CHECK(FleetWorld::decision(world.plan(), "p/z").without_data == 0);
  world.run_load({loads.begin() + 1, loads.end()}, 10s);
  CHECK(FleetWorld::decision(world.plan(), "p/z").without_data == 1);
}

TEST_CASE("who may be gone already leaves first, and nobody beside him") {
  FleetWorld world;
  world.zone("p/z", 1, 2);
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (int i = 0; i < 3; ++i) loads.push_back({world.serving("p/z"), {}});
  loads[0].second.connections = 50;  // by these alone it would be the last to leave
  world.run_load(loads, 60s);
  const auto leaves = [&] {
    const Plan plan = world.plan();
    CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 1);
    const Action* withdraw = FleetWorld::find(plan, ActionKind::withdraw);
    return withdraw == nullptr ? NodeId() : withdraw->node;
  };
  CHECK(leaves() != loads[0].first);
  SECTION("a complete list lacked it") {
    world.list_without(loads[0].first);
    CHECK(leaves() == loads[0].first);
  }
  SECTION("its agent says nothing") {
    world.run_load({loads.begin() + 1, loads.end()}, 10s);
    CHECK(leaves() == loads[0].first);
  }
}

TEST_CASE("a zone with more than it wants says why, if none of them is chosen") {
  FleetWorld world;
  world.zone("p/z", 1, 10);
  for (int i = 0; i < 3; ++i) {
    const NodeId id = world.serving("p/z");
    world.apply(model::FlagSet{id, model::Flag::is_protected, true});
    world.apply(model::FlagSet{id, model::Flag::cordoned, true});
  }
  world.policy.zones.at(ZoneId("p/z")).activity = model::ZoneActivity::inactive;
  const Plan plan = world.plan();
  REQUIRE(plan.zones.size() == 1);
  CHECK(plan.zones[0].outcome.starts_with("more than wanted"));
}
