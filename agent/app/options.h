// The agent's command line.
#pragma once

#include <span>
#include <string>

#include "agent/app/config.h"
#include "common/core/result.h"

namespace edgeherd::agent {

enum class Mode { run, check_config, help, version };

struct Options {
  Mode mode = Mode::run;
  bool standalone = false;
  std::string config_file;  // empty in standalone mode
  std::string user_data;    // empty: the one that the configuration names, if any
  std::string listen;       // the rest belongs to standalone mode
  std::string access_log;
  std::string state_dir;
};

// `arguments` without the program's name. The error says what is wrong and what would work.
[[nodiscard]] Result<Options> parse_options(std::span<const char* const> arguments);

// What --help prints.
[[nodiscard]] std::string usage();

// The configuration that the options ask for: the file's, or standalone mode's.
[[nodiscard]] Result<AgentConfig> make_config(const Options& options);

// The file's, once the metadata service that it names has answered.
[[nodiscard]] Result<AgentConfig> make_config(const Options& options, const metadata::Found& found);

}  // namespace edgeherd::agent
