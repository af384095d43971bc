// What a zone carries now, resource by resource, in nodes that it would take.
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/decide/plan.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

struct Demand {
  double least = 0;          // nodes needed, missing data counted as nothing
  double most = 0;           // nodes needed, missing data counted at target
  std::string_view leading;  // the resource that asks for `least`; empty when nothing is known
  bool known = false;        // some resource could be sized
};

// Also fills the figures of `decision` (totals, means, without_data).
[[nodiscard]] Demand measure(const model::ZonePolicy& zone, const ZoneView& view,
                             const model::Policy& policy, MonoTime now, ZoneDecision& decision);

// Whether 5xx answers are so many that low load proves nothing.
[[nodiscard]] bool errors_high(const ZoneView& view, const model::Policy& policy, MonoTime now);

}  // namespace edgeherd::decide
