// Durations and sizes as people write them: "500ms", "1h30m", "64MiB". Also for the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::config {

// Whole or decimal numbers with ns, us, ms, s, m, h or d, one after the other. `invalid` otherwise,
// and for more than about 290 years.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

// A number with B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024) or nothing.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

// "1h30m", "250ms": what parse_duration reads back as the same.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace edgeherd::config
