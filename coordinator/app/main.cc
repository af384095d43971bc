// edgeherd-coordinator: keeps a fleet of edge servers as its configuration wants it.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/os/real.h"
#include "common/telemetry/log.h"
#include "coordinator/app/app.h"
#include "coordinator/app/registry.h"

namespace {

using namespace edgeherd;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

constexpr const char* usage =
    "usage: edgeherd-coordinator --config DIR_OR_FILE [--check-config]\n"
    "       edgeherd-coordinator --version | --help\n"
    "\n"
    "  --config PATH    a directory with coordinator.json, or that file\n"
    "  --check-config   say what is wrong with the configuration, and end\n"
    "\n"
    "SIGHUP reloads the configuration and reopens the log; SIGTERM and SIGINT end the program;\n"
    "the servers stay as they are. The configuration is described in docs/coordinator.md.\n";

struct Options {
  std::string config;
  bool check_only = false;
};

int wrong_usage(const std::string& what) {
  std::fprintf(stderr, "edgeherd-coordinator: %s\n%s", what.c_str(), usage);
  return exit_usage;
}

// The options, or the status to end with.
std::optional<int> parse(const std::vector<std::string_view>& arguments, Options& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      std::fputs(usage, stdout);
      return 0;
    }
    if (argument == "--version") {
      std::puts("edgeherd-coordinator " EDGEHERD_VERSION);
      return 0;
    }
    if (argument == "--check-config") {
      options.check_only = true;
    } else if (argument == "--config" && i + 1 < arguments.size()) {
      options.config = arguments[++i];
    } else if (argument.starts_with("--config=")) {
      options.config = argument.substr(std::string_view("--config=").size());
    } else if (argument == "--config") {
      return wrong_usage("--config needs a path");
    } else {
      return wrong_usage("unknown argument \"" + std::string(argument) + "\"");
    }
  }
  if (options.config.empty()) return wrong_usage("--config is missing");
  return std::nullopt;
}

int run(const Options& options, settings::Settings settings) {
  const Result<telemetry::Level> level = telemetry::parse_level(settings.log_level);
  if (const Status log = telemetry::setup_log({level ? *level : telemetry::Level::info, ""});
      !log) {
    std::fprintf(stderr, "edgeherd-coordinator: %s\n", log.error().message.c_str());
    return exit_failed;
  }
  os::AsioLoop loop;
  auto app = app::App::make(loop, options.config, std::move(settings));
  if (!app) {
    std::fprintf(stderr, "edgeherd-coordinator: %s\n", app.error().message.c_str());
    return exit_failed;
  }
  int status = 0;
  loop.stop_on_signals([&] { (*app)->reload(); });
  (*app)->start([&](const Error& error) {
    telemetry::error("app", "nothing was started: " + error.message);
    status = exit_failed;
    loop.stop();
  });
  loop.run();
  telemetry::info("app", "ending; the servers stay as they are");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto status = parse({argv + 1, argv + argc}, options)) return *status;
  const auto files = os::make_file_system();
  settings::Loaded loaded = settings::load(options.config, *files, app::known_types());
  for (const std::string& line : loaded.warnings) {
    std::fprintf(stderr, "warning: %s\n", line.c_str());
  }
  for (const std::string& line : loaded.problems) std::fprintf(stderr, "%s\n", line.c_str());
  if (!loaded.settings) return exit_usage;
  if (options.check_only) {
    std::printf("%s is good: %zu zones of %zu providers\n", loaded.settings->path.c_str(),
                loaded.settings->policy.zones.size(), loaded.settings->providers.size());
    return 0;
  }
  return run(options, std::move(*loaded.settings));
}
