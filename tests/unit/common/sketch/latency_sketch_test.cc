#include "common/sketch/latency_sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

// Latencies as they are: log-normal around 5 ms, with a long tail.
std::vector<double> latencies(std::size_t count, std::uint64_t seed) {
  sim::SimRandom random(seed);
  std::vector<double> values(count);
  for (double& value : values) {
    const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
    value = 0.005 * std::exp(1.5 * radius * std::cos(6.283185307179586 * random.unit()));
  }
  return values;
}

double exact(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

}  // namespace

TEST_CASE("every quantile is within one per cent of the exact one") {
  const auto values = latencies(100'000, 1);
  LatencySketch sketch;
  for (const double value : values) sketch.add_seconds(value);
  CHECK(sketch.total() == values.size());
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(q);
    // 1e-4 beyond the error of a bucket: the rank falls between two neighbours.
    CHECK(*sketch.quantile(q) == Approx(exact(values, q)).epsilon(sketch_relative_error + 1e-4));
  }
}

TEST_CASE("the quantile of merged nodes is the quantile of all their requests") {
  std::vector<double> all;
  LatencySketch merged;
  LatencySketch whole;
  for (std::uint64_t node = 0; node < 20; ++node) {
    SparseSketch sparse;
    for (const double value : latencies(500 * (node + 1), node)) {
      all.push_back(value);
      sparse.add(sketch_bucket(value), 1);
      whole.add_seconds(value);
    }
    merged.merge(sparse);
  }
  CHECK(merged.total() == all.size());
  CHECK(merged.quantile(0.99) == whole.quantile(0.99));
  CHECK(*merged.quantile(0.99) == Approx(exact(all, 0.99)).epsilon(0.0101));
}

TEST_CASE("a bucket's value is within one per cent of all that falls into it") {
  for (double value = sketch_floor_seconds * 1.001; value < 7000; value *= 1.003) {
    const int bucket = sketch_bucket(value);
    CHECK(sketch_value(bucket) == Approx(value).epsilon(sketch_relative_error * 1.001));
    CHECK(sketch_bucket(value * 1.03) > bucket);
  }
}

TEST_CASE("strange values have a bucket, too") {
  CHECK(sketch_bucket(0) == 0);
  CHECK(sketch_bucket(-1) == 0);
  CHECK(sketch_bucket(std::numeric_limits<double>::quiet_NaN()) == 0);
  CHECK(sketch_bucket(1e300) == sketch_buckets - 1);
  CHECK(sketch_bucket(std::numeric_limits<double>::infinity()) == sketch_buckets - 1);
}

TEST_CASE("an empty sketch has no quantile") {
  LatencySketch sketch;
  CHECK_FALSE(sketch.quantile(0.5).has_value());
  sketch.add_seconds(0.1);
  CHECK(sketch.quantile(0.5).has_value());
  sketch.clear();
  CHECK_FALSE(sketch.quantile(0.5).has_value());
}

TEST_CASE("a sparse sketch is sorted, has no zero counts, and adds up") {
  SparseSketch sketch;
  for (const int bucket : {500, 3, 700, 3, 500}) sketch.add(bucket, 2);
  sketch.set(600, 9);
  sketch.set(700, 0);
  sketch.add(10, 0);
  CHECK(sketch.total() == 17);
  CHECK(sketch.at(3) == 4);
  CHECK(sketch.at(700) == 0);
  CHECK(std::ranges::is_sorted(sketch.counts(), {}, &BucketCount::bucket));
  CHECK(sketch.counts().size() == 3);
}

TEST_CASE("many buckets at once are as each by itself, in any order") {
  const std::vector<BucketCount> first = {{3, 2}, {500, 4}, {700, 1}};
  const std::vector<BucketCount> unordered = {{700, 5}, {2, 1}, {500, 0}, {3, 3}, {3, 1}, {900, 7}};
  SparseSketch at_once;
  SparseSketch one_by_one;
  for (const auto* counts : {&first, &unordered, &first}) {
    at_once.add(*counts);
    for (const BucketCount& c : *counts) one_by_one.add(c.bucket, c.count);
    CHECK(at_once == one_by_one);
  }
}

TEST_CASE("replaced counts tell their growth, and forget what is no more") {
  SparseSketch sketch;
  const std::vector<BucketCount> first = {{3, 2}, {500, 4}, {700, 1}};
  CHECK(sketch.replace(first) == first);
  CHECK(sketch.replace(first).empty());
  const std::vector<BucketCount> unordered = {{700, 5}, {2, 1}, {500, 0}, {3, 1}, {900, 7}};
  CHECK(sketch.replace(unordered) == std::vector<BucketCount>{{700, 4}, {2, 1}, {900, 7}});
  SparseSketch wanted;
  for (const auto& [bucket, count] : {BucketCount{2, 1}, {3, 1}, {700, 5}, {900, 7}}) {
    wanted.set(bucket, count);
  }
  CHECK(sketch == wanted);
}
