// The whole program but for its main: a command line in, output and an exit code out.
// Thread: main's.
#pragma once

#include <string>
#include <vector>

#include "coordinator/cli/context.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/terminal.h"

namespace edgeherd::cli {

struct Surroundings {
  Terminal& terminal;
  Environment environment;
  CheckFiles check_files;
  Simulate simulate;
  NextRound next_round;  // null: rounds go on until the program is ended
};

// Never throws. What went wrong is on the terminal's error stream, as JSON with -o json.
[[nodiscard]] ExitCode run(const std::vector<std::string>& arguments,
                           const Surroundings& surroundings);

}  // namespace edgeherd::cli
