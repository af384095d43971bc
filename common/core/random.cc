#include "common/core/random.h"

#include <array>
#include <cassert>
#include <limits>

namespace edgeherd {

std::uint64_t Random::u64() {
  std::array<std::uint8_t, 8> bytes{};
  fill(bytes);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  assert(bound > 0);
  // Rejection keeps the result uniform: values past the last whole multiple are drawn again.
  const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t limit = top - top % bound;
  std::uint64_t value = u64();
  while (value >= limit) value = u64();
  return value % bound;
}

double Random::unit() {
  return static_cast<double>(u64() >> 11) * 0x1.0p-53;
}

std::string Random::token(std::size_t length) {
  static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string text(length, '0');
  for (char& c : text) c = alphabet[below(32)];
  return text;
}

}  // namespace edgeherd
