#include "common/telemetry/repeats.h"

#include <vector>

#include "tests/support/catch.h"

using namespace edgeherd;
using telemetry::Repeats;

TEST_CASE(
    "a line that repeats every second is logged once, and then ever more seldom with a count") {
  Repeats repeats;
  std::vector<std::string> logged;
  for (int second = 0; second < 3600; ++second) {
    if (auto line = repeats.pass("the store fails", MonoTime(std::chrono::seconds(second)))) {
      logged.push_back(*line);
    }
  }
  REQUIRE(logged.size() == 6);  // at 0, 1, 3, 7, 15 and 31 minutes
  CHECK(logged[0] == "the store fails");
  CHECK(logged[1] == "the store fails (and 59 times before, since 60 s)");
  CHECK(logged[2] == "the store fails (and 119 times before, since 120 s)");
}

TEST_CASE("another line is logged at once, and so is one that comes back after its time") {
  Repeats repeats;
  CHECK(repeats.pass("a", MonoTime(1s)));
  CHECK(repeats.pass("b", MonoTime(1s)));
  CHECK_FALSE(repeats.pass("a", MonoTime(2s)));
  CHECK(repeats.pass("a", MonoTime(10min)) == "a");
}

TEST_CASE("however many different lines there are, only so many are remembered") {
  Repeats repeats;
  for (int i = 0; i < 10'000; ++i) {
    CHECK(repeats.pass("line " + std::to_string(i), MonoTime(std::chrono::milliseconds(i))));
  }
  CHECK_FALSE(repeats.pass("line 9999", MonoTime(11s)));
  CHECK(repeats.pass("line 1", MonoTime(11s)));
}
