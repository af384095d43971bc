// A node's way out of service, step by step, and what each step waits for.
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using Catch::Matchers::Contains;

namespace {

std::string waits(const FleetWorld& world, const NodeId& id) {
  return waits_for(world.node(id), world.fleet, world.policy, 0, world.now).value_or("nothing");
}

}  // namespace

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
    sent(world, id, verb);
    answer(world, id, verb, failed, "the disk is full");
  };
  refuses("drain");
  world.now += world.policy.timings.drain_deadline;
  refuses("drain");
  world.now += world.policy.timings.resend_command;
  refuses("close_listener");
  world.now += world.policy.timings.drain_deadline;
  world.sample(id, {.connections = 0});
  const auto step = next(world, id);
  REQUIRE(step);
  CHECK(step->kind == ActionKind::begin_flush);
  CHECK_THAT(step->reasons.front().text, Contains("not closed") && Contains("the disk is full"));
}

TEST_CASE("an agent that nobody asked to close its listener is asked first, however late it is") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto& t = world.policy.timings;
  const NodeId id = world.in_state("p/z", NodeState::draining);
  sent(world, id, "drain");
  answer(world, id, "drain", done);
  world.now += 3 * t.drain_deadline;  // a shadow mode, a pause
  world.sample(id, {.connections = 20});
  CHECK(wants(world, id) == "command close_listener");
  ask(world, id, "close_listener", t.drain_deadline - 1s, {.connections = 20});
  CHECK(wants(world, id) != "begin_flush");
  world.now += 1s;
  CHECK(wants(world, id) == "begin_flush");
}

TEST_CASE("the operator's --now waits for no agent, no name and no connection") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example.org";
  const NodeId id = world.serving("p/z");
  world.apply(model::FlagSet{id, model::Flag::asked_out, true});
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
  world.apply(
      model::ArchiveChecked{id, world.node(id).visit, fail(Errc::broken, "segment 2 is missing")});
  world.sample(id, {});
  CHECK(wants(world, id) == "command flush");  // back to shipping
  answer(world, id, "flush", done);
  world.now += world.policy.timings.retry_call;
  CHECK(wants(world, id) == "check_archive");
  world.apply(model::ArchiveChecked{id, world.node(id).visit, std::nullopt});
  CHECK(wants(world, id) == "finish_flush");
}

TEST_CASE("logs that cannot be stored hold the VM, at most so many of a zone and so long") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  ask(world, id, "flush", world.policy.timings.flush_deadline + 1s);
  CHECK(wants(world, id, 0) == "hold");
  CHECK(wants(world, id, 2) == "give_up_flush");
  world.apply(model::NodeHeld{id, "test"});
  world.now += world.policy.timings.resend_command;
  CHECK(wants(world, id) == "command flush");  // it goes on trying
  ask(world, id, "flush", world.policy.timings.hold_limit);
  CHECK(wants(world, id) == "give_up_flush");
  SECTION("or are given up, where the policy says so") {
    world.policy.timings.flush_failure = model::FlushFailure::terminate;
    const NodeId other = world.in_state("p/z", NodeState::flushing);
    ask(world, other, "flush", world.policy.timings.flush_deadline + 1s);
    CHECK(wants(world, other) == "give_up_flush");
  }
}

TEST_CASE("the flush deadline begins again with the start of the coordinator") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto& t = world.policy.timings;
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.now += t.hold_limit + 1s;
  world.apply(model::Started{});
  world.list_all();
  CHECK(wants(world, id, 2).empty());  // its agent may still come back
  SECTION("for one that stays silent") {
    world.now += t.flush_deadline;
    CHECK(wants(world, id, 2) == "reboot");
    world.apply(model::RebootAnswered{id, fail(Errc::not_found, "no")});
    world.now += t.reboot_patience;
    CHECK(wants(world, id, 2) == "give_up_flush");
  }
  SECTION("and for a held one") {
    world.apply(model::NodeHeld{id, "test"});
    world.sample(id, {});
    CHECK(wants(world, id) == "command flush");
    ask(world, id, "flush", t.flush_deadline + 1s);
    CHECK(wants(world, id) == "give_up_flush");
  }
}

TEST_CASE("the flush deadline begins when the agent is asked for its logs for the first time") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto& t = world.policy.timings;
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.now += t.flush_deadline + 1s;  // in shadow mode
  world.sample(id, {});
  CHECK(wants(world, id, 2) == "command flush");
  ask(world, id, "flush", t.flush_deadline);
  CHECK(wants(world, id, 2) == "command flush");
  ask(world, id, "flush", 1s);
  CHECK(wants(world, id, 2) == "give_up_flush");
  SECTION("but what it has shipped meanwhile is looked at before it is given up") {
    answer(world, id, "flush", done);
    CHECK(wants(world, id, 2) == "check_archive");
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
    world.apply(model::ArchiveChecked{id, world.node(id).visit, std::nullopt});
    CHECK(wants(world, id, 2) == "finish_flush");
  }
  SECTION("unless it fails") {
    world.apply(model::ArchiveChecked{id, world.node(id).visit,
                                      fail(Errc::broken, "segment 2 is missing")});
    CHECK(wants(world, id, 2) == "give_up_flush");
  }
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

