// One node's way from the intent to its end, and what stops it at each state.
#include "coordinator/decide/lifecycle.h"

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using Catch::Matchers::Contains;
using edgeherd::testing::FleetWorld;
using model::Cause;
using model::NodeState;

namespace {

std::optional<Action> next(const FleetWorld& world, const NodeId& id, int held = 0) {
  return next_step(world.node(id), world.fleet, world.policy, held, world.now);
}

// What `next` wants: the action's name, a command as "command drain", or "".
std::string wants(const FleetWorld& world, const NodeId& id, int held = 0) {
  const auto action = next(world, id, held);
  if (!action) return "";
  return std::string(to_string(action->kind)) + (action->verb.empty() ? "" : " " + action->verb);
}

NodeId verifying_and_fit(FleetWorld& world) {
  const NodeId id = world.in_state("p/z", NodeState::verifying);
  for (int i = 0; i < world.policy.timings.verify_in_a_row; ++i) {
    world.probe(id, model::ProbeKind::edge, true);
    world.probe(id, model::ProbeKind::health, true);
  }
  world.sample(id, {});
  return id;
}

void read_names(FleetWorld& world, std::set<std::string> addresses) {
  world.apply(model::NamesRead{ZoneId("p/z"), std::move(addresses)});
}

void answer(FleetWorld& world, const NodeId& id, std::string_view verb,
            model::CommandAnswered::Outcome outcome, std::string message = "") {
  world.apply(model::CommandAnswered{id,
                                     model::action_id(world.node(id), verb, world.fleet.epoch()),
                                     outcome, std::move(message)});
}

constexpr auto done = model::CommandAnswered::Outcome::done;
constexpr auto failed = model::CommandAnswered::Outcome::failed;

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
  CHECK(world.fleet.zone(ZoneId("p/z")).placement.consecutive_failures == 1);
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

TEST_CASE("a drain goes command, name, TTL, connections, listener, flush, in this order") {
  FleetWorld world;
  auto& zone = world.zone("p/z", 1, 5);
  zone.dns_name = "z.example.org";
  zone.dns_ttl = 30s;
  const NodeId id = world.serving("p/z");
  const std::string address = world.node(id).address;
  world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
  const auto hear = [&](std::uint32_t connections) {
    world.sample(id, {.connections = connections});
  };

  hear(50);
  CHECK(wants(world, id) == "command drain");
  world.apply(model::CommandSent{id, "drain",
                                 model::action_id(world.node(id), "drain", world.fleet.epoch())});
  CHECK(wants(world, id).empty());  // not twice within the resend period
  answer(world, id, "drain", done);
  read_names(world, {address});
  world.now += 10min;  // even past the drain deadline: the name still points here
  hear(0);
  CHECK(wants(world, id).empty());
  read_names(world, {});
  world.now += 29s;
  hear(0);
  CHECK(wants(world, id).empty());  // the TTL is not over
  world.now += 1s;
  hear(0);
  CHECK(wants(world, id) == "command close_listener");
  answer(world, id, "close_listener", done);
  CHECK(wants(world, id) == "begin_flush");
}

TEST_CASE("a name that comes back stops the drain until it is gone for a whole TTL again") {
  FleetWorld world;
  auto& zone = world.zone("p/z", 1, 5);
  zone.dns_name = "z.example.org";
  const NodeId id = world.serving("p/z");
  world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
  answer(world, id, "drain", done);
  read_names(world, {});
  world.now += 20s;
  read_names(world, {world.node(id).address});
  world.now += 20s;
  world.sample(id, {});
  CHECK(wants(world, id).empty());
  read_names(world, {});
  world.now += 29s;
  world.sample(id, {});
  CHECK(wants(world, id).empty());
}

TEST_CASE("connections are waited for up to the drain deadline, and unknown is not zero") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
  answer(world, id, "drain", done);
  world.now += 1min;
  world.sample(id, {.connections = 6});
  CHECK(wants(world, id).empty());
  world.sample(id, {.connections = 5});
  CHECK(wants(world, id) == "command close_listener");
  world.now += 10s;  // the sample is old now: how many there are is not known
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.drain_deadline;
  CHECK(wants(world, id) == "begin_flush");
}

TEST_CASE("an agent that cannot obey holds up its removal no longer than the drain deadline") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(model::StateEntered{id, NodeState::draining, Cause::sick, "test"});
  const auto refuses = [&](const std::string& verb) {
    world.sample(id, {.connections = 0});
    REQUIRE(wants(world, id) == "command " + verb);
    answer(world, id, verb, failed, "the disk is full");
  };
  refuses("drain");
  world.now += world.policy.timings.drain_deadline;
  refuses("drain");
  world.now += 1s;
  refuses("close_listener");
  world.now += world.policy.timings.drain_deadline;
  world.sample(id, {.connections = 0});
  const auto step = next(world, id);
  REQUIRE(step);
  CHECK(step->kind == ActionKind::begin_flush);
  CHECK_THAT(step->reasons.front().text, Contains("not closed") && Contains("the disk is full"));
}

