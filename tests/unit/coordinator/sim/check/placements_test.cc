// That the checker of placements finds what is wrong: stock, spill-over, budget.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

const ZoneId par{"ocean/par1"};

// Two zones; `region` of the second one.
Scenario two_zones(const std::string& region) {
  Scenario scenario = quiet_fleet(1min);
  ZoneScenario second = scenario.zones.front();
  second.id = par;
  second.region = RegionId(region);
  scenario.zones.push_back(std::move(second));
  return scenario;
}

struct Launches : Court {
  explicit Launches(Scenario scenario)
      : Court(make_placement_checker(), std::move(scenario), Hears::nothing) {
    world.run();
    checker->started(world, 0);
  }
  model::Node launch(const std::string& id, const ZoneId& zone = lon) {
    model::Node node = made_up(NodeId(id));
    node.zone = zone;
    node.place = zone.str().substr(zone.str().find('/') + 1);
    node.size = "small";
    checker->appeared(world, node, 0);
    return node;
  }
  // The cloud has none left, and says so.
  void refuse(const std::string& id) {
    const model::Node node = launch(id);
    world.cloud_of(lon).weather().out_of_stock = {node.place};
    act::CreateRequest request;
    request.node = node.id;
    request.place = node.place;
    const auto account = world.cloud_of(lon).connect(world.loop);
    account->create(request, [](const auto&) {});
    world.loop.run_for(1s);
    checker->left(world, node.id, model::NodeState::requested, 0);
  }
  std::string broken_by_spill(const ZoneId& lacking) {
    model::Node node = made_up(NodeId("par1-spilled"));
    node.zone = par;
    node.place = "par1";
    node.size = "small";
    node.spilled_for = lacking;
    checker->appeared(world, node, 0);
    checker->ticked(world, 0);
    return broken();
  }
};

}  // namespace

TEST_CASE("a launch where there is no stock is found, until the wait is over") {
  Launches early(quiet_fleet(1min));
  early.refuse("lon1-a");
  early.world.loop.run_for(1min);
  early.launch("lon1-b");
  CHECK(early.broken() == "launches");

  Launches late(quiet_fleet(1min));
  late.refuse("lon1-a");
  late.world.loop.run_for(5min);
  late.launch("lon1-b");
  CHECK(late.broken() == "");
  late.launch("lon1-c");  // one tries; the other is one too many
  CHECK(late.broken() == "launches");
}

TEST_CASE(
    "want of stock is held against a coordinator through a start, unless it was never stored") {
  const auto broken = [](Duration until_then, Duration store_fails, bool forgot) {
    Launches launches(fleet_with_failing_store(store_fails));
    launches.refuse("lon1-a");
    launches.world.loop.run_for(until_then);
    if (forgot) launches.checker->forgot(launches.world, 0);
    launches.restart();
    launches.launch("lon1-b");
    return launches.broken();
  };
  CHECK(broken(1min, 0s, false) == "launches");
  CHECK(broken(5min, 0s, false) == "");
  CHECK(broken(1min, 2min, false) == "");
  CHECK(broken(1s, 0s, false) == "");
  CHECK(broken(1min, 0s, true) == "");
}

TEST_CASE("a server for a zone that lacks nothing is found after a start, too") {
  const auto broken = [](const std::function<void(Launches&)>& before) {
    Launches launches(two_zones("lon"));
    before(launches);
    launches.restart();
    return launches.broken_by_spill(lon);
  };
  CHECK(broken([](Launches&) {}) == "spill");
  CHECK(broken([](Launches& launches) { launches.checker->forgot(launches.world, 0); }) == "");
  CHECK(broken([](Launches& launches) { launches.refuse("lon1-a"); }) == "");
}

TEST_CASE(
    "a server for a zone that lacks nothing is found, one for a zone without stock is right") {
  Launches lacking(two_zones("lon"));
  lacking.refuse("lon1-a");
  CHECK(lacking.broken_by_spill(lon) == "");

  Launches well(two_zones("lon"));
  CHECK(well.broken_by_spill(lon) == "spill");
}

TEST_CASE("who was asked out of a zone is none of its servers when others stand in for it") {
  const auto broken = [](bool asked_out) {
    Launches full(two_zones("lon"));
    full.refuse("lon1-a");
    model::Node more = full.node();
    more.key = AgentKey();
    for (int i = 0; i < 4; ++i) {  // beside the three that stand: one above the maximum
      more.id = NodeId("lon1-more" + std::to_string(i));
      more.asked_out = asked_out && i == 0;
      full.world.controller()->apply(model::NodeRestored{more});
    }
    return full.broken_by_spill(lon);
  };
  CHECK(broken(false) == "spill");
  CHECK(broken(true) == "");
}

TEST_CASE("a server for a zone of another region is found") {
  Launches launches(two_zones("elsewhere"));
  launches.refuse("lon1-a");
  CHECK(launches.broken_by_spill(lon) == "spill");
}

TEST_CASE("a launch that lifts the costs above the budget is found") {
  Scenario poor = quiet_fleet(1min);
  poor.hourly_budget = 3.5 * size_price(0);  // for the three that stand
  Launches launches(poor);
  launches.launch("lon1-within");
  CHECK(launches.broken() == "");
  model::Node fourth = launches.node();
  fourth.id = NodeId("lon1-fourth");
  fourth.key = AgentKey();
  launches.world.controller()->apply(model::NodeRestored{fourth});
  launches.launch("lon1-over");
  CHECK(launches.broken() == "budget");
}

}  // namespace edgeherd::sim
