// What the fleet remembers, for how long, and what a copy of it is.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

TEST_CASE(
    "departures, launches and changes of health are forgotten when their windows have passed") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId first = world.serving("p/z");
  world.apply(StateEntered{first, NodeState::draining, Cause::scale_in, ""});
  world.apply(VerdictGiven{first, Verdict::bad, "disk", true});
  CHECK(world.fleet.departures().size() == 1);
  CHECK(world.fleet.launches().size() == 1);
  CHECK(world.fleet.health_changes().size() == 1);
  world.now += 2h;
  const NodeId second = world.serving("p/z");
  world.apply(VerdictGiven{second, Verdict::bad, "disk", true});
  world.apply(StateEntered{second, NodeState::draining, Cause::sick, ""});
  REQUIRE(world.fleet.departures().size() == 1);
  CHECK(world.fleet.departures()[0].node == second);
  REQUIRE(world.fleet.launches().size() == 1);
  CHECK(world.fleet.launches()[0].node == second);
  REQUIRE(world.fleet.health_changes().size() == 1);
  CHECK(world.fleet.health_changes()[0].node == second);
}

TEST_CASE("a confirmed removal is spent by a node that leaves, and by no other step") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId one = world.serving("p/z");
  const NodeId two = world.serving("p/z");
  world.confirm("p/z", 2);
  const auto left = [&] { return world.fleet.zone(ZoneId("p/z")).confirmed_removals; };
  world.apply(StateEntered{one, NodeState::draining, Cause::scale_in, ""});
  CHECK(left() == 1);
  world.apply(StateEntered{one, NodeState::flushing, Cause::scale_in, ""});
  CHECK(left() == 1);
  world.apply(StateEntered{two, NodeState::draining, Cause::scale_in, ""});
  CHECK(left() == 0);
  world.apply(StateEntered{two, NodeState::in_service, Cause::none, ""});
  world.apply(StateEntered{two, NodeState::draining, Cause::scale_in, ""});
  CHECK(left() == 0);
}

TEST_CASE("only launched servers that are gone by our act leave a ghost to destroy") {
  const auto retired_after = [](Cause cause, Origin origin) {
    FleetWorld world;
    world.zone("p/z", 1, 20);
    NodeId id("a");
    if (origin == Origin::adopted) {
      Vm vm;
      vm.id = VmId("theirs");
      world.apply(Adopted{id, ZoneId("p/z"), ProviderId("p"), vm});
    } else {
      id = world.serving("p/z");
    }
    world.apply(StateEntered{id, NodeState::gone, cause, "test"});
    return !world.fleet.take_changes().retired.empty();
  };
  CHECK(retired_after(Cause::scale_in, Origin::launched));
  CHECK(retired_after(Cause::failed_boot, Origin::launched));
  CHECK_FALSE(retired_after(Cause::lost, Origin::launched));
  CHECK_FALSE(retired_after(Cause::duplicate, Origin::launched));
  CHECK_FALSE(retired_after(Cause::scale_in, Origin::adopted));
}

TEST_CASE("a held node is told once, and given up logs are a loss that is alarmed") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  const auto notes_of = [&](const Event& event) {
    (void)world.fleet.take_notes();
    world.apply(event);
    return world.fleet.take_notes();
  };
  CHECK(notes_of(NodeHeld{id, "no archive"}).size() == 1);
  CHECK(notes_of(NodeHeld{id, "no archive"}).empty());
  CHECK(world.node(id).held);
  const auto lost = notes_of(FlushGivenUp{id, "held long enough"});
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].severity == Severity::alarm);
  CHECK(lost[0].code == "logs_given_up");
  CHECK(world.node(id).state == NodeState::flushed);
  CHECK(world.node(id).skip_flush);
}

TEST_CASE("a gap in the proposals begins their window anew, and a zone nobody sizes has none") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const auto zone = [&] { return world.fleet.zone(ZoneId("p/z")); };
  const auto propose = [&](int nodes) { world.apply(ProposalMade{ZoneId("p/z"), nodes}); };
  propose(4);
  const MonoTime begun = world.now;
  CHECK(zone().sized_since == begun);
  world.now += 10s;
  propose(4);
  CHECK(zone().proposals.size() == 1);  // a run of equal ones is one entry
  CHECK(zone().sized_since == begun);
  world.now += longest_proposal_gap + 1s;
  propose(5);
  CHECK(zone().sized_since == world.now);
  world.now += world.policy.scaling.scale_in_stabilisation + 1s;
  propose(6);
  CHECK(zone().proposals.size() == 1);
  world.policy.zones.clear();
  world.now += 1s;
  propose(9);
  CHECK(zone().proposals.back().nodes == 6);
}

TEST_CASE("of the proposals of a window those are kept that were the largest since then") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  for (const int nodes : {5, 9, 7, 7, 4, 6}) {
    world.apply(ProposalMade{ZoneId("p/z"), nodes});
    world.now += 10s;
  }
  std::vector<int> kept;
  for (const auto& p : world.fleet.zone(ZoneId("p/z")).proposals) kept.push_back(p.nodes);
  CHECK(kept == std::vector<int>{9, 7, 6});
}

