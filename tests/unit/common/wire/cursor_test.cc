// Our reader against msgpack-c's writer: every form that it can choose.
#include "common/wire/cursor.h"

#include <map>
#include <string>
#include <vector>

#include <msgpack.hpp>

#include "tests/support/catch.h"

using namespace edgeherd::wire::detail;

namespace {

template <class T>
std::string packed(const T& value) {
  msgpack::sbuffer out;
  msgpack::pack(out, value);
  return {out.data(), out.size()};
}

template <class T>
Value read(const T& value) {
  const std::string bytes = packed(value);
  Cursor cursor(bytes);
  return cursor.next();
}

}  // namespace

TEST_CASE("Numbers of every size are read as they were written") {
  for (int bits = 0; bits < 64; ++bits) {
    for (const std::int64_t off : {-1, 0, 1}) {
      const std::uint64_t number = (1ull << bits) + static_cast<std::uint64_t>(off);
      CHECK(read(number).kind == Kind::unsigned_integer);
      CHECK(read(number).number == number);
      const auto negative = static_cast<std::int64_t>(0 - number);
      if (negative >= 0) continue;
      CHECK(read(negative).kind == Kind::negative_integer);
      CHECK(read(negative).negative == negative);
    }
  }
  // Signed forms of numbers that are not negative, which no writer of ours chooses.
  CHECK(Cursor("\xd0\x7f").next().number == 127);
  CHECK(Cursor(std::string_view("\xd3\0\0\0\0\0\0\0\x05", 9)).next().number == 5);
  CHECK(read(1.25).real == 1.25);
  CHECK(read(1.25f).real == 1.25);
  CHECK(read(true).boolean);
  CHECK(read(false).kind == Kind::boolean);
  CHECK_FALSE(read(false).boolean);
  CHECK(read(msgpack::type::nil_t()).kind == Kind::nil);
}

TEST_CASE("Texts and lists of every size of length are read as they were written") {
  for (const std::size_t length : {0, 1, 31, 32, 255, 256, 65'535, 65'536}) {
    const std::string bytes = packed(std::string(length, 'x'));
    CHECK(Cursor(bytes).next().text == std::string(length, 'x'));
    const auto list = read(std::vector<int>(length, 1));
    CHECK(list.kind == Kind::list);
    CHECK(list.children == length);
  }
}

TEST_CASE("Anything can be skipped, and what is behind it is found") {
  std::map<std::string, std::vector<int>> map;
  for (int i = 0; i < 20; ++i) map[std::to_string(i)] = {1, 2, 3};
  std::string bytes = packed(map) + packed(std::vector<std::vector<double>>{{1.5}, {}}) +
                      packed(std::vector<char>(300, 'b')) + packed(msgpack::type::nil_t());
  // fixext 1 to 16 and ext 8.
  for (int power = 0; power < 5; ++power) {
    bytes += static_cast<char>(0xd4 + power) + std::string((1u << power) + 1, 'e');
  }
  bytes += std::string("\xc7\x03", 2) + "teee";
  const std::string whole = bytes + "\x2a";
  Cursor again(whole);
  CHECK(again.skip(10) == Kind::other);
  CHECK(again.next().number == 42);
  CHECK(again.at_end());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Cursor shorter(std::string_view(bytes).substr(0, length));
    CHECK(shorter.skip(10) == Kind::cut_short);
  }
}

TEST_CASE("The one byte that is not msgpack is told apart") {
  CHECK(Cursor("\xc1").next().kind == Kind::not_msgpack);
  CHECK(Cursor("").next().kind == Kind::cut_short);
  Cursor inside("\x92\x01\xc1");
  CHECK(inside.skip(1) == Kind::not_msgpack);
}
