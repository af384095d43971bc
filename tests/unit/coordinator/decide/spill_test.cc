// Spill-over: what a zone that cannot grow lacks, launched by others of its region.
#include "coordinator/decide/spill.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::NodeState;

namespace {

const Error none = fail(Errc::out_of_stock, "none left");

// Zones of one region in three accounts: "a/z" wants servers and finds none, the others want none.
struct Region : FleetWorld {
  explicit Region(int lacks = 4) {
    for (const char* id : {"a/z", "b/z", "c/z"}) {
      zone(id, 0, 20).region = RegionId("lon");
    }
    zone("a/z", lacks, 20);
    list_all();
    policy.scaling.rate_nodes = 20;
    sell_out();
  }
  model::ZonePolicy& at(const std::string& id) { return policy.zones.at(ZoneId(id)); }
  void sell_out(const std::string& id = "a/z") {
    const NodeId node = in_state(id, NodeState::requested);
    apply(model::CreateAnswered{node, std::nullopt, none});
  }
  // Launches that are let through, by the zone that makes them: "b/z b/z c/z".
  [[nodiscard]] std::string launched() const {
    std::string zones;
    for (const Action& action : plan().actions) {
      if (action.kind != ActionKind::launch) continue;
      CHECK(action.spilled_for == (action.zone == ZoneId("a/z") ? ZoneId() : ZoneId("a/z")));
      zones += (zones.empty() ? "" : " ") + action.zone.str();
    }
    return zones;
  }
  // A server in `id` that serves in the place of "a/z".
  NodeId standing_in(const std::string& id) {
    const NodeId node("s" + std::to_string(++standing_));
    const ProviderId provider(id.substr(0, id.find('/')));
    apply(model::LaunchIntended{
        node, ZoneId(id), provider, ImageId("v1"), "", "s", "", {}, ZoneId("a/z")});
    model::Vm vm;
    vm.id = VmId("vm-" + node.str());
    vm.address = "127.2.0." + std::to_string(standing_);
    apply(model::CreateAnswered{node, vm, std::nullopt});
    apply(model::StateEntered{node, NodeState::in_service, model::Cause::none, "test"});
    sample(node, {});
    return node;
  }
  [[nodiscard]] const ZoneDecision& decided(const Plan& made, const std::string& id) const {
    return decision(made, id);
  }

 private:
  int standing_ = 0;
};

}  // namespace

TEST_CASE(
    "what a zone out of stock lacks is launched by the others of its region, in equal parts") {
  const Region region;
  CHECK(region.launched() == "b/z b/z c/z c/z");
  const Plan plan = region.plan();
  const auto& lacking = region.decided(plan, "a/z");
  CHECK(lacking.desired == 4);
  CHECK(lacking.steps.back().name == "spill_over");
  CHECK(lacking.steps.back().text ==
        "out of stock: a s; 0 servers of other zones of the region stand in, 4 of 4 more are "
        "launched there");
  CHECK(region.decided(plan, "b/z").desired == 2);
  CHECK(region.decided(plan, "b/z").proposal == 2);
  const Action* launch = FleetWorld::find(plan, ActionKind::launch);
  REQUIRE(launch != nullptr);
  CHECK(launch->reasons[1].text == "for a/z, which cannot grow");
  CHECK(FleetWorld::withheld(plan, Brake::placement_closed)->action.zone == ZoneId("a/z"));
}

TEST_CASE("the lowest spill priority goes first, and then weights say who takes how many") {
  Region region(3);
  SECTION("priority") {
    region.at("b/z").spill_priority = 1;
    CHECK(region.launched() == "c/z c/z c/z");
    region.at("c/z").max_servers = 2;
    CHECK(region.launched() == "b/z c/z c/z");
  }
  SECTION("weight") {
    region.at("c/z").spill_weight = 2;
    CHECK(region.launched() == "b/z c/z c/z");
    region.at("c/z").spill_weight = 0;
    CHECK(region.launched() == "b/z b/z b/z");
  }
  SECTION("who has taken some already takes less") {
    (void)region.standing_in("b/z");
    CHECK(region.launched() == "b/z c/z");
  }
}

TEST_CASE("nobody takes beyond his maximum, and what is left over is told") {
  Region region;
  region.at("b/z").max_servers = 1;
  region.at("c/z").max_servers = 2;
  CHECK(region.launched() == "b/z c/z c/z");
  const Plan plan = region.plan();
  CHECK(region.decided(plan, "a/z").steps.back().text.ends_with("3 of 4 more are launched there"));
}

TEST_CASE("zones that cannot or may not grow take nothing") {
  Region region(1);
  region.at("c/z").spill_weight = 0;
  REQUIRE(region.launched() == "b/z");
  SECTION("of another region") {
    region.at("b/z").region = RegionId("fra");
  }
  SECTION("inactive") {
    region.at("b/z").activity = model::ZoneActivity::inactive;
  }
  SECTION("in shadow") {
    region.at("b/z").shadow = true;
  }
  SECTION("out of stock itself") {
    region.sell_out("b/z");
  }
  SECTION("closed by failed boots") {
    const NodeId id = region.in_state("b/z", NodeState::booting);
    region.apply(model::StateEntered{id, NodeState::terminating, model::Cause::failed_boot, ""});
  }
  SECTION("of an account that is not listed") {
    region.at("b/z").provider = ProviderId("new");
  }
  CHECK(region.launched().empty());
}

