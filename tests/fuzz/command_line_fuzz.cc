// Any lines as the arguments of the operator's shell and of the agent: understood, or refused with
// a text that says what would be right.
#include <span>
#include <string>
#include <vector>

#include "agent/app/options.h"
#include "coordinator/cli/options.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  std::vector<std::string> arguments;
  for (const std::string_view part : fuzz::parts_of(fuzz::text_of(data, size), '\n')) {
    arguments.emplace_back(part.substr(0, part.find('\0')));
  }
  const auto invocation = cli::parse(arguments);
  fuzz::require(invocation.ok() || !invocation.error().message.empty());
  if (invocation.ok()) fuzz::require(invocation->command || !invocation->text.empty());

  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  const auto options = agent::parse_options(words);
  fuzz::require(options.ok() || !options.error().message.empty());
  return 0;
}
