// One node's way from the intent into service, and what stops it at each state.
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;

namespace {

NodeId verifying_and_fit(FleetWorld& world) {
  const NodeId id = world.in_state("p/z", NodeState::verifying);
  for (int i = 0; i < world.policy.timings.verify_in_a_row; ++i) {
    world.probe(id, model::ProbeKind::edge, true);
    world.probe(id, model::ProbeKind::health, true);
  }
  world.sample(id, {});
  return id;
}

}  // namespace

TEST_CASE(
    "an unanswered creation is asked again only after a younger complete inventory lacks it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(model::CallStarted{id, model::Call::create});
  CHECK(wants(world, id).empty());
  world.apply(model::CreateAnswered{id, std::nullopt, fail(Errc::timeout, "no answer")});
  world.now += world.policy.timings.retry_call;
  world.list_all();
  CHECK(wants(world, id).empty());  // too early: the list may lag behind
  world.now += world.policy.timings.create_settle;
  CHECK(wants(world, id).empty());  // late enough, but not listed since
  world.list_all();
  CHECK(wants(world, id) == "create_again");
}

TEST_CASE("a creation that the provider refuses outright leaves no record behind") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(
      model::CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "no s-2vcpu in lon1")});
  CHECK(world.fleet.node(id) == nullptr);
  CHECK(world.placement("p").stock_outs == 1);
}

TEST_CASE("a node that misses its boot deadline is discarded, from each state of the boot") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeState state = GENERATE(NodeState::requested, NodeState::booting, NodeState::verifying);
  const NodeId id = world.in_state("p/z", state);
  world.now += world.policy.timings.boot_deadline + 1s;
  const auto action = next(world, id);
  REQUIRE(action);
  CHECK(action->kind == ActionKind::discard);
  CHECK(action->cause == Cause::failed_boot);
}

TEST_CASE("a launch that was never seen is not given up while its account cannot be listed") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  world.list_all();
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(model::CreateAnswered{id, std::nullopt, fail(Errc::unavailable, "no route")});
  world.apply(model::InventoryFailed{ProviderId("p"), fail(Errc::unavailable, "no route")});
  world.now += world.policy.timings.boot_deadline + 1s;
  CHECK(wants(world, id).empty());
  world.list_all();
  CHECK(wants(world, id) == "discard");
}

TEST_CASE("a server without an address is not given up while its account cannot name it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  world.list_all();
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(model::KeyBound{id, AgentKey("k")});
  REQUIRE(world.node(id).state == NodeState::verifying);
  world.apply(model::InventoryFailed{ProviderId("p"), fail(Errc::unavailable, "no route")});
  world.now += 2 * world.policy.timings.boot_deadline;
  CHECK(wants(world, id).empty());
  SECTION("the list lacks it") {
    world.list_without(id);
    CHECK(wants(world, id) == "discard");
  }
  SECTION("the list names its address: it has a boot deadline's time to prove itself") {
    model::Vm vm;
    vm.id = VmId("vm-1");
    vm.fleet = "test";
    vm.node = id;
    vm.address = "192.0.2.1";
    world.apply(model::InventoryListed{ProviderId("p"), "test", {vm}});
    CHECK(wants(world, id).empty());
    world.now += world.policy.timings.boot_deadline + 1s;
    world.list_all();
    CHECK(wants(world, id) == "discard");
  }
}

TEST_CASE("a failed boot that its zone's name gives to viewers is withdrawn, and its logs stored") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example";
  const NodeState state = GENERATE(NodeState::booting, NodeState::verifying);
  const NodeId id = world.in_state("p/z", state);
  world.apply(model::NamesRead{ZoneId("p/z"), {world.node(id).address}});
  world.now += world.policy.timings.boot_deadline + 1s;
  const auto action = next(world, id);
  REQUIRE(action);
  CHECK(action->kind == ActionKind::withdraw);
  CHECK(action->cause == Cause::failed_boot);
  world.apply(model::StateEntered{id, NodeState::draining, Cause::failed_boot, "test"});
  CHECK(world.fleet.departures().size() == 1);  // viewers came to it, whatever it was called
}

TEST_CASE("a wrong build that its zone's name gives to viewers is withdrawn first, too") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example";
  const NodeId id = verifying_and_fit(world);
  world.policy.zones.at(ZoneId("p/z")).config_digest = "another";
  CHECK(next(world, id)->kind == ActionKind::discard);
  world.apply(model::NamesRead{ZoneId("p/z"), {world.node(id).address}});
  CHECK(next(world, id)->kind == ActionKind::withdraw);
}

