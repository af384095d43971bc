// Why a node is not fit, why it is lost, and what is still done with one that nobody waits for.
#include "coordinator/decide/lifecycle.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::Cause;
using model::NodeState;

namespace {

std::string wants(const FleetWorld& world, const NodeId& id) {
  const auto action = next_step(world.node(id), world.fleet, world.policy, 0, world.now);
  if (!action) return "";
  return std::string(to_string(action->kind)) + (action->verb.empty() ? "" : " " + action->verb);
}

std::string text_of(const FleetWorld& world, const NodeId& id) {
  const auto action = next_step(world.node(id), world.fleet, world.policy, 0, world.now);
  return action && !action->reasons.empty() ? action->reasons.front().text : "";
}

std::string unfit_for(const FleetWorld& world, const NodeId& id) {
  return unfit(world.node(id), world.policy, world.now).value_or("");
}

void greet(FleetWorld& world, const NodeId& id, const std::string& version = "",
           const std::string& digest = "") {
  model::HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  hello.image_version = version;
  hello.config_digest = digest;
  hello.drain_state = "serving";
  world.apply(hello);
}

model::Vm server(const std::string& id, const std::string& address) {
  model::Vm vm;
  vm.id = VmId(id);
  vm.fleet = "test";
  vm.address = address;
  return vm;
}

}  // namespace

TEST_CASE("a node whose agent speaks of another server waits for a listing that settles it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.apply(model::KeyBound{id, AgentKey("k")});
  model::HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  hello.vm_id = world.node(id).vm.str();
  world.apply(hello);
  CHECK(unfit_for(world, id) == "no fresh sample");
  hello.vm_id = "i-other";
  world.apply(hello);
  CHECK(unfit_for(world, id).find("its agent says that it runs on server i-other") == 0);
  world.now += 1s;
  SECTION("there is no other: the box knows its server by another name") {
    world.list_all();
    CHECK(unfit_for(world, id) == "no fresh sample");
  }
  SECTION("there is: it enrolled, so it is the one; what was probed was the other") {
    for (int i = 0; i < 3; ++i) world.probe(id, model::ProbeKind::edge, true);
    model::Vm first = server(world.node(id).vm.str(), "127.4.0.1");
    model::Vm other = server("i-other", "127.4.0.2");
    first.node = other.node = id;
    world.apply(model::InventoryListed{ProviderId("p"), "test", {first, other}});
    CHECK(world.node(id).vm == VmId("i-other"));
    CHECK(world.node(id).address == "127.4.0.2");
    CHECK(world.node(id).edge_probe.good_in_a_row == 0);
    CHECK(unfit_for(world, id) == "no fresh sample");
  }
}

TEST_CASE("each witness that is still missing is named, in the order in which they come") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  CHECK(unfit_for(world, id) == "the provider has not named its address");
  world.apply(model::CreateAnswered{id, server("vm-a", ""), std::nullopt});
  CHECK(unfit_for(world, id) == "the provider has not named its address");
  world.apply(model::CreateAnswered{id, server("vm-a", "127.4.0.1"), std::nullopt});
  CHECK(unfit_for(world, id) == "its agent has not said hello");
  greet(world, id);
  CHECK(unfit_for(world, id) == "no fresh sample");
  world.sample(id, {.failing = {"disk"}});
  CHECK(unfit_for(world, id) == "checks fail: disk");
  model::Sample sample;
  sample.boot_id = "boot";
  sample.seq = 2;
  world.apply(model::SampleHeard{id, sample});
  CHECK(unfit_for(world, id) == "its agent is not ready");
  world.now += 1s;
  sample.seq = 3;
  sample.ready = true;
  world.apply(model::SampleHeard{id, sample});
  CHECK(unfit_for(world, id) == "health page: not probed often enough");
  world.probe(id, model::ProbeKind::health, false);
  CHECK(unfit_for(world, id) == "health page: no answer within 2 s");
  for (int i = 0; i < world.policy.timings.verify_in_a_row; ++i) {
    world.probe(id, model::ProbeKind::health, true);
  }
  CHECK(unfit_for(world, id) == "edge port: not probed often enough");
  world.probe(id, model::ProbeKind::edge, false);
  CHECK(unfit_for(world, id) == "edge port: no answer within 2 s");
  for (int i = 0; i < world.policy.timings.verify_in_a_row; ++i) {
    world.probe(id, model::ProbeKind::edge, true);
  }
  CHECK(unfit_for(world, id).empty());
}

TEST_CASE("a server that two complete inventories lack is gone, in every state") {
  const NodeState states[] = {NodeState::booting,  NodeState::verifying, NodeState::in_service,
                              NodeState::draining, NodeState::flushing,  NodeState::flushed};
  for (const NodeState state : states) {
    FleetWorld world;
    world.zone("p/z", 1, 5);
    const NodeId id = world.in_state("p/z", state);
    INFO(to_string(state));
    world.now += world.policy.timings.agent_away + world.policy.timings.create_settle + 1s;
    world.list_without(id);
    CHECK(wants(world, id) != "mark_gone");
    world.list_without(id);
    CHECK(wants(world, id) == "mark_gone");
    CHECK(text_of(world, id) == "the provider no longer lists VM vm-" + id.str());
  }
}

