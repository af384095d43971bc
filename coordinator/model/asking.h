// Whether a node's agent is being asked to do something: only as long as it is, its failing to do it
// says anything of it. Pure.
#pragma once

#include "coordinator/model/node.h"
#include "coordinator/model/policy.h"

namespace edgeherd::model {

// Asked for leaving.asked, without a gap since leaving.asked_since. No gap are silence, in which it
// cannot be asked, and a call for it under way: an agent that falls silent gains no time by that.
// A gap is a pause, a shadow mode, or whatever else held the command back.
[[nodiscard]] bool is_asked(const Node& node, const Timings& timings, MonoTime now);

}  // namespace edgeherd::model
