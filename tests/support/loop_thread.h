// A real loop on a thread of its own, for tests whose other half blocks.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "common/os/asio_loop.h"

namespace edgeherd::test {

class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.run(); }) {}
  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  // Runs `work` on the loop and waits for what it returns.
  template <class Work>
  auto run(Work work) -> decltype(work()) {
    std::promise<decltype(work())> promise;
    auto future = promise.get_future();
    loop_.post([&promise, &work] {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        promise.set_value();
      } else {
        promise.set_value(work());
      }
    });
    return future.get();
  }

  // Calls `start(done)` on the loop and waits until `done` was called.
  template <class T>
  T wait_for(const std::function<void(std::function<void(T)>)>& start) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    loop_.post(
        [promise, start] { start([promise](T value) { promise->set_value(std::move(value)); }); });
    return future.get();
  }

  [[nodiscard]] os::AsioLoop& loop() { return loop_; }

 private:
  os::AsioLoop loop_;
  std::thread thread_;
};

}  // namespace edgeherd::test
