// Any bytes: parse_json() answers or refuses with a place; every position lies within the text, in
// the order of the text; and every kind of field can be read from whatever was parsed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/config/section.h"
#include "common/config/units.h"
#include "common/config/value.h"

using namespace edgeherd;
using namespace edgeherd::config;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Checks that positions never go back, and reads each section as each kind.
class Walk {
 public:
  explicit Walk(std::string_view text) {
    for (const char c : text) lines_ += c == '\n' ? 1 : 0;
  }

  void visit(const Value& value) {
    follow(value.at);
    if (value.object() != nullptr) read(value);
    if (const Object* object = value.object()) {
      for (const Member& member : *object) {
        follow(member.at);
        visit(member.value);
      }
    }
    if (const Array* array = value.array()) {
      for (const Value& element : *array) visit(element);
    }
    if (const std::string* text = value.text()) {
      if (auto duration = parse_duration(*text)) {
        require(*parse_duration(format_duration(*duration)) == *duration);
      }
      (void)parse_bytes(*text);
    }
  }

 private:
  void follow(Position at) {
    require(at.line >= 1 && at.column >= 1 && at.line <= lines_);
    require(at.line > last_.line || (at.line == last_.line && at.column >= last_.column));
    last_ = at;
  }

  static void read(const Value& value) {
    Problems problems("f.json");
    Section section(value, problems);
    for (const Member& member : *value.object()) {
      std::string text;
      bool flag = false;
      std::int64_t integer = 0;
      double number = 0;
      Duration duration{};
      std::uint64_t bytes = 0;
      std::vector<std::string> texts;
      section.text(member.key, text, Need::required);
      section.flag(member.key, flag, Need::required);
      section.integer(member.key, integer, -5, 5, Need::required);
      section.number(member.key, number, -5, 5, Need::required);
      section.duration(member.key, duration, 0s, 1h, Need::required);
      section.bytes(member.key, bytes, 0, 5, Need::required);
      section.texts(member.key, texts, Need::required);
      require(integer >= -5 && integer <= 5 && number >= -5 && number <= 5);
      require(duration >= 0s && duration <= 1h && bytes <= 5);
      if (section.problems().count() > 100) break;
    }
    section.ignore("min_servers");
    section.finish();
    require(problems.lines().size() <= Problems::max_shown);
  }

  int lines_ = 1;
  Position last_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_json("f.json", text);
  if (!parsed.ok()) {
    require(parsed.error().message.starts_with("f.json:"));
    return 0;
  }
  Walk(text).visit(*parsed);
  return 0;
}
