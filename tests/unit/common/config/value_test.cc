#include "common/config/value.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::config;

namespace {

std::string message(std::string_view text) {
  const auto parsed = parse_json("f.json", text);
  return parsed.ok() ? "parsed" : parsed.error().message;
}

}  // namespace

TEST_CASE("every key and value knows its line and column") {
  const auto parsed = parse_json("f.json", "{\n  // why\n  \"a\": 1, \"b\": [true,\n null]\n}");
  REQUIRE(parsed.ok());
  const Object& root = *parsed->object();
  CHECK(parsed->at == Position{1, 1});
  CHECK(root[0].at == Position{3, 3});
  CHECK(root[0].value.at == Position{3, 8});
  CHECK(root[1].at == Position{3, 11});
  const Array& list = *root[1].value.array();
  CHECK(root[1].value.at == Position{3, 16});
  CHECK(list[0].at == Position{3, 17});
  CHECK(list[1].at == Position{4, 2});
}

TEST_CASE("columns count code points, not bytes") {
  const auto parsed = parse_json("f.json", "{\"Zürich\": 5}");
  REQUIRE(parsed.ok());
  CHECK(parsed->object()->front().key == "Zürich");
  CHECK(parsed->object()->front().value.at == Position{1, 12});
}

TEST_CASE("escapes, comments and quotes in texts do not move positions") {
  const auto parsed =
      parse_json("f.json", "/* \"x\": { */ {\"a\\\"//\": \"/* \\\\\", \"b\": -1.5e3 /**/ }");
  REQUIRE(parsed.ok());
  const Object& root = *parsed->object();
  CHECK(root[0].key == "a\"//");
  CHECK(*root[0].value.text() == "/* \\");
  CHECK(root[0].at == Position{1, 15});
  CHECK(root[1].at == Position{1, 33});
  CHECK(std::get<double>(root[1].value.data) == -1500.0);
}

TEST_CASE("comments of every shape are left out, but only where they are whole") {
  CHECK(message("/** doc **/{/***/}//") == "parsed");
  CHECK(message("{} // the end") == "parsed");
  CHECK(message("{} /* the end\n\n*/") == "parsed");
  CHECK(message("{\n/* open").starts_with("f.json:2:1: not valid JSON"));
  CHECK(message("{ / }").starts_with("f.json:1:3: not valid JSON"));
}

TEST_CASE("numbers keep their kind") {
  const auto parsed = parse_json("f.json", "[1, 18446744073709551615, 0.5]");
  REQUIRE(parsed.ok());
  const Array& list = *parsed->array();
  CHECK(std::get<std::int64_t>(list[0].data) == 1);
  CHECK(std::get<std::uint64_t>(list[1].data) == 18446744073709551615U);
  CHECK(std::get<double>(list[2].data) == 0.5);
}

TEST_CASE("a decimal is read as the nearest double, to the last bit") {
  std::uint64_t bits = 1;
  for (int i = 0; i < 1000; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    const double number = static_cast<double>(bits >> 11) * 0x1p-53;
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    const std::string written(text.data(), end);
    INFO(written);
    const auto parsed = parse_json("f.json", written);
    REQUIRE(parsed.ok());
    REQUIRE(std::get<double>(parsed->data) == number);
  }
}

TEST_CASE("bad syntax is reported where it stands") {
  CHECK(message("{\n  \"a\" 1\n}").starts_with("f.json:2:7: not valid JSON"));
  CHECK(message("").starts_with("f.json:1:1: not valid JSON"));
  CHECK(message("{\"a\": }").starts_with("f.json:1:7: not valid JSON"));
  CHECK(message("{\"a\": 1").starts_with("f.json:1:8: not valid JSON"));
  CHECK(message("{} x").starts_with("f.json:1:4: "));
  CHECK(message("{\"a\": \"\xff\"}").starts_with("f.json:1:"));
}

TEST_CASE("a key that stands twice is an error at its second place") {
  CHECK(message("{\"a\": 1,\n \"b\": {\"a\": 2}, \"a\": 3}") ==
        "f.json:2:17: key \"a\" stands here a second time (first in line 1)");
}

TEST_CASE("depth and size are limited") {
  CHECK(parse_json("f.json", std::string(max_depth, '[') + std::string(max_depth, ']')).ok());
  const std::string deep(max_depth + 2, '[');
  CHECK(parse_json("f.json", deep).error().code == Errc::exhausted);
  CHECK(parse_json("f.json", std::string(max_file_bytes + 1, ' ')).error().code == Errc::exhausted);
}

TEST_CASE("a byte order mark is called by its name") {
  CHECK(
      message("\xEF\xBB\xBF{}").starts_with("f.json:1:1: the file begins with a byte order mark"));
}
