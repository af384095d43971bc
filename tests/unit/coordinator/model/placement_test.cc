// What is remembered of placements: failed boots and stock-outs, apart from each other.
#include "coordinator/model/placement.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

const PlacementId here{ProviderId("p"), "", "s"};
const Error none = fail(Errc::out_of_stock, "none left");

struct Shop : FleetWorld {
  Shop() { zone("p/z", 0, 20); }
  NodeId asked() { return in_state("p/z", NodeState::requested); }
  void refused(const NodeId& id) { apply(CreateAnswered{id, std::nullopt, none}); }
  [[nodiscard]] const Placement& memory() const { return placement("p"); }
  [[nodiscard]] Duration wait() const { return *memory().stock_not_before - now; }
};

}  // namespace

TEST_CASE("each stock-out in a row waits about twice as long, from five minutes to half an hour") {
  Shop shop;
  const Duration least[] = {5min, 10min, 20min, 24min, 24min};
  for (const Duration first : least) {
    shop.refused(shop.asked());
    CHECK(shop.wait() >= first);
    CHECK(shop.wait() <= first + first / 4);
    shop.now = *shop.memory().stock_not_before;
  }
  CHECK(shop.memory().stock_outs == 5);
  CHECK(shop.memory().consecutive_failures == 0);
  CHECK(shop.memory().stock_failure == "none left");
}

TEST_CASE("a wait doubles with each time in a row, up to the longest, whatever the figures") {
  CHECK(doubled_wait(1, 30s, 30min) == 30s);
  CHECK(doubled_wait(2, 30s, 30min) == 60s);
  CHECK(doubled_wait(6, 30s, 30min) == 16min);
  CHECK(doubled_wait(7, 30s, 30min) == 30min);
  CHECK(doubled_wait(1, 5min, 3min) == 3min);
  CHECK(doubled_wait(1000, 24h, 24h * 365 * 100) == 24h * 365 * 100);
}

TEST_CASE("how much longer is drawn from the placement's name, the same in every process") {
  const PlacementId other{ProviderId("p"), "", "t"};
  CHECK(stock_wait(here, 1, 5min, 30min) == stock_wait(here, 1, 5min, 30min));
  CHECK(stock_wait(here, 1, 5min, 30min) != stock_wait(other, 1, 5min, 30min));
  CHECK(stock_wait(here, 1, 5min, 30min) != stock_wait(here, 2, 5min, 30min) / 2);
  CHECK(stock_wait(here, 1000, 5min, 30min) <= 30min);
  CHECK(stock_wait(here, 1, 5min, 5min) == 5min);
}

TEST_CASE("all answers to one wave of launches are one stock-out") {
  Shop shop;
  const NodeId wave[] = {shop.asked(), shop.asked(), shop.asked()};
  shop.now += 1s;
  for (const NodeId& id : wave) shop.refused(id);
  CHECK(shop.memory().stock_outs == 1);
  const MonoTime until = *shop.memory().stock_not_before;
  shop.now = until;
  shop.refused(shop.asked());
  CHECK(shop.memory().stock_outs == 2);
}

TEST_CASE("one of the wave that got the last server does not open the placement again") {
  Shop shop;
  const NodeId last = shop.asked();
  shop.refused(shop.asked());
  Vm vm;
  vm.id = VmId("1");
  shop.apply(CreateAnswered{last, vm, std::nullopt});
  CHECK(shop.memory().stock_outs == 1);
}

TEST_CASE("the first server that is made after the wait opens the placement, and it is told") {
  Shop shop;
  shop.refused(shop.asked());
  shop.now = *shop.memory().stock_not_before + 1s;
  (void)shop.fleet.take_notes();
  (void)shop.fleet.take_changes();
  (void)shop.in_state("p/z", NodeState::booting);
  CHECK(shop.fleet.placements().empty());
  CHECK(shop.fleet.take_changes().placements == std::set<PlacementId>{here});
  const auto notes = shop.fleet.take_notes();
  CHECK(std::any_of(notes.begin(), notes.end(),
                    [](const Note& note) { return note.code == "in_stock_again"; }));
}

TEST_CASE(
    "an account that refuses launches is told as such, closes its placement, and freezes nobody") {
  Shop shop;
  shop.zone("q/z", 1, 5);
  const Error no = fail(Errc::refused, "Unable to authenticate you");
  std::vector<NodeId> wave;
  for (int i = 0; i < 8; ++i) wave.push_back(shop.asked());
  (void)shop.fleet.take_notes();
  for (const NodeId& id : wave) shop.apply(CreateAnswered{id, std::nullopt, no});
  CHECK(shop.memory().stock_outs == 1);
  CHECK(shop.memory().stock_failure == "refused: Unable to authenticate you");
  CHECK(shop.memory().consecutive_failures == 0);
  for (const Launch& launch : shop.fleet.launches()) CHECK_FALSE(launch.failed);
  const auto notes = shop.fleet.take_notes();
  CHECK(std::count_if(notes.begin(), notes.end(), [](const Note& note) {
          return note.code == "launches_refused" && note.severity == Severity::alarm;
        }) == 1);
}

