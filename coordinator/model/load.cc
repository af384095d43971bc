#include "coordinator/model/load.h"

#include <algorithm>

namespace edgeherd::model {

namespace {

std::optional<double> per_second(std::optional<double> grown, double span_s) {
  return grown ? std::optional(*grown / span_s) : std::nullopt;
}

// Requests out of the access log, by the log's own time: nginx writes its buffer once a second, so
// counting by arrival would see bursts that are not there.
std::optional<double> logged_rate(const CounterPoint& from, const CounterPoint& to, double span_s) {
  const auto grown = to.growth(from, CounterPoint::requests);
  if (!grown) return std::nullopt;
  const auto logged_ms = to.growth(from, CounterPoint::requests_until_ms);
  const double logged_s = logged_ms.value_or(0) / 1000;
  return *grown / (logged_s >= span_s / 2 ? logged_s : span_s);
}

}  // namespace

CounterPoint::CounterPoint(const Sample& sample) {
  set(cpu_busy_ms, sample.cpu_busy_ms);
  set(net_tx_bytes, sample.net_tx_bytes);
  set(disk_busy_ms, sample.disk_busy_ms);
  set(requests, sample.requests);
  set(requests_until_ms, sample.requests_until_ms);
  set(stub_requests, sample.stub_requests);
  set(errors_5xx, sample.errors_5xx);
}

void CounterPoint::set(Counter counter, const std::optional<std::uint64_t>& value) {
  if (!value) return;
  values_[counter] = *value;
  known_ = static_cast<std::uint8_t>(known_ | 1u << counter);
}

std::optional<double> CounterPoint::growth(const CounterPoint& from, Counter counter) const {
  const bool both = (known_ & from.known_ & 1u << counter) != 0;
  if (!both || values_[counter] < from.values_[counter]) return std::nullopt;
  return static_cast<double>(values_[counter] - from.values_[counter]);
}

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

  const CounterPoint newest(sample);
  rates_ = rates_at(sample, newest);
  keep(sample.uptime_ms, newest);
  auto fresh = latency_.replace(sample.latency);
  // The first counts of a boot are a baseline: what came before us is not news.
  if (another_boot) fresh.clear();
  return fresh;
}

Rates NodeLoad::rates_at(const Sample& sample, const CounterPoint& newest) const {
  Rates rates;
  rates.connections = sample.connections;
  if (point_count_ == 0) return rates;
  const std::size_t place = reference(sample.uptime_ms);
  const CounterPoint& from = points_[place];
  if (sample.uptime_ms <= uptimes_ms_[place]) return rates;
  const double span_s = static_cast<double>(sample.uptime_ms - uptimes_ms_[place]) / 1000;
  const auto rate = [&](CounterPoint::Counter counter) {
    return per_second(newest.growth(from, counter), span_s);
  };
  rates.requests_per_s = rate(CounterPoint::stub_requests);
  if (!rates.requests_per_s) rates.requests_per_s = logged_rate(from, newest, span_s);
  rates.errors_per_s = rate(CounterPoint::errors_5xx);
  if (const auto bytes = rate(CounterPoint::net_tx_bytes)) rates.egress_bits_per_s = *bytes * 8;
  if (const auto busy = rate(CounterPoint::disk_busy_ms)) {
    rates.disk_busy = std::min(1.0, *busy / 1000);
  }
  const auto cpu_ms = rate(CounterPoint::cpu_busy_ms);
  if (cpu_ms && sample.cpus && *sample.cpus > 0) {
    rates.cpu = std::min(1.0, *cpu_ms / 1000 / *sample.cpus);
  }
  return rates;
}

// The newest kept point that is at least rate_span old, else the oldest.
std::size_t NodeLoad::reference(std::uint64_t uptime_ms) const {
  const auto span_ms = static_cast<std::uint64_t>(millis(rate_span)) * 9 / 10;
  std::size_t place = next_point_;
  for (std::size_t i = 0; i < point_count_; ++i) {
    place = (place + kept_points - 1) % kept_points;
    if (uptime_ms >= uptimes_ms_[place] + span_ms) break;
  }
  return place;
}

void NodeLoad::keep(std::uint64_t uptime_ms, const CounterPoint& point) {
  points_[next_point_] = point;
  uptimes_ms_[next_point_] = uptime_ms;
  next_point_ = (next_point_ + 1) % kept_points;
  point_count_ = std::min<std::uint32_t>(point_count_ + 1, kept_points);
}

void LatencyWindow::add(const std::vector<BucketCount>& counts, MonoTime now) {
  if (counts.empty()) return;
  const std::int64_t number = now.time_since_epoch() / latency_slot;
  Slot& slot = slots_[static_cast<std::size_t>(number) % latency_slots];
  if (slot.number != number) {
    slot.number = number;
    slot.counts.clear();
  }
  slot.counts.add(counts);
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
