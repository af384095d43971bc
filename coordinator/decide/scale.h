// From a zone's wanted size to actions: un-drain first, then launch; or choose who leaves. Pure.
#pragma once

#include <vector>

#include "coordinator/decide/placing.h"
#include "coordinator/decide/plan.h"
#include "coordinator/decide/spill.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

// Appends the zone's actions, in the order in which budgets are spent: sick, operator, scale-in.
// The zone's own launches go before those for others.
void scale_zone(const ZoneDecision& decision, const model::ZonePolicy* zone, const ZoneView& view,
                const model::Policy& policy, MonoTime now, const Spill& spill, Placing& placing,
                std::vector<Action>& actions);

}  // namespace edgeherd::decide
