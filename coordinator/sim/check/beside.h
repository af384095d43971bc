// Servers that carry load beside those that a coordinator counts.
#pragma once

#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

// Of a zone, those that are not taken in yet: adopted ones, and those in the zone's name that nobody
// has adopted. Viewers come to them as before, and their load is part of the zone's.
[[nodiscard]] int carry_beside(World& world, const model::Fleet& fleet, const ZoneId& zone);

}  // namespace edgeherd::sim
