// What was asked for on the command line, and how to reach the coordinator. Thread: value types.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::cli {

// The program's exit codes; scripts rely on them.
enum ExitCode {
  exit_done = 0,
  exit_failed = 1,       // it did not work, or what was checked is wrong
  exit_usage = 2,        // the command line cannot mean anything
  exit_unreachable = 3,  // no coordinator answers at the endpoint
  exit_refused = 4,      // the coordinator understood and said no
};

enum class Output {
  table,  // for people
  json,   // the API's document
  names,  // one a line; of nodes and zones
};

struct Connection {
  std::string endpoint;  // "http://127.0.0.1:9480", without a slash at the end
  std::string token;     // empty: none is sent
  std::string ca_file;   // empty: the system's trust store
};

// One of the program's environment variables; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

struct Command;

// A command line that is well formed. Options are known by name without dashes ("expect-count").
struct Invocation {
  const Command* command = nullptr;  // of commands(), or null: `text` is all that is to be said
  std::string text;                  // help or version
  Output output = Output::table;
  std::string endpoint;  // as given; empty: not
  std::string token;
  std::string ca_file;
  std::vector<std::string> arguments;
  std::map<std::string, std::string, std::less<>> options;  // a flag's value is "yes"

  [[nodiscard]] bool has(std::string_view option) const;
  [[nodiscard]] std::string option(std::string_view name) const;  // empty when it was not given
};

// `invalid` says what is wrong and what would be right.
[[nodiscard]] Result<Invocation> parse(const std::vector<std::string>& arguments);

// Options come before EDGEHERD_ENDPOINT, EDGEHERD_TOKEN and EDGEHERD_TOKEN_FILE, these before the
// defaults. `invalid` names the token file that cannot be read.
[[nodiscard]] Result<Connection> connection(const Invocation& invocation,
                                            const Environment& environment);

}  // namespace edgeherd::cli
