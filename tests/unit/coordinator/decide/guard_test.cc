// Every brake by itself: what it holds back, and that without its cause it lets go.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/coordinator/decide/idle_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using edgeherd::testing::Idle;
using model::Cause;
using model::NodeState;

namespace {

const Protection recheck("recheck", "in_a_test");

}  // namespace

TEST_CASE("scale-in spends at most a tenth of a zone a minute") {
  Idle world;
  Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 1);
  REQUIRE(FleetWorld::withheld(plan, Brake::scale_in_budget));
  const NodeId victim = FleetWorld::find(plan, ActionKind::withdraw)->node;
  world.apply(model::StateEntered{victim, NodeState::draining, Cause::scale_in, "test"});
  std::erase(world.ids, victim);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 0);
  world.step(61s);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
}

TEST_CASE("all other reasons together spend one removal in ten minutes, the sick first") {
  Idle world;
  world.zone("p/z", 2, 20).capacity.requests_per_s = 7;  // all ten are needed
  world.make_bad(world.ids[3]);
  world.apply(model::FlagSet{world.ids[5], model::Flag::asked_out, true});
  const Plan plan = world.plan();
  REQUIRE(FleetWorld::count(plan, ActionKind::withdraw) == 1);
  CHECK(FleetWorld::find(plan, ActionKind::withdraw)->node == world.ids[3]);
  REQUIRE(FleetWorld::withheld(plan, Brake::removal_budget));
  CHECK(FleetWorld::withheld(plan, Brake::removal_budget)->action.node == world.ids[5]);
}

TEST_CASE("no removal of ours takes a zone below its floor") {
  Idle world(3);
  world.zone("p/z", 3, 20);
  world.apply(model::FlagSet{world.ids[0], model::Flag::asked_out, true});
  Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::floor));
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 1);  // its replacement comes first
  world.ids.push_back(world.serving("p/z"));
  world.step(5s);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
}

TEST_CASE("sickness alone never empties a zone's name: the last one waits for its replacement") {
  Idle world(1);
  world.make_bad(world.ids[0]);
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::floor));
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 1);
  world.ids.push_back(world.serving("p/z"));
  CHECK(FleetWorld::find(world.plan(), ActionKind::withdraw)->node == world.ids[0]);
}

TEST_CASE("after a start no server is given up for lost before the agents are back") {
  Idle world;
  world.now += 1min;
  world.apply(model::Started{2});
  world.list_without(world.ids[0]);
  world.list_without(world.ids[0]);
  CHECK(FleetWorld::count(world.plan(), ActionKind::mark_gone) == 0);
  CHECK(FleetWorld::withheld(world.plan(), Brake::start_up));
  world.now += world.policy.timings.start_up;
  CHECK(FleetWorld::count(world.plan(), ActionKind::mark_gone) == 1);
}

TEST_CASE("scale-in without fresh data from every node is held back") {
  Idle world;
  Plan wanting = world.plan();
  REQUIRE(FleetWorld::count(wanting, ActionKind::withdraw) == 1);
  // The same plan, judged when the evidence has grown old.
  world.now += 10s;
  wanting.zones.front().without_data = 1;
  const Plan held = guard(wanting, world.fleet, world.policy, world.now);
  CHECK(FleetWorld::withheld(held, Brake::stale_evidence));
}

TEST_CASE("a pause holds launches and removals, and says whose it is") {
  Idle world;
  world.apply(model::Paused{"maintenance of the database"});
  world.zone("p/new", 2, 4);
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 0);
  REQUIRE(FleetWorld::withheld(plan, Brake::paused));
  CHECK(FleetWorld::withheld(plan, Brake::paused)->text.find("maintenance") != std::string::npos);
  world.apply(model::Resumed{});
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 2);
}

TEST_CASE("read-only and superseded coordinators do nothing at all") {
  Idle world;
  SECTION("read-only") {
    world.apply(model::ReadOnlySet{true, "an empty database meets 10 tagged VMs"});
    const Plan plan = world.plan();
    CHECK(plan.actions.empty());
    CHECK(FleetWorld::withheld(plan, Brake::read_only));
  }
  SECTION("superseded") {
    world.apply(model::EpochMet{99});
    const Plan plan = world.plan();
    CHECK(plan.actions.empty());
    CHECK(FleetWorld::withheld(plan, Brake::superseded));
  }
}

TEST_CASE("nothing is removed after a start until the agents are back, or the window has passed") {
  Idle world;
  world.apply(model::Started{2});
  world.list_all();
  world.apply(model::FlagSet{world.ids[0], model::Flag::asked_out, true});
  CHECK(FleetWorld::withheld(world.plan(), Brake::start_up));
  SECTION("agents that stayed connected only go on sending samples") {
    world.step(5s);
  }
  SECTION("agents that connect again greet") {
    for (const auto& id : world.ids) {
      model::HelloHeard hello;
      hello.node = id;
      hello.boot_id = "boot";
      hello.drain_state = "serving";
      world.apply(hello);
    }
  }
  CHECK(FleetWorld::withheld(world.plan(), Brake::start_up) == nullptr);
}

