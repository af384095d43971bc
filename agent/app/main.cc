// edgeherd-agent: measures an edge server, serves its health page, streams, ships logs, drains.
#include <cstdio>
#include <span>
#include <utility>

#include <malloc.h>

#include "agent/app/log.h"
#include "agent/app/program.h"
#include "agent/app/startup_pages.h"
#include "common/os/asio_loop.h"

namespace {

using namespace edgeherd;
using namespace edgeherd::agent;

enum ExitCode { stopped = 0, failed = 1, wrong_usage = 2 };

// By then everything that repeats itself has run once.
constexpr Duration settled_after = 10s;

int run(const Options& options, AgentConfig config) {
  os::AsioLoop loop;
  Program program(options, loop);
  loop.stop_on_signals([&program] { program.hang_up(); });
  if (const auto started = program.start(std::move(config)); !started) {
    say(Severity::error, started.error().message);
    return failed;
  }
  loop.after(settled_after, [] { release_startup_pages(); });
  loop.run();
  if (!program.outcome()) {
    say(Severity::error, program.outcome().error().message);
    return failed;
  }
  say(Severity::info, "stopped");
  return stopped;
}

}  // namespace

int main(int argc, char** argv) {
  // The agent's few threads allocate little: one arena keeps its memory small.
  ::mallopt(M_ARENA_MAX, 1);
  const auto options = parse_options(std::span<const char* const>(argv + 1, argv + argc));
  if (!options) {
    say(Severity::error, options.error().message);
    return wrong_usage;
  }
  if (options->mode == Mode::help) {
    std::fputs(usage().c_str(), stdout);
    return stopped;
  }
  if (options->mode == Mode::version) {
    std::puts("edgeherd-agent " EDGEHERD_VERSION);
    return stopped;
  }
  auto config = make_config(*options);
  if (!config) {
    say(Severity::error, config.error().message);
    return wrong_usage;
  }
  if (options->mode == Mode::check_config) {
    std::printf("ok, digest %s\n", config->digest.c_str());
    return stopped;
  }
  return run(*options, std::move(config).value());
}