TEST_CASE("a latency that stays high keeps the time when it began") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const auto since = [&] { return world.fleet.zone(ZoneId("p/z")).latency_high_since; };
  world.apply(LatencyJudged{ZoneId("p/z"), true});
  const MonoTime begun = world.now;
  world.now += 10s;
  world.apply(LatencyJudged{ZoneId("p/z"), true});
  CHECK(since() == begun);
  world.apply(LatencyJudged{ZoneId("p/z"), false});
  CHECK_FALSE(since());
}

TEST_CASE("that a node turns out well after a start is no change of its health, that it fails is") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId well = world.serving("p/z");
  const NodeId ill = world.serving("p/z");
  for (const NodeId& id : {well, ill}) {
    Node restored = world.node(id);
    restored.verdict = Verdict::unknown;
    restored.judged_at.reset();
    world.apply(NodeRestored{restored});
  }
  world.apply(VerdictGiven{well, Verdict::healthy, "", false});
  CHECK(world.fleet.health_changes().empty());
  world.apply(VerdictGiven{ill, Verdict::degraded, "", true});
  CHECK(world.fleet.health_changes().empty());  // good enough
  world.apply(VerdictGiven{ill, Verdict::bad, "", true});
  CHECK(world.fleet.health_changes().size() == 1);
  world.apply(VerdictGiven{ill, Verdict::bad, "", true});
  CHECK(world.fleet.health_changes().size() == 1);
}

TEST_CASE("two turns of one moment are a millisecond apart, for their rows are called after it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
  world.apply(StateEntered{id, NodeState::in_service, Cause::none, "test"});
  const auto& turns = world.fleet.zone(ZoneId("p/z")).turns;
  REQUIRE(turns.size() >= 2);
  CHECK(turns.back().at - turns[turns.size() - 2].at == 1ms);
}

TEST_CASE("what was restored counts as if it had been seen") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const Placement placement{2, world.now + 1min, "silent", 0, {}, "", ""};
  world.apply(PlacementRestored{{ProviderId("p"), "", "s"}, placement});
  world.apply(DepartureRestored{{NodeId("a"), ZoneId("p/z"), Cause::sick, world.now}});
  world.apply(LaunchRestored{{NodeId("b"), ZoneId("p/z"), ProviderId("p"), world.now, false}});
  world.apply(HealthChangeRestored{{NodeId("a"), ZoneId("p/z"), ProviderId("p"), world.now}});
  world.apply(TurnRestored{{ZoneId("p/z"), Direction::up, world.now}});
  world.apply(RetiredRestored{NodeId("old")});
  CHECK(world.placement("p").consecutive_failures == 2);
  CHECK(world.fleet.departures().size() == 1);
  CHECK(world.fleet.launches().size() == 1);
  CHECK(world.fleet.health_changes().size() == 1);
  CHECK(world.fleet.zone(ZoneId("p/z")).turns.size() == 1);
  CHECK(world.fleet.memory().retired.contains(NodeId("old")));
  world.apply(RetiredForgotten{NodeId("old")});
  CHECK(world.fleet.memory().retired.empty());
}

TEST_CASE("a copy knows all that the fleet knew, and then goes its own way") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId id = world.serving("p/z");
  world.apply(Paused{"night"});
  Fleet copy = world.fleet.copy();
  CHECK(copy.paused());
  REQUIRE(copy.node(id) != nullptr);
  CHECK(copy.node(id) != world.fleet.node(id));
  CHECK(copy.node_of(world.node(id).key) == copy.node(id));
  copy.apply(FlagSet{id, Flag::cordoned, true}, world.policy, world.now);
  CHECK(copy.node(id)->cordoned);
  CHECK_FALSE(world.node(id).cordoned);
}

TEST_CASE("an inventory of one account says nothing of the nodes of another") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  world.zone("q/z", 1, 20);
  const NodeId here = world.serving("p/z");
  const NodeId there = world.serving("q/z");
  world.apply(InventoryListed{ProviderId("p"), "test", {}});
  CHECK(world.node(here).missing_listings == 1);
  CHECK(world.node(there).missing_listings == 0);
  // A server there that claims a node of this account's is a stranger.
  Vm claims;
  claims.id = VmId("x");
  claims.fleet = "test";
  claims.node = here;
  world.apply(InventoryListed{ProviderId("q"), "test", {claims}});
  CHECK(world.fleet.account(ProviderId("q")).strangers.size() == 1);
}

TEST_CASE("a launch fails once, and its placement waits once for it") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId other = world.in_state("p/z", NodeState::booting);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
  (void)world.fleet.take_changes();
  world.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "told again"});
  CHECK(world.fleet.take_changes().launches.empty());
  for (const Launch& launch : world.fleet.launches())
    CHECK(launch.failed == (launch.node != other));
}
