// The one reboot of a leaving node that is silent, so that its logs can ship.
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;

namespace {

struct Silent : FleetWorld {
  Silent() {
    zone("p/z", 1, 5);
    id = in_state("p/z", NodeState::flushing);
    now += 1min;
  }
  void answered(std::optional<Error> error) {
    apply(model::CallStarted{id, model::Call::reboot});
    CHECK(wants(*this, id).empty());
    apply(model::RebootAnswered{id, std::move(error)});
  }
  NodeId id;
};

const Error no_route = fail(Errc::unavailable, "no route");

}  // namespace

TEST_CASE("a silent node is rebooted once so that its logs can ship") {
  Silent world;
  CHECK(wants(world, world.id) == "reboot");
  world.answered(std::nullopt);
  world.now += 5min;
  CHECK(wants(world, world.id).empty());
}

TEST_CASE("a reboot of which nobody knows is tried again, after a while and a few times") {
  Silent world;
  for (int tries = 0; tries < 3; ++tries) {
    CHECK(wants(world, world.id) == "reboot");
    world.answered(no_route);
    world.now += world.policy.timings.reboot_patience - 1s;
    CHECK(wants(world, world.id).empty());  // it may have been done
    world.now += 1s;
  }
  CHECK(wants(world, world.id).empty());
}

TEST_CASE("a reboot that was refused is asked for until it is done: a token may be mended") {
  Silent world;
  for (int tries = 0; tries < 5; ++tries) {
    CHECK(wants(world, world.id) == "reboot");
    world.answered(fail(Errc::refused, "401"));
    CHECK(wants(world, world.id).empty());
    if (tries == 0) {
      CHECK(waits_for(world.node(world.id), world.fleet, world.policy, 0, world.now) ==
            "its agent, which is silent, and another try of its reboot, after: refused: 401");
      world.apply(model::NodeHeld{world.id, "test"});
    }
    world.now += world.policy.timings.reboot_patience;
  }
  world.answered(std::nullopt);
  world.now += world.policy.timings.reboot_patience;
  CHECK(wants(world, world.id).empty());
}

TEST_CASE("a node is held in time, whatever becomes of its reboot") {
  Silent world;
  world.now += world.policy.timings.flush_deadline;
  CHECK(wants(world, world.id) == "hold");
  world.apply(model::NodeHeld{world.id, "test"});
  CHECK(wants(world, world.id) == "reboot");
}

TEST_CASE(
    "logs are given up no sooner than the reboot had its time, and a failing one holds nobody") {
  Silent world;
  const bool held = GENERATE(false, true);
  if (held) {
    world.apply(model::NodeHeld{world.id, "test"});
    world.now += world.policy.timings.hold_limit;
  }
  world.now += world.policy.timings.flush_deadline;
  CHECK(wants(world, world.id, 2) == "reboot");  // two are held already
  SECTION("it was done") {
    world.answered(std::nullopt);
    CHECK(wants(world, world.id, 2).empty());
    world.now += world.policy.timings.reboot_patience;
    CHECK(wants(world, world.id, 2) == "give_up_flush");
  }
  SECTION("it may have been done") {
    world.answered(fail(Errc::timeout, "no answer"));
    CHECK(wants(world, world.id, 2).empty());
  }
  SECTION("it was refused") {
    world.answered(fail(Errc::refused, "no"));
    CHECK(wants(world, world.id, 2) == "give_up_flush");
  }
}

TEST_CASE("while its account is away nobody is rebooted or given up: it could not be destroyed") {
  Silent world;
  const bool held = GENERATE(false, true);
  if (held) {
    world.apply(model::NodeHeld{world.id, "test"});
    world.now += world.policy.timings.hold_limit;
  }
  world.now += world.policy.timings.flush_deadline;
  world.apply(model::InventoryFailed{ProviderId("p"), no_route});
  CHECK(wants(world, world.id, 2).empty());
  CHECK_THAT(*waits_for(world.node(world.id), world.fleet, world.policy, 2, world.now),
             Catch::Matchers::Contains(held ? "it is held" : "account, which cannot be listed"));
  world.list_all();
  CHECK(wants(world, world.id, 2) == "reboot");
  world.answered(fail(Errc::refused, "no"));
  CHECK(wants(world, world.id, 2) == "give_up_flush");
}

TEST_CASE("a silent node that leaves says what becomes of its reboot") {
  Silent world;
  const auto waits = [&] {
    return waits_for(world.node(world.id), world.fleet, world.policy, 0, world.now).value_or("");
  };
  world.apply(model::CallStarted{world.id, model::Call::reboot});
  CHECK(waits() == "its reboot");
  world.apply(model::RebootAnswered{world.id, std::nullopt});
  CHECK(waits() == "its agent, silent since before its reboot");
  world.now += world.policy.timings.reboot_patience;
  CHECK(waits() == "its agent, which is silent");
}

TEST_CASE("a check of the archive that failed puts no reboot off") {
  Silent world;
  world.apply(model::ArchiveChecked{world.id, world.node(world.id).visit, no_route});
  world.now += world.policy.timings.retry_call;
  CHECK(wants(world, world.id) == "reboot");
}
