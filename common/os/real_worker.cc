#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "common/os/real.h"

namespace edgeherd::os {

namespace {

struct Job {
  std::function<void()> work;
  std::function<void()> done;
};

class RealWorker final : public Worker {
 public:
  explicit RealWorker(EventLoop& loop) : loop_(loop), thread_([this] { serve(); }) {}

  ~RealWorker() override {
    *alive_ = false;
    std::deque<Job> dropped;  // destroyed here, on the loop's thread, and outside the lock
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      dropped.swap(jobs_);
    }
    wake_.notify_one();
    thread_.join();
  }

  void run(std::function<void()> work, std::function<void()> done) override {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(Job{std::move(work), std::move(done)});
    }
    wake_.notify_one();
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job.work();
      // `alive` is read and written on the loop's thread only: once the worker is gone, what
      // `done` refers to may be gone too.
      loop_.post([alive = alive_, done = std::move(job.done)] {
        if (*alive && done) done();
      });
      job = Job{};
      lock.lock();
    }
  }

  EventLoop& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it starts when all the rest is there
};

}  // namespace

std::unique_ptr<Worker> make_worker(EventLoop& loop) {
  return std::make_unique<RealWorker>(loop);
}

}  // namespace edgeherd::os
