#include "coordinator/cli/completion.h"

#include <fstream>
#include <iterator>

#include "coordinator/cli/command.h"
#include "tests/support/catch.h"
#include "tests/unit/coordinator/cli/recorded_api.h"

using namespace edgeherd;
using namespace edgeherd::cli;
using edgeherd::test::contains;
using edgeherd::test::run_cli;

namespace {

std::string packaged(const std::string& name) {
  const std::string path = EDGEHERD_SOURCE "/packaging/completion/" + name;
  std::ifstream file(path);
  INFO(path);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("every command and every option is in both completions") {
  for (const std::string& script : {bash_completion(), zsh_completion()}) {
    for (const Command& command : commands()) {
      INFO(command.path);
      const auto space = command.path.find(' ');
      CHECK(contains(script, command.path.substr(0, space)));
      if (space != std::string::npos) CHECK(contains(script, command.path.substr(space + 1)));
      for (const OptionSpec& option : command.options) {
        CHECK(contains(script, "--" + std::string(option.name)));
      }
    }
    for (const OptionSpec& option : common_options()) {
      CHECK(contains(script, "--" + std::string(option.name)));
    }
  }
}

TEST_CASE("the packaged completions are those of this program") {
  CHECK(packaged("edgeherd.bash") == bash_completion());
  CHECK(packaged("_edgeherd") == zsh_completion());
}

TEST_CASE("completion of an unknown shell says which there are") {
  CHECK(run_cli({"completion", "bash"}).out == bash_completion());
  CHECK(run_cli({"completion", "zsh"}).out == zsh_completion());
  const auto ran = run_cli({"completion", "fish"});
  CHECK(ran.exit == exit_usage);
  CHECK(contains(ran.err, "there is: bash, zsh"));
}
