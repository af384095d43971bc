#include "common/aws/credentials.h"

#include <map>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

namespace edgeherd::aws {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_credentials(text, "default", "/etc/keys");
  return parsed.ok() ? "(accepted)" : parsed.error().message;
}

TEST_CASE("a credentials file in AWS's own form is read, with the profile that is asked for") {
  constexpr std::string_view text =
      "# a comment\n[default]\naws_access_key_id = AKIA1\r\naws_secret_access_key=s/e+c=ret\n"
      "region = eu-central-1\n\n[other]\naws_access_key_id=AKIA2\naws_secret_access_key=two\n"
      "aws_session_token=token==\n";
  const auto usual = parse_credentials(text, "default", "keys");
  REQUIRE(usual.ok());
  CHECK(usual->access_key_id == "AKIA1");
  CHECK(usual->secret_access_key == "s/e+c=ret");
  CHECK(usual->session_token.empty());
  const auto other = parse_credentials(text, "other", "keys");
  REQUIRE(other.ok());
  CHECK(other->access_key_id == "AKIA2");
  CHECK(other->session_token == "token==");
}

TEST_CASE("an error names file and line, and never a secret") {
  CHECK(refusal("[default]\naws_access_key_id\n") == "/etc/keys:2: expected 'name = value'");
  CHECK(refusal("[default\n") == "/etc/keys:1: a section without its ']'");
  CHECK(refusal("aws_access_key_id=x\n") == "/etc/keys:1: a value before the first [section]");
  CHECK(refusal("[default]\naws_secret_access_key=\n") ==
        "/etc/keys:2: aws_secret_access_key is empty or has characters that no key has");
  CHECK(refusal("[default]\naws_access_key_id=a\naws_access_key_id=b\n") ==
        "/etc/keys:3: aws_access_key_id is there twice");
  CHECK(refusal("[default]\naws_access_key_id=a\n") ==
        "/etc/keys: [default] aws_secret_access_key is missing");
  CHECK(refusal("[x]\n") == "/etc/keys: there is no [default]");
  CHECK(refusal("") == "/etc/keys: there is no [default]");
  CHECK(refusal("[default]\naws_secret_access_key=to psecret\n").find("psecret") ==
        std::string::npos);
}

TEST_CASE("without a file the environment is asked") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  std::map<std::string, std::string> variables;
  CredentialsSource source;
  source.environment = [&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  const auto none = load_credentials(source, files);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find("AWS_ACCESS_KEY_ID") != std::string::npos);
  variables["AWS_ACCESS_KEY_ID"] = "AKIA";
  CHECK(load_credentials(source, files).error().message.find("AWS_SECRET_ACCESS_KEY") !=
        std::string::npos);
  variables["AWS_SECRET_ACCESS_KEY"] = "secret";
  REQUIRE(load_credentials(source, files).ok());
  CHECK(load_credentials(source, files)->secret_access_key == "secret");
}

TEST_CASE("a named file that cannot be read is an error, even when the environment is set") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  CredentialsSource source;
  source.file = "/keys";
  source.environment = [](const char*) -> const char* { return "x"; };
  const auto missing = load_credentials(source, files);
  REQUIRE_FALSE(missing.ok());
  // Never "not found", which would be said of the server that somebody asks about.
  CHECK(missing.error().code == Errc::unavailable);
  CHECK(missing.error().message.find("/keys") != std::string::npos);
}

}  // namespace
}  // namespace edgeherd::aws
