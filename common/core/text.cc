#include "common/core/text.h"

#include <algorithm>

namespace edgeherd {

namespace {

bool is_control(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f;
}

// The length of the control character at the front of `text`, or 0: U+0080..U+009F are such as well.
std::size_t control_prefix(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (is_control(byte(0))) return 1;
  return text.size() > 1 && byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) < 0xa0 ? 2 : 0;
}

// The well-formed byte sequences of Unicode 15, table 3-7: the length that a first byte announces
// and what its second byte may be; the rest are 80..BF.
struct Lead {
  std::size_t length;
  unsigned char second_from;
  unsigned char second_to;
};

Lead lead_of(unsigned char byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// The character, or the broken byte, at the front of a text, and what stands for it.
struct Front {
  std::size_t length;
  std::string_view becomes;
};

Front front_of(std::string_view text) {
  if (const std::size_t control = control_prefix(text); control > 0) return {control, " "};
  const std::size_t length = clean_prefix(text);
  return length == 0 ? Front{1, "?"} : Front{length, text.substr(0, length)};
}

}  // namespace

std::size_t clean_prefix(std::string_view text) {
  if (text.empty()) return 0;
  if (control_prefix(text) > 0) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const Lead lead = lead_of(first);
  if (lead.length == 0 || text.size() < lead.length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < lead.second_from || second > lead.second_to) return 0;
  for (std::size_t i = 2; i < lead.length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return lead.length;
}

bool is_clean(std::string_view text) {
  while (!text.empty()) {
    if (text[0] >= ' ' && text[0] <= '~') {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = clean_prefix(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string readable(std::string text) {
  if (is_clean(text)) return text;
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const bool breaks = rest[0] == '\n' || rest[0] == '\t';
    const Front front = breaks ? Front{1, rest.substr(0, 1)} : front_of(rest);
    out.append(front.becomes);
    rest.remove_prefix(front.length);
  }
  return out;
}

std::string cleaned(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit));
  while (!text.empty()) {
    const Front front = front_of(text);
    if (out.size() + front.becomes.size() > limit) break;
    out.append(front.becomes);
    text.remove_prefix(front.length);
  }
  return out;
}

std::string quoted_words(std::string_view text, std::size_t limit) {
  return cleaned(text, limit) + (text.size() > limit ? "..." : "");
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace edgeherd
