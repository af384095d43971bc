#include "agent/logs/log_line.h"

#include <string>

#include "tests/support/catch.h"

namespace edgeherd::logs {

namespace {

LogRecord parsed(std::string_view line, const LogFormat& format = {}) {
  LogRecord record;
  INFO(line);
  REQUIRE(parse_log_line(line, format, record));
  return record;
}

bool foreign(std::string_view line, const LogFormat& format = {}) {
  LogRecord record;
  return !parse_log_line(line, format, record);
}

}  // namespace

TEST_CASE("a line of the documented format tells time, status, bytes and latency") {
  const LogRecord record =
      parsed("1763881234.567 206 1048576 0.250 0.012 GET \"/a b.ts\" 192.0.2.1");
  CHECK(record.msec == 1763881234567);
  CHECK(record.status_class == 2);
  CHECK(record.bytes_sent == 1048576);
  CHECK(record.latency_seconds == Approx(0.012));
}

TEST_CASE("without an upstream the request time of a small body is the latency") {
  CHECK(parsed("1763881234.567 200 65536 0.250 -").latency_seconds == Approx(0.25));
}

TEST_CASE("without an upstream a large body tells no latency") {
  CHECK(parsed("1763881234.567 200 65537 9.250 -").latency_seconds < 0);
}

TEST_CASE("of several upstreams the last one counts") {
  CHECK(parsed("1.000 200 900000 9.9 0.001, 0.002").latency_seconds == Approx(0.002));
  CHECK(parsed("1.000 200 900000 9.9 0.001 : 0.003").latency_seconds == Approx(0.003));
  CHECK(parsed("1.000 200 900000 9.9 0.001, 0.002 : 0.004").latency_seconds == Approx(0.004));
  CHECK(parsed("1.000 200 900000 9.9 -, 0.005 rest").latency_seconds == Approx(0.005));
}

TEST_CASE("a last upstream that never answered leaves the request time") {
  CHECK(parsed("1.000 502 559 1.5 0.001, -").latency_seconds == Approx(1.5));
  CHECK(parsed("1.000 502 900000 1.5 0.001, -").latency_seconds < 0);
}

TEST_CASE("positions are configurable, and lists before them do not shift them") {
  LogFormat format;
  format.upstream_header_time = 1;
  format.status = 3;
  format.bytes_sent = 4;
  format.request_time = 5;
  format.msec = 6;
  const LogRecord record =
      parsed("192.0.2.1 0.007, 0.008 \"GET /x, y : z\" 404 12 0.100 1763881234.001", format);
  CHECK(record.status_class == 4);
  CHECK(record.latency_seconds == Approx(0.008));
  CHECK(record.msec == 1763881234001);
}

TEST_CASE("a format may lack fields") {
  LogFormat format;
  format.msec = LogFormat::absent;
  format.upstream_header_time = LogFormat::absent;
  format.status = 0;
  format.bytes_sent = 1;
  format.request_time = 2;
  const LogRecord record = parsed("301 178 0.001", format);
  CHECK(record.msec == 0);
  CHECK(record.status_class == 3);
  CHECK(record.latency_seconds == Approx(0.001));
}

TEST_CASE("a status outside 1xx to 5xx belongs to no class") {
  CHECK(parsed("1.000 000 0 0.000 -").status_class == 0);
  CHECK(parsed("1.000 999 0 0.000 -").status_class == 0);
}

TEST_CASE("foreign lines are told from ours, never guessed at") {
  CHECK(foreign(""));
  CHECK(foreign("   "));
  CHECK(foreign("1763881234.567 200 100 0.250"));  // a field short
  CHECK(foreign("1763881234.567 20x 100 0.250 -"));
  CHECK(foreign("1763881234.567 2000 100 0.250 -"));
  CHECK(foreign("1763881234.567 -200 100 0.250 -"));
  CHECK(foreign("1763881234.567 200 100b 0.250 -"));
  CHECK(foreign("1763881234.567 200 -1 0.250 -"));
  CHECK(foreign("1763881234.567 200 100 - -"));
  CHECK(foreign("1763881234,567 200 100 0.250 -"));
  CHECK(foreign("99999999999999999999 200 100 0.250 -"));
  CHECK(foreign("9999999999999999 200 100 0.250 -"));  // would overflow later
  CHECK(foreign("1.000 200 100 0.250 0.001,"));
  CHECK(foreign("192.0.2.1 - - [23/Nov/2026:07:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\""));
  CHECK(foreign(std::string("1.000 200 100 0.25\0 -", 21)));
}

}  // namespace edgeherd::logs
