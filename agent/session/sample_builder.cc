#include "agent/session/sample_builder.h"

namespace edgeherd::session {

SampleBuilder::SampleBuilder(const std::string& boot_id, SampleSource& source,
                             logs::Shipper* shipper)
    : source_(source), shipper_(shipper), boot_id_(boot_id) {}

wire::Sample& SampleBuilder::next(MonoTime now, DrainState drain) {
  sample_ = wire::Sample{};
  source_.fill(sample_);
  sample_.boot_id = boot_id_;
  sample_.seq = ++seq_;
  if (sample_.uptime_ms == 0) {
    sample_.uptime_ms = static_cast<std::uint64_t>(millis(now.time_since_epoch()));
  }
  sample_.ready = sample_.ready && drain == DrainState::serving;
  if (shipper_ != nullptr) {
    const logs::ShipperTotals totals = shipper_->totals();
    sample_.log_lines_lost = totals.lines_lost;
    sample_.spool_segments = totals.spool_segments;
    sample_.spool_bytes = totals.spool_bytes;
  }
  if (seq_ % complete_every == 0) {
    fill_all_latencies();
  } else {
    fill_changed_latencies();
  }
  sent_ = source_.latency();
  return sample_;
}

void SampleBuilder::fill_all_latencies() {
  const auto counts = source_.latency().counts();
  sample_.latency.assign(counts.begin(), counts.end());
}

void SampleBuilder::fill_changed_latencies() {
  // Both are sorted, and buckets are only ever added.
  auto before = sent_.counts().begin();
  const auto end = sent_.counts().end();
  for (const BucketCount& bucket : source_.latency().counts()) {
    while (before != end && before->bucket < bucket.bucket) ++before;
    const bool same = before != end && *before == bucket;
    if (!same) sample_.latency.push_back(bucket);
  }
}

}  // namespace edgeherd::session
