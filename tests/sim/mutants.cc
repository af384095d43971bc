// The proof that each safeguard is needed: with one of them switched off at a time, the simulator
// must find a promise broken. The list of safeguards is the program's own
// (common/core/protection.h), so a new one that no world misses fails this test.
//
// usage: mutants [--seeds N] [--only NAME] [--list]
// Prints a row for each: its name, the seed and the promise that showed it; exit 1 if one survives.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "common/core/protection.h"
#include "common/telemetry/log.h"
#include "coordinator/sim/check/referee.h"
#include "coordinator/sim/run/generate.h"
#include "coordinator/sim/world/world.h"

namespace {

using namespace edgeherd;
using namespace edgeherd::sim;

struct Options {
  std::uint64_t seeds = 400;
  std::string only;
};

struct Row {
  std::string name;
  bool killed = false;
  std::uint64_t seed = 0;
  std::string what;
};

// Small worlds, full of trouble: many of them are worth more than a few large ones.
std::string violation_of(std::uint64_t seed) {
  World world(generate_small(seed));
  Referee referee(world);
  world.watch(referee);
  world.run();
  return world.violation() ? world.violation()->promise + ": " + world.violation()->text : "";
}

Row judge(const std::string& name, const Options& options) {
  Row row{name, false, 0, ""};
  if (Protection::switch_off(name) != Protection::Found::yes) return row;
  for (std::uint64_t seed = 1; seed <= options.seeds && !row.killed; ++seed) {
    row.what = violation_of(seed);
    row.killed = !row.what.empty();
    row.seed = seed;
  }
  return row;
}

// In a process of its own: a mutant may well stop at an assertion, which is found as well.
Row judge_apart(const std::string& name, const Options& options) {
  int ends[2];
  if (pipe(ends) != 0) std::exit(2);
  const pid_t child = fork();
  if (child == 0) {
    const Row row = judge(name, options);
    const std::string line =
        std::to_string(row.killed) + " " + std::to_string(row.seed) + " " + row.what;
    const bool written =
        write(ends[1], line.data(), line.size()) == static_cast<ssize_t>(line.size());
    _exit(written ? 0 : 2);
  }
  close(ends[1]);
  std::string line;
  char bytes[4096];
  for (ssize_t n = 0; (n = read(ends[0], bytes, sizeof bytes)) > 0;) {
    line.append(bytes, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return {name, true, 0, "an assertion stopped it"};
  const std::size_t space = line.find(' ', 2);
  return {name, !line.empty() && line[0] == '1', std::strtoull(line.c_str() + 2, nullptr, 10),
          space == std::string::npos ? "" : line.substr(space + 1)};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (arg == "--seeds" && value != nullptr) {
      options.seeds = std::strtoull(argv[++i], nullptr, 10);
    } else if (arg == "--only" && value != nullptr) {
      options.only = argv[++i];
    } else if (arg == "--list") {
      for (const std::string& name : Protection::all()) std::printf("%s\n", name.c_str());
      return 0;
    } else {
      std::fprintf(stderr, "usage: mutants [--seeds N] [--only NAME] [--list]\n");
      return 2;
    }
  }
  (void)telemetry::setup_log({telemetry::Level::error, ""});
  int survivors = 0;
  int judged = 0;
  for (const std::string& name : Protection::all()) {
    if (!options.only.empty() && name != options.only) continue;
    const Row row = judge_apart(name, options);
    ++judged;
    survivors += row.killed ? 0 : 1;
    std::printf("%-36s %s %4llu  %.120s\n", name.c_str(), row.killed ? "killed  " : "SURVIVES",
                static_cast<unsigned long long>(row.seed), row.what.c_str());
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed\n", judged - survivors, survivors);
  return survivors == 0 && judged > 0 ? 0 : 1;
}
