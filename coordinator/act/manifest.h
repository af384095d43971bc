// A node's manifest: its last word on which log segments it has stored (docs/log-contract.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "coordinator/act/durable.h"

namespace edgeherd::act {

struct Manifest {
  std::vector<Segment> segments;  // in order; their `node` and `md5` are empty
  std::uint64_t lost_lines = 0;   // known lost, by the agent's count
};

inline constexpr std::uint64_t manifest_version = 1;

// Strict about what it needs, patient with what it does not know. `broken` names the place.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

// Sequence numbers from 1 on without a gap.
[[nodiscard]] Status check_sequence(const Manifest& manifest);

}  // namespace edgeherd::act
