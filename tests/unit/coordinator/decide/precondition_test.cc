// The re-check just before a deed, and the brakes that hold in unusual places.
#include <algorithm>
#include <set>

#include "coordinator/decide/guard.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::Cause;
using model::NodeState;

namespace {

const Protection here("recheck", "in_the_tests_of_preconditions");

Action action_on(const FleetWorld& world, const NodeId& id, ActionKind kind) {
  Action action;
  action.kind = kind;
  action.node = id;
  action.zone = ZoneId("p/z");
  action.provider = ProviderId("p");
  action.expected_state = world.node(id).state;
  action.expected_visit = world.node(id).visit;
  return action;
}

std::string stale(const FleetWorld& world, const Action& action) {
  return stale_precondition(here, action, world.fleet, world.policy).value_or("");
}

// The guard's word on one action alone: the brake's name, or "".
std::string held_by(const FleetWorld& world, const Action& action) {
  Plan plan;
  plan.actions = {action};
  plan = guard(std::move(plan), world.fleet, world.policy, world.now);
  return plan.withheld.empty() ? "" : std::string(to_string(plan.withheld[0].brake));
}

Action command(const FleetWorld& world, const NodeId& id, std::string verb) {
  Action action = action_on(world, id, ActionKind::command);
  action.verb = std::move(verb);
  return action;
}

}  // namespace

TEST_CASE("a deed is stale under every standing order that came after its plan") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const Action withdraw = action_on(world, id, ActionKind::withdraw);
  CHECK(stale(world, withdraw).empty());
  SECTION("shadow mode of the zone") {
    world.policy.zones.at(ZoneId("p/z")).shadow = true;
    CHECK(stale(world, withdraw) == "in shadow mode");
  }
  SECTION("shadow mode of all") {
    world.policy.shadow = true;
    CHECK(stale(world, withdraw) == "in shadow mode");
  }
  SECTION("another coordinator") {
    world.apply(model::EpochMet{9});
    CHECK(stale(world, withdraw) == "superseded by a coordinator of a higher epoch");
  }
  SECTION("read-only mode") {
    world.apply(model::ReadOnlySet{true, "an empty database"});
    CHECK(stale(world, withdraw) == "read-only");
  }
  SECTION("a pause, for launches and removals alone") {
    world.apply(model::Paused{"night"});
    CHECK(stale(world, withdraw) == "paused");
    Action launch;
    launch.kind = ActionKind::launch;
    launch.zone = ZoneId("p/z");
    CHECK(stale(world, launch) == "paused");
    CHECK(stale(world, action_on(world, id, ActionKind::check_archive)).empty());
  }
  SECTION("a zone that the configuration lost is in no shadow") {
    world.policy.zones.clear();
    CHECK(stale(world, withdraw).empty());
  }
}

TEST_CASE("a deed on a node that is gone, or came back to the same state, is stale") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const Action withdraw = action_on(world, id, ActionKind::withdraw);
  world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, ""});
  CHECK(stale(world, withdraw) == "the node is draining now");
  world.apply(model::StateEntered{id, NodeState::in_service, Cause::none, ""});
  CHECK(stale(world, withdraw) == "the node is in_service now");  // another visit
  world.apply(model::Forgotten{id});
  CHECK(stale(world, withdraw) == "the node is gone");
  Action launch;
  launch.zone = ZoneId("p/z");
  CHECK(stale(world, launch).empty());  // it has no node yet
}

TEST_CASE("a pause closes no listener either, and lets everything else be told") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.apply(model::Paused{"night"});
  CHECK(held_by(world, command(world, id, "drain")) == "paused");
  CHECK(held_by(world, command(world, id, "close_listener")) == "paused");
  CHECK(held_by(world, command(world, id, "undrain")).empty());
  CHECK(held_by(world, action_on(world, id, ActionKind::check_archive)).empty());
}

TEST_CASE(
    "before the start is over nobody is given up for lost, but one that was destroyed is gone") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const NodeId ended = world.in_state("p/z", NodeState::terminating);
  world.apply(model::Started{2});
  world.list_all();
  Action lost = action_on(world, id, ActionKind::mark_gone);
  lost.cause = Cause::lost;
  CHECK(held_by(world, lost) == "start_up");
  Action gone = action_on(world, ended, ActionKind::mark_gone);
  gone.cause = Cause::scale_in;
  CHECK(held_by(world, gone).empty());
}

TEST_CASE("a coordinator that has not started removes nobody") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  CHECK(held_by(world, action_on(world, id, ActionKind::withdraw)) == "floor");
  model::FleetMemory memory;
  model::Fleet unstarted(std::move(memory));
  unstarted.apply(model::InventoryListed{ProviderId("p"), "test", {}}, world.policy, world.now);
  model::Node node = world.node(id);
  unstarted.apply(model::NodeRestored{node}, world.policy, world.now);
  Plan plan;
  plan.actions = {action_on(world, id, ActionKind::withdraw)};
  plan = guard(std::move(plan), unstarted, world.policy, world.now);
  REQUIRE(plan.withheld.size() == 1);
  CHECK(plan.withheld[0].text == "not started");
}

