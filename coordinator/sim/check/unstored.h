// What a coordinator's process may not know of the one before it, because its store never took it.
#pragma once

#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

// Whether the present process of this coordinator may know nothing of what was seen then, or not
// when it was: the one before it died right afterwards, or before its store took anything again.
[[nodiscard]] bool is_perhaps_unstored(const World& world, std::size_t brain, MonoTime seen);

}  // namespace edgeherd::sim
