// Words, lines and numbers out of the kernel's text files, without allocation.
//
// Everything takes a view by reference and moves its front past what it consumed.
// Thread: free functions.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/core/number.h"

namespace edgeherd::agent {

// The text up to the next line end, which is consumed too. The last line may lack it.
inline std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// The same, but only whole lines: a last line without its end may have been cut off.
inline std::optional<std::string_view> next_whole_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// The next run of characters other than blanks; empty at the end.
inline std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// All of `word` as a finite number that is not negative.
inline std::optional<double> to_amount(std::string_view word) {
  const auto value = parse_number<double>(word, std::chars_format::fixed);
  return value && *value >= 0 && *value < 1e300 ? value : std::nullopt;
}

inline std::optional<std::uint64_t> next_u64(std::string_view& line) {
  return parse_number<std::uint64_t>(next_word(line));
}

}  // namespace edgeherd::agent
