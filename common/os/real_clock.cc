#include <cassert>
#include <cerrno>
#include <cstdlib>

#include <sys/random.h>
#include <time.h>

#include "common/os/real.h"

namespace edgeherd::os {

namespace {

Duration read_clock(clockid_t id) {
  timespec now{};
  const int failed = clock_gettime(id, &now);
  assert(failed == 0);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

}  // namespace

MonoTime RealClock::mono() const {
  return MonoTime{read_clock(CLOCK_MONOTONIC)};
}

WallTime RealClock::wall() const {
  return WallTime{read_clock(CLOCK_REALTIME)};
}

void RealRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace edgeherd::os
