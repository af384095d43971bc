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

TEST_CASE("a reboot that a provider in trouble did not do is tried again, after a while") {
  Silent world;
  world.answered(no_route);
  world.now += world.policy.timings.reboot_patience - 1s;
  CHECK(wants(world, world.id).empty());  // it may have been done
  world.now += 1s;
  CHECK(wants(world, world.id) == "reboot");
  world.answered(fail(Errc::refused, "no"));
  world.now += world.policy.timings.reboot_patience;
  CHECK(wants(world, world.id).empty());
}

TEST_CASE("a node that is held is rebooted as soon as that can be") {
  Silent world;
  world.answered(no_route);
  world.now += world.policy.timings.flush_deadline + 1s;
  world.apply(model::NodeHeld{world.id, "test"});
  CHECK(wants(world, world.id) == "reboot");
}

TEST_CASE(
    "logs are given up no sooner than the reboot had its time, and a failing one holds nobody") {
  Silent world;
  world.now += world.policy.timings.flush_deadline;
  CHECK(wants(world, world.id, 2) == "reboot");  // two are held already
  SECTION("it was done") {
    world.answered(std::nullopt);
    CHECK(wants(world, world.id, 2).empty());
    world.now += world.policy.timings.reboot_patience;
    CHECK(wants(world, world.id, 2) == "give_up_flush");
  }
  SECTION("it failed once more") {
    world.answered(no_route);
    world.now += world.policy.timings.retry_call;
    CHECK(wants(world, world.id, 2) == "give_up_flush");
  }
}

TEST_CASE("while its account is away nobody's logs are given up: it could not be destroyed") {
  Silent world;
  const ProviderId account("p");
  world.answered(no_route);
  world.now += world.policy.timings.flush_deadline;
  world.apply(model::InventoryFailed{account, no_route});
  world.answered(no_route);
  CHECK(wants(world, world.id, 2).empty());
  world.list_all();
  CHECK(wants(world, world.id, 2) == "give_up_flush");
}