TEST_CASE("a node is admitted only when every witness is good often enough") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = verifying_and_fit(world);
  CHECK(wants(world, id) == "admit");
  SECTION("one failed edge probe starts the count again") {
    world.probe(id, model::ProbeKind::edge, false);
    world.probe(id, model::ProbeKind::edge, true);
    CHECK(wants(world, id).empty());
    CHECK(unfit(world.node(id), world.policy, world.now)->find("edge port") == 0);
  }
  SECTION("a failing check") {
    world.sample(id, {.failing = {"mount"}});
    CHECK(unfit(world.node(id), world.policy, world.now) == "checks fail: mount");
  }
  SECTION("a sample that grew old") {
    world.now += 10s;
    CHECK(unfit(world.node(id), world.policy, world.now) == "no fresh sample");
  }
  SECTION("an unhealthy health page") {
    world.probe(id, model::ProbeKind::health, false);
    CHECK(unfit(world.node(id), world.policy, world.now)->find("health page") == 0);
  }
}

TEST_CASE("a wrong image or configuration is discarded at once, never put in service") {
  FleetWorld world;
  auto& zone = world.zone("p/z", 1, 5);
  SECTION("image version") {
    world.apply(model::LaunchIntended{NodeId("n"), ZoneId("p/z"), ProviderId("p"), ImageId("v2"),
                                      "v2", "s"});
    world.apply(model::KeyBound{NodeId("n"), AgentKey("k")});
    model::HelloHeard hello;
    hello.node = NodeId("n");
    hello.boot_id = "b";
    hello.image_version = "v1";
    world.apply(hello);
    const auto action = next(world, NodeId("n"));
    REQUIRE(action);
    CHECK(action->kind == ActionKind::discard);
    CHECK(action->reasons.front().text == "image version is \"v1\", wanted \"v2\"");
  }
  SECTION("configuration digest") {
    const NodeId id = verifying_and_fit(world);
    zone.config_digest = "abc";
    CHECK(next(world, id)->kind == ActionKind::discard);
    CHECK(next(world, id)->cause == Cause::failed_boot);
    zone.image = ImageId("v2");  // which it was launched before, and so could not have
    CHECK(next(world, id)->cause == Cause::rotation);
  }
}

TEST_CASE("a VM that somebody else deletes is noticed after two complete inventories") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.now += 1min;
  world.list_without(id);
  CHECK(wants(world, id).empty());
  world.list_without(id);
  CHECK(wants(world, id) == "mark_gone");
  CHECK(next(world, id)->cause == Cause::lost);
}

TEST_CASE(
    "a server that vanishes before it ever served is a failed boot, one that served is none") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId booting = world.in_state("p/z", NodeState::booting);
  const NodeId served = world.serving("p/z");
  world.apply(model::StateEntered{served, NodeState::gone, Cause::lost, "vanished"});
  CHECK(world.placement("p").consecutive_failures == 0);
  world.now += world.policy.timings.create_settle + 1s;
  world.list_without(booting);
  world.list_without(booting);
  const auto action = next(world, booting);
  REQUIRE(action);
  CHECK(action->kind == ActionKind::mark_gone);
  world.apply(model::StateEntered{booting, NodeState::gone, action->cause, "vanished"});
  CHECK(world.placement("p").consecutive_failures == 1);
}

TEST_CASE("a quarantined node stays where it is") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeState state = GENERATE(NodeState::booting, NodeState::verifying, NodeState::draining,
                                   NodeState::flushing, NodeState::flushed);
  const NodeId id = world.in_state("p/z", state);
  world.apply(model::FlagSet{id, model::Flag::quarantined, true});
  world.now += 1h;
  CHECK(wants(world, id).empty());
}

TEST_CASE("a server whose agent speaks is not lost, whatever complete inventories say") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.now += 1min;
  for (int i = 0; i < 5; ++i) {
    world.sample(id, {});
    world.list_without(id);
    CHECK(wants(world, id).empty());
  }
  world.now += world.policy.timings.agent_away + 1s;
  CHECK(wants(world, id) == "mark_gone");
  SECTION("nor is one whose agent we do not hear, but whose health page we see") {
    world.probe(id, model::ProbeKind::health, true);
    CHECK(wants(world, id).empty());
    world.probe(id, model::ProbeKind::health, false);
    CHECK(wants(world, id) == "mark_gone");
    world.probe(id, model::ProbeKind::health, true);
    world.now += 16s;  // seen a while ago
    CHECK(wants(world, id) == "mark_gone");
  }
}

TEST_CASE("many that a list lacks at once are given up when it lasts, not before") {
  FleetWorld world;
  world.zone("p/z", 6, 12);
  std::vector<NodeId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(world.serving("p/z"));
  const auto lists = [&](std::size_t missing) {
    std::vector<model::Vm> vms;
    for (std::size_t i = missing; i < ids.size(); ++i) {
      vms.push_back(world.server(ids[i]));
    }
    world.apply(model::InventoryListed{ProviderId("p"), "test", vms});
  };
  lists(0);
  world.now += world.policy.timings.agent_away + 1s;
  SECTION("three of ten are the zone's own loss") {
    lists(3);
    lists(3);
    CHECK(FleetWorld::count(world.plan(), ActionKind::mark_gone) == 3);
  }
  SECTION("four may be out of everybody's reach") {
    lists(4);
    lists(4);
    Plan plan = world.plan();
    CHECK(FleetWorld::count(plan, ActionKind::mark_gone) == 0);
    REQUIRE(FleetWorld::withheld(plan, Brake::many_missing) != nullptr);
    CHECK(FleetWorld::withheld(plan, Brake::many_missing)->text ==
          "4 of 3 servers missing in the zone");
    world.now += world.policy.breakers.window;
    lists(4);
    CHECK(FleetWorld::count(world.plan(), ActionKind::mark_gone) == 4);
  }
}

