// A text as a number. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace edgeherd {

// All of `text` as a number, as std::from_chars reads it, else nothing: "12x", "+1", " 1" and "" are
// no numbers, nor is what its type does not hold; "-1" is one of a signed type alone.
// `form`: the base of whole numbers, the std::chars_format of others.
template <class Number, class... Form>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, Form... form) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, form...);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

}  // namespace edgeherd