TEST_CASE("zones that want nothing done elsewhere ask for nothing") {
  Region region;
  SECTION("inactive") {
    region.at("a/z").activity = model::ZoneActivity::inactive;
  }
  SECTION("in shadow") {
    region.at("a/z").shadow = true;
  }
  SECTION("without a region") {
    for (const char* id : {"a/z", "b/z", "c/z"}) region.at(id).region = RegionId();
  }
  SECTION("with all that they want") {
    region.at("a/z").min_servers = 0;
  }
  CHECK(region.launched().empty());
}

TEST_CASE("what was launched elsewhere counts: it is not launched a second time") {
  Region region;
  for (int i = 0; i < 4; ++i) (void)region.standing_in("b/z");
  CHECK(region.launched().empty());
  const Plan plan = region.plan();
  CHECK(region.decided(plan, "a/z").borrowed == 4);
  CHECK(region.decided(plan, "b/z").lent == 4);
}

TEST_CASE("while a zone lacks servers, those that stand in for it do not leave; then they may") {
  Region region(2);
  region.policy.scaling.scale_in_stabilisation = 0s;
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (int i = 0; i < 3; ++i) loads.push_back({region.standing_in("b/z"), {}});
  region.run_load(loads, 5s);
  Plan plan = region.plan();
  CHECK(region.decided(plan, "b/z").desired == 2);
  CHECK(std::any_of(region.decided(plan, "b/z").steps.begin(),
                    region.decided(plan, "b/z").steps.end(),
                    [](const Step& step) { return step.text == "2 stand in for other zones"; }));
  // It is well again with one of its own: one is lacked still.
  (void)region.serving("a/z");
  CHECK(region.decided(region.plan(), "b/z").desired == 1);
  (void)region.serving("a/z");
  CHECK(region.decided(region.plan(), "b/z").desired == 0);
}

TEST_CASE("of a zone with a surplus its own servers leave, and not those that stand in") {
  Region region(2);
  region.policy.scaling.scale_in_stabilisation = 0s;
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  const NodeId own = region.serving("b/z");
  loads.push_back({own, {.connections = 50}});  // by these alone it would be the last to leave
  for (int i = 0; i < 2; ++i) loads.push_back({region.standing_in("b/z"), {}});
  region.run_load(loads, 5s);
  const Plan plan = region.plan();
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 1);
  REQUIRE(FleetWorld::find(plan, ActionKind::withdraw) != nullptr);
  CHECK(FleetWorld::find(plan, ActionKind::withdraw)->node == own);
}

TEST_CASE("servers that stand in and are busy are not wanted twice") {
  Region region(2);
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads;
  for (int i = 0; i < 2; ++i) loads.push_back({region.standing_in("b/z"), {.requests_per_s = 70}});
  region.run_load(loads, 6s);
  CHECK(region.decided(region.plan(), "b/z").desired == 2);
  CHECK(region.launched().empty());
}

TEST_CASE("the servers that stand in for a zone count as its growth, at the zone's pace") {
  Region region(0);
  region.policy.scaling.rate_nodes = 4;
  region.policy.scaling.rate_fraction = 0;
  std::vector<std::pair<NodeId, FleetWorld::Load>> loads = {
      {region.serving("a/z"), {.requests_per_s = 700}}};
  region.run_load(loads, 16s);
  REQUIRE(region.decided(region.plan(), "a/z").desired == 5);
  CHECK(region.launched() == "b/z b/z c/z c/z");
  for (int i = 0; i < 4; ++i) (void)region.standing_in("b/z");
  CHECK(region.launched().empty());
  region.run_load(loads, region.policy.scaling.rate_period);
  CHECK(region.decided(region.plan(), "a/z").desired == 9);
  CHECK(region.launched().size() > 3);
}

TEST_CASE("what was asked of an account that is down is lacked, too") {
  FleetWorld other;
  for (const char* id : {"a/z", "b/z"}) other.zone(id, 0, 20).region = RegionId("lon");
  other.zone("a/z", 2, 20);
  other.list_all();
  (void)other.in_state("a/z", NodeState::requested);
  (void)other.in_state("a/z", NodeState::booting);
  const auto launches = [&] {
    int for_a = 0;
    for (const Action& action : other.plan().actions) for_a += action.spilled_for.empty() ? 0 : 1;
    return for_a;
  };
  CHECK(launches() == 0);
  other.apply(model::InventoryFailed{ProviderId("a"), fail(Errc::unavailable, "no route")});
  other.now += 2min;
  CHECK(launches() == 1);
}

TEST_CASE("a zone that is not configured any more borrows nothing") {
  Region region(2);
  (void)region.standing_in("b/z");
  region.policy.zones.erase(ZoneId("a/z"));
  const Plan plan = region.plan();
  CHECK(plan.zones.size() == 2);
  CHECK(region.decided(plan, "b/z").lent == 0);
}
