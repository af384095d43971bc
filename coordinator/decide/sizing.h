// How many nodes a zone should have, step by step.
//
// Per resource r: need_r = total_r / (capacity_r * target_r); the proposal is the largest, rounded
// up. A node in service without fresh data counts at its target on the way down and as nothing on
// the way up (as the Kubernetes HPA does). Then latency, tolerance, stabilisation, growth rate, and
// min and max, which hold even when every metric is gone. `spill` is what the zone does for others
// of its region, beyond its own need. Pure.
#pragma once

#include "coordinator/decide/plan.h"
#include "coordinator/decide/spill.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

[[nodiscard]] ZoneDecision size_zone(const ZoneId& id, const model::ZonePolicy& zone,
                                     const ZoneView& view, const model::Fleet& fleet,
                                     const model::Policy& policy, MonoTime now, const Spill& spill);

}  // namespace edgeherd::decide
