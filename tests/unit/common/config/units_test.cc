#include "common/config/units.h"

#include "common/config/suggest.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::config;

TEST_CASE("durations are read in every unit and in sequence") {
  CHECK(*parse_duration("500ms") == 500ms);
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration("0.5s") == 500ms);
  CHECK(*parse_duration("2d") == 48h);
  CHECK(*parse_duration("0s") == 0s);
}

TEST_CASE("what is no duration is refused") {
  for (const char* text : {"", "5", "s", "-5s", "5 s", "5sec", "inf", "nans", "1e3s", "300000d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).ok());
  }
}

TEST_CASE("a formatted duration reads back as itself") {
  for (const Duration value : {Duration{1}, Duration{90s}, Duration{25h + 3ms}, Duration{0},
                               Duration{4444444444444006446}}) {
    CHECK(*parse_duration(format_duration(value)) == value);
  }
}

TEST_CASE("sizes know powers of 1000 and of 1024") {
  CHECK(*parse_bytes("512") == 512);
  CHECK(*parse_bytes("10GB") == 10'000'000'000ULL);
  CHECK(*parse_bytes("1.5KiB") == 1536);
  for (const char* text : {"", "MiB", "-1", "1Mb", "1 MB", "1MB2", "99999TiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_bytes(text).ok());
  }
}

TEST_CASE("a suggestion is near, or there is none") {
  const std::vector<std::string> words{"min_servers", "max_servers", "state"};
  CHECK(nearest("min_server", words) == "min_servers");
  CHECK(nearest("stat", words) == "state");
  CHECK(nearest("image", words).empty());
  CHECK(nearest("x", {"y"}).empty());
}
