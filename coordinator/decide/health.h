// Health verdicts from several witnesses: the agent's stream, our own probes, the provider's word.
//
// A silent stream alone is `unknown`, and unknown never kills. A failing edge probe counts while
// enough of the other nodes answer (else the fault is likelier ours); the provider's "running"
// counts for nothing, its "stopped" counts against. Bad is what failed often enough in a period.
#pragma once

#include <map>
#include <vector>

#include "coordinator/decide/plan.h"

namespace edgeherd::decide {

// The verdicts that changed, and a note of each failing second. Pure.
[[nodiscard]] std::vector<VerdictChange> judge(const model::Fleet& fleet,
                                               const model::Policy& policy, MonoTime now);

// What the coordinator's own probes of edge ports say of a zone's servers in service.
struct EdgeAnswers {
  int good = 0;
  int known = 0;  // probed of late
};
[[nodiscard]] std::map<ZoneId, EdgeAnswers> edge_answers(const model::Fleet& fleet, MonoTime now);

}  // namespace edgeherd::decide
