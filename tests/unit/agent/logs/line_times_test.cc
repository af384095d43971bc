#include "agent/logs/line_times.h"

#include "tests/support/catch.h"

using edgeherd::logs::LineTimes;

TEST_CASE("lines are counted by when their requests ended, in any order") {
  LineTimes times;
  const std::uint64_t t = 1'764'000'000'000;
  for (const std::uint64_t ms : {0, 400, 100, 1000, 400}) times.add(t + ms);
  CHECK(times.after(t - 1000) == 5);
  CHECK(times.after(t) == 4);
  CHECK(times.after(t + 399) == 2 + 1);
  CHECK(times.after(t + 400) == 1);
  CHECK(times.after(t + 1000) == 0);
}

TEST_CASE("lines that are older than what is kept count as old, those of no time too") {
  LineTimes times;
  const std::uint64_t t = 1'764'000'000'000;
  const std::uint64_t kept_ms = 8192;
  times.add(0);
  for (std::uint64_t i = 1; i <= 3; ++i) times.add(t + i * kept_ms);
  CHECK(times.after(t) == 1);
  CHECK(times.after(t + 3 * kept_ms) == 0);
}