TEST_CASE("a wave of changed health holds the end of the sick, and of nobody else") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  std::vector<NodeId> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(world.serving("p/z"));
  for (int i = 0; i < 6; ++i) {
    world.apply(model::VerdictGiven{ids[static_cast<std::size_t>(i)], model::Verdict::unknown,
                                    "silent", false});
  }
  const auto leaving = [&](Cause cause, ActionKind kind) {
    const NodeId id = world.in_state("p/z", NodeState::flushed);
    world.apply(model::StateEntered{id, NodeState::flushed, cause, ""});
    return held_by(world, action_on(world, id, kind));
  };
  CHECK(leaving(Cause::sick, ActionKind::terminate) == "zone_freeze");
  CHECK(leaving(Cause::sick, ActionKind::reboot) == "zone_freeze");
  CHECK(leaving(Cause::scale_in, ActionKind::terminate).empty());
  CHECK(leaving(Cause::operator_request, ActionKind::reboot).empty());
  for (const NodeId& id : ids) {
    world.apply(model::VerdictGiven{id, model::Verdict::healthy, "well again", false});
  }
  world.now += world.policy.breakers.window + 1s;
  CHECK(leaving(Cause::sick, ActionKind::terminate).empty());
}

TEST_CASE(
    "strangers that may be adopted are not launched anew after a start, or just after read-only "
    "mode") {
  FleetWorld world;
  world.zone("p/z", 2, 10).place = "z";
  model::Vm stranger;
  stranger.id = VmId("theirs");
  stranger.fleet = "test";
  stranger.place = "z";
  stranger.power = model::Power::running;
  const auto list = [&](model::Vm vm) {
    world.apply(model::InventoryListed{ProviderId("p"), "test", {std::move(vm)}});
  };
  world.apply(model::Started{2});
  list(stranger);
  const auto launches = [&] { return FleetWorld::count(world.plan(), ActionKind::launch); };
  CHECK(launches() == 1);  // the database may be an older one
  world.now += world.policy.timings.start_up;
  CHECK(launches() == 2);
  world.apply(model::ReadOnlySet{true, "an empty database"});
  world.apply(model::ReadOnlySet{false, ""});
  CHECK(launches() == 1);
  stranger.place = "elsewhere";
  list(stranger);
  CHECK(launches() == 2);
  stranger.place = "z";
  stranger.power = model::Power::stopped;
  list(stranger);
  CHECK(launches() == 2);
  stranger.power = model::Power::running;
  list(stranger);
  world.now += world.policy.timings.start_up;
  CHECK(launches() == 2);  // nobody came for it
}

TEST_CASE("launches and failures of another account, or of long ago, spend no budget here") {
  FleetWorld world;
  world.zone("p/z", 1, 50);
  world.zone("q/z", 1, 50);
  world.policy.budgets.launches = 3;
  world.policy.budgets.failed_boots = 2;
  world.apply(model::InventoryListed{ProviderId("q"), "test", {}});
  for (int i = 0; i < 5; ++i) (void)world.in_state("q/z", NodeState::booting);
  Action launch;
  launch.kind = ActionKind::launch;
  launch.zone = ZoneId("p/z");
  launch.provider = ProviderId("p");
  CHECK(held_by(world, launch).empty());
  for (int i = 0; i < 2; ++i) {
    const NodeId id = world.in_state("p/z", NodeState::booting);
    world.apply(model::StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
  }
  world.now += world.policy.breakers.placement_backoff_most + 1s;
  CHECK(held_by(world, launch) == "failed_boot_budget");
  world.now += world.policy.budgets.failed_boot_window;
  CHECK(held_by(world, launch).empty());
}

TEST_CASE(
    "a launch for a zone that the configuration does not name is held by no maximum of its own") {
  FleetWorld world;
  world.zone("p/z", 1, 1);
  (void)world.serving("p/z");
  Action launch;
  launch.kind = ActionKind::launch;
  launch.zone = ZoneId("p/z");
  launch.provider = ProviderId("p");
  CHECK(held_by(world, launch) == "ceiling");
  launch.zone = ZoneId("p/nowhere");
  CHECK(held_by(world, launch).empty());
}

TEST_CASE("the names of actions and brakes are words of their own") {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(ActionKind::mark_gone); ++i) {
    words.insert(std::string(to_string(static_cast<ActionKind>(i))));
  }
  CHECK(words.size() == static_cast<std::size_t>(ActionKind::mark_gone) + 1);
  CHECK_FALSE(words.contains("unknown"));
  words.clear();
  for (std::size_t i = 0; i < brake_count; ++i) {
    words.insert(std::string(to_string(static_cast<Brake>(i))));
  }
  CHECK(words.size() == brake_count);
  CHECK_FALSE(words.contains("unknown"));
  CHECK(is_launch(ActionKind::launch));
  CHECK(is_launch(ActionKind::create_again));
  CHECK_FALSE(is_launch(ActionKind::admit));
}
