// Exponential back-off with full jitter: the n-th wait is uniform in [base/2, min(cap, base *
// 2^n)].
#pragma once

#include "common/core/clock.h"
#include "common/core/random.h"

namespace edgeherd {

class Backoff {
 public:
  Backoff(Duration base, Duration cap) : base_(base), cap_(cap) {}

  // The next wait; each call doubles the upper bound until the cap.
  [[nodiscard]] Duration next(Random& random);
  void reset() { failures_ = 0; }
  [[nodiscard]] int failures() const { return failures_; }

 private:
  Duration base_;
  Duration cap_;
  int failures_ = 0;
};

}  // namespace edgeherd
