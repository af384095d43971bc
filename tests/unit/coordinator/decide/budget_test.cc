// The hourly budget: what launches may cost.
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::NodeState;
using model::Price;

namespace {

// A server costs 1.00 an hour. "p/z" wants what its load needs, "p/y" its minimum.
struct Purse : FleetWorld {
  Purse() {
    zone("p/z", 1, 20).price = Price{1'000'000};
    policy.scaling.rate_nodes = 20;
  }
  void busy(int servers, double requests_per_s) {
    std::vector<std::pair<NodeId, Load>> loads;
    for (int i = 0; i < servers; ++i)
      loads.push_back({serving("p/z"), {.requests_per_s = requests_per_s}});
    run_load(loads, 6s);
  }
  void budget(std::int64_t whole) { policy.budgets.per_hour = Price{whole * 1'000'000}; }
  [[nodiscard]] int launches() const { return count(plan(), ActionKind::launch); }
  [[nodiscard]] std::string why() const {
    const Plan made = plan();
    const Withheld* held = withheld(made, Brake::hourly_budget);
    return held == nullptr ? "" : held->text;
  }
};

}  // namespace

TEST_CASE("without a budget nothing is held for its price") {
  Purse purse;
  purse.busy(2, 210);
  CHECK(purse.launches() == 4);
  CHECK(FleetWorld::decision(purse.plan(), "p/z").cost == Price{2'000'000});
}

TEST_CASE("launches stop where the next server would lift the costs above the budget") {
  Purse purse;
  purse.busy(2, 210);
  purse.budget(4);
  CHECK(purse.launches() == 2);
  CHECK(purse.why() == "4.00 an hour spent, 1.00 more, 4.00 is the fleet's budget");
  purse.budget(6);
  CHECK(purse.launches() == 4);
}

TEST_CASE("servers on their way in and out cost as much as those that serve") {
  Purse purse;
  purse.busy(2, 210);
  purse.budget(5);
  for (const NodeState state :
       {NodeState::requested, NodeState::draining, NodeState::terminating}) {
    (void)purse.in_state("p/z", state);
  }
  CHECK(purse.launches() == 0);
  CHECK(purse.why().starts_with("5.00 an hour spent"));
}

TEST_CASE("the minimum of a zone does not break the budget either") {
  Purse purse;
  purse.zone("p/z", 3, 20);
  purse.budget(2);
  CHECK(purse.launches() == 2);
  CHECK_FALSE(purse.why().empty());
}

TEST_CASE("growth leaves the money for what other zones lack to their minimum") {
  Purse purse;
  purse.busy(2, 210);
  purse.budget(6);
  model::ZonePolicy& other = purse.zone("q/y", 3, 20);
  other.price = Price{1'000'000};
  // The account "q" is not listed, so that nothing is launched there yet.
  CHECK(purse.launches() == 1);
  CHECK(purse.why() ==
        "3.00 an hour spent, 1.00 more, 6.00 is the fleet's budget, of which 3.00 is kept for what "
        "zones lack to their minimum");
  SECTION("a closed zone lacks nothing") {
    other.activity = model::ZoneActivity::inactive;
    CHECK(purse.launches() == 4);
  }
  SECTION("at the dearest of its placements") {
    other.placements = {{"", "s", ImageId("v1"), "", 0, 1, Price{1'000'000}},
                        {"", "m", ImageId("v1"), "", 1, 1, Price{2'000'000}}};
    CHECK(purse.launches() == 0);
  }
  SECTION("launches to a minimum are not held for that") {
    purse.zone("p/z", 4, 20);
    CHECK(purse.launches() == 2);
  }
}

TEST_CASE("a zone's own budget holds its launches alone") {
  Purse purse;
  purse.busy(2, 210);
  purse.zone("p/y", 2, 20).price = Price{1'000'000};
  purse.policy.zones.at(ZoneId("p/z")).budget_per_hour = Price{3'000'000};
  CHECK(purse.launches() == 3);
  CHECK(purse.why() == "3.00 an hour spent, 1.00 more, 3.00 is the zone's budget");
}

TEST_CASE("what has no price is not launched under a budget") {
  Purse purse;
  purse.policy.zones.at(ZoneId("p/z")).price.reset();
  purse.budget(100);
  CHECK(purse.launches() == 0);
  CHECK(purse.why() == "what a server costs there is not known");
}

TEST_CASE("servers for a stuck zone leave the money for its minimum, so that it finds it later") {
  FleetWorld world;
  for (const char* id : {"a/z", "b/z"}) {
    model::ZonePolicy& zone = world.zone(id, 0, 20);
    zone.region = RegionId("lon");
    zone.price = Price{1'000'000};
  }
  world.zone("a/z", 2, 20);
  world.list_all();
  const NodeId id = world.in_state("a/z", NodeState::requested);
  world.apply(model::CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "none left")});
  world.policy.budgets.per_hour = Price{3'000'000};
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 1);
  world.policy.budgets.per_hour = Price{4'000'000};
  CHECK(FleetWorld::count(world.plan(), ActionKind::launch) == 2);
}

TEST_CASE("a dear server in a zone's place uses up what is kept for its minimum") {
  Purse purse;
  purse.busy(2, 210);
  model::ZonePolicy& other = purse.zone("q/y", 2, 20);
  other.price = Price{1'000'000};
  (void)purse.in_state("q/y", NodeState::in_service);
  purse.budget(5);
  CHECK(purse.launches() == 1);  // 2 and 1 are there, and 1 is kept
}
