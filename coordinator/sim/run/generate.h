// A scenario out of a seed: every world is another fleet, with other habits, and other trouble.
// Pure.
#pragma once

#include <vector>

#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim {

struct Size {
  Duration time = 2h;  // about: nine tenths with faults, and then until all is as it should be
  int nodes = 50;      // about so many servers
};

// The same seed and size always give the same scenario.
[[nodiscard]] Scenario generate(std::uint64_t seed, const Size& size);
// A world of about a dozen servers and twenty minutes with much more trouble in it, for the proof
// that each safeguard is needed (tests/sim/mutants.cc).
[[nodiscard]] Scenario generate_small(std::uint64_t seed);
// The same with these kinds of faults alone; one that is named twice is twice as likely.
[[nodiscard]] Scenario generate_small(std::uint64_t seed, const std::vector<FaultKind>& kinds);

}  // namespace edgeherd::sim
