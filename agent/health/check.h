// What a check is, and what it found: plain values.
//
// What healthy means is configured (docs/agent.md, "checks"). A check passes, fails, or could not
// be evaluated: `unknown` is an answer of its own and never a pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/core/clock.h"

namespace edgeherd::agent {

enum class Outcome { pass, fail, unknown };
[[nodiscard]] std::string_view to_string(Outcome outcome);

// A GET is answered within the time-out, with a status in the range, and the text is in its body.
struct HttpCheck {
  std::string url;
  int status_from = 200;
  int status_to = 399;
  std::string contains;  // empty: any body
  bool operator==(const HttpCheck&) const = default;
};

// A process lives: the one of the pid file, or any with this name (comm, 15 characters) or with
// this text in its command line. With a pid file and one of the others it is the one of the pid
// file, if it is so called: its id may by now be another's. A zombie does not live.
struct ProcessCheck {
  std::string pid_file;
  std::string name;
  std::string command_line;
  bool operator==(const ProcessCheck&) const = default;
};

// The path is a mount point (a disk that did not come up leaves a plain folder behind).
struct MountCheck {
  std::string path;
  bool operator==(const MountCheck&) const = default;
};

// At least so much is free for an ordinary user on the path's file system; both when both are set.
// On one that is read-only nothing is.
struct DiskFreeCheck {
  std::string path;
  double percent = 0;
  std::uint64_t bytes = 0;
  bool operator==(const DiskFreeCheck&) const = default;
};

// The kernel says that the clock is synchronised, to within this error (adjtimex(2)).
struct ClockOffsetCheck {
  Duration max_error = 500ms;
  bool operator==(const ClockOffsetCheck&) const = default;
};

using CheckKind =
    std::variant<HttpCheck, ProcessCheck, MountCheck, DiskFreeCheck, ClockOffsetCheck>;
// As the configuration spells it: "http", "process", "mount", "disk_free", "clock_offset".
[[nodiscard]] std::string_view kind_name(const CheckKind& kind);

struct CheckSpec {
  std::string name;
  CheckKind kind;
  Duration period = 5s;
  Duration timeout = 1s;
  bool operator==(const CheckSpec&) const = default;
};

// What one evaluation found.
struct Finding {
  Outcome outcome = Outcome::unknown;
  std::string reason;  // one line for people; never empty
};

// Where a check stands.
struct CheckState {
  std::string name;
  std::string_view kind;
  Finding finding{Outcome::unknown, "has not run yet"};
  std::optional<MonoTime> at;         // of the last evaluation
  std::optional<Outcome> last_known;  // the last pass or fail
};

}  // namespace edgeherd::agent
