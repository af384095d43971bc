#include "coordinator/sim/run/shrink.h"

#include <algorithm>
#include <set>

#include "coordinator/sim/run/generate.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::sim;

namespace {

Scenario scenario_with(const std::vector<FaultKind>& kinds) {
  Scenario scenario;
  scenario.length = 2h;
  Duration at{};
  for (const FaultKind kind : kinds) {
    Fault fault;
    fault.kind = kind;
    fault.at = at += 1min;
    fault.lasts = 10min;
    fault.pick = scenario.faults.size();
    scenario.faults.push_back(fault);
  }
  return scenario;
}

Scenario scenario_with_all() {
  return scenario_with(all_fault_kinds());
}

const Fault* find(const Scenario& scenario, FaultKind kind) {
  const auto found = std::ranges::find(scenario.faults, kind, &Fault::kind);
  return found == scenario.faults.end() ? nullptr : &*found;
}

Outcome broken(const std::string& promise, Duration at) {
  Outcome outcome;
  outcome.violation = Violation{promise, "because", at};
  return outcome;
}

// Breaks P2 when both happen and the second lasts for 90 s, and P7 when only one of them does.
Result<Outcome> needs_two(const Scenario& scenario) {
  const Fault* one = find(scenario, FaultKind::agent_hang);
  const Fault* other = find(scenario, FaultKind::vm_cloned);
  if (one != nullptr && other != nullptr && other->lasts >= 90s) {
    return broken("P2", other->at + 90s);
  }
  if (one != nullptr || other != nullptr) return broken("P7", scenario.length + 10min);
  return Outcome{};
}

}  // namespace

TEST_CASE("of many faults just those are left that break the promise together") {
  const auto shrunk = shrink(scenario_with_all(), &needs_two, 1000);
  REQUIRE(shrunk.ok());
  REQUIRE(shrunk->scenario.faults.size() == 2);
  CHECK(shrunk->scenario.faults[0].kind == FaultKind::agent_hang);
  CHECK(shrunk->scenario.faults[1].kind == FaultKind::vm_cloned);
  CHECK(shrunk->outcome.violation->promise == "P2");
}

TEST_CASE("what is left lasts no longer than it must, and the trouble ends early") {
  const Scenario before = scenario_with_all();
  const auto shrunk = shrink(before, &needs_two, 1000);
  REQUIRE(shrunk.ok());
  CHECK(find(shrunk->scenario, FaultKind::agent_hang)->lasts == 1s);
  const Fault& needed = *find(shrunk->scenario, FaultKind::vm_cloned);
  CHECK(needed.lasts >= 90s);
  CHECK(needed.lasts < 180s);
  CHECK(shrunk->scenario.length <= needed.at + 2s);
  CHECK(shrunk->scenario.convergence == before.convergence);
  // Nothing else is another.
  CHECK(needed.at == find(before, FaultKind::vm_cloned)->at);
  CHECK(needed.pick == find(before, FaultKind::vm_cloned)->pick);
}

TEST_CASE("shrinking twice gives the same") {
  const auto one = shrink(scenario_with_all(), &needs_two, 1000);
  const auto other = shrink(scenario_with_all(), &needs_two, 1000);
  REQUIRE((one.ok() && other.ok()));
  CHECK(one->scenario == other->scenario);
  CHECK(one->runs == other->runs);
}

TEST_CASE("every number of runs is enough for a scenario that still breaks the promise") {
  for (int most = 1; most <= 40; ++most) {
    int runs = 0;
    const auto shrunk = shrink(
        scenario_with_all(),
        [&runs](const Scenario& scenario) {
          ++runs;
          return needs_two(scenario);
        },
        most);
    REQUIRE(shrunk.ok());
    CHECK(runs <= most);
    CHECK(shrunk->runs == runs);
    CHECK(needs_two(shrunk->scenario)->violation->promise == "P2");
  }
}

TEST_CASE("a world that fails without any fault shrinks to none") {
  const auto always = [](const Scenario&) -> Result<Outcome> { return broken("P4", 5min); };
  const auto shrunk = shrink(scenario_with_all(), always, 100);
  REQUIRE(shrunk.ok());
  CHECK(shrunk->scenario.faults.empty());
  CHECK(shrunk->scenario.length == 1s);
}

TEST_CASE("what fails only after the faults keeps the time in which it failed") {
  const auto late = [](const Scenario& scenario) -> Result<Outcome> {
    if (find(scenario, FaultKind::op_pause) == nullptr || scenario.length < 40min) return Outcome{};
    return broken("P7", scenario.length + scenario.convergence);
  };
  const Scenario before = scenario_with({FaultKind::op_pause, FaultKind::net_loss});
  const auto shrunk = shrink(before, late, 100);
  REQUIRE(shrunk.ok());
  CHECK(shrunk->scenario.faults.size() == 1);
  CHECK(shrunk->scenario.length >= 40min);
  CHECK(shrunk->scenario.length < 80min);
  CHECK(shrunk->scenario.convergence == before.convergence);
}

TEST_CASE("nothing to shrink, and a run that cannot be made, are errors") {
  const auto fine = shrink(
      scenario_with_all(), [](const Scenario&) -> Result<Outcome> { return Outcome{}; }, 100);
  REQUIRE_FALSE(fine.ok());
  CHECK(fine.error().code == Errc::invalid);
  int runs = 0;
  const auto ended = shrink(
      scenario_with_all(),
      [&runs](const Scenario& scenario) -> Result<Outcome> {
        if (++runs > 5) return fail(Errc::exhausted, "no processes");
        return needs_two(scenario);
      },
      100);
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().message == "no processes");
  CHECK(runs == 6);
}
