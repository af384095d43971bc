// The program's log: one line per record, UTC time, level, component, text.
//
//   2026-05-01T12:00:00.123Z info  gateway: agent 3f2a enrolled
//
// Set up once at start; afterwards safe from any thread. Text is written as it is, but control
// characters are escaped: what a peer sends cannot forge a record.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::telemetry {

enum class Level { debug, info, warning, error };

struct LogOptions {
  Level level = Level::info;
  std::string file;  // empty: standard error
};

// Names as in the configuration: "debug", "info", "warning", "error".
[[nodiscard]] Result<Level> parse_level(std::string_view name);

// Before the first call records go to standard error at level info. `unavailable`, naming the
// file, when it cannot be opened; the log then stays as it was.
[[nodiscard]] Status setup_log(const LogOptions& options);
// Opens the file again, for the sake of who rotates it.
[[nodiscard]] Status reopen_log();
[[nodiscard]] bool logs(Level level);

void log(Level level, std::string_view component, std::string_view text);
inline void debug(std::string_view component, std::string_view text) {
  log(Level::debug, component, text);
}
inline void info(std::string_view component, std::string_view text) {
  log(Level::info, component, text);
}
inline void warning(std::string_view component, std::string_view text) {
  log(Level::warning, component, text);
}
inline void error(std::string_view component, std::string_view text) {
  log(Level::error, component, text);
}

// Control characters as \n, \t, \x1b; text longer than the limit ends in "...".
inline constexpr std::size_t max_record_bytes = 16 * 1024;
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace edgeherd::telemetry
