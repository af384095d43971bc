// edgeherd: the operator's program. It talks to the coordinator's HTTP API.
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "common/os/real.h"
#include "common/telemetry/log.h"
#include "coordinator/app/registry.h"
#include "coordinator/cli/run.h"
#include "coordinator/settings/settings.h"
#include "coordinator/sim/run/simulate.h"

namespace {

using namespace edgeherd;

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

cli::CheckedFiles check_files(const std::string& path) {
  const auto files = os::make_file_system();
  const settings::Loaded loaded = settings::check(path, *files, app::known_types());
  return {loaded.problems, loaded.warnings, loaded.files};
}

// One line that is written again and again, for somebody who looks on.
void show_progress(const sim::Progress& progress) {
  std::cerr << '\r' << (progress.stage == sim::Stage::seeds ? "seed " : "shrinking, run ")
            << progress.done << " of " << progress.of;
  if (progress.stage == sim::Stage::seeds && progress.violations > 0) {
    std::cerr << ", " << progress.violations << " with a promise broken";
  }
  std::cerr << "\033[K" << std::flush;
}

Result<boost::json::object> simulate(const cli::Simulation& asked) {
  // Simulated agents and coordinators log like real ones; what matters is in the history.
  if (const Status quiet = telemetry::setup_log({telemetry::Level::error, ""}); !quiet) {
    return quiet.error();
  }
  sim::SimulateOrder order;
  order.first = asked.first_seed;
  order.last = asked.last_seed;
  order.size = {asked.time, asked.nodes};
  order.scenario = asked.scenario;
  order.history = asked.history;
  order.resume = asked.resume;
  order.jobs = asked.jobs;
  order.shrinking = asked.shrink == cli::Shrink::yes ? sim::Shrinking::yes : sim::Shrinking::no;
  const auto files = os::make_file_system();
  const os::RealClock clock;
  const bool watched = ::isatty(STDERR_FILENO) == 1;
  const sim::OnProgress on_progress = watched ? &show_progress : sim::OnProgress();
  auto document = sim::simulate(order, {*files, clock, {}}, on_progress);
  if (watched) std::cerr << "\r\033[K" << std::flush;
  return document;
}

// no-color.org: NO_COLOR counts when it is set and not empty.
cli::Device device() {
  const bool dull = !variable("NO_COLOR").value_or("").empty() || variable("TERM") == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && !dull ? cli::Device::screen : cli::Device::plain;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Terminal terminal(std::cout, std::cerr, device());
  return cli::run(std::vector<std::string>(argv + 1, argv + argc),
                  {terminal, &variable, &check_files, &simulate, nullptr});
}
