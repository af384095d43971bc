#include "agent/logs/log_line.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "common/core/number.h"

namespace edgeherd::logs {

namespace {

// Hands out one field after the other.
class Fields {
 public:
  explicit Fields(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  // False at the end of the line.
  bool next(std::string_view& field) {
    while (at_ != end_ && *at_ == ' ') ++at_;
    if (at_ == end_) return false;
    return *at_ == '"' ? quoted(field) : plain(field);
  }

 private:
  // nginx escapes a quote inside as \x22 (or \" with escape=json); an unclosed one ends with the
  // line.
  bool quoted(std::string_view& field) {
    const char* const begin = ++at_;
    while (at_ != end_ && *at_ != '"') at_ += (*at_ == '\\' && end_ - at_ > 1) ? 2 : 1;
    field = {begin, static_cast<std::size_t>(at_ - begin)};
    if (at_ != end_) ++at_;
    return true;
  }

  // A word; with it what follows ", " or stands behind " : ".
  bool plain(std::string_view& field) {
    const char* const begin = at_;
    const char* last = skip_word();
    for (;;) {
      const bool comma = last[-1] == ',';
      const bool colon = end_ - last > 3 && std::memcmp(last, " : ", 3) == 0;
      if (!comma && !colon) break;
      at_ = last + (colon ? 3 : 1);
      if (at_ >= end_ || *at_ == ' ') break;
      last = skip_word();
    }
    at_ = last;
    field = {begin, static_cast<std::size_t>(last - begin)};
    return true;
  }

  const char* skip_word() {
    const void* space = std::memchr(at_, ' ', static_cast<std::size_t>(end_ - at_));
    return at_ = space == nullptr ? end_ : static_cast<const char*>(space);
  }

  const char* at_;
  const char* end_;
};

constexpr std::uint64_t micros_per_second = 1'000'000;
constexpr std::uint64_t most_seconds = 1'000'000'000'000;  // beyond any date, far from overflow

// "1763881234.123" in microseconds; further digits are dropped.
std::optional<std::uint64_t> parse_micros(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::uint64_t whole = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{} || whole > most_seconds) return std::nullopt;
  std::uint64_t fraction = 0;
  std::uint64_t unit = micros_per_second;
  const char* at = rest;
  if (at != end && *at++ != '.') return std::nullopt;
  for (; at != end; ++at) {
    if (*at < '0' || *at > '9') return std::nullopt;
    unit /= 10;
    fraction += unit * static_cast<std::uint64_t>(*at - '0');
  }
  return whole * micros_per_second + fraction;
}

bool parse_status(std::string_view text, LogRecord& record) {
  const auto status = parse_number<std::uint64_t>(text);
  if (!status || text.size() != 3) return false;
  const int of_hundred = static_cast<int>(*status / 100);
  record.status_class = of_hundred >= 1 && of_hundred <= 5 ? of_hundred : 0;
  return true;
}

// What one line has said so far about time to first byte, in microseconds.
struct Times {
  std::optional<std::uint64_t> upstream;
  std::optional<std::uint64_t> request;
};

// "-", "0.001", "0.001, 0.002 : 0.003": the last one answered the client.
bool parse_upstream(std::string_view text, Times& times) {
  const std::size_t space = text.rfind(' ');
  const std::string_view last = space == std::string_view::npos ? text : text.substr(space + 1);
  if (last == "-") return true;
  times.upstream = parse_micros(last);
  return times.upstream.has_value();
}

bool take_field(int position, std::string_view field, const LogFormat& format, LogRecord& record,
                Times& times) {
  if (position == format.msec) {
    const auto micros = parse_micros(field);
    if (!micros) return false;
    record.msec = *micros / 1000;
  } else if (position == format.status) {
    return parse_status(field, record);
  } else if (position == format.bytes_sent) {
    const auto bytes = parse_number<std::uint64_t>(field);
    if (!bytes) return false;
    record.bytes_sent = *bytes;
  } else if (position == format.request_time) {
    times.request = parse_micros(field);
    return times.request.has_value();
  } else if (position == format.upstream_header_time) {
    return parse_upstream(field, times);
  }
  return true;
}

}  // namespace

bool parse_log_line(std::string_view line, const LogFormat& format, LogRecord& record) {
  record = LogRecord{};
  Times times;
  const int last = std::max({format.msec, format.status, format.bytes_sent, format.request_time,
                             format.upstream_header_time});
  Fields fields(line);
  std::string_view field;
  for (int position = 0; position <= last; ++position) {
    if (!fields.next(field)) return false;
    if (!take_field(position, field, format, record, times)) return false;
  }
  if (times.upstream) {
    record.latency_seconds = static_cast<double>(*times.upstream) / micros_per_second;
  } else if (times.request && record.bytes_sent <= small_body_bytes) {
    record.latency_seconds = static_cast<double>(*times.request) / micros_per_second;
  }
  return true;
}

}  // namespace edgeherd::logs
