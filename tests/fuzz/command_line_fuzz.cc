// Any lines as the arguments of the operator's shell and of the agent: understood, or refused with
// a text that says what would be right. What the shell understood says where the coordinator is,
// or not; and what is to be simulated is within bounds.
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "agent/app/options.h"
#include "coordinator/cli/command.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

void as_simulation(const cli::Invocation& asked) {
  static cli::Coordinator nobody{cli::Connection{}};
  std::ostringstream out;
  cli::Terminal terminal(out, out, cli::Device::plain);
  const cli::CheckFiles check_files;
  const cli::NextRound next_round;
  const cli::Simulate simulate =
      [](const cli::Simulation& simulation) -> Result<boost::json::object> {
    fuzz::require(simulation.first_seed <= simulation.last_seed);
    fuzz::require(simulation.time >= 36s && simulation.time <= 24h * 60);
    fuzz::require(simulation.nodes >= 1 && simulation.jobs >= 0);
    return fail(Errc::invalid, "understood");
  };
  cli::Context context{asked, nobody, terminal, check_files, simulate, next_round};
  try {
    cli::run_simulate(context);
    fuzz::require(false);
  } catch (const cli::Failed& failed) {
    fuzz::require(!std::string(failed.what()).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  std::vector<std::string> arguments;
  for (const std::string_view part : fuzz::parts_of(fuzz::text_of(data, size), '\n')) {
    arguments.emplace_back(part.substr(0, part.find('\0')));
  }
  const auto invocation = cli::parse(arguments);
  fuzz::require(invocation.ok() || !invocation.error().message.empty());
  if (invocation.ok()) {
    fuzz::require(invocation->command || !invocation->text.empty());
    const auto connection =
        cli::connection(*invocation, [](std::string_view) { return std::nullopt; });
    fuzz::require(!connection.ok() || !connection->endpoint.ends_with('/'));
    if (invocation->command == cli::find_command("simulate")) as_simulation(*invocation);
  }

  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  const auto options = agent::parse_options(words);
  fuzz::require(options.ok() || !options.error().message.empty());
  return 0;
}
