#include "agent/app/recent_latency.h"

namespace edgeherd::agent {

void RecentLatency::observe(MonoTime now, const SparseSketch& cumulative) {
  while (snapshots_.size() > 1 && now - snapshots_[1].at >= window) snapshots_.pop_front();
  recent_.clear();
  const SparseSketch nothing;
  const auto& before = snapshots_.empty() ? nothing : snapshots_.front().counts;
  // Both lists are sorted, and what is in the older one is in the newer one, too.
  auto old = before.counts().begin();
  const auto old_end = before.counts().end();
  for (const auto& [bucket, count] : cumulative.counts()) {
    while (old != old_end && old->bucket < bucket) ++old;
    const std::uint64_t counted = old != old_end && old->bucket == bucket ? old->count : 0;
    if (count > counted) recent_.add(bucket, count - counted);
  }
  if (snapshots_.empty() || now - snapshots_.back().at >= step) {
    snapshots_.push_back({now, cumulative});
  }
}

}  // namespace edgeherd::agent
