#include "coordinator/cli/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "common/core/utc.h"

namespace edgeherd::cli {

namespace {

std::string formatted(const char* format, double value) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), format, value);
  return {buffer.data(), std::min(static_cast<std::size_t>(length), buffer.size() - 1)};
}

bool known(const std::optional<double>& value) {
  return value && std::isfinite(*value);
}

// One decimal for small figures, none for others. The limits are where rounding goes over.
std::string short_number(double value) {
  if (value == 0) return "0";
  return formatted(std::abs(value) < 9.95 ? "%.1f" : "%.0f", value);
}

}  // namespace

std::string age(std::optional<double> seconds) {
  if (!known(seconds)) return "";
  const double s = std::max(0.0, std::floor(*seconds));
  if (s < 90) return formatted("%.0f s", s);
  const double minutes = std::floor(s / 60);
  if (minutes < 90) return formatted("%.0f m", minutes);
  const double hours = std::floor(minutes / 60);
  if (hours < 48) return formatted("%.0f h", hours);
  return formatted("%.0f d", std::floor(hours / 24));
}

std::string rate(std::optional<double> value) {
  if (!known(value)) return "";
  if (*value < 9999.5) return short_number(*value);
  if (*value < 999'950) return formatted("%.1f k", *value / 1e3);
  return formatted("%.1f M", *value / 1e6);
}

std::string share(std::optional<double> value) {
  return known(value) ? formatted("%.0f %%", *value * 100) : "";
}

std::string span(std::optional<double> seconds) {
  if (!known(seconds)) return "";
  if (*seconds < 0.9995) return short_number(*seconds * 1000) + " ms";
  return formatted("%.2f s", *seconds);
}

std::string money(std::optional<double> per_hour) {
  return known(per_hour) ? formatted(*per_hour < 0.0995 ? "%.4f" : "%.2f", *per_hour) : "";
}

std::string bits(std::optional<double> bits_per_s) {
  if (!known(bits_per_s)) return "";
  if (*bits_per_s < 999.5) return short_number(*bits_per_s) + " bit/s";
  if (*bits_per_s < 999.5e3) return short_number(*bits_per_s / 1e3) + " kbit/s";
  if (*bits_per_s < 999.5e6) return short_number(*bits_per_s / 1e6) + " Mbit/s";
  return short_number(*bits_per_s / 1e9) + " Gbit/s";
}

std::string whole(std::optional<std::int64_t> value) {
  return value ? std::to_string(*value) : "";
}

std::string plain(std::optional<double> value) {
  if (!known(value)) return "";
  const bool is_whole = *value == std::floor(*value) && std::abs(*value) < 1e15;
  return formatted(is_whole ? "%.0f" : "%.2f", *value);
}

std::string moment(const std::string& utc) {
  constexpr std::size_t to_seconds = 19;  // "2026-11-23T07:05:08"
  if (!parse_utc(utc) || utc.size() < to_seconds) return utc;
  std::string result = utc.substr(0, to_seconds);
  result[10] = ' ';
  return result;
}

std::optional<double> seconds_since(const std::string& utc, WallTime now) {
  const Result<WallTime> at = parse_utc(utc);
  if (!at) return std::nullopt;
  return seconds(now - *at);
}

std::string counted(std::int64_t number, std::string_view one) {
  return std::to_string(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

}  // namespace edgeherd::cli
