// LatencySketch: counts of latencies in fixed logarithmic buckets; any quantile within 1 %.
//
// Bucket i > 0 holds the values in (floor * gamma^(i-1), floor * gamma^i], gamma = (1+a)/(1-a),
// a = 0.01, floor = 10 us; bucket 0 holds everything up to the floor, the last everything above
// about 7,700 s. The scheme is DDSketch's (Masson, Rim, Lee, VLDB 2019) with gamma fixed for the
// fleet, so that merging adds counts, loses nothing and does not depend on the order.
// Thread: a value type.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace edgeherd {

inline constexpr int sketch_buckets = 1024;
inline constexpr double sketch_relative_error = 0.01;
inline constexpr double sketch_floor_seconds = 10e-6;

// The bucket of a latency in seconds. Negative and NaN values fall into bucket 0.
[[nodiscard]] int sketch_bucket(double seconds);
// The value that stands for a bucket: within 1 % of everything in it. Seconds.
[[nodiscard]] double sketch_value(int bucket);

struct BucketCount {
  std::uint16_t bucket = 0;
  std::uint64_t count = 0;
  bool operator==(const BucketCount&) const = default;
};

// Sparse, sorted by bucket, no zero counts: how a node's counts travel and are kept.
class SparseSketch {
 public:
  void add(int bucket, std::uint64_t count);
  // Sets a bucket's count (0 removes it).
  void set(int bucket, std::uint64_t count);
  // Of many buckets at once, quickest when they are in order.
  void add(std::span<const BucketCount> counts);
  // Of many buckets at once, quickest when they are in order; gives by how much each has grown.
  std::vector<BucketCount> replace(std::span<const BucketCount> counts);
  [[nodiscard]] std::uint64_t at(int bucket) const;
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] std::span<const BucketCount> counts() const { return counts_; }
  void clear() { counts_.clear(); }
  bool operator==(const SparseSketch&) const = default;

 private:
  std::vector<BucketCount> counts_;
};

// Dense: for merging many nodes and asking for quantiles.
class LatencySketch {
 public:
  void add(int bucket, std::uint64_t count) {
    counts_[static_cast<std::size_t>(bucket)] += count;
    total_ += count;
  }
  void add_seconds(double seconds) { add(sketch_bucket(seconds), 1); }
  void merge(const LatencySketch& other);
  void merge(const SparseSketch& other);
  void clear();
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t at(int bucket) const {
    return counts_[static_cast<std::size_t>(bucket)];
  }

  // The q-quantile in seconds, q in [0, 1]; nothing when the sketch is empty.
  [[nodiscard]] std::optional<double> quantile(double q) const;

 private:
  std::array<std::uint64_t, sketch_buckets> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace edgeherd
