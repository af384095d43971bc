#include "agent/web/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace edgeherd::agent {
namespace {

// The length of the valid UTF-8 sequence at the front of `text`, or 0 (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool beyond = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

std::string scaled(double value, double step, std::string_view unit) {
  constexpr std::array<std::string_view, 6> prefixes{"", "k", "M", "G", "T", "P"};
  std::size_t i = 0;
  while (value >= step && i + 1 < prefixes.size()) {
    value /= step;
    ++i;
  }
  std::array<char, 48> text{};
  const bool whole = i == 0 && value == std::floor(value);
  const int digits = whole || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f %s%.*s", digits, value, prefixes[i].data(),
                static_cast<int>(unit.size()), unit.data());
  std::string out = text.data();
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

void append_number(std::string& out, double value) {
  std::array<char, 32> text{};
  char* const end = text.data() + text.size();
  constexpr double exact = 9007199254740992.0;  // 2^53
  const bool whole = value == std::floor(value) && std::abs(value) < exact;
  const auto done = whole ? std::to_chars(text.data(), end, static_cast<long long>(value))
                          : std::to_chars(text.data(), end, value);
  out.append(text.data(), done.ptr);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
      out += code.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_html(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    switch (length == 0 ? '\0' : text.front()) {
      case '\0':
        out += "\xef\xbf\xbd";  // U+FFFD
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

std::string human_bytes(double bytes) {
  return scaled(bytes, 1000, "B");
}
std::string human_bits_per_second(double bytes_per_second) {
  return scaled(bytes_per_second * 8, 1000, "bit/s");
}
std::string human_count(double count) {
  return scaled(count, 1000, "");
}

std::string human_duration(Duration duration) {
  const auto ms = millis(duration);
  if (ms < 1000) return std::to_string(ms) + " ms";
  const auto s = ms / 1000;
  if (s < 120) return std::to_string(s) + " s";
  if (s < 120 * 60) return std::to_string(s / 60) + " min";
  if (s < 48 * 3600) return std::to_string(s / 3600) + " h";
  return std::to_string(s / 86400) + " d";
}

}  // namespace edgeherd::agent
