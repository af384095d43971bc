// GrowthSum: one figure over several devices of which any may come, go or reset.
//
// The total adds up growth alone, so that it never falls when a device leaves. Each interval is
// begin(), then add() for each device that was read. Thread: one owner.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/collect/counter_rate.h"

namespace edgeherd::agent {

class GrowthSum {
 public:
  void begin() {
    devices_ = 0;
    rate_.reset();
  }

  // `counter` was fed in this interval.
  void add(const CounterRate& counter) {
    ++devices_;
    total_ += counter.growth().value_or(0);
    if (const auto rate = counter.per_second()) rate_ = rate_.value_or(0) + *rate;
  }

  // Absent while no device was read in this interval.
  [[nodiscard]] std::optional<std::uint64_t> total() const {
    return devices_ > 0 ? std::optional(total_) : std::nullopt;
  }
  // Over the devices that have a rate; absent when none has.
  [[nodiscard]] std::optional<double> per_second() const { return rate_; }

 private:
  std::uint64_t total_ = 0;
  int devices_ = 0;
  std::optional<double> rate_;
};

}  // namespace edgeherd::agent
