#include "coordinator/sim/check/unstored.h"

#include <algorithm>

namespace edgeherd::sim {

namespace {

// A commit and its next try; and after another boot the store's clock may lack so much.
constexpr Duration to_store = 12s;

}  // namespace

bool is_perhaps_unstored(const World& world, std::size_t brain, MonoTime seen) {
  const std::optional<MonoTime> died = world.brains[brain]->died_at();
  if (!died || *died < seen) return false;
  if (*died - seen < to_store) return true;
  const MonoTime start = world.loop.clock().mono() - world.elapsed();
  return std::ranges::any_of(world.scenario().faults, [&](const Fault& fault) {
    const MonoTime begins = start + fault.at;
    if (fault.kind == FaultKind::store_slow) {
      return begins <= *died && *died - seen < to_store + from_seconds(fault.strength);
    }
    return fault.kind == FaultKind::store_fails && begins <= seen + to_store &&
           *died <= begins + fault.lasts + to_store;
  });
}

}  // namespace edgeherd::sim
