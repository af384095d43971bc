// A JSON document that remembers where everything stood.
//
// Thread: value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::config {

// Both count from 1; columns count code points, as an editor does.
struct Position {
  int line = 1;
  int column = 1;
  bool operator==(const Position&) const = default;
};

struct Member;
struct Value;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the file, no key twice

struct Value {
  Position at;
  // An integer is an int64 when it fits, else a uint64, else a double.
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array,
               Object>
      data;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data); }
  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&data); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&data); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&data); }
  // "a text", "a number", ...: for messages.
  [[nodiscard]] std::string_view kind() const;
};

struct Member {
  std::string key;
  Position at;  // of the key
  Value value;
};

// The same values, wherever they stand and in whatever order the keys of an object come.
[[nodiscard]] bool same(const Value& a, const Value& b);
// The value of an object's key; null for another kind of value, or none.
[[nodiscard]] const Value* member(const Value& object, std::string_view key);

// Limits of any configuration file.
inline constexpr std::size_t max_file_bytes = 8 * 1024 * 1024;
inline constexpr std::size_t max_depth = 32;

// JSON (RFC 8259) with // and /* */ comments. `invalid` for bad syntax and for a key that stands
// twice in one object, `exhausted` over a limit; the message is "file:line:column: what".
[[nodiscard]] Result<Value> parse_json(std::string_view file, std::string_view text);

}  // namespace edgeherd::config
