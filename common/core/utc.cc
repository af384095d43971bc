#include "common/core/utc.h"

#include <array>
#include <cstdio>
#include <optional>

namespace edgeherd {

namespace {

using std::chrono::year_month_day;

// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> take_fraction(std::string_view& text) {
  Duration unit = 1s;
  Duration sum{};
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (++digits > 9) return std::nullopt;
    unit /= 10;
    sum += unit * (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  return sum;
}

std::optional<Duration> take_time_of_day(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  Duration sum = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
  if (!take(text, ':')) return sum;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  sum += std::chrono::seconds{*second};
  if (!take(text, '.')) return sum;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return sum + *fraction;
}

std::optional<WallTime> parse(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || *year < 1970 || *year > 2261 || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const year_month_day date{std::chrono::year{*year},
                            std::chrono::month{static_cast<unsigned>(*month)},
                            std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  Duration of_day{};
  if (take(text, 'T') || take(text, 't') || take(text, ' ')) {
    const auto time = take_time_of_day(text);
    if (!time) return std::nullopt;
    of_day = *time;
  }
  if (!take(text, 'Z')) (void)take(text, 'z');
  if (!text.empty()) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}.time_since_epoch() + of_day};
}

}  // namespace

std::string utc_text(WallTime at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
  const auto days = std::chrono::floor<std::chrono::days>(ms);
  const year_month_day date{std::chrono::sys_days{days}};
  const std::chrono::hh_mm_ss time{ms - days};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

Result<WallTime> parse_utc(std::string_view text) {
  if (const auto at = parse(text)) return *at;
  return fail(Errc::invalid,
              "\"" + std::string(text) + "\" is not a UTC time like 2026-11-23T07:05:08Z");
}

}  // namespace edgeherd
