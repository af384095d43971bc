// Epochs say which of two coordinators agents obey: the higher one. Pure.
#pragma once

#include <cstdint>

#include "common/core/clock.h"

namespace edgeherd::model {

// The epoch of a start or takeover: above `highest`, the highest of which the database or the
// agents know. Its upper half counts starts and takeovers. Below the count is the moment, backwards
// in hundredths of a second (it comes round after 497 days): of two that begin from copies of one
// database, and so with one count, the later is the lower and stops as superseded. A replacement so
// keeps the fleet when the coordinator that it stands in for comes back.
[[nodiscard]] std::uint64_t epoch_after(std::uint64_t highest, WallTime now);

// No coordinator lives to see more starts, at one in some seconds: who claims more lies, and the
// next epoch must not wrap round.
inline constexpr std::uint64_t highest_credible_epoch = 1ULL << 56;

}  // namespace edgeherd::model
