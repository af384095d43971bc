// StubStatusCollector: nginx's own counters, asked for over loopback once a second.
//
// collect() shows the newest answer and asks again; there is one question at a time. An answer
// older than three seconds is absent. Thread: the loop's. The prober outlives the collector.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/collect/collector.h"
#include "agent/collect/counter_rate.h"
#include "agent/collect/prober.h"
#include "common/core/lifetime.h"

namespace edgeherd::agent {

// What one answer said, for the count of lost lines.
struct StubAnswer {
  MonoTime at{};
  WallTime wall{};
  std::uint64_t requests = 0;   // as nginx counts them
  std::uint64_t in_flight = 0;  // being read or written, without our own question
  std::uint64_t probes = 0;     // ours, all that had been sent when the answer came
};

class StubStatusCollector final : public Collector {
 public:
  StubStatusCollector(Prober& prober, const Clock& clock, std::string url);
  ~StubStatusCollector() override;

  void collect(MonoTime now, Reading& reading) override;

  // The newest answer, however old; absent before the first.
  [[nodiscard]] const std::optional<StubAnswer>& newest() const { return newest_; }
  // Why the newest question has no answer; empty when it has one.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  static constexpr Duration deadline = 900ms;
  static constexpr Duration fresh = 3s;

  void take(const Result<http::Response>& answer);

  Prober& prober_;
  const Clock& clock_;
  std::string url_;
  bool asking_ = false;
  std::optional<StubAnswer> newest_;
  std::uint64_t active_connections_ = 0;
  CounterRate requests_{OnReset::from_zero};
  CounterRate probes_;
  std::string trouble_;
  Lifetime lifetime_;
};

}  // namespace edgeherd::agent
