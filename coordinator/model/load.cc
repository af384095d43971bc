#include "coordinator/model/load.h"

#include <algorithm>

namespace edgeherd::model {

namespace {

using Counter = std::optional<std::uint64_t>;

// The growth of a counter; nothing when one end is missing or it went backwards.
std::optional<double> growth(const Counter& from, const Counter& to) {
  if (!from || !to || *to < *from) return std::nullopt;
  return static_cast<double>(*to - *from);
}

std::optional<double> per_second(const Counter& from, const Counter& to, double span_s) {
  const auto grown = growth(from, to);
  return grown ? std::optional(*grown / span_s) : std::nullopt;
}

// Requests out of the access log, by the log's own time: nginx writes its buffer once a second, so
// counting by arrival would see bursts that are not there.
std::optional<double> logged_rate(const CounterPoint& from, const CounterPoint& to, double span_s) {
  const auto grown = growth(from.requests, to.requests);
  if (!grown) return std::nullopt;
  const auto logged_ms = growth(from.requests_until_ms, to.requests_until_ms);
  const double logged_s = logged_ms.value_or(0) / 1000;
  return *grown / (logged_s >= span_s / 2 ? logged_s : span_s);
}

CounterPoint point_of(const Sample& s) {
  return CounterPoint{s.uptime_ms,     s.cpu_busy_ms, s.net_tx_bytes,
                      s.disk_busy_ms,  s.requests,    s.requests_until_ms,
                      s.stub_requests, s.errors_5xx,  s.cpus};
}

Rates rates_between(const CounterPoint& from, const CounterPoint& to) {
  Rates rates;
  if (to.uptime_ms <= from.uptime_ms) return rates;
  const double span_s = static_cast<double>(to.uptime_ms - from.uptime_ms) / 1000;
  rates.requests_per_s = per_second(from.stub_requests, to.stub_requests, span_s);
  if (!rates.requests_per_s) rates.requests_per_s = logged_rate(from, to, span_s);
  rates.errors_per_s = per_second(from.errors_5xx, to.errors_5xx, span_s);
  if (const auto bytes = per_second(from.net_tx_bytes, to.net_tx_bytes, span_s)) {
    rates.egress_bits_per_s = *bytes * 8;
  }
  if (const auto busy = per_second(from.disk_busy_ms, to.disk_busy_ms, span_s)) {
    rates.disk_busy = std::min(1.0, *busy / 1000);
  }
  const auto cpu_ms = per_second(from.cpu_busy_ms, to.cpu_busy_ms, span_s);
  if (cpu_ms && to.cpus && *to.cpus > 0) rates.cpu = std::min(1.0, *cpu_ms / 1000 / *to.cpus);
  return rates;
}

}  // namespace

std::vector<BucketCount> NodeLoad::apply(const Sample& sample, MonoTime now) {
  const bool another_boot = sample.boot_id != boot_id_;
  if (another_boot) {
    boot_id_ = sample.boot_id;
    last_seq_ = 0;
    point_count_ = 0;
    latency_.clear();
  }
  if (sample.seq <= last_seq_) {  // doubled or overtaken on the way: nothing new in it
    ++duplicates_;
    return {};
  }
  last_seq_ = sample.seq;
  sampled_at_ = now;

  const CounterPoint newest = point_of(sample);
  rates_ = point_count_ == 0 ? Rates{} : rates_between(reference(newest), newest);
  rates_.connections = sample.connections;
  keep(newest);
  return fold_latency(sample.latency, another_boot);
}

// The newest kept point that is at least rate_span old, else the oldest.
const CounterPoint& NodeLoad::reference(const CounterPoint& newest) const {
  const auto span_ms = static_cast<std::uint64_t>(millis(rate_span)) * 9 / 10;
  for (std::size_t i = point_count_; i-- > 0;) {
    if (newest.uptime_ms >= points_[i].uptime_ms + span_ms) return points_[i];
  }
  return points_[0];
}

void NodeLoad::keep(const CounterPoint& point) {
  if (point_count_ == kept_points) {
    std::move(points_.begin() + 1, points_.end(), points_.begin());
    --point_count_;
  }
  points_[point_count_++] = point;
}

// The first counts of a boot are a baseline: what came before us is not news.
std::vector<BucketCount> NodeLoad::fold_latency(const std::vector<BucketCount>& counts,
                                                bool baseline) {
  std::vector<BucketCount> fresh;
  for (const BucketCount& c : counts) {
    const std::uint64_t before = latency_.at(c.bucket);
    if (!baseline && c.count > before) fresh.push_back({c.bucket, c.count - before});
    latency_.set(c.bucket, c.count);
  }
  return fresh;
}

void LatencyWindow::add(const std::vector<BucketCount>& counts, MonoTime now) {
  if (counts.empty()) return;
  const std::int64_t number = now.time_since_epoch() / latency_slot;
  Slot& slot = slots_[static_cast<std::size_t>(number) % latency_slots];
  if (slot.number != number) {
    slot.number = number;
    slot.counts.clear();
  }
  for (const BucketCount& c : counts) slot.counts.add(c.bucket, c.count);
}

LatencySketch LatencyWindow::merged(MonoTime now) const {
  const std::int64_t newest = now.time_since_epoch() / latency_slot;
  LatencySketch sum;
  for (const Slot& slot : slots_) {
    if (slot.number > newest - static_cast<std::int64_t>(latency_slots) && slot.number <= newest) {
      sum.merge(slot.counts);
    }
  }
  return sum;
}

}  // namespace edgeherd::model
