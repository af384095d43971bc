#include <fstream>

#include "coordinator/cli/command.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/coordinator/cli/recorded_api.h"

using namespace edgeherd;
using namespace edgeherd::cli;
using edgeherd::test::contains;
using edgeherd::test::run_cli;

namespace {

Environment nothing_set() {
  return [](std::string_view) { return std::nullopt; };
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().code == Errc::invalid);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("a command has its arguments and options, common options stand anywhere") {
  const auto parsed = parse({"--endpoint", "http://h:1", "terminate", "a", "b", "--expect-count",
                             "2", "-o", "json", "--now"});
  REQUIRE(parsed.ok());
  CHECK(parsed->command == find_command("terminate"));
  CHECK(parsed->arguments == std::vector<std::string>{"a", "b"});
  CHECK(parsed->option("expect-count") == "2");
  CHECK(parsed->has("now"));
  CHECK_FALSE(parsed->has("all"));
  CHECK(parsed->output == Output::json);
  CHECK(parsed->endpoint == "http://h:1");
}

TEST_CASE("commands of two words are found") {
  const auto parsed = parse({"config", "check", "dir"});
  REQUIRE(parsed.ok());
  CHECK(parsed->command == find_command("config check"));
  CHECK(parsed->arguments == std::vector<std::string>{"dir"});
}

TEST_CASE("every command can be parsed with what its usage asks for") {
  for (const Command& command : commands()) {
    std::vector<std::string> line;
    const std::string path(command.path);
    const auto space = path.find(' ');
    line.push_back(path.substr(0, space));
    if (space != std::string::npos) line.push_back(path.substr(space + 1));
    for (const ArgumentSpec& argument : command.arguments) line.emplace_back(argument.name);
    INFO(path);
    const auto parsed = parse(line);
    REQUIRE(parsed.ok());
    CHECK(parsed->command == &command);
  }
}

TEST_CASE("a wrong command line says what would be right") {
  CHECK(contains(refusal({}), "edgeherd --help"));
  CHECK(refusal({"stauts"}) == "there is no command \"stauts\"; did you mean \"status\"?");
  CHECK(contains(refusal({"xyzzy"}), "edgeherd --help"));
  CHECK(contains(refusal({"--token-file", "t", "status"}),
                 "\"--token-file\" is not an option of all commands"));
  CHECK(refusal({"--token", "t", "stauts"}) ==
        "there is no command \"stauts\"; did you mean \"status\"?");
  CHECK(contains(refusal({"config"}), "config apply, config reload"));
  CHECK(contains(refusal({"config", "chekc"}), "config check"));
  CHECK(contains(refusal({"node"}), "NODE is missing; usage: edgeherd node NODE"));
  CHECK(contains(refusal({"node", "a", "b"}), "\"b\" is not expected here"));
  CHECK(contains(refusal({"status", "--wathc"}), "\"--wathc\" is not expected here"));
  CHECK(contains(refusal({"explain", "z", "--at"}), "usage: edgeherd explain [ZONE]"));
  CHECK(contains(refusal({"status", "-o", "xml"}), "\"table\", \"json\" or \"names\""));
  CHECK(contains(refusal({"status", "-o", "names"}), "`edgeherd nodes`"));
}

TEST_CASE("numbers are whole and within limits") {
  CHECK(contains(refusal({"terminate", "a", "--expect-count", "two"}), "not \"two\""));
  CHECK(contains(refusal({"terminate", "a", "--expect-count", "-1"}), "from 0 to 1000000"));
  CHECK(contains(refusal({"terminate", "a", "--expect-count", "1x"}), "not \"1x\""));
  CHECK(contains(refusal({"events", "--limit", "0"}), "from 1 to 1000"));
}

TEST_CASE("a flag with a value is refused: who writes --now=no means the opposite") {
  CHECK(refusal({"terminate", "a", "--now=no"}) == "--now takes no value");
  CHECK(refusal({"terminate", "a", "--dry-run=false"}) == "--dry-run takes no value");
}

TEST_CASE("an empty argument is refused, so that an empty variable of a script selects nothing") {
  CHECK(contains(refusal({"terminate", ""}), "an argument is empty"));
  CHECK(contains(refusal({"terminate", "--zone", "", "--all"}), "--zone is empty"));
}

TEST_CASE("help and version are said without a coordinator") {
  const auto all = run_cli({"--help"});
  CHECK(all.exit == exit_done);
  for (const Command& command : commands()) CHECK(contains(all.out, command.path));
  const auto one = run_cli({"terminate", "--help"});
  CHECK(one.exit == exit_done);
  CHECK(contains(one.out, "--expect-count N"));
  CHECK(run_cli({"--version"}).out == "edgeherd " EDGEHERD_VERSION "\n");
}

TEST_CASE("options come before the environment, the environment before the defaults") {
  Invocation asked;
  CHECK(connection(asked, nothing_set())->endpoint == "http://127.0.0.1:9480");
  const Environment set = [](std::string_view name) -> std::optional<std::string> {
    if (name == "EDGEHERD_ENDPOINT") return "https://fleet:1/";
    if (name == "EDGEHERD_TOKEN") return "from-environment";
    return std::nullopt;
  };
  CHECK(connection(asked, set)->endpoint == "https://fleet:1");
  CHECK(connection(asked, set)->token == "from-environment");
  asked.endpoint = "http://other:2";
  asked.token = "given";
  CHECK(connection(asked, set)->endpoint == "http://other:2");
  CHECK(connection(asked, set)->token == "given");
}

TEST_CASE("an endpoint that is no URL is wrong usage") {
  const auto ran = run_cli({"status", "--endpoint", "fleet:9480"});
  CHECK(ran.exit == exit_usage);
  CHECK(contains(ran.err, "http://HOST:PORT"));
}

TEST_CASE("a token file is read without its last line's end, and named when it cannot be") {
  const test::TempDirectory scratch;
  const std::string path = scratch.path() + "/token";
  const Environment set = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "EDGEHERD_TOKEN_FILE") return path;
    return std::nullopt;
  };
  CHECK(contains(connection({}, set).error().message, path));
  std::ofstream(path) << "secret\n";
  CHECK(connection({}, set)->token == "secret");
  std::ofstream(path) << "\n";
  CHECK(contains(connection({}, set).error().message, "no token in it"));
  std::ofstream(path) << "two\nlines\n";
  CHECK_FALSE(connection({}, set).ok());
}
