#include "common/sketch/latency_sketch.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace edgeherd {

namespace {

const double gamma_ratio = (1 + sketch_relative_error) / (1 - sketch_relative_error);
const double inverse_log_gamma = 1 / std::log(gamma_ratio);

auto position(std::vector<BucketCount>& counts, int bucket) {
  return std::lower_bound(counts.begin(), counts.end(), bucket,
                          [](const BucketCount& c, int b) { return c.bucket < b; });
}

// Finds buckets one after the other, each from where the last one was: a walk through both lists
// when they are asked for in order, and right in any order.
class Walk {
 public:
  explicit Walk(std::vector<BucketCount>& counts) : counts_(counts) {}

  // The bucket's entry, made if it is not there.
  BucketCount& to(std::uint16_t bucket) {
    assert(bucket < sketch_buckets);
    if (at_ > 0 && counts_[at_ - 1].bucket >= bucket) at_ = 0;
    while (at_ < counts_.size() && counts_[at_].bucket < bucket) ++at_;
    if (at_ == counts_.size() || counts_[at_].bucket != bucket) {
      counts_.insert(counts_.begin() + static_cast<std::ptrdiff_t>(at_), BucketCount{bucket, 0});
    }
    return counts_[at_++];
  }
  // After the list was changed by others.
  void restart() { at_ = 0; }

 private:
  std::vector<BucketCount>& counts_;
  std::size_t at_ = 0;
};

}  // namespace

int sketch_bucket(double seconds) {
  if (!(seconds > sketch_floor_seconds)) return 0;
  const double index = std::ceil(std::log(seconds / sketch_floor_seconds) * inverse_log_gamma);
  return static_cast<int>(std::min<double>(index, sketch_buckets - 1));
}

double sketch_value(int bucket) {
  if (bucket <= 0) return sketch_floor_seconds;
  // The harmonic middle of the bucket's bounds is within a of both.
  return sketch_floor_seconds * std::pow(gamma_ratio, bucket) * 2 / (gamma_ratio + 1);
}

void SparseSketch::add(int bucket, std::uint64_t count) {
  set(bucket, at(bucket) + count);
}

void SparseSketch::set(int bucket, std::uint64_t count) {
  assert(bucket >= 0 && bucket < sketch_buckets);
  const auto it = position(counts_, bucket);
  const bool there = it != counts_.end() && it->bucket == bucket;
  if (there && count == 0) {
    counts_.erase(it);
  } else if (there) {
    it->count = count;
  } else if (count != 0) {
    counts_.insert(it, BucketCount{static_cast<std::uint16_t>(bucket), count});
  }
}

void SparseSketch::add(std::span<const BucketCount> counts) {
  Walk walk(counts_);
  for (const BucketCount& c : counts) {
    if (c.count != 0) walk.to(c.bucket).count += c.count;
  }
}

std::vector<BucketCount> SparseSketch::replace(std::span<const BucketCount> counts) {
  std::vector<BucketCount> grown;
  grown.reserve(counts.size());
  Walk walk(counts_);
  for (const BucketCount& c : counts) {
    if (c.count == 0) {
      set(c.bucket, 0);
      walk.restart();
      continue;
    }
    BucketCount& kept = walk.to(c.bucket);
    if (c.count > kept.count) grown.push_back({c.bucket, c.count - kept.count});
    kept.count = c.count;
  }
  return grown;
}

std::uint64_t SparseSketch::at(int bucket) const {
  const auto it = position(const_cast<std::vector<BucketCount>&>(counts_), bucket);
  return it != counts_.end() && it->bucket == bucket ? it->count : 0;
}

std::uint64_t SparseSketch::total() const {
  std::uint64_t sum = 0;
  for (const BucketCount& c : counts_) sum += c.count;
  return sum;
}

void LatencySketch::merge(const LatencySketch& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
}

void LatencySketch::merge(const SparseSketch& other) {
  for (const BucketCount& c : other.counts()) add(c.bucket, c.count);
}

void LatencySketch::clear() {
  counts_.fill(0);
  total_ = 0;
}

std::optional<double> LatencySketch::quantile(double q) const {
  if (total_ == 0) return std::nullopt;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(total_ - 1);
  std::uint64_t below = 0;
  for (int i = 0; i < sketch_buckets; ++i) {
    below += at(i);
    if (static_cast<double>(below) > wanted) return sketch_value(i);
  }
  return sketch_value(sketch_buckets - 1);
}

}  // namespace edgeherd
