// What text may travel: UTF-8 without control characters, so that a peer can neither break a log
// line nor a page, nor what we write down. Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace edgeherd {

// The length of the UTF-8 character at the front of `text` (no surrogates, no overlong forms,
// nothing past U+10FFFF), or 0 if there is none, or if it is a control character.
[[nodiscard]] std::size_t clean_prefix(std::string_view text);

[[nodiscard]] bool is_clean(std::string_view text);

// `text` with each control character and line break made a space and broken bytes made '?', cut
// before the character that would pass `limit` bytes.
[[nodiscard]] std::string cleaned(std::string_view text, std::size_t limit);

// The same without a limit, but line breaks and tabs stay.
[[nodiscard]] std::string readable(std::string text);

// A peer's words, cleaned; they end in "..." where they are cut.
[[nodiscard]] std::string quoted_words(std::string_view text, std::size_t limit);

// Its ASCII letters alone, as names of hosts and headers are compared.
[[nodiscard]] std::string lower_case(std::string text);

}  // namespace edgeherd
