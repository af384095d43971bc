// What agents, probers and names say of a node.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

using Outcome = CommandAnswered::Outcome;

void answer(FleetWorld& world, const NodeId& id, const char* verb, Outcome outcome) {
  world.apply(
      CommandAnswered{id, action_id(world.node(id), verb, world.fleet.epoch()), outcome, "why"});
}

long count(const std::vector<Note>& notes, const std::string& code) {
  return std::count_if(notes.begin(), notes.end(), [&](const Note& n) { return n.code == code; });
}

}  // namespace

TEST_CASE("an answer `done` moves what is known of the agent, `accepted` does not") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::draining);
  const struct {
    const char* verb;
    const char* state;
  } levels[] = {{"drain", "draining"}, {"close_listener", "closed"}, {"undrain", "serving"}};
  for (const auto& [verb, state] : levels) {
    const std::string before = world.node(id).agent.drain_state;
    answer(world, id, verb, Outcome::accepted);
    CHECK(world.node(id).agent.drain_state == before);
    answer(world, id, verb, Outcome::done);
    CHECK(world.node(id).agent.drain_state == state);
  }
  CHECK_FALSE(world.node(id).leaving.command_done);
  answer(world, id, "flush", Outcome::accepted);
  CHECK_FALSE(world.node(id).leaving.command_done);
  answer(world, id, "flush", Outcome::done);
  CHECK(world.node(id).leaving.command_done);
}

TEST_CASE("a command that failed or was refused spends its id: the next try has another one") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::draining);
  for (const char* verb : {"drain", "close_listener", "flush", "undrain"}) {
    for (const Outcome outcome : {Outcome::failed, Outcome::refused}) {
      const ActionId spent = action_id(world.node(id), verb, world.fleet.epoch());
      (void)world.fleet.take_notes();
      answer(world, id, verb, outcome);
      CHECK(action_id(world.node(id), verb, world.fleet.epoch()) != spent);
      CHECK(world.node(id).leaving.command_failure == "why");
      CHECK(count(world.fleet.take_notes(), "command_failed") == 1);
    }
  }
}

TEST_CASE("an answer to a command of an earlier visit, or of nobody's, changes no state") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::in_service);
  const ActionId old = action_id(world.node(id), "flush", world.fleet.epoch());
  world.apply(StateEntered{id, NodeState::draining, Cause::scale_in, ""});
  const std::uint64_t visit = world.node(id).visit;
  world.apply(CommandAnswered{id, old, Outcome::done, ""});
  world.apply(CommandAnswered{id, old, Outcome::failed, ""});
  world.apply(CommandAnswered{id, ActionId("rotate-by-hand"), Outcome::failed, ""});
  CHECK_FALSE(world.node(id).leaving.command_done);
  CHECK(world.node(id).visit == visit);
  CHECK(world.node(id).agent.heard_at == world.now);  // but it has spoken
}

TEST_CASE(
    "a name counts as gone from the first answer without the address, and anew when it was back") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::draining);
  const std::string address = world.node(id).address;
  const auto read = [&](std::set<std::string> addresses) {
    world.apply(NamesRead{ZoneId("p/z"), std::move(addresses)});
  };
  read({address});
  CHECK_FALSE(world.node(id).leaving.name_gone_at);
  read({});
  const MonoTime first = world.now;
  world.now += 5s;
  read({"127.9.9.9"});
  CHECK(world.node(id).leaving.name_gone_at == first);
  read({address});
  CHECK_FALSE(world.node(id).leaving.name_gone_at);
  world.now += 5s;
  read({});
  CHECK(world.node(id).leaving.name_gone_at == world.now);
}

TEST_CASE("the answer of one zone's name says nothing of another zone's nodes") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  world.zone("p/y", 1, 5);
  const NodeId here = world.in_state("p/z", NodeState::draining);
  const NodeId there = world.in_state("p/y", NodeState::draining);
  const NodeId serving = world.in_state("p/z", NodeState::in_service);
  world.apply(NamesRead{ZoneId("p/z"), {}});
  CHECK(world.node(here).leaving.name_gone_at);
  CHECK_FALSE(world.node(there).leaving.name_gone_at);
  CHECK_FALSE(world.node(serving).leaving.name_gone_at);
}

TEST_CASE("names that cannot be read are told once, and their end with how long it took") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto told = [&] {
    (void)world.fleet.take_notes();
    world.apply(NamesFailed{ZoneId("p/z"), fail(Errc::timeout, "no answer")});
    return count(world.fleet.take_notes(), "dns_failed");
  };
  CHECK(told() == 1);
  CHECK(told() == 0);
  CHECK(world.fleet.zone(ZoneId("p/z")).names_failure == "no answer");
  world.now += 5min;
  world.apply(NamesRead{ZoneId("p/z"), {}});
  CHECK(world.fleet.zone(ZoneId("p/z")).names_failure.empty());
  CHECK(told() == 0);  // it may fail at every other time
  world.apply(NamesRead{ZoneId("p/z"), {}});
  CHECK(world.fleet.take_notes().empty());
  world.now += Trouble::calm;
  world.apply(NamesRead{ZoneId("p/z"), {}});
  const std::vector<Note> notes = world.fleet.take_notes();
  REQUIRE(count(notes, "dns_recovered") == 1);
  CHECK(notes.front().text.find("for 5 min") != std::string::npos);
  CHECK(notes.front().zone == ZoneId("p/z"));
  CHECK(told() == 1);
}