TEST_CASE("a server that has just been made may be missing from the list for a while") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.list_without(id);
  world.list_without(id);
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.create_settle + 1s;
  CHECK(wants(world, id).empty());  // lists of before say nothing
  world.list_without(id);
  CHECK(wants(world, id).empty());
  world.list_without(id);
  CHECK(wants(world, id) == "mark_gone");
}

TEST_CASE("an intent whose creation failed says at its deadline with what") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId quiet = world.in_state("p/z", NodeState::requested);
  const NodeId failed = world.in_state("p/z", NodeState::requested);
  world.apply(model::CreateAnswered{failed, std::nullopt, fail(Errc::unavailable, "no power")});
  world.now += world.policy.timings.boot_deadline + 1s;
  CHECK(wants(world, quiet) == "discard");
  CHECK(text_of(world, quiet) == "never appeared at the provider");
  CHECK(text_of(world, failed) == "never appeared at the provider: unavailable: no power");
}

TEST_CASE(
    "an adopted server has all the time it wants, and a wrong image costs only launched ones") {
  FleetWorld world;
  world.zone("p/z", 1, 5).config_digest = "right";
  world.apply(
      model::Adopted{NodeId("a"), ZoneId("p/z"), ProviderId("p"), server("vm-a", "127.4.0.9")});
  const NodeId adopted("a");
  world.now += 2 * world.policy.timings.boot_deadline;
  CHECK(wants(world, adopted).empty());  // its agent may come tomorrow
  world.apply(model::KeyBound{adopted, AgentKey("k")});
  CHECK(wants(world, adopted).empty());
  greet(world, adopted, "", "wrong");
  CHECK(wants(world, adopted).empty());  // never in service, and never destroyed for it

  const NodeId launched = world.in_state("p/z", NodeState::verifying);
  greet(world, launched, "", "wrong");
  CHECK(wants(world, launched) == "discard");
  CHECK(text_of(world, launched) == "configuration digest is wrong, wanted right");
  greet(world, launched, "", "right");
  CHECK(wants(world, launched).empty());
}

TEST_CASE("a node that was launched before its zone wanted another image is no failed boot") {
  FleetWorld world;
  model::ZonePolicy& zone = world.zone("p/z", 1, 5);
  world.apply(model::LaunchIntended{NodeId("v"), ZoneId("p/z"), ProviderId("p"), ImageId("v1"),
                                    "one", "s"});
  world.apply(model::CreateAnswered{NodeId("v"), server("vm-v", "127.4.0.2"), std::nullopt});
  world.apply(model::KeyBound{NodeId("v"), AgentKey("kv")});
  greet(world, NodeId("v"), "two");
  const auto discard = [&] {
    return next_step(world.node(NodeId("v")), world.fleet, world.policy, 0, world.now);
  };
  REQUIRE(discard());
  CHECK(discard()->cause == Cause::failed_boot);
  zone.image = ImageId("v2");
  CHECK(discard()->cause == Cause::rotation);
  world.policy.zones.clear();
  CHECK(discard()->cause == Cause::failed_boot);
}

TEST_CASE("the operator's --now waits for nothing: neither name nor connections nor logs") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example";
  const NodeId id = world.in_state("p/z", NodeState::draining);
  CHECK(wants(world, id) == "command drain");
  world.apply(model::FlagSet{id, model::Flag::asked_out, true});
  world.apply(model::FlagSet{id, model::Flag::drop_now, true});
  CHECK(wants(world, id) == "begin_flush");
  world.apply(model::StateEntered{id, NodeState::flushing, Cause::operator_request, ""});
  CHECK(wants(world, id) == "give_up_flush");
  world.apply(model::FlushGivenUp{id, "now"});
  CHECK(wants(world, id) == "terminate");
  CHECK(text_of(world, id) == "logs given up");
  world.apply(model::CallStarted{id, model::Call::reboot});
  CHECK(wants(world, id).empty());  // one call at a time
}

TEST_CASE("a node of a zone that the configuration lost drains without a name to wait for") {
  FleetWorld world;
  world.zone("p/z", 1, 5).dns_name = "z.example";
  const NodeId id = world.in_state("p/z", NodeState::draining);
  world.policy.zones.clear();
  world.now += model::ZonePolicy{}.dns_ttl + world.policy.timings.drain_deadline + 1s;
  CHECK(wants(world, id) == "begin_flush");
}

