// LostLines: how many lines nginx could not write because the disk was full, from stub_status.
//
// nginx counts a request in stub_status when it begins to read it. Whatever began before the time
// t - lag, was no probe of ours and is not in flight, must stand in the log at t, for nginx flushes
// after 1 s. So
//   missing(t) = requests(t - lag) - probes(t - lag) - in_flight(t - lag) - lines(t)
// are requests without a line. While the disk has room these are requests to locations that do not
// log (the coordinator's probe of the edge is one); their rate is learnt. From the moment at which
// the disk is full until it has room again and the lag has passed, what is missing beyond that is
// lost. Exact once nginx is quiet, but for unlogged requests that leave their usual rate meanwhile;
// under steady traffic until the disk is full up to one second of it may be counted too few.
// Thread: a value type.
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
  std::uint64_t lines = 0;      // what the tailer had counted when nginx was asked
};

enum class DiskRoom { ample, full };

class LostLines {
 public:
  explicit LostLines(Duration lag = 3s) : lag_(lag) {}

  // Readings in order of time; `lines` is what the tailer has counted by now, up to a reading's
  // period after nginx counted. A counter that went back means that nginx was restarted: counting
  // goes on from there.
  void observe(MonoTime now, const StubReading& stub, std::uint64_t lines, DiskRoom room);

  // Cumulative, never falls.
  [[nodiscard]] std::uint64_t lost() const { return settled_ + current_; }

 private:
  struct Point {
    MonoTime at{};
    std::int64_t finished = 0;  // requests - probes - in_flight since the baseline
  };
  // What was missing at some time while the disk had room.
  struct Missing {
    MonoTime at{};
    std::int64_t requests = 0;
  };

  void begin(const StubReading& stub, bool restarted);
  void settle();
  void learn(MonoTime at, std::int64_t missing);
  [[nodiscard]] std::int64_t unlogged(MonoTime now) const;

  Duration lag_;
  std::optional<StubReading> last_;
  std::uint64_t last_lines_ = 0;
  std::int64_t baseline_ = 0;  // requests - probes - in_flight where counting began
  std::uint64_t lines_baseline_ = 0;
  std::deque<Point> points_;   // at most one per reading within the lag
  std::deque<Missing> usual_;  // of the newest minute with room, one per reading
  std::optional<MonoTime> full_since_;
  std::optional<MonoTime> room_since_;             // while what was full is being settled
  std::optional<std::int64_t> lowest_since_room_;  // missing without lag, beyond the unlogged ones
  std::uint64_t settled_ = 0;                      // of earlier full disks
  std::uint64_t current_ = 0;
};

}  // namespace edgeherd::logs