TEST_CASE("a server that only the list had lost is a stranger when it comes back, not destroyed") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const model::Vm vm = world.server(id);
  world.apply(model::StateEntered{id, NodeState::gone, Cause::lost, "test"});
  world.apply(model::InventoryListed{ProviderId("p"), "test", {vm}});
  CHECK(world.fleet.nodes().empty());
  CHECK(world.fleet.account(ProviderId("p")).strangers.size() == 1);
}

TEST_CASE("after a restart a coming node has all of its boot deadline again: it may be in use") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeState state = GENERATE(NodeState::booting, NodeState::verifying);
  const NodeId id = world.in_state("p/z", state);
  world.now += world.policy.timings.boot_deadline + 1s;
  world.apply(model::Started{2});
  world.now += 10s;
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.boot_deadline;
  CHECK(wants(world, id) == "discard");
}

TEST_CASE("a second server of one launch goes only when its zone's name does not answer it") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example";
  const NodeId id = world.serving("p/z");
  model::Vm first;
  first.id = world.node(id).vm;
  first.fleet = "test";
  first.node = id;
  first.address = world.node(id).address;
  model::Vm second = first;
  second.id = VmId("vm-second");
  second.address = "10.9.9.9";
  second.created = first.created + 1s;
  world.apply(model::InventoryListed{ProviderId("p"), "test", {first, second}});
  const NodeId extra(id.str() + "+vm-second");
  world.now += 10s;
  world.apply(model::InventoryListed{ProviderId("p"), "test", {first, second}});
  world.apply(model::NamesRead{ZoneId("p/z"), {first.address, second.address}});
  world.now += 31s;
  CHECK(wants(world, extra).empty());
  world.apply(model::NamesRead{ZoneId("p/z"), {first.address}});
  CHECK(wants(world, extra).empty());
  world.now += world.policy.zones.at(ZoneId("p/z")).dns_ttl;
  CHECK(wants(world, extra) == "destroy_again");
}

TEST_CASE("a node that is verified with a drained agent is told to undrain first") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = verifying_and_fit(world);
  model::HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  hello.image_version = world.node(id).image_version;
  hello.drain_state = GENERATE("draining", "closed");
  world.apply(hello);
  const auto action = next(world, id);
  CHECK((action && action->verb == "undrain"));
}

TEST_CASE("the operator's word ends a launch at once, but no call under way") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeState state = GENERATE(NodeState::requested, NodeState::booting, NodeState::verifying);
  const NodeId id = world.in_state("p/z", state);
  world.apply(model::FlagSet{id, model::Flag::asked_out, true});
  CHECK(wants(world, id) == "discard");
  CHECK(next(world, id)->cause == Cause::operator_request);
  if (state == NodeState::requested) {
    world.apply(model::CallStarted{id, model::Call::create});
    CHECK(wants(world, id).empty());
  }
}

TEST_CASE("an adopted server that is asked out before it is in service is drained all the same") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  model::Vm vm;
  vm.id = VmId("theirs");
  vm.address = "192.0.2.1";
  world.apply(model::Adopted{NodeId("a"), ZoneId("p/z"), ProviderId("p"), vm});
  world.apply(model::FlagSet{NodeId("a"), model::Flag::asked_out, true});
  CHECK(wants(world, NodeId("a")).empty());  // adopted ones are protected
  world.apply(model::FlagSet{NodeId("a"), model::Flag::is_protected, false});
  CHECK(wants(world, NodeId("a")) == "withdraw");
}

TEST_CASE("a destruction that is refused is asked for at longer and longer intervals") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushed);
  world.apply(model::StateEntered{id, NodeState::terminating, Cause::scale_in, "test"});
  const auto asked_again_after = [&](Errc code) {
    world.apply(model::DestroyAnswered{id, fail(code, "no")});
    const MonoTime answered = world.now;
    while (wants(world, id).empty()) world.now += 1s;
    return world.now - answered;
  };
  CHECK(asked_again_after(Errc::refused) == 5s);
  CHECK(asked_again_after(Errc::refused) == 10s);
  for (int i = 0; i < 8; ++i) (void)asked_again_after(Errc::refused);
  CHECK(asked_again_after(Errc::refused) == 10min);
  CHECK(asked_again_after(Errc::unavailable) == 5s);  // another matter
}
