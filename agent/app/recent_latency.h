// RecentLatency: quantiles of about the last minute, out of counts that only grow.
//
// Keeps a copy of the counts every ten seconds and subtracts the one of a minute ago; a few hundred
// entries each. Thread: one owner.
#pragma once

#include <deque>
#include <optional>

#include "common/core/clock.h"
#include "common/sketch/latency_sketch.h"

namespace edgeherd::agent {

class RecentLatency {
 public:
  static constexpr Duration window = 60s;
  static constexpr Duration step = 10s;

  // `cumulative` never falls. Call it at least every few seconds.
  void observe(MonoTime now, const SparseSketch& cumulative);

  // Absent when the window is empty. Seconds.
  [[nodiscard]] std::optional<double> quantile(double q) const { return recent_.quantile(q); }

 private:
  struct Snapshot {
    MonoTime at{};
    SparseSketch counts;
  };

  std::deque<Snapshot> snapshots_;  // at most window / step + 1
  LatencySketch recent_;
};

}  // namespace edgeherd::agent
