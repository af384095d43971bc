#include "common/core/text.h"

#include "common/core/result.h"
#include "tests/support/catch.h"

using namespace edgeherd;

TEST_CASE("Plain and accented text is clean") {
  for (const auto* text :
       {"", "abc ~",
        "pr\xc3\xbc"
        "fung",
        "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    CHECK(is_clean(text));
    CHECK(cleaned(text, 100) == text);
  }
}

TEST_CASE("Control characters and broken UTF-8 are not") {
  for (const auto* text :
       {"\n", "\x7f", "a\tb", "\x1b[0m", "\xc2\x85", "\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80",
        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\xe2\x28\xa1"}) {
    INFO(text);
    CHECK_FALSE(is_clean(text));
    CHECK(is_clean(cleaned(text, 100)));
  }
  CHECK_FALSE(is_clean(std::string_view("a\0b", 3)));
}

TEST_CASE("Text is cut between characters") {
  CHECK(cleaned("abc", 2) == "ab");
  CHECK(cleaned("a\xe2\x82\xac", 3) == "a");
  CHECK(cleaned("a\xe2\x82\xac", 4) == "a\xe2\x82\xac");
  CHECK(cleaned("abc", 0).empty());
}

TEST_CASE("A control character is one space, whatever its bytes are") {
  CHECK(cleaned("a\x1b[2J\xc2\x9bJ\x7f", 100) == "a [2J J ");
  CHECK(readable("a\nb\xc2\x9b"
                 "c") == "a\nb c");
}

TEST_CASE("A peer's words say where they are cut") {
  CHECK(quoted_words("no\nsuch key", 20) == "no such key");
  CHECK(quoted_words("no such key", 7) == "no such...");
  CHECK(quoted_words("caf\xc3\xa9", 4) == "caf...");
}

TEST_CASE("what is made readable keeps its lines, and loses what nobody can read") {
  CHECK(readable("two\nlines\tof it") == "two\nlines\tof it");
  CHECK(readable("M\xc3\xbcnchen \xe2\x82\xac") == "M\xc3\xbcnchen \xe2\x82\xac");
  CHECK(readable("M\xfcnchen, cut at \xc3") == "M?nchen, cut at ?");
  CHECK(readable("\x1b[31mred\r\n") == " [31mred \n");
}

TEST_CASE("an error's message is readable, whatever a peer answered") {
  CHECK(fail(Errc::broken, "not \xff this").message == "not ? this");
  CHECK(Error{Errc::broken, "this"}.within("\xc3").message == "?: this");
}

TEST_CASE("lower case is of ASCII letters alone") {
  CHECK(lower_case("Edge-7.EXAMPLE.org") == "edge-7.example.org");
  CHECK(lower_case("\xC3\x89") == "\xC3\x89");  // a capital e with an accent
}
