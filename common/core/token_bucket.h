// A rate budget: `rate` tokens a second, at most `burst` saved up. Time comes in as an argument.
#pragma once

#include <algorithm>

#include "common/core/clock.h"

namespace edgeherd {

class TokenBucket {
 public:
  // Starts full.
  TokenBucket(double rate_per_second, double burst)
      : rate_(rate_per_second), burst_(burst), tokens_(burst) {}

  // Takes `count` tokens if they are there; otherwise takes none and answers false.
  [[nodiscard]] bool take(MonoTime now, double count) {
    refill(now);
    if (tokens_ < count) return false;
    tokens_ -= count;
    return true;
  }

  [[nodiscard]] double available(MonoTime now) {
    refill(now);
    return tokens_;
  }

  // From now on; what was saved up stays, up to the new burst.
  void set(MonoTime now, double rate_per_second, double burst) {
    refill(now);
    rate_ = rate_per_second;
    burst_ = burst;
    tokens_ = std::min(tokens_, burst_);
  }

 private:
  void refill(MonoTime now) {
    if (now > last_) tokens_ = std::min(burst_, tokens_ + rate_ * seconds(now - last_));
    last_ = std::max(last_, now);
  }

  double rate_;
  double burst_;
  double tokens_;
  MonoTime last_{};
};

}  // namespace edgeherd
