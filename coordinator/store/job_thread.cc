#include "coordinator/store/job_thread.h"

#include <utility>

namespace edgeherd::store {

JobThread::JobThread(EventLoop& loop) : loop_(loop), thread_([this] { serve(); }) {}

JobThread::~JobThread() {
  *alive_ = false;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void JobThread::run(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void JobThread::answer(std::function<void()> answer) {
  loop_.post([alive = alive_, work = std::move(answer)] {
    if (*alive) work();
  });
}

void JobThread::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace edgeherd::store
