// Random numbers from one seed, the same on every machine.
#pragma once

#include <array>
#include <cstdint>

#include "common/core/random.h"

namespace edgeherd::sim {

// xoshiro256** 1.0 (Blackman and Vigna, 2018), its state filled by splitmix64 as they advise.
class SimRandom final : public Random {
 public:
  explicit SimRandom(std::uint64_t seed);
  void fill(std::span<std::uint8_t> bytes) override;
  // A generator of its own for one part of a simulation, so that what one part draws does not
  // change what another one gets.
  [[nodiscard]] SimRandom fork();
  [[nodiscard]] bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t next();
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace edgeherd::sim
