// The manifest: the last object of a node, which says what must be there (docs/log-contract.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/logs/ledger.h"
#include "common/core/ids.h"

namespace edgeherd::logs {

inline constexpr int manifest_version = 1;

// JSON text. The segments come by number.
[[nodiscard]] std::string make_manifest(const NodeId& node, const StoredSegments& stored,
                                        std::uint64_t lines_lost);

}  // namespace edgeherd::logs