TEST_CASE("the operator's --now waits for no agent, no name and no connection") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example.org";
  const NodeId id = world.serving("p/z");
  world.apply(model::FlagSet{id, model::Flag::drop_now, true});
  world.apply(model::StateEntered{id, NodeState::draining, Cause::operator_request, "test"});
  world.sample(id, {.connections = 100});
  CHECK(wants(world, id) == "begin_flush");
}

TEST_CASE("after a start an agent has the time to come back before its silence counts") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto& t = world.policy.timings;
  const NodeState state = GENERATE(NodeState::draining, NodeState::flushing);
  const NodeId id = world.in_state("p/z", state);
  world.now += state == NodeState::draining ? 2 * t.drain_deadline : 1min;
  world.apply(model::Started{});
  world.list_all();
  world.now += 4 * t.agent_away;
  CHECK(wants(world, id).empty());
  world.now += 1s;
  CHECK(wants(world, id) == (state == NodeState::draining ? "begin_flush" : "reboot"));
}

TEST_CASE("flushing ends only with a checked archive") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.sample(id, {});
  CHECK(wants(world, id) == "command flush");
  answer(world, id, "flush", failed, "archive away");
  CHECK(wants(world, id) == "command flush");  // a new try with a new id
  answer(world, id, "flush", done);
  CHECK(wants(world, id) == "check_archive");
  world.apply(model::ArchiveChecked{id, fail(Errc::broken, "segment 2 is missing")});
  world.sample(id, {});
  CHECK(wants(world, id) == "command flush");  // back to shipping
  answer(world, id, "flush", done);
  world.now += world.policy.timings.retry_call;
  CHECK(wants(world, id) == "check_archive");
  world.apply(model::ArchiveChecked{id, std::nullopt});
  CHECK(wants(world, id) == "finish_flush");
}

TEST_CASE("logs that cannot be stored hold the VM, at most so many of a zone and so long") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.now += world.policy.timings.flush_deadline + 1s;
  world.sample(id, {});
  CHECK(wants(world, id, 0) == "hold");
  CHECK(wants(world, id, 2) == "give_up_flush");
  world.apply(model::NodeHeld{id, "test"});
  CHECK(wants(world, id) == "command flush");  // it goes on trying
  world.now += world.policy.timings.hold_limit;
  CHECK(wants(world, id) == "give_up_flush");
  SECTION("or are given up, where the policy says so") {
    world.policy.timings.flush_failure = model::FlushFailure::terminate;
    const NodeId other = world.in_state("p/z", NodeState::flushing);
    world.now += world.policy.timings.flush_deadline + 1s;
    CHECK(wants(world, other) == "give_up_flush");
  }
}

TEST_CASE("a check of the archive that outlasts the flush deadline is waited for") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.sample(id, {});
  answer(world, id, "flush", done);
  world.apply(model::CallStarted{id, model::Call::check_archive});
  world.now += world.policy.timings.flush_deadline + 1s;
  CHECK(wants(world, id, 2).empty());
  SECTION("and believed") {
    world.apply(model::ArchiveChecked{id, std::nullopt});
    CHECK(wants(world, id, 2) == "finish_flush");
  }
  SECTION("unless it fails") {
    world.apply(model::ArchiveChecked{id, fail(Errc::broken, "segment 2 is missing")});
    CHECK(wants(world, id, 2) == "give_up_flush");
  }
}

TEST_CASE("a silent node is rebooted once so that its logs can ship") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.now += 1min;
  CHECK(wants(world, id) == "reboot");
  world.apply(model::CallStarted{id, model::Call::reboot});
  CHECK(wants(world, id).empty());
  world.apply(model::RebootAnswered{id, std::nullopt});
  world.now += 5min;
  CHECK(wants(world, id).empty());
}

TEST_CASE("a terminated node is gone when a complete inventory says so, and not before") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushed);
  CHECK(wants(world, id) == "terminate");
  world.apply(model::StateEntered{id, NodeState::terminating, Cause::scale_in, "test"});
  world.apply(model::CallStarted{id, model::Call::destroy});
  world.now += 1min;
  world.list_all();
  CHECK(wants(world, id).empty());
  world.apply(model::DestroyAnswered{id, std::nullopt});
  world.list_all();
  CHECK(wants(world, id).empty());  // a list lags behind
  world.now += world.policy.timings.create_settle + 1s;
  CHECK(wants(world, id).empty());  // and an old one proves nothing
  world.list_all();
  CHECK(wants(world, id) == "destroy_again");
  world.list_without(id);
  CHECK(wants(world, id) == "mark_gone");
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

TEST_CASE("a quarantined node stays where it is") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeState state = GENERATE(NodeState::draining, NodeState::flushing, NodeState::flushed);
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
}

TEST_CASE("a server that only the list had lost is a stranger when it comes back, not destroyed") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  model::Vm vm;
  vm.id = world.node(id).vm;
  vm.fleet = "test";
  vm.node = id;
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
