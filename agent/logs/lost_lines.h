// LostLines: how many lines nginx could not write because the disk was full, or read-only, from
// stub_status.
//
// stub_status tells how many requests had ended at a moment T, and the lines' own times how many of
// those are in the log. nginx writes a line a second after its request has ended at the latest:
// with a lag longer than that,
//   missing(T) = requests(T) - probes(T) - in_flight(T) - lines of requests that ended by T
// are requests without a line, whatever the traffic. While the disk has room these are requests to
// locations that do not log (the coordinator's probe of the edge is one); their number and rate are
// learnt. From the moment at which the disk is full until it has room again and the lag has passed,
// what is missing beyond that is lost. Exact but for unlogged requests that leave their usual rate
// meanwhile. Without $msec in the log format, lines count as older than any T: under traffic up to
// the lag's requests may then be counted too few. Thread: a value type.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "common/core/clock.h"

namespace edgeherd::logs {

struct StubReading {
  std::uint64_t requests = 0;   // stub_status "requests", cumulative since nginx started
  std::uint64_t in_flight = 0;  // reading + writing, less the request that asks
  std::uint64_t probes = 0;     // requests of ours that are not logged, cumulative
  std::uint64_t unix_ms = 0;    // when nginx answered, by the clock of its log lines
};

enum class DiskRoom { ample, full };  // full: or read-only

class LostLines {
 public:
  // Lines read so far whose requests had ended by that moment (Unix ms). Called by observe alone.
  using LinesUntil = std::function<std::uint64_t(std::uint64_t unix_ms)>;

  explicit LostLines(Duration lag = 3s) : lag_(lag) {}

  // Readings in order of time. A counter that went back means that nginx was restarted: counting
  // goes on from there.
  void observe(MonoTime now, const StubReading& stub, const LinesUntil& lines_until, DiskRoom room);

  // Cumulative, never falls.
  [[nodiscard]] std::uint64_t lost() const { return settled_ + current_; }

 private:
  // A reading whose lines may not all be there yet.
  struct Point {
    MonoTime at{};
    std::uint64_t unix_ms = 0;
    std::int64_t ended = 0;  // requests - probes - in_flight
  };
  // What was missing at some time while the disk had room. Lines were counted from another moment
  // on than requests: only differences mean something.
  struct Missing {
    MonoTime at{};
    std::int64_t requests = 0;
  };

  void begin_anew(MonoTime now);
  void note(DiskRoom room, MonoTime now);
  void take(MonoTime at, std::int64_t missing);
  void learn(MonoTime at, std::int64_t missing);
  void settle();
  [[nodiscard]] std::int64_t unlogged(MonoTime at) const;

  Duration lag_;
  std::optional<StubReading> last_;
  std::uint64_t last_lines_ = 0;
  std::deque<Point> points_;   // at most one per reading within the lag
  std::deque<Missing> usual_;  // of the newest minute with room, one per reading
  std::optional<MonoTime> full_since_;
  std::optional<MonoTime> room_since_;  // while what was full is being settled
  std::uint64_t settled_ = 0;           // of earlier full disks
  std::uint64_t current_ = 0;
};

}  // namespace edgeherd::logs
