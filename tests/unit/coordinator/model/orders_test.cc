// Standing orders, flags and adoption: what each changes, and what it leaves alone.
#include <algorithm>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

bool noted(FleetWorld& world, const std::string& code) {
  const auto notes = world.fleet.take_notes();
  return std::any_of(notes.begin(), notes.end(), [&](const Note& n) { return n.code == code; });
}

HelloHeard hello_of(const NodeId& id, std::uint64_t epoch) {
  HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  hello.drain_state = "serving";
  hello.highest_epoch = epoch;
  return hello;
}

Vm server(const std::string& id) {
  Vm vm;
  vm.id = VmId(id);
  vm.fleet = "test";
  vm.address = "127.3.0.1";
  return vm;
}

}  // namespace

TEST_CASE("a pause keeps its reason until it is resumed; to resume what runs changes nothing") {
  FleetWorld world;
  (void)world.fleet.take_changes();
  world.apply(Resumed{});
  CHECK(world.fleet.take_changes().empty());
  world.apply(Paused{"night"});
  CHECK(world.fleet.paused());
  CHECK(world.fleet.pause_reason() == "night");
  CHECK(world.fleet.take_changes().standing_orders);
  world.apply(Paused{"and the morning"});
  CHECK(world.fleet.pause_reason() == "and the morning");
  world.apply(Resumed{});
  CHECK_FALSE(world.fleet.paused());
  CHECK(world.fleet.pause_reason().empty());
}

TEST_CASE("read-only mode is alarmed once, and its end is remembered") {
  FleetWorld world;
  (void)world.fleet.take_notes();
  world.apply(ReadOnlySet{false, ""});
  CHECK_FALSE(world.fleet.memory().writes_allowed_at);
  world.apply(ReadOnlySet{true, "an empty database"});
  CHECK(noted(world, "read_only"));
  world.apply(ReadOnlySet{true, "once more"});
  CHECK_FALSE(noted(world, "read_only"));
  CHECK(world.fleet.read_only_reason() == "an empty database");
  world.apply(ReadOnlySet{false, ""});
  CHECK(world.fleet.memory().writes_allowed_at == world.now);
  CHECK_FALSE(world.fleet.read_only());
}

TEST_CASE("an epoch that no coordinator can have reached is not believed from anybody") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId a = world.serving("p/z");
  const NodeId b = world.serving("p/z");
  world.apply(hello_of(a, ~0ULL));
  world.apply(hello_of(b, ~0ULL));
  CHECK_FALSE(world.fleet.superseded());
}

TEST_CASE("believed is the epoch that two agents have met, not the higher one of one of them") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId a = world.serving("p/z");
  const NodeId b = world.serving("p/z");
  world.apply(hello_of(a, 9));
  CHECK_FALSE(world.fleet.superseded());
  world.apply(hello_of(b, 8));
  CHECK(world.fleet.superseded());
  CHECK(world.fleet.highest_epoch_met() == 8);
}

TEST_CASE("an epoch that was met already, or is ours, is no news") {
  FleetWorld world;
  world.apply(EpochMet{1});
  CHECK_FALSE(world.fleet.superseded());
  world.apply(EpochMet{5});
  CHECK(world.fleet.superseded());
  (void)world.fleet.take_notes();
  world.apply(EpochMet{4});
  CHECK(world.fleet.highest_epoch_met() == 5);
  CHECK_FALSE(noted(world, "superseded"));
}

