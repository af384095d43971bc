// One thread that runs jobs in order, and posts their answers to the loop.
//
// Unlike a Worker it finishes what is queued before it ends: a commit that was handed over is made.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "common/core/event_loop.h"

namespace edgeherd::store {

class JobThread {
 public:
  explicit JobThread(EventLoop& loop);
  // On the loop's thread; waits for the queued jobs. Answers not yet run are dropped.
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  // Any thread. The callers bound the number of jobs.
  void run(std::function<void()> job);
  // Any thread: `answer` runs on the loop, unless this JobThread is gone by then.
  void answer(std::function<void()> answer);

 private:
  void serve();

  EventLoop& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // used on the loop's thread only
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it starts when all the rest is there
};

}  // namespace edgeherd::store
