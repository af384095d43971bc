// The operator's orders, each with what it means that it is in force. Pure but for what they are
// given.
#pragma once

#include "tests/sim/clerk.h"

namespace edgeherd::sim {

// The reason of a pause that another operator orders: it does not answer ours.
inline constexpr std::string_view somebody_elses = "somebody else's";

[[nodiscard]] Clerk::Order terminate(NodeId node);
[[nodiscard]] Clerk::Order keep(NodeId node);  // takes a termination back
[[nodiscard]] Clerk::Order flag_on(NodeId node, model::Flag flag);
[[nodiscard]] Clerk::Order flag_off(NodeId node, model::Flag flag);
[[nodiscard]] Clerk::Order pause();
[[nodiscard]] Clerk::Order resume();
[[nodiscard]] Clerk::Order adopt(ProviderId account, VmId vm);
[[nodiscard]] Clerk::Order forget(NodeId node);
[[nodiscard]] Clerk::Order allow_writes();
[[nodiscard]] Clerk::Order confirm(ZoneId zone, int count);
[[nodiscard]] Clerk::Order retry(ZoneId zone);  // the only one with closed placements

// Removals of a zone that wait for a confirmation.
[[nodiscard]] int unconfirmed(const act::Controller& controller, const ZoneId& zone);

}  // namespace edgeherd::sim
