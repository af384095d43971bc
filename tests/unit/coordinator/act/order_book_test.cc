// Orders whose commit fails: not in force, now or later, and the operator knows.
#include "coordinator/act/order_book.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/sim/coordinator_asks.h"

namespace edgeherd::sim {

using model::Flag;
using model::NodeState;

namespace {

// A settled fleet of two whose store fails.
struct Trouble {
  Trouble() {
    settled(world);
    id = world.fleet().nodes().begin()->first;
    world.store.fail_commits(true);
  }
  const model::Node& node() { return *world.fleet().node(id); }
  Status flag(Flag flag, bool on) {
    return ask<void>(world, [&](auto reply) { world.controller().set_flag(id, flag, on, reply); });
  }
  Status pause() {
    return ask<void>(world, [&](auto reply) { world.controller().pause("look", reply); });
  }
  // The store works again: whatever waits for it goes through, and a restart reads it.
  void recover() {
    world.store.fail_commits(false);
    world.loop.run_for(10s);
    world.restart();
    world.loop.run_for(10s);
  }

  CoordinatorWorld world{5};
  NodeId id;
};

}  // namespace

TEST_CASE("a flag that could not be stored is not set, and does not come into force later") {
  const auto flag = GENERATE(Flag::cordoned, Flag::is_protected, Flag::quarantined);
  Trouble t;
  const Status said = t.flag(flag, true);
  REQUIRE_FALSE(said.ok());
  CHECK_THAT(said.error().message, Catch::Contains("is not in force"));
  const auto none = [&] {
    return !t.node().cordoned && !t.node().is_protected && !t.node().quarantined;
  };
  CHECK(none());
  t.recover();
  CHECK(none());
  CHECK(t.world.history.count("order_not_stored") == 1);
  CHECK(t.flag(flag, true).ok());
}

TEST_CASE("a pause that could not be stored is over, and so is the end of one") {
  Trouble t;
  REQUIRE_FALSE(t.pause().ok());
  CHECK_FALSE(t.world.fleet().paused());
  t.recover();
  CHECK_FALSE(t.world.fleet().paused());

  REQUIRE(t.pause().ok());
  t.world.store.fail_commits(true);
  const auto resumed = ask<void>(t.world, [&](auto reply) { t.world.controller().resume(reply); });
  REQUIRE_FALSE(resumed.ok());
  CHECK(t.world.fleet().paused());
  CHECK(t.world.fleet().pause_reason() == "look");
  t.recover();
  CHECK(t.world.fleet().paused());
}

TEST_CASE("placements that could not be stored as open stay closed") {
  CoordinatorWorld world(6);
  world.cloud.weather().out_of_stock = {"lon1"};
  world.start();
  REQUIRE(world.run_until([&] { return !world.fleet().placements().empty(); }, 2min));
  world.store.fail_commits(true);
  const auto retried = ask<std::vector<model::PlacementId>>(
      world, [&](auto reply) { world.controller().retry(world.zone, reply); });
  REQUIRE_FALSE(retried.ok());
  CHECK_THAT(retried.error().message, Catch::Contains("is not in force"));
  CHECK_FALSE(world.fleet().placements().empty());
  world.store.fail_commits(false);
}

TEST_CASE("orders that overtake one another go back to what the store has") {
  Trouble t;
  t.world.store.fail_commits(false);
  int answers = 0;
  const auto count = [&](const Status&) { ++answers; };
  SECTION("all fail") {
    t.world.store.fail_commits(true);
    for (const bool on : {true, false, true}) {
      t.world.controller().set_flag(t.id, Flag::cordoned, on, count);
    }
    REQUIRE(t.world.run_until([&] { return answers == 3; }, 10s));
    CHECK_FALSE(t.node().cordoned);
  }
  SECTION("the first is stored, the second is not") {
    REQUIRE(t.flag(Flag::cordoned, true).ok());
    t.world.store.fail_commits(true);
    t.world.controller().set_flag(t.id, Flag::cordoned, false, count);
    REQUIRE(t.world.run_until([&] { return answers == 1; }, 10s));
    CHECK(t.node().cordoned);
  }
}

TEST_CASE("a termination that could not be stored terminates nobody") {
  Trouble t;
  act::TerminateRequest request;
  request.nodes = {t.id};
  const auto said = ask<act::TerminationPreview>(
      t.world, [&](auto reply) { t.world.controller().terminate(request, reply); });
  REQUIRE_FALSE(said.ok());
  CHECK_FALSE(t.node().asked_out);
  t.world.store.fail_commits(false);
  t.world.loop.run_for(5min);
  REQUIRE(t.world.fleet().node(t.id) != nullptr);
  CHECK(t.node().state == NodeState::in_service);
  CHECK(t.world.cloud.made().size() == 2);
}

TEST_CASE("of a termination that is overtaken for some nodes the others are asked out") {
  const auto mode = GENERATE(act::TerminateMode::in_order, act::TerminateMode::now);
  CoordinatorWorld world(8);
  settled(world);
  const NodeId kept = world.fleet().nodes().begin()->first;
  const NodeId other = world.fleet().nodes().rbegin()->first;
  // The answer to their termination, while somebody keeps the one that was asked out before.
  const auto overtaken = [&](std::vector<NodeId> nodes) {
    terminate(world, kept);
    const int count = static_cast<int>(nodes.size());
    return ask<act::TerminationPreview>(world, [&](auto reply) {
      world.controller().terminate({std::move(nodes), std::nullopt, count, mode}, reply);
      world.controller().set_flag(kept, Flag::asked_out, false, [](const Status&) {});
    });
  };
  CHECK(overtaken({kept, other}).ok());
  CHECK_FALSE(world.fleet().node(kept)->asked_out);
  CHECK_FALSE(world.fleet().node(kept)->drop_now);
  CHECK(world.fleet().node(other)->asked_out);
  REQUIRE(world.history.count("order_overtaken") == 1);
  const auto said = std::ranges::find_if(world.history.notes(), [](const act::EventRecord& one) {
    return one.note.code == "order_overtaken";
  });
  CHECK(said->note.node == kept);
  const auto none = overtaken({kept});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == Errc::conflict);
  CHECK_THAT(none.error().message, Catch::Contains("a later order has overtaken it"));
  CHECK_FALSE(world.fleet().node(kept)->asked_out);
  CHECK(world.history.count("order_overtaken") == 1);
}

