// Snapshots: the inputs of decide::plan() at one tick, and the plan that came of them, as bytes.
//
// Moments are kept as ages, so that a snapshot means the same in every process. What one costs:
// docs/figures.md. Format: columns.h; fields: fields.h. Pure. Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::evidence {

inline constexpr int snapshot_version = 3;
// Larger ones are not read, and not worth storing. About 40,000 servers.
inline constexpr std::size_t most_snapshot_bytes = std::size_t{16} << 20;

// What plan() was asked. The fleet remembers everything that a plan depends on, and no more: it is
// not to be folded further.
struct Inputs {
  model::Fleet fleet;
  model::Policy policy;
  MonoTime now{};
};

struct Snapshot {
  Inputs inputs;
  decide::Plan plan;  // as it was made then
};

[[nodiscard]] std::string encode(const model::Fleet& fleet, const model::Policy& policy,
                                 MonoTime now, const decide::Plan& plan);

// Errors: `invalid` when it was written in another version, `broken` with the table, column and row
// when the bytes are wrong.
[[nodiscard]] Result<Snapshot> decode(std::string_view bytes);

}  // namespace edgeherd::evidence
