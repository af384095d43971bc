// Figures as people read them. Nothing known is an empty text, which a table shows as "-".
// Thread: free functions, safe from any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/clock.h"

namespace edgeherd::cli {

// "42 s", "4 m", "7 h", "3 d": whole units, rounded down.
[[nodiscard]] std::string age(std::optional<double> seconds);
// "3.4", "812", "12.3 k", "1.2 M".
[[nodiscard]] std::string rate(std::optional<double> value);
// 0.634: "63 %".
[[nodiscard]] std::string share(std::optional<double> value);
// A short span: "3.4 ms", "120 ms", "1.23 s".
[[nodiscard]] std::string span(std::optional<double> seconds);
// "940 Mbit/s".
[[nodiscard]] std::string bits(std::optional<double> bits_per_s);
// What servers cost an hour: "0.0714", "12.50".
[[nodiscard]] std::string money(std::optional<double> per_hour);
[[nodiscard]] std::string whole(std::optional<std::int64_t> value);
// A figure of a sizing step: "4", "3.27".
[[nodiscard]] std::string plain(std::optional<double> value);

// "2026-11-23T07:05:08.123Z" to "2026-11-23 07:05:08"; another text stays as it is.
[[nodiscard]] std::string moment(const std::string& utc);
// Seconds from `utc` until `now`; nothing when it is not a moment.
[[nodiscard]] std::optional<double> seconds_since(const std::string& utc, WallTime now);

// "1 server", "3 servers".
[[nodiscard]] std::string counted(std::int64_t number, std::string_view one);

}  // namespace edgeherd::cli
