// The real twins of the seams in common/core. Only this folder asks the system for time or entropy.
#pragma once

#include <memory>

#include "common/core/clock.h"
#include "common/core/event_loop.h"
#include "common/core/file_system.h"
#include "common/core/random.h"

namespace edgeherd::os {

class RealClock final : public Clock {
 public:
  [[nodiscard]] MonoTime mono() const override;  // CLOCK_MONOTONIC
  [[nodiscard]] WallTime wall() const override;  // CLOCK_REALTIME
};

// getrandom(2); stops the program if the kernel has no entropy to give.
class RealRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

[[nodiscard]] std::unique_ptr<FileSystem> make_file_system();

// One thread of its own; `done` is posted to `loop`, which must outlive the worker.
// Destruction waits for the running job and drops those that have not begun.
[[nodiscard]] std::unique_ptr<Worker> make_worker(EventLoop& loop);

}  // namespace edgeherd::os
