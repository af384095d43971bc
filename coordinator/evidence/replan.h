// Re-planning: whether today's code makes of recorded inputs what was made of them then.
// Pure. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::evidence {

struct Replan {
  std::vector<std::string> differences;  // in words; empty: the very same plan
};

// Of the whole tick, in every field: actions, what was withheld, sizes, verdicts. Errors: decode's.
[[nodiscard]] Result<Replan> replan(std::string_view snapshot);

// The same as one text, for checks: nothing when the plan is the same.
[[nodiscard]] Result<std::optional<std::string>> replan_differs(std::string_view snapshot);

}  // namespace edgeherd::evidence