TEST_CASE("a server whose adoption could not be stored is a stranger again") {
  CoordinatorWorld world(6);
  settled(world);
  const VmId vm = world.cloud.servers().begin()->first;
  const NodeId id = world.fleet().nodes().begin()->first;
  const auto adopt = [&] {
    return ask<NodeId>(world, [&](auto reply) {
      world.controller().adopt(world.account, vm, std::nullopt, reply);
    });
  };
  world.policy.zones[CoordinatorWorld::zone].min_servers = 0;
  REQUIRE(world.controller().set_policy(world.policy).ok());
  for (const bool on : {true, false}) {
    REQUIRE(ask<void>(world, [&](auto reply) {
              on ? world.controller().set_flag(id, Flag::quarantined, true, reply)
                 : world.controller().forget(id, reply);
            }).ok());
  }
  const auto is_stranger = [&] { return !world.fleet().account(world.account).strangers.empty(); };
  REQUIRE(world.run_until(is_stranger, 1min));
  world.store.fail_commits(true);
  REQUIRE_FALSE(adopt().ok());
  CHECK(world.fleet().nodes().size() == 1);
  world.store.fail_commits(false);
  REQUIRE(world.run_until(is_stranger, 1min));
  CHECK(adopt().ok());
}

TEST_CASE("a node that is forgotten stays so, and the operator hears that it is not stored yet") {
  Trouble t;
  const auto said =
      ask<void>(t.world, [&](auto reply) { t.world.controller().forget(t.id, reply); });
  REQUIRE_FALSE(said.ok());
  t.world.store.fail_commits(false);
  REQUIRE(t.flag(Flag::quarantined, true).ok());
  t.world.store.fail_commits(true);
  const auto again =
      ask<void>(t.world, [&](auto reply) { t.world.controller().forget(t.id, reply); });
  REQUIRE_FALSE(again.ok());
  CHECK_THAT(again.error().message, Catch::Contains("forgotten, but"));
  t.recover();
  CHECK(t.world.fleet().node(t.id) == nullptr);
}

TEST_CASE("what holds back stands when it is given while its end is being stored") {
  CoordinatorWorld world(7);
  settled(world);
  const NodeId id = world.fleet().nodes().begin()->first;
  act::Controller& controller = world.controller();
  std::optional<Status> ended;
  std::optional<Status> again;
  const auto end = [&](const Status& status) { ended = status; };
  const auto repeat = [&](const Status& status) { again = status; };
  const auto stands = [&] { return world.fleet().paused(); };
  const auto is_kept = [&] { return world.fleet().node(id)->quarantined; };
  REQUIRE(ask<void>(world, [&](auto reply) { controller.pause("look", reply); }).ok());
  controller.resume(end);
  controller.pause("no, look", repeat);
  world.loop.run_for(5s);
  REQUIRE((ended && again));
  REQUIRE_FALSE(ended->ok());
  CHECK(ended->error().message == "the end of the pause: a later order has overtaken it");
  CHECK(again->ok());
  CHECK(stands());
  const auto keep = [&](auto reply) { controller.set_flag(id, Flag::quarantined, true, reply); };
  REQUIRE(ask<void>(world, keep).ok());
  controller.set_flag(id, Flag::quarantined, false, end);
  keep(repeat);
  world.loop.run_for(5s);
  CHECK_FALSE(ended->ok());
  CHECK(again->ok());
  CHECK(is_kept());
  world.restart();
  world.loop.run_for(5s);
  CHECK(stands());
  CHECK(is_kept());
  // And in the order in which they were meant.
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().resume(reply); }).ok());
  CHECK_FALSE(stands());
}

}  // namespace edgeherd::sim
