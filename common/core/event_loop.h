// EventLoop: the one thread on which a program's logic runs, real (Asio) or simulated (virtual
// time).
//
// Thread: everything is called on the loop's thread, except post(), which any thread may call.
// Owner: whoever passes a callback keeps what it refers to alive until it ran or was cancelled.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "common/core/clock.h"

namespace edgeherd {

enum class TimerId : std::uint64_t { none = 0 };

class EventLoop {
 public:
  virtual ~EventLoop() = default;

  // Runs `work` soon, after what is running now. Never runs it inline.
  virtual void post(std::function<void()> work) = 0;

  // Runs `work` at `when`, or soon if that has passed. Timers of one instant run in order of
  // creation.
  virtual TimerId at(MonoTime when, std::function<void()> work) = 0;

  // After this the timer's work does not run. Unknown, past and `none` ids are ignored.
  virtual void cancel(TimerId id) = 0;

  [[nodiscard]] virtual const Clock& clock() const = 0;

  TimerId after(Duration delay, std::function<void()> work) {
    return at(clock().mono() + delay, std::move(work));
  }
};

// Slow, blocking work (hashing, compressing, talking to a disk) off the loop's thread.
//
// `work` runs elsewhere and must touch nothing that the loop owns; `done` then runs on the loop.
// Jobs of one Worker run one after the other, in order. In a simulation both run in virtual time.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual void run(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace edgeherd
