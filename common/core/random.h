// Randomness as a seam: real entropy in production, one seed in a simulation.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace edgeherd {

// Thread: one owner; not shared.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  [[nodiscard]] std::uint64_t u64();
  // Uniform in [0, bound); bound must be above 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  [[nodiscard]] double unit();
  // Lower-case base-32 text (Crockford's alphabet, no i, l, o, u) of `length` characters, for ids.
  [[nodiscard]] std::string token(std::size_t length);
};

}  // namespace edgeherd