TEST_CASE("one agent is enough where nobody else can speak, and agents still awaited can") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId a = world.serving("p/z");
  const NodeId b = world.serving("p/z");
  SECTION("both are awaited after a start") {
    world.apply(Started{2});
    world.apply(hello_of(a, 7));
    CHECK_FALSE(world.fleet.superseded());
    world.now += world.policy.timings.start_up;  // the other one had its time
    world.sample(a, {});
    CHECK(world.fleet.superseded());
  }
  SECTION("the other one has just spoken") {
    world.apply(hello_of(a, 7));
    CHECK_FALSE(world.fleet.superseded());
  }
  SECTION("the other one is away") {
    world.now += world.policy.timings.agent_away + 1s;
    world.apply(hello_of(a, 7));
    CHECK(world.fleet.superseded());
  }
  SECTION("the other one is gone") {
    world.apply(FlagSet{b, Flag::quarantined, true});
    world.apply(Forgotten{b});
    world.apply(hello_of(a, 7));
    CHECK(world.fleet.superseded());
  }
}

TEST_CASE("a server that is forgotten is not awaited any more") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(Started{2});
  REQUIRE(world.fleet.memory().awaited.contains(id));
  world.apply(Forgotten{id});
  CHECK(world.fleet.memory().awaited.empty());
}

TEST_CASE("each flag is set and taken back by itself") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const auto flags = [&] {
    const Node& n = world.node(id);
    return std::vector<bool>{n.cordoned, n.is_protected, n.quarantined, n.asked_out};
  };
  const Flag all[] = {Flag::cordoned, Flag::is_protected, Flag::quarantined, Flag::asked_out};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    (void)world.fleet.take_changes();
    world.apply(FlagSet{id, all[i], true});
    std::vector<bool> expected(std::size(all), false);
    expected[i] = true;
    CHECK(flags() == expected);
    CHECK(world.fleet.take_changes().nodes == std::set<NodeId>{id});
    world.apply(FlagSet{id, all[i], false});
    CHECK(flags() == std::vector<bool>(std::size(all), false));
  }
}

TEST_CASE("a termination that is taken back leaves nothing of its --now") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(FlagSet{id, Flag::asked_out, true});
  world.apply(FlagSet{id, Flag::drop_now, true});
  CHECK(world.node(id).drop_now);
  world.apply(FlagSet{id, Flag::asked_out, false});
  CHECK_FALSE(world.node(id).asked_out);
  CHECK_FALSE(world.node(id).drop_now);
  // The second order of a termination that was taken back while it was being stored.
  world.apply(FlagSet{id, Flag::drop_now, true});
  CHECK_FALSE(world.node(id).drop_now);
}

TEST_CASE("an adopted server is protected, boots until its agent enrols, and is no stranger") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  world.apply(InventoryListed{ProviderId("p"), "test", {server("vm-a"), server("vm-b")}});
  REQUIRE(world.fleet.account(ProviderId("p")).strangers.size() == 2);
  world.apply(Adopted{NodeId("a"), ZoneId("p/z"), ProviderId("p"), server("vm-a")});
  const Node& node = world.node(NodeId("a"));
  CHECK(node.origin == Origin::adopted);
  CHECK(node.is_protected);
  CHECK(node.state == NodeState::booting);
  CHECK(node.address == "127.3.0.1");
  REQUIRE(world.fleet.account(ProviderId("p")).strangers.size() == 1);
  CHECK(world.fleet.account(ProviderId("p")).strangers[0].id == VmId("vm-b"));
  // The same name once more changes nothing: a node of that name is there.
  world.apply(Adopted{NodeId("a"), ZoneId("p/z"), ProviderId("p"), server("vm-b")});
  CHECK(world.node(NodeId("a")).vm == VmId("vm-a"));
}

TEST_CASE("a forgotten node is gone from the book, and its server is a stranger again") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  Vm vm = server(world.node(id).vm.str());
  vm.node = id;
  world.apply(Forgotten{id});
  CHECK(world.fleet.node(id) == nullptr);
  CHECK(world.fleet.take_changes().gone.size() == 1);
  world.apply(InventoryListed{ProviderId("p"), "test", {vm}});
  CHECK(world.fleet.nodes().empty());
  CHECK(world.fleet.account(ProviderId("p")).strangers.size() == 1);
}