TEST_CASE("a stock-out of long ago counts no more") {
  Shop shop;
  for (int i = 0; i < 3; ++i) {
    shop.refused(shop.asked());
    shop.now = *shop.memory().stock_not_before;
  }
  shop.now += shop.policy.breakers.stock_backoff_most + 1s;
  shop.refused(shop.asked());
  CHECK(shop.memory().stock_outs == 1);
}

TEST_CASE("stock-outs spend no budget of failed boots, and outlive a good boot from before") {
  Shop shop;
  const NodeId booting = shop.in_state("p/z", NodeState::verifying);
  shop.refused(shop.asked());
  for (const Launch& launch : shop.fleet.launches()) CHECK_FALSE(launch.failed);
  shop.apply(StateEntered{booting, NodeState::in_service, Cause::none, "verified"});
  CHECK(shop.memory().stock_outs == 1);
}

TEST_CASE("a launch that was never made is no failed boot, however long the account was away") {
  Shop shop;
  const NodeId id = shop.asked();
  shop.apply(CreateAnswered{id, std::nullopt, fail(Errc::unavailable, "no route")});
  shop.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "never appeared"});
  CHECK(shop.memory() == Placement{});
  for (const Launch& launch : shop.fleet.launches()) CHECK_FALSE(launch.failed);
}

TEST_CASE("another image lifts the failed boots and the refusals of a placement") {
  Shop shop;
  const NodeId id = shop.in_state("p/z", NodeState::booting);
  shop.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
  shop.refused(shop.asked());
  CHECK(shop.memory().consecutive_failures == 1);
  shop.apply(PlacementOpened{ZoneId("p/z"), here, "another image is wanted"});
  CHECK(shop.memory() == Placement{});
}

TEST_CASE("a zone without a list has one placement, of its own keys") {
  ZonePolicy zone;
  zone.place = "lon1";
  zone.size = "small";
  zone.image = ImageId("v1");
  zone.price = Price{10};
  REQUIRE(placements_of(zone).size() == 1);
  CHECK(placements_of(zone)[0].place == "lon1");
  CHECK(placements_of(zone)[0].price == Price{10});
  CHECK(placement_at(zone, "lon1", "small"));
  CHECK_FALSE(placement_at(zone, "lon1", "large"));
  CHECK(image_at(zone, "lon1", "large") == ImageId("v1"));
  zone.placements = {{"lon2", "large", ImageId("v2"), "", 0, 1, {}}};
  CHECK(placements_of(zone).size() == 1);
  CHECK(image_at(zone, "lon2", "large") == ImageId("v2"));
  CHECK(image_at(zone, "lon2", "small") == ImageId("v1"));
  CHECK(has_place(zone, "lon1"));
  CHECK(has_place(zone, "lon2"));
  CHECK_FALSE(has_place(zone, "lon3"));
  CHECK(to_string(PlacementId{ProviderId("p"), "lon1", "small"}) == "p lon1 small");
}

TEST_CASE("a failed boot of an image that the zone no longer launches closes nothing") {
  FleetWorld world;
  ZonePolicy& zone = world.zone("p/z", 1, 20);
  const NodeId old = world.in_state("p/z", NodeState::booting);
  const NodeId now = world.in_state("p/z", NodeState::booting);
  zone.image = ImageId("another");
  world.apply(StateEntered{old, NodeState::terminating, Cause::failed_boot, "did not enrol"});
  CHECK(world.placement("p").consecutive_failures == 0);
  zone.image = world.node(now).image;
  world.apply(StateEntered{now, NodeState::terminating, Cause::failed_boot, "did not enrol"});
  CHECK(world.placement("p").consecutive_failures == 1);
}

TEST_CASE("an opened placement has its failed boots forgotten, those of the account's budget too") {
  Shop shop;
  for (int i = 0; i < 2; ++i) {
    const NodeId id = shop.in_state("p/z", NodeState::booting);
    shop.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "no agent"});
  }
  const auto failed = [&] {
    return std::ranges::count_if(shop.fleet.launches(), [](const Launch& l) { return l.failed; });
  };
  REQUIRE(failed() == 2);
  (void)shop.fleet.take_changes();
  shop.apply(PlacementOpened{ZoneId("p/z"), here, "another image is wanted"});
  CHECK(failed() == 0);
  CHECK(shop.fleet.take_changes().launches.size() == 2);  // so that a restart knows it, too
}

TEST_CASE("a boot of what the zone no longer launches is no failed one of the account either") {
  Shop shop;
  const NodeId id = shop.in_state("p/z", NodeState::booting);
  shop.zone("p/z", 0, 20).image = ImageId("v2");
  shop.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "no agent"});
  CHECK_FALSE(shop.fleet.launches().front().failed);
}
