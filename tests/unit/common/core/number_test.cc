#include "common/core/number.h"

#include <charconv>
#include <cstdint>

#include "tests/support/catch.h"

using edgeherd::parse_number;

TEST_CASE("what is not a number as a whole is none") {
  for (const char* text : {"", " ", "12x", "x12", " 1", "1 ", "+1", "1.5", "0x10", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number<std::int64_t>(text));
  }
  CHECK_FALSE(parse_number<std::uint64_t>("-1"));
  CHECK_FALSE(parse_number<std::uint16_t>("65536"));
  CHECK_FALSE(parse_number<std::uint64_t>("18446744073709551616"));
  CHECK_FALSE(parse_number<std::uint32_t>("fg", 16));
}

TEST_CASE("numbers are read to the ends of their type, and in the base that is asked for") {
  CHECK(parse_number<std::uint16_t>("65535") == 65535);
  CHECK(parse_number<std::int64_t>("-9223372036854775808") == INT64_MIN);
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  CHECK(parse_number<int>("007") == 7);
  CHECK(parse_number<std::uint32_t>("ff", 16) == 255);
  CHECK(parse_number<std::uint32_t>("17", 8) == 15);
  CHECK(parse_number<double>("-1.5e1") == -15);
  CHECK(parse_number<double>("1.5", std::chars_format::fixed) == 1.5);
  CHECK_FALSE(parse_number<double>("1e3", std::chars_format::fixed));
  CHECK_FALSE(parse_number<double>("1.5x"));
}
