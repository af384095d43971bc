#include "common/core/utc.h"

#include "tests/support/catch.h"

using namespace edgeherd;

TEST_CASE("a moment is written in UTC with milliseconds") {
  CHECK(utc_text(from_unix_millis(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(from_unix_millis(1'795'417'508'123)) == "2026-11-23T07:05:08.123Z");
}

TEST_CASE("what was written can be read again, and shorter forms too") {
  const WallTime at = from_unix_millis(1'795'417'508'123);
  CHECK(parse_utc(utc_text(at)).value() == at);
  CHECK(parse_utc("2026-11-23 07:05:08.123").value() == at);
  CHECK(parse_utc("2026-11-23T07:05Z").value() == at - 8123ms);
  CHECK(parse_utc("2024-02-29").value() == from_unix_millis(1'709'164'800'000));
}

TEST_CASE("what is no UTC time is refused and named") {
  for (const char* text :
       {"", "now", "2026-02-30", "2026-13-01", "2026-11-23T24:00", "2026-11-23T07",
        "2026-11-23T07:05:08+01:00", "2026-11-23T07:05:08Z!", "9999-01-01"}) {
    INFO(text);
    const auto at = parse_utc(text);
    REQUIRE_FALSE(at.ok());
    CHECK(at.error().message.find(text) != std::string::npos);
  }
}
