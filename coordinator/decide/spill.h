// Spill-over: what zones that cannot grow lack, given to others of their region. Pure.
//
// A zone that is stuck (placing.h) asks the other zones of its region for what it lacks to its
// wanted size. What was launched for it elsewhere is kept there while it serves fewer than it
// wants, whether it is still stuck or not; after that it is a surplus like any other, and leaves as
// such.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/decide/plan.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

// What one zone does for others.
struct Spill {
  std::vector<const model::Node*> kept;  // of its `lent` servers, those still lacked elsewhere
  std::vector<ZoneId> more;              // servers to be launched here, and for whom each
  std::string lacking;                   // of a stuck zone: why, and who stands in; for people
};

// `decisions` are the sizes that the zones want for themselves, one for each view. Zones that have
// nothing to do with it are not in the answer.
[[nodiscard]] std::map<ZoneId, Spill> spill_over(const std::vector<ZoneDecision>& decisions,
                                                 const std::map<ZoneId, ZoneView>& views,
                                                 const model::Fleet& fleet,
                                                 const model::Policy& policy, MonoTime now);

}  // namespace edgeherd::decide