TEST_CASE("the answer of an archive check counts only for the flushing in which it was asked") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.sample(id, {});
  answer(world, id, "flush", done);
  const std::uint64_t asked = world.node(id).visit;
  world.apply(model::CallStarted{id, model::Call::check_archive});
  // Forgotten and adopted meanwhile, and on its way out again.
  world.apply(model::StateEntered{id, NodeState::flushing, Cause::scale_in, "test"});
  world.apply(model::ArchiveChecked{id, asked, std::nullopt});
  CHECK(wants(world, id) == "command flush");
  CHECK(world.node(id).call == model::Call::none);
}

TEST_CASE("at each step of its drain a node says what it waits for") {
  FleetWorld world;
  auto& zone = world.zone("p/z", 1, 5);
  zone.dns_name = "z.example.org";
  const NodeId id = world.serving("p/z");
  CHECK(waits(world, id) == "nothing");
  const std::string address = world.node(id).address;
  world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
  world.sample(id, {.connections = 12});
  CHECK(waits(world, id) == "its agent, to drain");
  sent(world, id, "drain");
  CHECK(waits(world, id) == "its agent, to drain");
  answer(world, id, "drain", failed, "the disk is full");
  CHECK(waits(world, id) == "its agent, to drain; it said: the disk is full");
  answer(world, id, "drain", done);
  CHECK(waits(world, id) ==
        "z.example.org to answer without it; they were not read since the coordinator started");
  read_names(world, {address});
  CHECK(waits(world, id) == "z.example.org to answer without it");
  read_names(world, {});
  CHECK(waits(world, id) == "the TTL of its name, which resolvers may still keep");
  world.now += zone.dns_ttl;
  world.sample(id, {.connections = 12});
  CHECK(waits(world, id) == "its connections to end, 12 now; at most until the drain deadline");
  world.now += 10s;  // how many there are is not known any more
  CHECK_THAT(waits(world, id), Contains("its connections to end"));
  world.sample(id, {.connections = 0});
  sent(world, id, "close_listener");
  CHECK_THAT(waits(world, id), Contains("its agent, to close_listener"));
  answer(world, id, "close_listener", done);
  CHECK(waits(world, id) == "the next tick, to begin_flush");
  world.apply(model::FlagSet{id, model::Flag::quarantined, true});
  CHECK(waits(world, id) == "an operator: it is quarantined");
}

TEST_CASE("at each step after its drain a node says what it waits for") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto& t = world.policy.timings;
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.sample(id, {});
  sent(world, id, "flush");
  CHECK(waits(world, id) == "its agent, to flush");
  world.apply(model::NodeHeld{id, "test"});
  CHECK(waits(world, id) == "its logs to be stored, or an operator: it is held");
  answer(world, id, "flush", done);
  CHECK(waits(world, id) == "the next tick, to check_archive");
  world.apply(model::CallStarted{id, model::Call::check_archive});
  CHECK(waits(world, id) == "the check of its stored objects");
  world.apply(model::ArchiveChecked{id, world.node(id).visit, std::nullopt});
  CHECK(waits(world, id) == "the next tick, to finish_flush");
  world.apply(model::StateEntered{id, NodeState::flushed, Cause::scale_in, "test"});
  CHECK(waits(world, id) == "the next tick, to terminate");
  world.apply(model::StateEntered{id, NodeState::terminating, Cause::scale_in, "test"});
  world.apply(model::CallStarted{id, model::Call::destroy});
  CHECK(waits(world, id) == "the provider's answer");
  world.apply(model::DestroyAnswered{id, fail(Errc::unavailable, "503")});
  CHECK(waits(world, id) == "the next call to the provider, after: unavailable: 503");
  world.now += t.retry_call;
  CHECK(waits(world, id) == "the next tick, to destroy_again");
  world.apply(model::CallStarted{id, model::Call::destroy});
  world.apply(model::DestroyAnswered{id, std::nullopt});
  CHECK(waits(world, id) == "an inventory that no longer lists it");
}

TEST_CASE("a leaving node whose agent is silent says so") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto& t = world.policy.timings;
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.now += t.agent_away + 1s;
  world.apply(model::Started{});
  world.list_all();
  CHECK(waits(world, id) == "its agent, which is silent");
  world.now += 4 * t.agent_away + 1s;
  CHECK(waits(world, id) == "the next tick, to reboot");
  const NodeId draining = world.in_state("p/z", NodeState::draining);
  world.now += 2 * t.drain_deadline;
  world.apply(model::Started{});
  world.list_all();
  world.now += t.agent_away + 1s;
  CHECK(waits(world, draining) ==
        "its agent, which may still come back after the coordinator's start");
}
