// The table of commands: what parse() accepts, help and the completions show, and run() does.
// Thread: constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/cli/context.h"

namespace edgeherd::cli {

// What stands behind an option or in an argument's place; completion and checks go by it.
enum class Kind { flag, text, zone, node, path, count, limit, shell };

struct OptionSpec {
  std::string_view name;   // without dashes: "expect-count"
  std::string_view value;  // how help calls the value: "N"; empty for a flag
  Kind kind = Kind::flag;
  std::string_view help;
};

enum class Many { one, optional, one_or_more, any };

struct ArgumentSpec {
  std::string_view name;  // "NODE"
  Kind kind = Kind::text;
  Many many = Many::one;
};

struct Command {
  std::string_view path;  // "status", "config check"
  std::string_view summary;
  std::vector<ArgumentSpec> arguments;
  std::vector<OptionSpec> options;
  void (*run)(Context&);  // throws Failed
};

[[nodiscard]] const std::vector<Command>& commands();
// Those that every command takes.
[[nodiscard]] const std::vector<OptionSpec>& common_options();

// Null when there is none of that path.
[[nodiscard]] const Command* find_command(std::string_view path);

[[nodiscard]] std::string usage_line(const Command& command);
[[nodiscard]] std::string help();
[[nodiscard]] std::string help(const Command& command);

// -- what they do, one file for each group
void run_status(Context& context);
void run_nodes(Context& context);
void run_node(Context& context);
void run_zones(Context& context);
void run_explain(Context& context);
void run_plan(Context& context);
void run_events(Context& context);
void run_terminate(Context& context);
void run_flag(Context& context);  // cordon, uncordon, protect, ...: the command's own name
void run_pause(Context& context);
void run_resume(Context& context);
void run_takeover(Context& context);
void run_retry(Context& context);
void run_adopt(Context& context);
void run_forget(Context& context);
void run_enroll_token(Context& context);
void run_config_check(Context& context);
void run_config_apply(Context& context);
void run_config_reload(Context& context);
void run_simulate(Context& context);
void run_completion(Context& context);

}  // namespace edgeherd::cli
