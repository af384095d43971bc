// That the checker of standing orders goes by the operator's word, not by the coordinator's memory
// of it: a pause and a protection that were forgotten are found.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

std::string broken_by_launch(Court& court) {
  court.checker->appeared(court.world, Court::made_up(nth(1)), 0);
  return court.broken();
}

// The coordinator forgets what it was told.
void forget(Court& court, const model::Event& event) {
  court.world.controller()->apply(event);
}

}  // namespace

TEST_CASE("a pause that the coordinator has forgotten is held against it until somebody ends it") {
  Quiet court(make_order_checker());
  court.world.pause(*court.world.controller());
  court.world.loop.run_for(1s);
  REQUIRE(court.world.is_paused());
  forget(court, model::Resumed{});
  CHECK(broken_by_launch(court) == "orders");
  Quiet ended(make_order_checker());
  ended.world.pause(*ended.world.controller());
  ended.world.loop.run_for(1s);
  ended.world.resume(*ended.world.controller());
  ended.world.loop.run_for(1s);
  CHECK(broken_by_launch(ended) == "");
}

TEST_CASE("a pause that was ended before it was stored does not stand") {
  Quiet court(make_order_checker());
  court.world.pause(*court.world.controller());
  court.world.resume(*court.world.controller());
  court.world.loop.run_for(1s);
  CHECK_FALSE(court.world.is_paused());
}

TEST_CASE("a protection that the coordinator has forgotten is held against it") {
  const auto broken = [](bool kept) {
    Quiet court(make_order_checker());
    const NodeId id = court.node().id;
    if (kept) court.world.kept.insert(id);
    court.leaves(court.node(), model::Cause::operator_request);
    return court.broken();
  };
  CHECK(broken(false) == "");
  CHECK(broken(true) == "orders");
}

TEST_CASE("an operator's protection stands while a cordon of the same node is taken back") {
  Scenario scenario = quiet_fleet(2min);
  scenario.faults.push_back({FaultKind::op_protect, 40s, 40s, 1, 0, Scope::node});
  scenario.faults.push_back({FaultKind::op_cordon, 45s, 10s, 1, 0, Scope::node});
  Court court(make_order_checker(), std::move(scenario), Court::Hears::all);
  std::vector<std::size_t> kept;
  for (const Duration at : {50s, 70s, 90s}) {
    court.world.loop.after(at, [&] { kept.push_back(court.world.kept.size()); });
  }
  court.world.run();
  CHECK(kept == std::vector<std::size_t>{1, 1, 0});
}

TEST_CASE("what is done while the whole fleet is in shadow is found") {
  Quiet court(make_order_checker());
  court.world.policy.shadow = true;
  court.world.reload();
  CHECK(broken_by_launch(court) == "orders");
}

TEST_CASE("a pause outlives a database of before it") {
  Scenario scenario = quiet_fleet(45min);
  const auto add = [&](FaultKind kind, Duration at, Duration lasts, double strength) {
    scenario.faults.push_back({kind, at, lasts, strength, 0, Scope::node});
  };
  add(FaultKind::op_pause, 20min, 20min, 1);
  add(FaultKind::store_restored, 22min, 0s, 0);
  add(FaultKind::load_surge, 23min, 10min, 1);
  Court court(make_order_checker(), std::move(scenario), Court::Hears::all);
  court.world.loop.after(30min, [&] {
    CHECK(court.fleet().paused());
    CHECK(court.fleet().nodes().size() == 3);
  });
  court.world.run();
  CHECK_FALSE(court.world.is_paused());
}

}  // namespace edgeherd::sim
