// The Worker of a simulation: a job takes a given time, then runs, and its `done` right after.
//
// Thread: the loop's. Destruction drops what has not run, as a crash would.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "common/core/event_loop.h"

namespace edgeherd::sim {

class SimWorker final : public Worker {
 public:
  SimWorker(EventLoop& loop, Duration job_time) : loop_(loop), job_time_(job_time) {}

  // Counts from the next job on.
  void set_job_time(Duration job_time) { job_time_ = job_time; }

  void run(std::function<void()> work, std::function<void()> done) override {
    free_at_ = std::max(free_at_, loop_.clock().mono()) + job_time_;
    const std::weak_ptr<bool> alive = alive_;
    loop_.at(free_at_, [alive, job = std::move(work), after = std::move(done)] {
      if (alive.expired()) return;
      job();
      if (after && !alive.expired()) after();
    });
  }

 private:
  EventLoop& loop_;
  Duration job_time_;
  MonoTime free_at_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edgeherd::sim