TEST_CASE("an account that was never listed is not touched") {
  FleetWorld world;
  world.zone("q/z", 2, 4);
  const Plan plan = world.plan();
  CHECK(plan.actions.empty());
  CHECK(FleetWorld::withheld(plan, Brake::account_unsettled));
}

TEST_CASE("a failed listing is not an empty fleet") {
  Idle world;
  const std::size_t before = world.fleet.nodes().size();
  world.apply(
      model::InventoryFailed{ProviderId("p"), fail(Errc::broken, "page 2 of 3 is missing")});
  CHECK(world.fleet.nodes().size() == before);
  CHECK(FleetWorld::count(world.plan(), ActionKind::mark_gone) == 0);
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 0);
}

TEST_CASE("launches keep to the zone's max, the fleet's ceiling and the account's budgets") {
  FleetWorld world;
  SECTION("ceiling of the fleet") {
    world.zone("p/z", 10, 20);
    world.policy.budgets.fleet_ceiling = 3;
    const Plan plan = world.plan();
    CHECK(FleetWorld::count(plan, ActionKind::launch) == 3);
    CHECK(FleetWorld::withheld(plan, Brake::fleet_ceiling));
  }
  SECTION("launch budget of the account, over all its zones") {
    world.zone("p/a", 15, 20);
    world.zone("p/b", 15, 20);
    const Plan plan = world.plan();
    CHECK(FleetWorld::count(plan, ActionKind::launch) == 20);
    CHECK(FleetWorld::withheld(plan, Brake::launch_budget));
  }
  SECTION("failed boots have a budget of their own") {
    world.zone("p/z", 1, 20);
    world.policy.breakers.placement_backoff = 0s;
    world.policy.breakers.failed_boots_stop = 100;
    for (int i = 0; i < 10; ++i) {
      const NodeId id = world.in_state("p/z", NodeState::booting);
      world.apply(model::StateEntered{id, NodeState::terminating, Cause::failed_boot, "no agent"});
      world.now += 2min;
    }
    world.list_all();
    CHECK(FleetWorld::withheld(world.plan(), Brake::failed_boot_budget));
  }
}

TEST_CASE("a failed boot makes its placement wait, two stopped placements freeze all launches") {
  FleetWorld world;
  for (const char* id : {"p/a", "q/b", "r/c"}) {
    world.zone(id, 1, 5);
    world.list_all();
  }
  const auto fail_boot = [&](const std::string& zone) {
    const NodeId id = world.in_state(zone, NodeState::booting);
    world.apply(model::StateEntered{id, NodeState::terminating, Cause::failed_boot, "no agent"});
  };
  fail_boot("p/a");
  Plan plan = world.plan();
  REQUIRE(FleetWorld::withheld(plan, Brake::placement_backoff));
  CHECK(FleetWorld::withheld(plan, Brake::placement_backoff)->action.zone == ZoneId("p/a"));
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 2);
  for (int i = 0; i < 2; ++i) fail_boot("p/a");
  for (int i = 0; i < 3; ++i) fail_boot("q/b");
  plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::launches_frozen));
}

TEST_CASE("protected nodes stay although they are sick") {
  Idle world(6);
  world.zone("p/z", 6, 20);
  world.apply(model::FlagSet{world.ids[0], model::Flag::is_protected, true});
  world.make_bad(world.ids[0]);
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::is_protected));
}

TEST_CASE("a protected server that does not come up stays, too") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.now += world.policy.timings.boot_deadline + 1s;
  CHECK(FleetWorld::count(world.plan(), ActionKind::discard) == 1);
  world.apply(model::FlagSet{id, model::Flag::is_protected, true});
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::discard) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::is_protected));
}

TEST_CASE("whom this very plan finds bad carries nothing for the floor") {
  Idle world(3);
  world.zone("p/z", 2, 20);
  world.apply(model::FlagSet{world.ids[0], model::Flag::asked_out, true});
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
  for (int second = 1; second < world.policy.timings.failures_in_period; ++second) {
    world.apply(model::VerdictGiven{world.ids[1], model::Verdict::degraded, "edge", true});
  }
  world.probe(world.ids[1], model::ProbeKind::edge, false);
  world.now += 1s;
  const Plan plan = world.plan();
  REQUIRE(std::ranges::any_of(plan.verdicts, [&](const VerdictChange& change) {
    return change.node == world.ids[1] && change.verdict == model::Verdict::bad;
  }));
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
  CHECK(FleetWorld::withheld(plan, Brake::floor));
}

TEST_CASE("a closed zone and a much smaller maximum wait for the operator's word") {
  Idle world;
  SECTION("inactive") {
    world.zone("p/z", 1, 20).activity = model::ZoneActivity::inactive;
    Plan plan = world.plan();
    CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 0);
    CHECK(FleetWorld::withheld(plan, Brake::unconfirmed));
    CHECK(FleetWorld::count(plan, ActionKind::launch) == 0);
    world.confirm("p/z", 10);
    CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
  }
  SECTION("a lower maximum") {
    world.zone("p/z", 1, 4).capacity.requests_per_s = 1;
    Plan plan = world.plan();
    CHECK(FleetWorld::withheld(plan, Brake::unconfirmed));
    world.confirm("p/z", 6);
    CHECK(FleetWorld::withheld(world.plan(), Brake::unconfirmed) == nullptr);
  }
  SECTION("a zone that the configuration no longer names") {
    world.policy.zones.clear();
    CHECK(FleetWorld::withheld(world.plan(), Brake::unconfirmed));
  }
}

