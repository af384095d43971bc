// edgeherd-agent: measures an edge server, serves its health page, streams, ships logs, drains.
#include <cstdio>
#include <string>

#include <malloc.h>

#include "agent/app/agent_app.h"
#include "agent/app/log.h"
#include "agent/app/options.h"
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
  const auto listen_host = config.listen.host;
  auto app = AgentApp::start(
      std::move(config),
      [&options]() -> Result<AgentConfig> {
        if (options.standalone) return fail(Errc::invalid, "standalone mode has no configuration");
        return make_config(options);
      },
      loop);
  if (!app) {
    say(Severity::error, app.error().message);
    return failed;
  }
  loop.stop_on_signals([&app] {
    const auto reloaded = (*app)->reload();
    if (reloaded) {
      say(Severity::info, "the checks were read again");
    } else {
      say(Severity::error, "nothing was changed: " + reloaded.error().message);
    }
  });
  say(Severity::info, "version " EDGEHERD_VERSION " serves http://" + listen_host + ":" +
                          std::to_string((*app)->port()) + "/");
  loop.after(settled_after, [] { release_startup_pages(); });
  loop.run();
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
