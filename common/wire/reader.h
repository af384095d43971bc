// A schema visitor that reads a parsed msgpack array into a message. Private to this room.
//
// The first field that is missing or wrong stops the reading: failed() is then true, why() names
// it, and the message is half-filled and must be thrown away.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "common/wire/messages.h"

namespace edgeherd::wire::detail {

class Reader {
 public:
  // The fields behind type and version.
  Reader(const msgpack::object* fields, std::size_t count) : next_(fields), left_(count) {}

  [[nodiscard]] bool failed() const { return !why_.empty(); }
  [[nodiscard]] const std::string& why() const { return why_; }

  void name(const char* field, std::string& text, std::size_t limit) {
    if (const auto* object = next(field)) text_of(field, *object, text, limit);
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
    if (const auto* object = next(field)) number_of(field, *object, value);
  }
  template <class T>
  void optional(const char* field, std::optional<T>& value) {
    const auto* object = next(field);
    if (object == nullptr || object->type == msgpack::type::NIL) return;
    number_of(field, *object, value.emplace());
  }

  void flag(const char* field, bool& value);

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
  // The next field, or null when there is none or something failed before.
  const msgpack::object* next(const char* field) {
    if (failed()) return nullptr;
    if (left_ == 0) {
      wrong(field, "missing");
      return nullptr;
    }
    --left_;
    return next_++;
  }
  // The next field as a list of at most `limit` entries, or null.
  const msgpack::object_array* list(const char* field, std::size_t limit);

  void number_of(const char* field, const msgpack::object& object, std::uint64_t& value) {
    if (object.type != msgpack::type::POSITIVE_INTEGER) {
      return wrong(field, "not a number of 0 or more");
    }
    value = object.via.u64;
  }
  void number_of(const char* field, const msgpack::object& object, std::uint32_t& value);
  void number_of(const char* field, const msgpack::object& object, int& value);
  void number_of(const char* field, const msgpack::object& object, double& value);
  void text_of(const char* field, const msgpack::object& object, std::string& text,
               std::size_t limit);
  void wrong(const char* field, const std::string& what);

  const msgpack::object* next_;
  std::size_t left_;
  std::string why_;
};

}  // namespace edgeherd::wire::detail
