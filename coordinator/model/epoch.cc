#include "coordinator/model/epoch.h"

#include <limits>

#include "common/core/protection.h"

namespace edgeherd::model {

namespace {

const Protection one_begins_earlier("check", "epochs_of_copies_differ");
constexpr int moment_bits = 32;

}  // namespace

std::uint64_t epoch_after(std::uint64_t highest, WallTime now) {
  const auto count = (highest >> moment_bits) + 1;
  const auto moment = static_cast<std::uint32_t>(unix_millis(now) / 10);
  const std::uint32_t backwards = std::numeric_limits<std::uint32_t>::max() - moment;
  return count << moment_bits | (one_begins_earlier.on() ? backwards : 0U);
}

}  // namespace edgeherd::model
