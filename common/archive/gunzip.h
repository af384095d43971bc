// How many lines a compressed log holds, without ever holding it.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::archive {

inline constexpr std::uint64_t max_raw_bytes = std::uint64_t{16} << 30;  // of one unpacked object

struct RawCount {
  std::uint64_t lines = 0;  // line feeds, and one more for an unfinished last line
  std::uint64_t bytes = 0;
};

// One or more gzip members (RFC 1952), whole, with good checksums, and nothing behind them: else
// `broken`. `exhausted` when it unpacks to more than max_raw_bytes. Thread: safe from any thread.
[[nodiscard]] Result<RawCount> count_gzip(std::string_view gzip);

}  // namespace edgeherd::archive
