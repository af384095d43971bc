#include "common/http/http_date.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/core/number.h"

namespace edgeherd::http {

namespace {

std::optional<int> number(std::string_view text) {
  return text.starts_with('-') ? std::nullopt : parse_number<int>(text);
}

constexpr std::array<const char*, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> month(std::string_view name) {
  const auto found = std::find(month_names.begin(), month_names.end(), name);
  if (found == month_names.end()) return std::nullopt;
  return static_cast<unsigned>(found - month_names.begin()) + 1;
}

}  // namespace

std::string http_date(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{sys_days{day.time_since_epoch()}};
  const hh_mm_ss<std::chrono::seconds> clock{floor<std::chrono::seconds>(time - day)};
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %d %02d:%02d:%02d GMT",
      day_names[weekday{sys_days{day.time_since_epoch()}}.c_encoding()],
      static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view shape = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != shape.size() || !text.ends_with(" GMT")) return std::nullopt;
  for (const std::size_t at : {3, 4, 7, 11, 16, 19, 22}) {
    if (text[at] != shape[at]) return std::nullopt;
  }
  const auto day = number(text.substr(5, 2));
  const auto in_year = month(text.substr(8, 3));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (!day || !in_year || !year || !hour || !minute || !second) return std::nullopt;
  if (*year < 1970 || *year > 2261) return std::nullopt;  // what nanoseconds since 1970 can hold
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*in_year},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  // A second of 60 is a leap second.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto since_epoch = std::chrono::sys_days{date}.time_since_epoch() +
                           std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                           std::chrono::seconds{*second};
  return WallTime{since_epoch};
}

}  // namespace edgeherd::http
