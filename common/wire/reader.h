// A schema visitor that reads msgpack values into a message. Private to this room.
//
// The first field that is missing or wrong stops the reading: failed() is then true, why() names
// it, and the message is half-filled and must be thrown away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/wire/cursor.h"
#include "common/wire/messages.h"

namespace edgeherd::wire::detail {

class Reader {
 public:
  // `count` fields lie before the cursor: those behind type and version.
  Reader(Cursor& cursor, std::uint64_t count) : cursor_(cursor), left_(count) {}

  [[nodiscard]] bool failed() const { return !why_.empty(); }
  [[nodiscard]] const std::string& why() const { return why_; }
  // Fields behind those that were read.
  [[nodiscard]] std::uint64_t left() const { return left_; }

  void name(const char* field, std::string& text, std::size_t limit) {
    if (begin(field)) text_of(field, text, limit);
  }
  template <class Tag>
  void name(const char* field, Id<Tag>& id, std::size_t limit) {
    std::string text;
    name(field, text, limit);
    id = Id<Tag>(std::move(text));
  }
  void names(const char* field, std::vector<std::string>& texts, std::size_t count_limit,
             std::size_t limit);
  void prose(const char* field, std::string& text, std::size_t limit) { name(field, text, limit); }

  template <class T>
  void number(const char* field, T& value) {
    if (begin(field)) take(field, value);
  }
  template <class T>
  void optional(const char* field, std::optional<T>& value) {
    if (begin(field) && !cursor_.take_nil()) take(field, value.emplace());
  }

  void flag(const char* field, bool& value);
  // Of a later program; false where it is left out.
  void last_flag(const char* field, bool& value) {
    if (!failed() && left_ > 0) flag(field, value);
  }

  template <class E>
  void choice(const char* field, E& value, E first, E last) {
    std::uint64_t raw = 0;
    number(field, raw);
    if (failed()) return;
    if (raw < static_cast<std::uint64_t>(first) || raw > static_cast<std::uint64_t>(last)) {
      return wrong(field, "unknown value " + std::to_string(raw));
    }
    value = static_cast<E>(raw);
  }

  void pairs(const char* field, std::vector<std::pair<std::string, std::string>>& list,
             std::size_t count_limit, std::size_t limit);
  void all_or_none(const char* field, std::vector<std::uint64_t>& numbers, std::size_t count);
  void buckets(const char* field, std::vector<BucketCount>& counts);

 private:
  // Whether there is a next field and nothing failed before.
  bool begin(const char* field) {
    if (failed()) return false;
    if (left_ == 0) {
      wrong(field, "missing");
      return false;
    }
    --left_;
    return true;
  }
  // The next field as a list of at most `limit` entries: how many, or nothing.
  std::optional<std::size_t> list(const char* field, std::size_t limit);

  void take(const char* field, std::uint64_t& value) {
    if (!cursor_.take_unsigned(value))
      wrong_kind(field, cursor_.next(), "not a number of 0 or more");
  }
  // Of fewer bits.
  template <class T>
    requires std::is_integral_v<T>
  void take(const char* field, T& value) {
    static_assert(sizeof(T) <= 4);
    constexpr int bits = std::is_signed_v<T> ? 16 : 32;
    std::uint64_t wide = 0;
    take(field, wide);
    if (wide >= 1ull << bits) return wrong(field, "over " + std::to_string(bits) + " bits");
    value = static_cast<T>(wide);
  }
  void take(const char* field, double& value);
  void text_of(const char* field, std::string& text, std::size_t limit);
  // `what` unless the bytes are at fault.
  void wrong_kind(const char* field, const Value& read, const char* what);
  void wrong(const char* field, const std::string& what);

  Cursor& cursor_;
  std::uint64_t left_;
  std::string why_;
};

}  // namespace edgeherd::wire::detail
