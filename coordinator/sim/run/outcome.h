// Outcome: what came of one played scenario; one line of a campaign's file. Values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "common/core/result.h"
#include "coordinator/sim/world/scenario.h"
#include "coordinator/sim/world/watcher.h"

namespace edgeherd::sim {

// The promise that a run breaks whose process dies: an assertion, a signal, an exception.
inline constexpr std::string_view crash_promise = "crash";

struct Outcome {
  std::uint64_t seed = 0;
  std::uint64_t digest = 0;  // of the diary
  std::uint64_t lines = 0;   // of the diary
  double node_hours = 0;
  Duration simulated{};
  std::optional<Duration> settled;  // after the faults' end all was as it should be; or never was
  std::uint64_t events = 0;
  std::map<FaultKind, std::uint64_t> faults;  // that began
  std::uint64_t launches = 0;                 // servers made for the coordinators
  std::uint64_t removals = 0;                 // servers that the coordinators destroyed
  std::optional<Violation> violation;
  std::vector<std::string> last_lines;  // of the diary; only with a violation
  Duration cpu{};                       // of the process that played it
};

[[nodiscard]] boost::json::object to_json(const Outcome& outcome);
// `file` is the name in messages. `invalid` names every problem.
[[nodiscard]] Result<Outcome> parse_outcome(std::string_view file, std::string_view text);

// {"net_loss": 3, ...}, those that occurred, in the order of the kinds.
[[nodiscard]] boost::json::object faults_json(const std::map<FaultKind, std::uint64_t>& faults);

// 16 hex digits.
[[nodiscard]] std::string hex(std::uint64_t digest);

}  // namespace edgeherd::sim
