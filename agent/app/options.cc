#include "agent/app/options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace edgeherd::agent {
namespace {

struct TextOption {
  std::string_view name;
  std::string Options::*into;
  bool standalone;
};

constexpr std::array text_options{
    TextOption{"--config", &Options::config_file, false},
    TextOption{"--user-data", &Options::user_data, false},
    TextOption{"--listen", &Options::listen, true},
    TextOption{"--access-log", &Options::access_log, true},
    TextOption{"--state-dir", &Options::state_dir, true},
};

Error usage_error(std::string what) {
  return fail(Errc::invalid, std::move(what) + "; see --help");
}

Status check_together(const Options& options) {
  if (options.mode == Mode::help || options.mode == Mode::version) return {};
  for (const auto& option : text_options) {
    if (!(options.*option.into).empty() && option.standalone != options.standalone) {
      return usage_error(std::string(option.name) + (options.standalone
                                                         ? " does not go with --standalone"
                                                         : " goes with --standalone alone"));
    }
  }
  if (options.standalone) {
    if (options.mode == Mode::check_config)
      return usage_error("--check-config wants --config FILE");
    if (options.state_dir.empty()) return usage_error("--standalone wants --state-dir DIR");
    return {};
  }
  if (options.config_file.empty()) return usage_error("--config FILE or --standalone is wanted");
  return {};
}

}  // namespace

Result<Options> parse_options(std::span<const char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      options.mode = Mode::help;
    } else if (argument == "--version") {
      options.mode = Mode::version;
    } else if (argument == "--check-config") {
      options.mode = Mode::check_config;
    } else if (argument == "--standalone") {
      options.standalone = true;
    } else {
      const auto name = argument.substr(0, argument.find('='));
      const auto option = std::ranges::find(text_options, name, &TextOption::name);
      if (option == text_options.end()) {
        return usage_error("unknown argument \"" + std::string(argument) + "\"");
      }
      const bool attached = name.size() != argument.size();
      if (!attached && i + 1 == arguments.size()) {
        return usage_error(std::string(name) + " wants a value");
      }
      options.*option->into = attached ? argument.substr(name.size() + 1) : arguments[++i];
      if ((options.*option->into).empty()) return usage_error(std::string(name) + " wants a value");
    }
  }
  if (auto good = check_together(options); !good) return good.error();
  return options;
}

std::string usage() {
  return "usage: edgeherd-agent --config FILE [--user-data FILE]\n"
         "       edgeherd-agent --check-config --config FILE [--user-data FILE]\n"
         "       edgeherd-agent --standalone --state-dir DIR [--listen HOST:PORT] [--access-log "
         "FILE]\n"
         "\n"
         "Measures this server and its nginx, serves a private health page, streams samples to "
         "the\n"
         "coordinators, ships the access logs, and drains on command.\n"
         "\n"
         "  --config FILE      the image's configuration (docs/agent.md)\n"
         "  --user-data FILE   what is this server's own; default: the path in \"user_data\"\n"
         "  --check-config     read both, say what is wrong or print the digest, start nothing\n"
         "  --standalone       measure and serve, without a coordinator or a configuration\n"
         "  --listen HOST:PORT where the health page is (default 127.0.0.1:9180)\n"
         "  --access-log FILE  nginx's access log in the format \"edgeherd\" "
         "(docs/log-contract.md)\n"
         "  --state-dir DIR    where the agent keeps what must survive a restart\n"
         "  --version, --help\n"
         "\n"
         "SIGTERM stops it, SIGHUP reads the checks again. Exit status: 0 stopped when asked,\n"
         "1 failed, 2 wrong usage or configuration.\n";
}

Result<AgentConfig> make_config(const Options& options, const metadata::Found& found) {
  return load_config(options.config_file, options.user_data, found);
}

Result<AgentConfig> make_config(const Options& options) {
  if (!options.standalone) return load_config(options.config_file, options.user_data);
  AgentConfig config;
  config.state_dir = options.state_dir;
  config.access_log = options.access_log;
  if (!options.listen.empty()) {
    auto listen = http::parse_listen(options.listen);
    if (!listen) return listen.error().within("--listen");
    config.listen = *listen;
  }
  if (!config.listen.is_loopback()) {
    return fail(Errc::invalid, "--listen: " + config.listen.host +
                                   " can be reached from outside; standalone mode serves on "
                                   "loopback only (a configuration may set a probe_token)");
  }
  config.checks = default_checks(config);
  return config;
}

}  // namespace edgeherd::agent
