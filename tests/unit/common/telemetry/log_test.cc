#include "common/telemetry/log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::telemetry;

namespace {

struct LogFile {
  LogFile()
      : path(std::filesystem::temp_directory_path() /
             ("edgeherd-log-test-" + std::to_string(::getpid()))) {}
  ~LogFile() {
    CHECK(setup_log({}).ok());
    std::filesystem::remove(path);
  }
  [[nodiscard]] std::string content() const {
    std::ifstream in(path);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("a record is one line with UTC time, level and component") {
  LogFile file;
  REQUIRE(setup_log({Level::info, file.path}).ok());
  warning("gateway", "agent {} left");
  std::string shape = file.content();
  for (char& c : shape) c = c >= '0' && c <= '9' ? '0' : c;
  CHECK(shape == "0000-00-00T00:00:00.000Z warning gateway: agent {} left\n");
}

TEST_CASE("what a peer sends cannot forge a record") {
  LogFile file;
  REQUIRE(setup_log({Level::info, file.path}).ok());
  info("gateway", "bad name \"x\n2026-01-01T00:00:00.000Z error gateway: all is lost\x1b[2J\"");
  const std::string content = file.content();
  CHECK(std::count(content.begin(), content.end(), '\n') == 1);
  CHECK(content.find('\x1b') == std::string::npos);
  CHECK(content.find("\\n2026") != std::string::npos);
  CHECK(content.find("\\x1b[2J") != std::string::npos);
}

TEST_CASE("records below the level are not written") {
  LogFile file;
  REQUIRE(setup_log({Level::warning, file.path}).ok());
  info("a", "quiet");
  error("a", "loud");
  CHECK_FALSE(logs(Level::info));
  CHECK(file.content().find("quiet") == std::string::npos);
  CHECK(file.content().find("loud") != std::string::npos);
}

TEST_CASE("a log that cannot be opened is an error, and the old one stays") {
  LogFile file;
  REQUIRE(setup_log({Level::info, file.path}).ok());
  const Status failed = setup_log({Level::info, "/proc/no/such/log"});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message.find("/proc/no/such/log") != std::string::npos);
  info("a", "still here");
  CHECK(file.content().find("still here") != std::string::npos);
}

TEST_CASE("after a rotation the log goes to a new file of the old name") {
  LogFile file;
  REQUIRE(setup_log({Level::info, file.path}).ok());
  info("a", "before");
  std::filesystem::remove(file.path);
  REQUIRE(reopen_log().ok());
  info("a", "after");
  CHECK(file.content().find("before") == std::string::npos);
  CHECK(file.content().find("after") != std::string::npos);
}

TEST_CASE("a record of any size has a bounded line") {
  const std::string text = printable(std::string(max_record_bytes * 2, 'x'));
  CHECK(text.size() == max_record_bytes + 3);
  CHECK(text.ends_with("..."));
}

TEST_CASE("levels have the names of the configuration") {
  CHECK(*parse_level("warning") == Level::warning);
  CHECK(parse_level("verbose").error().code == Errc::invalid);
}
