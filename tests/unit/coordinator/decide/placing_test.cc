// Which placement a launch takes, and what closes one.
#include "coordinator/decide/placing.h"

#include "coordinator/decide/cost.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::Cause;
using model::NodeState;
using model::Price;

namespace {

const Error none = fail(Errc::out_of_stock, "none left");

// A zone "p/z" of three sizes; it wants `min` servers.
struct Choice : FleetWorld {
  explicit Choice(int min) : z(zone("p/z", min, 20)) {
    z.placements = {placement("a", 1), placement("b", 2), placement("c", 2)};
    z.placements[1].weight = 2;
    z.placements[2].price.reset();
    policy.scaling.rate_nodes = 20;
  }
  static model::PlacementPolicy placement(const std::string& size, int priority) {
    return {"", size, ImageId("v1"), "", priority, 1, Price{10'000}};
  }
  // The sizes of the launches that are let through, in order.
  [[nodiscard]] std::string launched() const {
    std::string sizes;
    for (const Action& action : plan().actions) sizes += action.size;
    return sizes;
  }
  [[nodiscard]] std::string held_by(Brake brake) const {
    std::string sizes;
    for (const Withheld& held : plan().withheld) {
      if (held.brake == brake) sizes += held.action.size;
    }
    return sizes;
  }
  NodeId asked(const std::string& size) {
    const NodeId id("x" + std::to_string(++asked_));
    apply(model::LaunchIntended{id, ZoneId("p/z"), ProviderId("p"), ImageId("v1"), "", size});
    return id;
  }
  void sell_out(const std::string& size) {
    apply(model::CreateAnswered{asked(size), std::nullopt, none});
  }
  void fail_boot(const std::string& size) {
    const NodeId id = asked(size);
    apply(model::StateEntered{id, NodeState::booting, Cause::none, "made"});
    apply(model::StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
    apply(model::StateEntered{id, NodeState::gone, Cause::none, ""});
  }
  model::ZonePolicy& z;

 private:
  int asked_ = 0;
};

}  // namespace

TEST_CASE("launches go to the lowest priority number, with the reason and the price") {
  const Choice world(3);
  CHECK(world.launched() == "aaa");
  const Plan plan = world.plan();
  const Action& launch = plan.actions.front();
  CHECK(launch.price == Price{10'000});
  CHECK(launch.reasons.back().text == "p a, priority 1, 0.01 an hour");
}

TEST_CASE("when a placement is out of stock the next launches go to the others, by weight") {
  Choice world(6);
  world.sell_out("a");
  CHECK(world.launched() == "bbcbbc");
  const Plan plan = world.plan();
  CHECK(plan.actions.front().reasons.back().text ==
        "p b, priority 2, 0.01 an hour; closed for now: p a");
  SECTION("servers that are there count for the weights") {
    (void)world.asked("b");
    (void)world.asked("b");
    CHECK(world.launched() == "cbbc");
  }
}

TEST_CASE("a placement that is closed by failed boots is passed over as well") {
  Choice world(1);
  world.fail_boot("a");
  CHECK(world.launched() == "b");
  world.now += world.policy.breakers.placement_backoff;
  CHECK(world.launched() == "a");
}

TEST_CASE("when all are out of stock the first choice is held, by name") {
  Choice world(2);
  for (const char* size : {"a", "b", "c"}) world.sell_out(size);
  CHECK(world.launched().empty());
  CHECK(world.held_by(Brake::placement_closed) == "aa");
  const Plan plan = world.plan();
  CHECK(plan.withheld.front().text.starts_with("p a, next try in "));
  CHECK(plan.withheld.front().text.ends_with(" s: none left"));
  CHECK(plan.withheld.front().action.reasons.back().text ==
        "p a, priority 1, 0.01 an hour; none is open");
}

TEST_CASE("when the wait is over one launch tries it, and the rest goes elsewhere") {
  Choice world(3);
  world.sell_out("a");
  world.now = *world.fleet.placement({ProviderId("p"), "", "a"}).stock_not_before;
  CHECK(world.launched() == "abb");
  SECTION("as long as the try is not answered") {
    (void)world.asked("a");
    CHECK(world.launched() == "bb");
    world.z.placements.resize(1);
    CHECK(world.launched().empty());
    CHECK(world.held_by(Brake::placement_closed) == "aa");
    CHECK(world.plan().withheld.front().text ==
          "p a, one launch tries whether there is stock again");
  }
  SECTION("what was asked before it was closed is no try") {
    Choice other(2);
    (void)other.asked("a");
    other.sell_out("a");
    other.now = *other.fleet.placement({ProviderId("p"), "", "a"}).stock_not_before;
    CHECK(other.launched() == "a");
  }
}

TEST_CASE("two zones that share a placement share its try") {
  Choice world(1);
  world.z.placements.resize(1);
  world.sell_out("a");
  model::ZonePolicy& twin = world.zone("p/y", 1, 20);
  twin.size = "a";
  world.now = *world.fleet.placement({ProviderId("p"), "", "a"}).stock_not_before;
  CHECK(world.launched() == "a");
  CHECK(world.held_by(Brake::placement_closed) == "a");
}

TEST_CASE("a zone is stuck only when nothing is open and something is out of stock") {
  Choice world(1);
  world.z.placements.resize(2);
  const auto stuck_now = [&] { return stuck(world.z, world.fleet, world.policy, world.now); };
  CHECK_FALSE(stuck_now());
  world.sell_out("a");
  CHECK_FALSE(stuck_now());
  SECTION("all of it") {
    world.sell_out("b");
    CHECK(stuck_now() == "out of stock: p a, p b");
  }
  SECTION("the rest by failed boots") {
    world.fail_boot("b");
    CHECK(stuck_now() == "out of stock: p a");
  }
}

TEST_CASE("failed boots alone do not make a zone stuck") {
  Choice world(1);
  for (const char* size : {"a", "b", "c"}) world.fail_boot(size);
  CHECK_FALSE(stuck(world.z, world.fleet, world.policy, world.now));
}

TEST_CASE("an account is down when its listings have failed for four periods") {
  Choice world(1);
  world.list_all();
  world.apply(model::InventoryFailed{ProviderId("p"), fail(Errc::unavailable, "no route")});
  const auto down = [&] { return is_down(ProviderId("p"), world.fleet, world.policy, world.now); };
  CHECK_FALSE(down());
  world.now += 4 * world.policy.timings.inventory_period + 1s;
  CHECK(down());
  CHECK(stuck(world.z, world.fleet, world.policy, world.now) ==
        "its account cannot be listed: unavailable: no route");
  world.list_all();
  CHECK_FALSE(down());
}

TEST_CASE("an account that was never listed is down so long after the start, and not before") {
  FleetWorld world;
  world.apply(model::Started{2});
  world.apply(model::InventoryFailed{ProviderId("q"), fail(Errc::unavailable, "no route")});
  const auto down = [&] { return is_down(ProviderId("q"), world.fleet, world.policy, world.now); };
  CHECK_FALSE(down());
  world.now += 5 * world.policy.timings.inventory_period;
  CHECK(down());
  CHECK_FALSE(is_down(ProviderId("q"), model::Fleet(), world.policy, world.now));
}

TEST_CASE("a server costs what the configuration says, else what it did, else its zone's dearest") {
  model::ZonePolicy zone;
  zone.place = "l";
  zone.size = "s";
  model::Node node;
  node.place = "l";
  node.size = "s";
  CHECK_FALSE(price_of(node, &zone));
  CHECK_FALSE(price_of(node, nullptr));
  zone.price = Price{10};
  CHECK(price_of(node, &zone) == Price{10});
  CHECK(dearest(zone) == Price{10});
  node.price = Price{7};
  CHECK(price_of(node, &zone) == Price{10});
  CHECK(price_of(node, nullptr) == Price{7});
  node.size = "old";
  CHECK(price_of(node, &zone) == Price{7});
  node.price.reset();
  CHECK(price_of(node, &zone) == Price{10});
  zone.placements = {{"l", "s", ImageId(), "", 0, 1, {}},
                     {"l", "m", ImageId(), "", 0, 1, Price{30}},
                     {"m", "m", ImageId(), "", 0, 1, Price{20}}};
  CHECK(price_of(node, &zone) == Price{30});
  node.size = "m";
  node.place = "m";
  CHECK(price_of(node, &zone) == Price{20});
  node.place = "l";
  node.size = "s";
  node.price = Price{7};
  CHECK(price_of(node, &zone) == Price{7});
  zone.place = "x";
  zone.placements.clear();
  CHECK(price_of(node, &zone) == Price{7});
}

TEST_CASE("a fleet's cost is the sum over its servers, and not known where nothing has a price") {
  FleetWorld world;
  model::ZonePolicy& zone = world.zone("p/z", 0, 5);
  (void)world.serving("p/z");
  (void)world.in_state("p/z", NodeState::terminating);
  CHECK_FALSE(cost_of(world.fleet, world.policy));
  CHECK_FALSE(FleetWorld::decision(world.plan(), "p/z").cost);
  zone.price = Price{10};
  CHECK(cost_of(world.fleet, world.policy) == Price{20});
  CHECK(FleetWorld::decision(world.plan(), "p/z").cost == Price{20});
  CHECK(cost_of(model::Fleet(), world.policy) == Price{0});
  world.policy.zones.clear();
  CHECK_FALSE(cost_of(world.fleet, world.policy));
  world.apply(model::LaunchIntended{NodeId("x"), ZoneId("p/z"), ProviderId("p"), ImageId("v1"), "",
                                    "s", "", Price{7}});
  CHECK(cost_of(world.fleet, world.policy) == Price{7});
  CHECK(FleetWorld::decision(world.plan(), "p/z").cost == Price{7});
}

TEST_CASE("prices are written with the decimals that they need, two at least") {
  CHECK(to_text(Price{1'250'000}) == "1.25");
  CHECK(to_text(Price{2'000'000}) == "2.00");
  CHECK(to_text(Price{5'952}) == "0.005952");
}

TEST_CASE("a placement whose failures were of another image or configuration is to be opened") {
  Choice world(1);
  const auto opened = [&] {
    std::string sizes;
    for (const auto& one : made_otherwise(world.fleet, world.policy)) sizes += one.id.size;
    return sizes;
  };
  world.fail_boot("a");
  world.sell_out("b");
  CHECK(opened().empty());
  world.z.config_digest = "another";
  CHECK(opened() == "ab");
  world.z.config_digest.clear();
  world.z.placements[1].image = ImageId("v2");
  CHECK(opened() == "b");
  // Another zone still launches the same there.
  world.zone("p/y", 0, 5).placements = {Choice::placement("b", 1)};
  CHECK(opened().empty());
  // One that the configuration has lost stays as it is.
  world.policy.zones.erase(ZoneId("p/y"));
  world.z.placements.resize(1);
  CHECK(opened().empty());
}

TEST_CASE(
    "what an operator may open is what failed boots or a refusal have closed, while they do") {
  FleetWorld world;
  const auto& zone = world.zone("p/z", 1, 5);
  const auto closed = [&] { return closed_placements(zone, world.fleet, world.now).size(); };
  CHECK(closed() == 0);
  SECTION("by a boot that failed") {
    const NodeId id = world.in_state("p/z", NodeState::booting);
    world.apply(model::StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
    CHECK(closed() == 1);
    world.now += world.policy.breakers.placement_backoff + 1s;
    CHECK(closed() == 0);
  }
  SECTION("for want of stock") {
    const NodeId id = world.in_state("p/z", NodeState::requested);
    world.apply(model::CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "none left")});
    CHECK(closed() == 1);
  }
}
