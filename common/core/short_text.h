// Comparing texts of some 8 to 16 bytes, as ids are, without a call for most pairs. The order is
// that of std::string. Pure.
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

namespace edgeherd {

namespace detail {

inline std::uint64_t eight_bytes(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

// The first eight bytes as a number that is ordered as they are.
inline std::uint64_t leading(const char* at) {
  const std::uint64_t bytes = eight_bytes(at);
  return std::endian::native == std::endian::little ? __builtin_bswap64(bytes) : bytes;
}

}  // namespace detail

[[nodiscard]] inline bool same_text(const std::string& a, const std::string& b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size < 8 || size > 16) return a == b;
  const char* const ends_a = a.data() + size - 8;
  const char* const ends_b = b.data() + size - 8;
  return detail::eight_bytes(a.data()) == detail::eight_bytes(b.data()) &&
         detail::eight_bytes(ends_a) == detail::eight_bytes(ends_b);
}

[[nodiscard]] inline std::strong_ordering text_order(const std::string& a, const std::string& b) {
  if (std::min(a.size(), b.size()) >= 8) {
    const std::uint64_t first_a = detail::leading(a.data());
    const std::uint64_t first_b = detail::leading(b.data());
    if (first_a != first_b) return first_a <=> first_b;
  }
  return a.compare(b) <=> 0;
}

}  // namespace edgeherd
