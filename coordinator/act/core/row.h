// One row's JSON body, written and read strictly. Private to durable_*.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "coordinator/act/core/durable.h"
#include "coordinator/act/seams/state_store.h"

namespace edgeherd::act::detail {

// Milliseconds by the store's clock of a moment of the monotonic clock, past or future.
[[nodiscard]] std::int64_t stored_ms(MonoTime at, Instant now);

class RowWriter {
 public:
  explicit RowWriter(Instant now = {}) : now_(now) { object_["schema"] = durable_schema; }

  RowWriter& text(const char* name, std::string_view value);
  RowWriter& number(const char* name, std::uint64_t value);
  RowWriter& flag(const char* name, bool value);
  RowWriter& wall(const char* name, WallTime value);
  RowWriter& moment(const char* name, const std::optional<MonoTime>& value);  // null: none

  [[nodiscard]] std::string body() const { return boost::json::serialize(object_); }

 private:
  boost::json::object object_;
  Instant now_;
};

// Reads fields until one is wrong; then it remembers the first error and reads nothing more.
// finish() also refuses fields that nobody asked for: they are of a version that we do not know.
class RowReader {
 public:
  RowReader(Table table, std::string key, std::string_view body, Instant now = {});

  // Whether the row has the field, which was added later than others.
  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  void text(const char* name, std::string& into);
  template <class Tag>
  void text(const char* name, Id<Tag>& into) {
    std::string value;
    text(name, value);
    into = Id<Tag>(std::move(value));
  }
  // A text that `parse` must know.
  template <class T, class Parse>
  void choice(const char* name, T& into, Parse parse) {
    std::string value;
    text(name, value);
    if (error_) return;
    if (const std::optional<T> known = parse(std::string_view(value))) {
      into = *known;
    } else {
      reject(name, "has the unknown value '" + value + "'");
    }
  }
  void number(const char* name, std::uint64_t& into);
  void number(const char* name, int& into);
  void flag(const char* name, bool& into);
  void wall(const char* name, WallTime& into);
  // A past moment: its age is clamped to [0, window].
  void past(const char* name, Duration window, MonoTime& into);
  void past(const char* name, Duration window, std::optional<MonoTime>& into);
  // A future moment: what remains is clamped to [0, window].
  void future(const char* name, Duration window, std::optional<MonoTime>& into);

  void reject(const char* name, const std::string& why);
  [[nodiscard]] Status finish();

 private:
  const boost::json::value* field(const char* name);
  std::optional<std::int64_t> moment(const char* name);

  std::string where_;
  boost::json::object object_;
  Instant now_;
  std::size_t read_ = 0;
  std::optional<Error> error_;
};

}  // namespace edgeherd::act::detail
