#include "common/core/one_by_one.h"

namespace edgeherd {

void OneByOne::begin(std::function<void()> work) {
  queue_.push_back(std::move(work));
  if (queue_.size() == 1) run_first();
}

void OneByOne::run_first() {
  loop_.post(lifetime_.bind([this] {
    // Its place in the queue is kept until it ends; it may end, and go, while it runs.
    const auto work = std::exchange(queue_.front(), nullptr);
    work();
  }));
}

void OneByOne::let_next() {
  queue_.pop_front();
  if (!queue_.empty()) run_first();
}

}  // namespace edgeherd
