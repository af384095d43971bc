// What a node's samples say: rates from cumulative counters, and the window of a zone's latencies.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/prefetch.h"
#include "common/sketch/latency_sketch.h"

namespace edgeherd::model {

// One SAMPLE as facts. Counters are cumulative since boot_id; absent is absent, never 0.
struct Sample {
  std::string boot_id;
  std::uint64_t seq = 0;
  std::uint64_t uptime_ms = 0;
  bool ready = false;
  std::vector<std::string> failing;
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint64_t> cpu_busy_ms;
  std::optional<std::uint64_t> net_tx_bytes;
  std::optional<std::uint64_t> disk_busy_ms;
  std::optional<std::uint32_t> connections;
  std::optional<std::uint64_t> requests;
  std::optional<std::uint64_t> requests_until_ms;
  std::optional<std::uint64_t> stub_requests;
  std::vector<BucketCount> latency;
  std::optional<std::uint64_t> errors_5xx;
  std::uint64_t log_lines_lost = 0;
  std::uint64_t spool_segments = 0;
};

// The counters of one sample that rates are made from: 64 bytes, so that a fleet's worth of them is
// quick to walk.
class CounterPoint {
 public:
  enum Counter : std::uint8_t {
    cpu_busy_ms,
    net_tx_bytes,
    disk_busy_ms,
    requests,
    requests_until_ms,
    stub_requests,
    errors_5xx,
  };

  CounterPoint() = default;
  explicit CounterPoint(const Sample& sample);

  // The growth of a counter since `from`; nothing when one end is missing or it went backwards.
  [[nodiscard]] std::optional<double> growth(const CounterPoint& from, Counter counter) const;

 private:
  void set(Counter counter, const std::optional<std::uint64_t>& value);

  std::array<std::uint64_t, 7> values_{};
  std::uint8_t known_ = 0;  // a bit for each counter
};

// A node's rates over about `rate_span`. Each is absent until two samples of one boot gave it, and
// stays absent for a counter that went backwards (a reset is not a rate).
struct Rates {
  std::optional<double> requests_per_s;
  std::optional<double> errors_per_s;  // 5xx answers
  std::optional<double> cpu;           // share of all CPUs, 0 to 1
  std::optional<double> egress_bits_per_s;
  std::optional<double> disk_busy;  // share of time, 0 to 1
  std::optional<std::uint32_t> connections;
};

inline constexpr Duration rate_span = 2s;

class NodeLoad {
 public:
  NodeLoad() = default;
  // What was read of another one, for a plan that is made again: it folds no further samples.
  NodeLoad(const Rates& rates, std::optional<MonoTime> sampled_at)
      : sampled_at_(sampled_at), rates_(rates) {}

  // Folds a sample in and gives the latency counts that are new since the last one.
  std::vector<BucketCount> apply(const Sample& sample, MonoTime now);

  [[nodiscard]] const Rates& rates() const { return rates_; }
  [[nodiscard]] std::optional<MonoTime> sampled_at() const { return sampled_at_; }
  // What apply() touches beside the object itself.
  void prefetch_contents() const {
    prefetch(latency_.counts().data(), latency_.counts().size_bytes());
  }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }

 private:
  // A kept point, by its place in the ring.
  [[nodiscard]] std::size_t reference(std::uint64_t uptime_ms) const;
  [[nodiscard]] Rates rates_at(const Sample& sample, const CounterPoint& newest) const;
  void keep(std::uint64_t uptime_ms, const CounterPoint& point);

  static constexpr std::size_t kept_points = 5;
  // In the order in which apply() touches them.
  std::string boot_id_;
  std::uint64_t last_seq_ = 0;
  std::uint64_t duplicates_ = 0;
  std::optional<MonoTime> sampled_at_;
  std::uint32_t point_count_ = 0;
  std::uint32_t next_point_ = 0;
  std::array<std::uint64_t, kept_points> uptimes_ms_{};  // of the points
  Rates rates_;
  SparseSketch latency_;
  std::array<CounterPoint, kept_points> points_{};  // a ring
};

// Latencies of a zone over the last latency_slots * latency_slot, in slots that are forgotten one
// by one.
inline constexpr Duration latency_slot = 5s;
inline constexpr std::size_t latency_slots = 6;

class LatencyWindow {
 public:
  void add(const std::vector<BucketCount>& counts, MonoTime now);
  [[nodiscard]] LatencySketch merged(MonoTime now) const;

 private:
  struct Slot {
    std::int64_t number = -1;
    SparseSketch counts;
  };
  std::array<Slot, latency_slots> slots_;
};

}  // namespace edgeherd::model