TEST_CASE("a zone that grew, shrank and grew does not shrink again before the window has passed") {
  Idle world;
  const auto launch = [&](const char* id) {
    world.apply(
        model::LaunchIntended{NodeId(id), ZoneId("p/z"), ProviderId("p"), ImageId("i"), "", ""});
    world.apply(model::CreateAnswered{NodeId(id), std::nullopt, fail(Errc::out_of_stock, "none")});
    world.apply(model::PlacementRestored{{ProviderId("p"), "", ""}, {}});
  };
  launch("a");
  world.apply(model::StateEntered{world.ids[0], NodeState::draining, Cause::scale_in, "test"});
  world.ids.erase(world.ids.begin());
  world.step(61s);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
  launch("b");
  const Plan flapping = world.plan();
  CHECK(FleetWorld::count(flapping, ActionKind::withdraw) == 0);
  REQUIRE(FleetWorld::withheld(flapping, Brake::flap_guard));
  world.now += world.policy.scaling.flap_window;
  world.step(10s);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
}

TEST_CASE("a drain that is taken back counts as growing") {
  Idle world;
  for (int i = 0; i < 2; ++i) {
    world.apply(model::StateEntered{world.ids[0], NodeState::draining, Cause::scale_in, "test"});
    world.apply(model::StateEntered{world.ids[0], NodeState::in_service, Cause::none, "test"});
  }
  world.step(world.policy.scaling.scale_in_stabilisation);
  CHECK(FleetWorld::withheld(world.plan(), Brake::flap_guard));
}

TEST_CASE("a node whose health comes and goes keeps its zone from shrinking") {
  Idle world;
  const auto flip = [&] {
    world.apply(model::VerdictGiven{world.ids[2], model::Verdict::unknown, "silent", false});
    world.apply(model::VerdictGiven{world.ids[2], model::Verdict::healthy, "back", false});
  };
  for (int i = 0; i < 2; ++i) flip();
  CHECK_FALSE(FleetWorld::withheld(world.plan(), Brake::flap_guard));
  flip();
  const Plan plan = world.plan();
  REQUIRE(FleetWorld::withheld(plan, Brake::flap_guard));
  CHECK(FleetWorld::withheld(plan, Brake::flap_guard)->text.find(world.ids[2].str()) !=
        std::string::npos);
}

TEST_CASE("what the operator decided is no flapping") {
  Idle world;
  for (int i = 0; i < 2; ++i) {
    world.apply(model::StateEntered{world.ids[0], NodeState::draining, Cause::scale_in, "test"});
    world.apply(model::StateEntered{world.ids[0], NodeState::in_service, Cause::none, "test"});
  }
  world.step(61s);
  world.policy.zones.at(ZoneId("p/z")).activity = model::ZoneActivity::inactive;
  world.confirm("p/z", 10);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 1);
}

TEST_CASE("what adopted servers on their way will carry is not launched") {
  FleetWorld world;
  world.zone("p/z", 3, 20);
  world.list_all();
  model::Vm vm;
  vm.id = VmId("theirs");
  world.apply(model::Adopted{NodeId("a"), ZoneId("p/z"), ProviderId("p"), vm});
  Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 2);
  REQUIRE(FleetWorld::withheld(plan, Brake::adoption));
  world.now += world.policy.timings.boot_deadline;
  plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 3);
}

TEST_CASE("shadow mode decides and records, and lets nothing through") {
  Idle world;
  world.policy.shadow = true;
  const Plan plan = world.plan();
  CHECK(plan.actions.empty());
  CHECK(FleetWorld::withheld(plan, Brake::shadow));
}

TEST_CASE("a reboot of a server that was quarantined since is stale") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  Action reboot;
  reboot.kind = ActionKind::reboot;
  reboot.node = id;
  reboot.zone = ZoneId("p/z");
  reboot.expected_state = NodeState::flushing;
  reboot.expected_visit = world.node(id).visit;
  CHECK_FALSE(stale_precondition(recheck, reboot, world.fleet, world.policy));
  world.apply(model::FlagSet{id, model::Flag::quarantined, true});
  CHECK(stale_precondition(recheck, reboot, world.fleet, world.policy) ==
        "the node is quarantined");
}

TEST_CASE("an action whose node moved on is stale") {
  Idle world;
  const Plan plan = world.plan();
  const Action action = *FleetWorld::find(plan, ActionKind::withdraw);
  CHECK_FALSE(stale_precondition(recheck, action, world.fleet, world.policy));
  world.apply(model::StateEntered{action.node, NodeState::draining, Cause::sick, "meanwhile"});
  REQUIRE(stale_precondition(recheck, action, world.fleet, world.policy));
  CHECK(stale_precondition(recheck, action, world.fleet, world.policy)->find("draining") !=
        std::string::npos);
}
