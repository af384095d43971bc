#include "common/http/http_date.h"

#include "tests/support/catch.h"

namespace edgeherd::http {
namespace {

TEST_CASE("the date of RFC 9110's own example is read") {
  const auto date = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(date);
  CHECK(unix_millis(*date) == 784111777000);
}

TEST_CASE("a date is written as HTTP wants it, and reads back") {
  for (const long long unix_s : {784111777LL, 0LL, 951782399LL, 4102444800LL}) {
    const WallTime at{std::chrono::seconds{unix_s}};
    CAPTURE(http_date(at));
    CHECK(parse_http_date(http_date(at)) == at);
  }
  CHECK(http_date(WallTime{std::chrono::seconds{784111777}}) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("what is no such date is nothing") {
  for (const char* bad : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                          "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 08:49:3x GMT", "Sun, 06 Nov 1994 08-49:37 GMT"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_http_date(bad));
  }
}

}  // namespace
}  // namespace edgeherd::http
