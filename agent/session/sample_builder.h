// SampleBuilder: one SAMPLE after the other: numbers them and picks the latency buckets that
// changed. Thread: the loop's.
#pragma once

#include <string>

#include "agent/logs/shipper.h"
#include "agent/session/session.h"
#include "common/sketch/latency_sketch.h"
#include "common/wire/messages.h"

namespace edgeherd::session {

inline constexpr std::uint64_t complete_every = 30;  // samples: then all buckets travel

class SampleBuilder {
 public:
  SampleBuilder(const std::string& boot_id, SampleSource& source, logs::Shipper* shipper);

  // The next sample, with the buckets that changed since the one before. Valid until the next call.
  [[nodiscard]] wire::Sample& next(MonoTime now, DrainState drain);
  // Puts all buckets into it.
  void fill_all_latencies();

 private:
  void fill_changed_latencies();

  SampleSource& source_;
  logs::Shipper* shipper_;
  wire::Sample sample_;
  SparseSketch sent_;  // as the newest sample knew them
  std::string boot_id_;
  std::uint64_t seq_ = 0;
};

}  // namespace edgeherd::session
