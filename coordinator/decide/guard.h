// The brakes: the one place that may hold an action back. It only removes; it never adds or
// changes.
//
// Pure. Thread: any. Every action that is not let through stands in `withheld` with its brake's
// name.
#pragma once

#include "coordinator/decide/plan.h"

namespace edgeherd::decide {

[[nodiscard]] Plan guard(Plan plan, const model::Fleet& fleet, const model::Policy& policy,
                         MonoTime now);

// Whether `action` may still be carried out: the re-check just before a provider call. A reason if
// not.
[[nodiscard]] std::optional<std::string> stale_precondition(const Action& action,
                                                            const model::Fleet& fleet);

}  // namespace edgeherd::decide
