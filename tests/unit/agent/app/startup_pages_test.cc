#include "agent/app/startup_pages.h"

#include <fstream>
#include <string>

#include "tests/support/catch.h"

using namespace edgeherd::agent;

namespace {

// Mapped pages of files, in KiB.
long file_pages_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssFile:")) return std::stol(line.substr(8));
  }
  return -1;
}

std::string written_before = "data that was written to";

}  // namespace

TEST_CASE("what only starting up needed is given back, and everything goes on working") {
  written_before += " and must stay";
  const long before = file_pages_kb();
  REQUIRE(before > 0);
  release_startup_pages();
  CHECK(file_pages_kb() < before);
  CHECK(written_before == "data that was written to and must stay");
  release_startup_pages();
  CHECK(std::to_string(1.5).starts_with("1.5"));  // libc and libstdc++ are mapped again at need
}
