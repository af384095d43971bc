#include "common/config/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace edgeherd::config {

namespace {

using Unit = std::pair<std::string_view, double>;

// Largest first; a number's unit is the whole run of letters behind it.
constexpr std::array<Unit, 7> duration_units{
    {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}}};
constexpr std::array<Unit, 10> byte_units{{{"", 1},
                                           {"B", 1},
                                           {"kB", 1e3},
                                           {"MB", 1e6},
                                           {"GB", 1e9},
                                           {"TB", 1e12},
                                           {"KiB", 1024.0},
                                           {"MiB", 1048576.0},
                                           {"GiB", 1073741824.0},
                                           {"TiB", 1099511627776.0}}};

constexpr double max_nanoseconds = 9.2e18;
constexpr double max_bytes = 9.0e15;  // every whole number up to there is exact in a double

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Takes "12.5ms" from the front of `text`: the number times its unit, or a negative number.
// In long double, so that days and nanoseconds add up without rounding.
template <std::size_t count>
long double take_quantity(std::string_view& text, const std::array<Unit, count>& units) {
  double number = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failed != std::errc{} || !std::isfinite(number) || text.front() == '-') return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::size_t length = 0;
  while (length < text.size() && letter(text[length])) ++length;
  const std::string_view name = text.substr(0, length);
  text.remove_prefix(length);
  for (const auto& [unit, factor] : units) {
    if (unit == name) return static_cast<long double>(number) * factor;
  }
  return -1;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const Error error =
      fail(Errc::invalid, "\"" + std::string(text.substr(0, 60)) +
                              "\" is not a duration such as \"500ms\", \"30s\" or \"1h30m\"");
  if (text.empty()) return error;
  long double total = 0;
  while (!text.empty()) {
    const long double part = take_quantity(text, duration_units);
    if (part < 0) return error;
    total += part;
  }
  if (total > max_nanoseconds) return error;
  return Duration{static_cast<Duration::rep>(std::llround(total))};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const Error error = fail(Errc::invalid, "\"" + std::string(text.substr(0, 60)) +
                                              "\" is not a size such as \"64MiB\" or \"10GB\"");
  if (text.empty()) return error;
  const long double bytes = take_quantity(text, byte_units);
  if (bytes < 0 || bytes > max_bytes || !text.empty()) return error;
  return static_cast<std::uint64_t>(std::llround(bytes));
}

std::string format_duration(Duration duration) {
  if (duration <= Duration{0}) return "0s";
  std::string text;
  auto left = duration.count();
  for (const auto& [unit, factor] : duration_units) {
    const auto size = static_cast<Duration::rep>(factor);
    if (left < size) continue;
    text += std::to_string(left / size);
    text += unit;
    left %= size;
  }
  return text;
}

}  // namespace edgeherd::config
