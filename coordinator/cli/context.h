// What a command works with. Private to coordinator/cli.
//
// Inside this room a command that cannot go on throws Failed; run() turns it into a message and the
// exit code. Thread: main's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "coordinator/cli/coordinator.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/simulation.h"
#include "coordinator/cli/terminal.h"

namespace edgeherd::cli {

// What a look at configuration files found.
struct CheckedFiles {
  std::vector<std::string> problems;  // "file:line:column: what"; empty: they are good
  std::vector<std::string> warnings;
  std::vector<std::string> files;  // that were read
};
// Given by the program's main: the configuration's rooms are not this room's to know.
using CheckFiles = std::function<CheckedFiles(const std::string& path)>;

// Waits; false when there is to be no further round. Null: waits for real, without end.
using NextRound = std::function<bool(Duration)>;

struct Context {
  const Invocation& asked;
  Coordinator& coordinator;
  Terminal& terminal;
  const CheckFiles& check_files;
  const Simulate& simulate;
  const NextRound& next_round;

  [[nodiscard]] bool json() const { return asked.output == Output::json; }
  [[nodiscard]] bool wait(Duration span) const;
};

[[nodiscard]] Failed usage_error(const std::string& message, const std::string& hint = {});
// Throws Failed with that exit code when what was told did not get out.
void finish_output(Terminal& terminal, ExitCode otherwise);

}  // namespace edgeherd::cli
