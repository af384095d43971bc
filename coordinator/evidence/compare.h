// What differs between two plans, in words. Every field counts: fields.h. Private to this room.
// Pure. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "coordinator/decide/plan.h"

namespace edgeherd::evidence::detail {

// "withdraw lon1-x: outcome: done then, withheld by floor now", one line for each field that
// differs, and one for what only one of the plans has; empty when they are the same.
[[nodiscard]] std::vector<std::string> differences(const decide::Plan& then,
                                                   const decide::Plan& now);

}  // namespace edgeherd::evidence::detail
