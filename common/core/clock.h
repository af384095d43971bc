// Time as a seam. Everything that asks for the time asks a Clock; only common/os/ knows the real
// one.
//
// MonoTime never jumps and means nothing outside its process: ages and deadlines use it.
// WallTime is UTC and may jump: it is for people, records and signatures only.
#pragma once

#include <chrono>

namespace edgeherd {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

struct MonoClockTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
};
struct WallClockTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
};

using MonoTime = std::chrono::time_point<MonoClockTag, Duration>;
using WallTime = std::chrono::time_point<WallClockTag, Duration>;  // since 1970-01-01 UTC

// Thread: implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonoTime mono() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

[[nodiscard]] constexpr double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}
[[nodiscard]] constexpr long long millis(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}
[[nodiscard]] constexpr Duration from_seconds(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}
[[nodiscard]] constexpr long long unix_millis(WallTime t) {
  return millis(t.time_since_epoch());
}
[[nodiscard]] constexpr WallTime from_unix_millis(long long ms) {
  return WallTime{std::chrono::milliseconds{ms}};
}

}  // namespace edgeherd