TEST_CASE("a closed listener that cannot be had in twice the drain's time is given up") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::draining);
  const auto drained = [&] {
    model::HelloHeard hello;
    hello.node = id;
    hello.boot_id = "boot";
    hello.drain_state = "draining";
    world.apply(hello);
  };
  world.now += world.policy.timings.drain_deadline + 1s;
  drained();
  CHECK(wants(world, id) == "command close_listener");
  const MonoTime asked = world.now;
  for (; world.now < asked + world.policy.timings.drain_deadline; drained()) {
    world.apply(model::CommandSent{id, "close_listener", ActionId("x")});
    world.now += world.policy.timings.resend_command;
  }
  CHECK(wants(world, id) == "begin_flush");
}

TEST_CASE("what was never seen is gone when lists lack it for long, and is never destroyed") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(model::StateEntered{id, NodeState::terminating, Cause::failed_boot, "never came"});
  CHECK(wants(world, id).empty());
  world.list_without(id);
  world.list_without(id);
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.create_settle + 1s;
  CHECK(wants(world, id) == "mark_gone");
}

TEST_CASE("a destruction is asked again when it failed, or when its call died with the program") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::terminating);
  CHECK(wants(world, id).empty());  // accepted, and not listed since
  SECTION("it failed") {
    world.apply(model::DestroyAnswered{id, fail(Errc::unavailable, "later")});
    CHECK(wants(world, id).empty());  // not at once
    world.now += world.policy.timings.retry_call;
    CHECK(wants(world, id) == "destroy_again");
  }
  SECTION("the program was started again") {
    world.now += 1s;
    world.apply(model::Started{2});
    CHECK(wants(world, id) == "destroy_again");
  }
  SECTION("the provider lists it still") {
    world.now += 1s;
    world.list_all();
    CHECK(wants(world, id) == "destroy_again");
  }
}

TEST_CASE("a node that is gone wants nothing") {
  FleetWorld world;
  model::Node node;
  node.state = NodeState::gone;
  CHECK_FALSE(next_step(node, world.fleet, world.policy, 0, world.now));
}

TEST_CASE("one reboot, and not while the last one may still help") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  CHECK(wants(world, id) == "command flush");
  world.apply(model::CommandSent{id, "flush", ActionId("x")});
  CHECK(wants(world, id).empty());  // it has been told
  world.now += world.policy.timings.agent_away + 1s;
  CHECK(wants(world, id) == "reboot");
  world.apply(model::CallStarted{id, model::Call::reboot});
  CHECK(wants(world, id).empty());
  world.apply(model::RebootAnswered{id, std::nullopt});
  CHECK(wants(world, id).empty());
}

TEST_CASE("an archive check that failed is tried again after a pause") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  const auto shipped = [&] {
    world.apply(
        model::CommandAnswered{id, model::action_id(world.node(id), "flush", world.fleet.epoch()),
                               model::CommandAnswered::Outcome::done, ""});
  };
  shipped();
  CHECK(wants(world, id) == "check_archive");
  world.apply(
      model::ArchiveChecked{id, world.node(id).visit, fail(Errc::unavailable, "no archive")});
  shipped();
  CHECK(wants(world, id).empty());
  world.now += world.policy.timings.retry_call;
  CHECK(wants(world, id) == "check_archive");
}

TEST_CASE("a destroyed server is ours until its agent is silent, whatever the provider says") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(model::StateEntered{id, NodeState::terminating, model::Cause::scale_in, "test"});
  world.apply(model::CallStarted{id, model::Call::destroy});
  // As the credentials of another account would have it.
  world.apply(model::DestroyAnswered{id, fail(Errc::not_found, "no such server")});
  for (int i = 0; i < 3; ++i) {
    world.now += world.policy.timings.create_settle;
    world.sample(id, {});
    (void)world.fleet.take_notes();
    world.list_without(id);
    CHECK(wants(world, id).empty());
  }
  const auto notes = world.fleet.take_notes();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].code == "gone_but_speaks");
  CHECK(notes[0].severity == model::Severity::alarm);
  CHECK(waits_for(world.node(id), world.fleet, world.policy, 0, world.now) ==
        "its agent to fall silent: the provider no longer lists it");
  SECTION("also after a start of the coordinator, to which it had no time to speak") {
    world.apply(model::Started{});
    world.list_without(id);
    CHECK(wants(world, id).empty());
    world.now += 5 * world.policy.timings.agent_away;
    CHECK(wants(world, id) == "mark_gone");
  }
  SECTION("with the right credentials it is destroyed at last") {
    world.list_all();
    CHECK(wants(world, id) == "destroy_again");
  }
  SECTION("once it is silent it is gone") {
    world.now += world.policy.timings.agent_away + 1s;
    world.list_without(id);
    CHECK(world.fleet.take_notes().empty());  // told once
    CHECK(wants(world, id) == "mark_gone");
  }
}

TEST_CASE(
    "of a destruction that was accepted the list is believed while the agent's last word is "
    "young") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(model::StateEntered{id, NodeState::terminating, model::Cause::scale_in, "test"});
  world.apply(model::DestroyAnswered{id, std::nullopt});
  world.sample(id, {});
  world.list_without(id);
  CHECK(wants(world, id) == "mark_gone");
}
