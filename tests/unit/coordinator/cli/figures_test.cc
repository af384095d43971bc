#include "coordinator/cli/figures.h"

#include <limits>

#include "common/core/utc.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::cli;

TEST_CASE("an age is a whole number of the unit that says enough") {
  CHECK(age(0.4) == "0 s");
  CHECK(age(42.9) == "42 s");
  CHECK(age(89.9) == "89 s");
  CHECK(age(90) == "1 m");
  CHECK(age(240) == "4 m");
  CHECK(age(89 * 60 + 59) == "89 m");
  CHECK(age(90 * 60) == "1 h");
  CHECK(age(47 * 3600 + 3599) == "47 h");
  CHECK(age(48 * 3600) == "2 d");
  CHECK(age(400.0 * 86400) == "400 d");
}

TEST_CASE("an age of the future is none, as clocks differ") {
  CHECK(age(-3) == "0 s");
}

TEST_CASE("what is not known is empty, never 0") {
  CHECK(age(std::nullopt).empty());
  CHECK(rate(std::nullopt).empty());
  CHECK(share(std::nullopt).empty());
  CHECK(span(std::nullopt).empty());
  CHECK(bits(std::nullopt).empty());
  CHECK(whole(std::nullopt).empty());
  CHECK(plain(std::nullopt).empty());
  CHECK(rate(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(rate(0) == "0");
}

TEST_CASE("rates keep two or more digits that matter") {
  CHECK(rate(3.44) == "3.4");
  CHECK(rate(9.96) == "10");
  CHECK(rate(812.3) == "812");
  CHECK(rate(9999.4) == "9999");
  CHECK(rate(12'345) == "12.3 k");
  CHECK(rate(999'949) == "999.9 k");
  CHECK(rate(1'240'000) == "1.2 M");
}

TEST_CASE("shares are percents, spans are milliseconds below a second") {
  CHECK(share(0.634) == "63 %");
  CHECK(share(1.2) == "120 %");
  CHECK(span(0.0034) == "3.4 ms");
  CHECK(span(0.12) == "120 ms");
  CHECK(span(0.9996) == "1.00 s");
  CHECK(span(1.234) == "1.23 s");
}

TEST_CASE("egress is said in powers of 1000") {
  CHECK(bits(0) == "0 bit/s");
  CHECK(bits(1500) == "1.5 kbit/s");
  CHECK(bits(940e6) == "940 Mbit/s");
  CHECK(bits(2.5e9) == "2.5 Gbit/s");
}

TEST_CASE("figures of steps are whole when they are") {
  CHECK(plain(4) == "4");
  CHECK(plain(3.267) == "3.27");
}

TEST_CASE("moments lose their fraction and their zone, other texts nothing") {
  CHECK(moment("2026-11-23T07:05:08.123Z") == "2026-11-23 07:05:08");
  CHECK(moment("yesterday") == "yesterday");
  const WallTime now = *parse_utc("2026-11-23T07:06:08Z");
  CHECK(*seconds_since("2026-11-23T07:05:08Z", now) == Approx(60));
  CHECK_FALSE(seconds_since("yesterday", now));
}

TEST_CASE("one is singular") {
  CHECK(counted(0, "server") == "0 servers");
  CHECK(counted(1, "server") == "1 server");
  CHECK(counted(2, "server") == "2 servers");
}
