#include "coordinator/evidence/replan.h"

#include "coordinator/evidence/compare.h"
#include "coordinator/evidence/snapshot.h"

namespace edgeherd::evidence {

Result<Replan> replan(std::string_view snapshot) {
  const Result<Snapshot> then = decode(snapshot);
  if (!then) return then.error();
  const Inputs& inputs = then->inputs;
  const decide::Plan now = decide::plan(inputs.fleet, inputs.policy, inputs.now);
  return Replan{detail::differences(then->plan, now)};
}

Result<std::optional<std::string>> replan_differs(std::string_view snapshot) {
  const Result<Replan> again = replan(snapshot);
  if (!again) return again.error();
  if (again->differences.empty()) return std::optional<std::string>();
  std::string text;
  for (const std::string& line : again->differences) text += (text.empty() ? "" : "\n") + line;
  return std::optional(text);
}

}  // namespace edgeherd::evidence
