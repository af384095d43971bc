// Help, made of the table of commands.
#include <algorithm>

#include "coordinator/cli/command.h"

namespace edgeherd::cli {

namespace {

using Lines = std::vector<std::pair<std::string, std::string_view>>;

std::string two_columns(const Lines& lines) {
  std::size_t widest = 0;
  for (const auto& [left, right] : lines) widest = std::max(widest, left.size());
  std::string result;
  for (const auto& [left, right] : lines) {
    result += "  " + left + std::string(widest - left.size() + 2, ' ') + std::string(right) + "\n";
  }
  return result;
}

std::string spelled(const OptionSpec& option) {
  return "--" + std::string(option.name) +
         (option.value.empty() ? "" : " " + std::string(option.value));
}

std::string spelled(const ArgumentSpec& argument) {
  const std::string name(argument.name);
  switch (argument.many) {
    case Many::one:
      return name;
    case Many::optional:
      return "[" + name + "]";
    case Many::one_or_more:
      return name + "...";
    case Many::any:
      return "[" + name + "...]";
  }
  return name;
}

std::string option_lines(const std::vector<OptionSpec>& options) {
  Lines lines;
  for (const OptionSpec& option : options) lines.emplace_back(spelled(option), option.help);
  return two_columns(lines);
}

}  // namespace

std::string usage_line(const Command& command) {
  std::string line = "edgeherd " + std::string(command.path);
  for (const ArgumentSpec& argument : command.arguments) line += " " + spelled(argument);
  for (const OptionSpec& option : command.options) line += " [" + spelled(option) + "]";
  return line;
}

std::string help() {
  Lines lines;
  for (const Command& command : commands()) {
    std::string left(command.path);
    for (const ArgumentSpec& argument : command.arguments) left += " " + spelled(argument);
    lines.emplace_back(std::move(left), command.summary);
  }
  return "usage: edgeherd COMMAND [ARGUMENTS] [OPTIONS]\n\n"
         "The operator's view of an Edgeherd fleet, and its orders to the coordinator.\n\n"
         "commands:\n" +
         two_columns(lines) + "\noptions, before or after the command:\n" +
         option_lines(common_options()) +
         "\nenvironment: EDGEHERD_ENDPOINT, EDGEHERD_TOKEN, EDGEHERD_TOKEN_FILE, NO_COLOR\n"
         "exit status: 0 done, 1 failed or something is wrong, 2 wrong usage, 3 no coordinator\n"
         "             answers, 4 refused\n";
}

std::string help(const Command& command) {
  std::string result = "usage: " + usage_line(command) + "\n\n" + std::string(command.summary);
  result += "\n";
  if (!command.options.empty()) result += "\noptions:\n" + option_lines(command.options);
  return result + "\nand those of every command:\n" + option_lines(common_options());
}

}  // namespace edgeherd::cli
