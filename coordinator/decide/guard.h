// The brakes: the one place that may hold an action back. It only removes; it never adds or
// changes.
//
// Pure. Thread: any. Every action that is not let through stands in `withheld` with its brake's
// name.
#pragma once

#include "common/core/protection.h"
#include "coordinator/decide/plan.h"

namespace edgeherd::decide {

[[nodiscard]] Plan guard(Plan plan, const model::Fleet& fleet, const model::Policy& policy,
                         MonoTime now);

// Whether `action` may still be carried out: the re-check just before it has its effect. A reason
// if not. `place` names the re-check ("recheck.before_call").
[[nodiscard]] std::optional<std::string> stale_precondition(const Protection& place,
                                                            const Action& action,
                                                            const model::Fleet& fleet,
                                                            const model::Policy& policy);
// Whether an action tells an agent to close: not while the fleet is paused.
[[nodiscard]] bool closes(const Action& action);
// Whether everything of this zone is only decided and recorded.
[[nodiscard]] bool in_shadow(const ZoneId& zone, const model::Policy& policy);

}  // namespace edgeherd::decide