TEST_CASE("another cause of names that cannot be read is told") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const auto told = [&](const Error& error) {
    (void)world.fleet.take_notes();
    world.apply(NamesFailed{ZoneId("p/z"), error});
    return count(world.fleet.take_notes(), "dns_failed");
  };
  CHECK(told(fail(Errc::timeout, "no answer")) == 1);
  CHECK(told(fail(Errc::refused, "the key may not do this")) == 1);
  CHECK(told(fail(Errc::refused, "the key may not do this")) == 0);
}

TEST_CASE("an inventory that fails is told once, and that one is complete again") {
  FleetWorld world;
  const ProviderId account("p");
  const auto told = [&] {
    (void)world.fleet.take_notes();
    world.apply(InventoryFailed{account, fail(Errc::broken, "page 2 of 3 is missing")});
    return count(world.fleet.take_notes(), "inventory_failed");
  };
  const auto listed = world.fleet.account(account).listed_at;
  CHECK(told() == 1);
  CHECK(told() == 0);
  CHECK(world.fleet.account(account).listed_at == listed);  // a failure is no empty fleet
  world.apply(InventoryListed{account, "test", {}});
  CHECK(world.fleet.account(account).failure.empty());
  world.now += Trouble::calm;
  world.apply(InventoryListed{account, "test", {}});
  CHECK(count(world.fleet.take_notes(), "inventory_recovered") == 1);
  CHECK(told() == 1);
}

TEST_CASE("good probes are counted in a row, and one bad answer ends the row") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::verifying);
  world.probe(id, ProbeKind::edge, true);
  world.probe(id, ProbeKind::edge, true);
  CHECK(world.node(id).edge_probe.good_in_a_row == 2);
  CHECK(world.node(id).health_probe.good_in_a_row == 0);  // the other kind is counted by itself
  world.probe(id, ProbeKind::edge, false);
  CHECK(world.node(id).edge_probe.good_in_a_row == 0);
  CHECK_FALSE(world.node(id).edge_probe.failure.empty());
  world.probe(id, ProbeKind::edge, true);
  CHECK(world.node(id).edge_probe.failure.empty());
}

TEST_CASE("a key is bound in any state, but only a node that boots is verified by it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  for (const NodeState state : {NodeState::requested, NodeState::booting}) {
    const NodeId id = world.in_state("p/z", state);
    world.apply(KeyBound{id, AgentKey("first-of-" + id.str())});
    CHECK(world.node(id).state == NodeState::verifying);
    CHECK(world.fleet.node_of(AgentKey("first-of-" + id.str())) == &world.node(id));
  }
  const NodeId id = world.in_state("p/z", NodeState::in_service);
  const AgentKey before = world.node(id).key;
  world.apply(KeyBound{id, AgentKey("second")});
  CHECK(world.node(id).state == NodeState::in_service);
  CHECK(world.fleet.node_of(AgentKey("second")) == &world.node(id));
  CHECK(world.fleet.node_of(before) == nullptr);
}

TEST_CASE("a key that a second server of a launch brought is unbound: the one that stays enrols") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  const auto listed = [&](const std::string& vm, std::int64_t created_s) {
    Vm one;
    one.id = VmId(vm);
    one.fleet = "test";
    one.node = id;
    one.created = WallTime(std::chrono::seconds(created_s));
    return one;
  };
  const std::string kept = world.node(id).vm.str();
  world.apply(InventoryListed{ProviderId("p"), "test", {listed(kept, 1), listed("second", 2)}});
  REQUIRE(world.fleet.node(double_of(id, VmId("second"))) != nullptr);
  world.apply(KeyBound{id, AgentKey("of-second")});
  HelloHeard hello;
  hello.node = id;
  SECTION("it says so itself") {
    hello.vm_id = "second";
    world.apply(hello);
    CHECK(world.fleet.node_of(AgentKey("of-second")) == nullptr);
    CHECK(world.node(id).key.empty());
    CHECK_FALSE(world.node(id).agent.heard_at);  // it has spoken for nobody
    CHECK(count(world.fleet.take_notes(), "key_unbound") == 1);
    world.apply(KeyBound{id, AgentKey("of-kept")});
    CHECK(world.fleet.node_of(AgentKey("of-kept")) == &world.node(id));
  }
  SECTION("the one that stays, and one that does not know its server, keep theirs") {
    for (const std::string& vm : {kept, std::string()}) {
      hello.vm_id = vm;
      world.apply(hello);
      CHECK(world.node(id).key == AgentKey("of-second"));
    }
  }
}