TEST_CASE("a server that is adopted again under its name is commanded under ids of its own") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const Vm vm = world.server(id);
  std::set<ActionId> ids;
  const auto all_new = [&] {
    bool all = true;
    for (const NodeState state : {NodeState::draining, NodeState::flushing, NodeState::draining}) {
      world.apply(StateEntered{id, state, Cause::operator_request, "test"});
      all &= ids.insert(action_id(world.node(id), "drain", world.fleet.epoch())).second;
    }
    return all;
  };
  REQUIRE(all_new());
  const bool lost = GENERATE(false, true);
  for (int again = 0; again < 3; ++again) {
    if (lost) {
      world.apply(StateEntered{id, NodeState::gone, Cause::lost, "two lists lack it"});
    } else {
      world.apply(Forgotten{id});
    }
    // Written down before it is done, it is known by the same ids.
    Fleet ahead = world.fleet.copy();
    const Adopted adopted{id, ZoneId("p/z"), ProviderId("p"), vm};
    ahead.apply(adopted, world.policy, world.now);
    world.apply(adopted);
    CHECK(ahead.node(id)->visit == world.node(id).visit);
    CHECK(all_new());
  }
}

TEST_CASE("orders and answers about a node that is gone change nothing") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId gone("gone");
  (void)world.fleet.take_notes();
  (void)world.fleet.take_changes();
  const Event events[] = {
      KeyBound{gone, AgentKey("k")},
      hello_of(gone, 9),
      SampleHeard{gone, {}},
      CommandAnswered{gone, ActionId("a"), CommandAnswered::Outcome::done, ""},
      AgentSpoke{gone, {Severity::alarm, "x", "", NodeId(), ZoneId()}},
      Probed{gone, ProbeKind::edge, std::nullopt},
      FlagSet{gone, Flag::cordoned, true},
      Forgotten{gone},
      CallStarted{gone, Call::create},
      CreateAnswered{gone, server("vm"), std::nullopt},
      DestroyAnswered{gone, std::nullopt},
      RebootAnswered{gone, std::nullopt},
      ArchiveChecked{gone, 0, std::nullopt},
      StateEntered{gone, NodeState::in_service, Cause::none, ""},
      CommandSent{gone, "drain", ActionId("a")},
      NodeHeld{gone, ""},
      FlushGivenUp{gone, ""},
      VerdictGiven{gone, Verdict::bad, "", true},
  };
  for (const Event& event : events) world.apply(event);
  CHECK(world.fleet.nodes().empty());
  CHECK(world.fleet.take_notes().empty());
  CHECK(world.fleet.take_changes().empty());
}

TEST_CASE("another image lifts the back-off of a placement, and is no news where there is none") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const PlacementId here{ProviderId("p"), "", "s"};
  (void)world.fleet.take_changes();
  world.apply(PlacementOpened{ZoneId("p/z"), here, "another image is wanted"});
  CHECK(world.fleet.take_changes().empty());
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
  REQUIRE(world.placement("p").not_before);
  (void)world.fleet.take_changes();
  world.apply(PlacementOpened{ZoneId("p/z"), here, "another image is wanted"});
  CHECK_FALSE(world.placement("p").not_before);
  CHECK(world.fleet.take_changes().placements == std::set<PlacementId>{here});
}

TEST_CASE("who has no key yet, or is not awaited and away, has no say on epochs") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId claims = world.serving("p/z");
  (void)world.in_state("p/z", NodeState::booting);
  (void)world.in_state("p/z", NodeState::draining);
  world.now += world.policy.timings.agent_away + 1s;
  world.apply(Started{2});
  world.apply(hello_of(claims, 7));
  CHECK(world.fleet.superseded());  // nobody else can speak
  // What was believed is not weighed again with each sample.
  (void)world.fleet.take_notes();
  world.sample(claims, {});
  CHECK_FALSE(noted(world, "superseded"));
  world.apply(hello_of(claims, 8));
  CHECK(world.fleet.highest_epoch_met() == 8);
}
