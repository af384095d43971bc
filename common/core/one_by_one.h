// OneByOne: work that takes several turns of the loop, each waiting for the one before it.
//
// For an owner whose calls must not overlap: what one has read is still so when it writes. Thread:
// the loop's. What waits is dropped with the queue.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "common/core/event_loop.h"
#include "common/core/lifetime.h"

namespace edgeherd {

class OneByOne {
 public:
  explicit OneByOne(EventLoop& loop) : loop_(loop) {}

  // Runs `work` once all before it have ended, never inline. It ends with end(), at once or later.
  void begin(std::function<void()> work);

  // The work under way has ended with this answer. `done` may begin more, or destroy the queue.
  template <class Done, class Value>
  void end(const Done& done, Value value) {
    let_next();
    done(std::move(value));
  }

 private:
  void run_first();
  void let_next();

  EventLoop& loop_;
  std::deque<std::function<void()>> queue_;  // the first one is under way
  Lifetime lifetime_;
};

}  // namespace edgeherd
