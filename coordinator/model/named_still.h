// That viewers may still be sent to a server whose drain is over, or was left out. Pure.
#pragma once

#include <optional>
#include <string>

#include "coordinator/model/fleet.h"

namespace edgeherd::model {

// For people: "its names were read 40 s ago, and gave its address: SERVFAIL". Nothing when they are
// without it, when it has none, and while a drain waits for that.
[[nodiscard]] std::optional<std::string> named_still(const Node& node, const Zone& zone,
                                                     const ZonePolicy* policy, MonoTime now);

}  // namespace edgeherd::model
