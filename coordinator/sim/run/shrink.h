// Shrinking: of a scenario that breaks a promise, a smaller one that breaks the same promise.
//
// First faults are taken away, in ever smaller groups (delta debugging: A. Zeller, R. Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", 2002), then what is left lasts shorter, then
// the time with faults ends earlier. A function of the scenario and of `play`. Thread: the
// caller's.
#pragma once

#include <functional>

#include "coordinator/sim/run/outcome.h"

namespace edgeherd::sim {

using Trial = std::function<Result<Outcome>(const Scenario&)>;

struct Shrunk {
  Scenario scenario;
  Outcome outcome;  // of that scenario
  int runs = 0;
};

// Plays at most so many scenarios, and at least one. `invalid` when the scenario breaks no promise;
// else the errors of `trial`.
[[nodiscard]] Result<Shrunk> shrink(const Scenario& failing, const Trial& trial, int most_runs);

}  // namespace edgeherd::sim
