// CounterRate: growth and rate of a kernel counter that may wrap, reset or go missing.
//
// The first value is the base line. A fall from the top quarter of 32 bits to the bottom quarter is
// a wrap (old kernels and drivers count in 32 bits); any other fall is a reset. What grew across a
// reset is unknown, so `OnReset::skip` adds nothing and has no rate for that interval; a counter
// that is known to start from zero with its program (nginx) may say `from_zero`.
// Thread: a value type with one owner.
#pragma once

#include <cstdint>
#include <optional>

#include "common/core/clock.h"

namespace edgeherd::agent {

enum class OnReset { skip, from_zero };

class CounterRate {
 public:
  CounterRate() = default;
  explicit CounterRate(OnReset on_reset) : on_reset_(on_reset) {}

  // Takes one reading. `now` does not run backwards.
  void feed(MonoTime now, std::uint64_t raw);

  // Growth seen since the first reading; never falls.
  [[nodiscard]] std::uint64_t total() const { return total_; }
  // Growth of the last interval; absent after the first reading and after a reset that was skipped.
  [[nodiscard]] std::optional<std::uint64_t> growth() const { return growth_; }
  // The same per second; absent too when no time passed.
  [[nodiscard]] std::optional<double> per_second() const;

 private:
  OnReset on_reset_ = OnReset::skip;
  bool primed_ = false;
  std::uint64_t last_ = 0;
  MonoTime last_at_{};
  std::uint64_t total_ = 0;
  Duration interval_{};
  std::optional<std::uint64_t> growth_;
};

}  // namespace edgeherd::agent
