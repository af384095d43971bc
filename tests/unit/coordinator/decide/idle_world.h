// A zone that wants to shrink, for the tests of the brakes.
#pragma once

#include <utility>
#include <vector>

#include "tests/support/fleet_world.h"

namespace edgeherd::testing {

// Ten idle nodes where two would do, with every window passed: scale-in wants to happen.
struct Idle : FleetWorld {
  explicit Idle(int count = 10) {
    zone("p/z", 1, 20);
    for (int i = 0; i < count; ++i) ids.push_back(serving("p/z"));
    now += 20min;
    step(10s);
    list_all();
  }
  void step(Duration span) {
    std::vector<std::pair<NodeId, Load>> loads;
    for (const auto& id : ids) loads.emplace_back(id, Load{.requests_per_s = 5});
    run_load(loads, span);
  }
  void make_bad(const NodeId& id) {
    for (int i = 0; i < policy.timings.failures_in_period; ++i) {
      apply(model::VerdictGiven{id, model::Verdict::degraded, "edge", true});
    }
    apply(model::VerdictGiven{id, model::Verdict::bad, "edge", false});
  }
  std::vector<NodeId> ids;
};

}  // namespace edgeherd::testing
