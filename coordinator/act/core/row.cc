#include "coordinator/act/core/row.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/core/text.h"

namespace edgeherd::act::detail {

namespace json = boost::json;

std::int64_t stored_ms(MonoTime at, Instant now) {
  return unix_millis(now.stored - (now.mono - at));
}

RowWriter& RowWriter::text(const char* name, std::string_view value) {
  const std::string kept = readable(std::string(value));
  object_[name] = json::string_view(kept.data(), kept.size());
  return *this;
}
RowWriter& RowWriter::number(const char* name, std::uint64_t value) {
  object_[name] = value;
  return *this;
}
RowWriter& RowWriter::flag(const char* name, bool value) {
  object_[name] = value;
  return *this;
}
RowWriter& RowWriter::wall(const char* name, WallTime value) {
  object_[name] = static_cast<std::int64_t>(unix_millis(value));
  return *this;
}
RowWriter& RowWriter::moment(const char* name, const std::optional<MonoTime>& value) {
  if (value) {
    object_[name] = stored_ms(*value, now_);
  } else {
    object_[name] = nullptr;
  }
  return *this;
}

RowReader::RowReader(Table table, std::string key, std::string_view body, Instant now)
    : where_("row '" + std::move(key) + "' of table " + std::string(to_string(table))), now_(now) {
  boost::system::error_code failed;
  // Bytes of a provider's text, as they were once written, are no reason not to start.
  json::parse_options lenient;
  lenient.allow_invalid_utf8 = true;
  json::value value = json::parse(json::string_view(body.data(), body.size()), failed, {}, lenient);
  if (failed || !value.is_object()) {
    error_ = fail(Errc::broken, where_ + ": the body is not a JSON object");
    return;
  }
  object_ = std::move(value.as_object());
  std::uint64_t schema = 0;
  number("schema", schema);
  if (!error_ && schema != static_cast<std::uint64_t>(durable_schema)) {
    reject("schema", "is " + std::to_string(schema) + ", this program knows " +
                         std::to_string(durable_schema));
  }
}

void RowReader::reject(const char* name, const std::string& why) {
  if (!error_) error_ = fail(Errc::broken, where_ + ": field '" + name + "' " + why);
}

const json::value* RowReader::field(const char* name) {
  if (error_) return nullptr;
  const json::value* value = object_.if_contains(name);
  if (value == nullptr) {
    reject(name, "is missing");
  } else {
    ++read_;
  }
  return value;
}

void RowReader::text(const char* name, std::string& into) {
  const json::value* value = field(name);
  if (value == nullptr) return;
  if (!value->is_string()) return reject(name, "is not a text");
  into = readable(std::string(value->get_string().data(), value->get_string().size()));
}

void RowReader::number(const char* name, std::uint64_t& into) {
  const json::value* value = field(name);
  if (value == nullptr) return;
  if (value->is_uint64()) {
    into = value->get_uint64();
  } else if (value->is_int64() && value->get_int64() >= 0) {
    into = static_cast<std::uint64_t>(value->get_int64());
  } else {
    reject(name, "is not a whole number from 0 on");
  }
}

void RowReader::number(const char* name, int& into) {
  std::uint64_t value = 0;
  number(name, value);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    return reject(name, "is too large");
  }
  into = static_cast<int>(value);
}

void RowReader::flag(const char* name, bool& into) {
  const json::value* value = field(name);
  if (value == nullptr) return;
  if (!value->is_bool()) return reject(name, "is neither true nor false");
  into = value->get_bool();
}

std::optional<std::int64_t> RowReader::moment(const char* name) {
  const json::value* value = field(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  // Beyond this, nanoseconds of a Duration would overflow.
  constexpr std::int64_t most_ms = 9'000'000'000'000;
  if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > most_ms) {
    reject(name, "is not a time in Unix milliseconds");
    return std::nullopt;
  }
  return value->get_int64();
}

void RowReader::wall(const char* name, WallTime& into) {
  if (const auto ms = moment(name)) {
    into = from_unix_millis(*ms);
  } else {
    reject(name, "is no time");
  }
}

void RowReader::past(const char* name, Duration window, std::optional<MonoTime>& into) {
  const auto ms = moment(name);
  into.reset();
  if (ms)
    into = now_.mono - std::clamp(now_.stored - from_unix_millis(*ms), Duration::zero(), window);
}

void RowReader::past(const char* name, Duration window, MonoTime& into) {
  std::optional<MonoTime> at;
  past(name, window, at);
  if (at) {
    into = *at;
  } else {
    reject(name, "is no time");
  }
}

void RowReader::future(const char* name, Duration window, std::optional<MonoTime>& into) {
  const auto ms = moment(name);
  into.reset();
  if (ms)
    into = now_.mono + std::clamp(from_unix_millis(*ms) - now_.stored, Duration::zero(), window);
}

Status RowReader::finish() {
  if (error_) return *error_;
  if (read_ == object_.size()) return {};
  return fail(Errc::broken, where_ + ": it has " + std::to_string(object_.size() - read_) +
                                " fields that this program does not know");
}

}  // namespace edgeherd::act::detail
