// Small worlds that need a safeguard: for those that few random worlds would miss, a family of
// their own, full of the trouble that it is there for.
//
// Pure: the same safeguard and seed give the same world.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim {

enum class Family { common, its_own };
[[nodiscard]] Family family_of(const std::string& safeguard);
// Two in depth: the one that does the same in another place, so that a world misses only both. They
// are switched off together. "": there is none.
[[nodiscard]] std::string second_line_of(const std::string& safeguard);
// A world of the safeguard's family. "": the common ones.
[[nodiscard]] Scenario world_for(const std::string& safeguard, std::uint64_t seed);

}  // namespace edgeherd::sim
