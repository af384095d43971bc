// LostLines: how many lines nginx could not write (a full disk), from stub_status.
//
// nginx counts a request in stub_status when it begins to read it. Whatever began before the time
// t - lag, was no probe of ours and is not in flight, must stand in the log at t, for nginx flushes
// after 1 s. So
//   lost(t) >= requests(t - lag) - probes(t - lag) - in_flight(t - lag) - lines(t)
// which is exact once nginx has been quiet for `lag`. The largest bound seen so far is the answer:
// never an over-count while every other location logs. It may fall short by what was in flight or
// in nginx's buffers when the first reading was taken. Thread: a value type.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/core/clock.h"

namespace edgeherd::logs {

struct StubReading {
  std::uint64_t requests = 0;   // stub_status "requests", cumulative since nginx started
  std::uint64_t in_flight = 0;  // reading + writing, less the request that asks
  std::uint64_t probes = 0;     // requests of ours that are not logged, cumulative
};

class LostLines {
 public:
  explicit LostLines(Duration lag = 3s) : lag_(lag) {}

  // Readings in order of time; `lines` is what the tailer has counted by now. A counter that went
  // back means that nginx was restarted: counting goes on from there.
  void observe(MonoTime now, const StubReading& stub, std::uint64_t lines);

  // Cumulative, never falls.
  [[nodiscard]] std::uint64_t lost() const { return settled_ + current_; }

 private:
  struct Point {
    MonoTime at{};
    std::int64_t finished = 0;  // requests - probes - in_flight since the baseline
  };

  Duration lag_;
  std::optional<StubReading> last_;
  std::uint64_t last_lines_ = 0;
  std::int64_t baseline_ = 0;  // requests - probes - in_flight where counting began
  std::uint64_t lines_baseline_ = 0;
  std::deque<Point> points_;   // at most one per reading within the lag
  std::uint64_t settled_ = 0;  // of earlier lives of nginx
  std::uint64_t current_ = 0;
};

}  // namespace edgeherd::logs
