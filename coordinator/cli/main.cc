// edgeherd: the operator's program. It talks to the coordinator's HTTP API.
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "common/os/real.h"
#include "coordinator/app/registry.h"
#include "coordinator/cli/run.h"
#include "coordinator/settings/settings.h"

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

// no-color.org: NO_COLOR counts when it is set and not empty.
cli::Device device() {
  const bool dull = !variable("NO_COLOR").value_or("").empty() || variable("TERM") == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && !dull ? cli::Device::screen : cli::Device::plain;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Terminal terminal(std::cout, std::cerr, device());
  return cli::run(std::vector<std::string>(argv + 1, argv + argc),
                  {terminal, &variable, &check_files, nullptr});
}
