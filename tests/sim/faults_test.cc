// What faults do to a world, where a seed alone would seldom show it: those without any strength,
// older databases, and another boot of the coordinator's host.
#include <algorithm>
#include <string>
#include <vector>

#include "coordinator/act/core/store_clock.h"
#include "coordinator/sim/check/referee.h"
#include "coordinator/sim/run/generate.h"
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

using namespace edgeherd;
using namespace edgeherd::sim;

namespace {

// A small fleet that one fault strikes, watched by all checkers.
struct Struck {
  Struck(Duration length, Fault fault) : world(with(length, fault)), referee(world) {
    (void)telemetry::setup_log({telemetry::Level::error, ""});
    world.watch(referee);
    world.diary.on_line([this](const std::string& line) { lines.push_back(line); });
    world.run();
  }
  static Scenario with(Duration length, Fault fault) {
    Scenario scenario = quiet_fleet(length);
    scenario.faults.push_back(fault);
    return scenario;
  }
  [[nodiscard]] std::string broken() const {
    return world.violation() ? world.violation()->promise + ": " + world.violation()->text : "";
  }
  [[nodiscard]] bool tells(const std::string& what) const {
    return std::ranges::any_of(
        lines, [&](const std::string& line) { return line.find(what) != std::string::npos; });
  }
  // As the store says.
  [[nodiscard]] std::string clock() {
    return world.brains[0]->store().tables().at(act::Table::order).at(std::string(act::clock_key));
  }

  World world;
  Referee referee;
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("a fault of any kind plays without any strength") {
  for (const FaultKind kind : all_fault_kinds()) {
    INFO(to_string(kind));
    const Struck struck(3min, {kind, 1min, 30s, 0, 0, Scope::all});
    CHECK(struck.broken() == "");
    CHECK(struck.tells("begins: " + std::string(to_string(kind))));
  }
}

TEST_CASE(
    "a database of before the first that was kept is the oldest one, and never an empty one") {
  Struck early(12min, {FaultKind::store_restored, 5min, 0s, 0.5, 0, Scope::node});
  CHECK(early.world.brains[0]->starts() == 1);
  Struck later(20min, {FaultKind::store_restored, 15min, 0s, 0.5, 0, Scope::node});
  CHECK(later.world.brains[0]->starts() == 2);
  CHECK_FALSE(later.world.controller()->fleet().read_only());
  CHECK(later.world.controller()->fleet().nodes().size() == 3);
  CHECK(later.broken() == "");
}

TEST_CASE("seeds draw databases that are no older than their worlds") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    for (const Fault& fault : generate_small(seed, {FaultKind::store_restored}).faults) {
      const Duration age = from_seconds(fault.strength * seconds(24h));
      CHECK(age <= std::max(fault.at, fault.lasts));
    }
  }
}

TEST_CASE("the host of a coordinator that is killed starts again, by the fault's number") {
  Struck killed(3min, {FaultKind::brain_crash, 1min, 5s, 1, 2, Scope::node});
  CHECK_FALSE(killed.tells("its host starts again"));
  CHECK(killed.clock().find("boot 1") != std::string::npos);
  Struck rebooted(3min, {FaultKind::brain_crash, 1min, 5s, 1, 3, Scope::node});
  CHECK(rebooted.tells("its host starts again"));
  CHECK(rebooted.clock().find("boot 2") != std::string::npos);
  for (Struck* struck : {&killed, &rebooted}) {
    CHECK(struck->world.brains[0]->starts() == 2);
    CHECK(struck->broken() == "");
  }
}
