// The real EventLoop: one Asio io_context, run by the program's main thread.
#pragma once

#include <memory>

#include "common/core/event_loop.h"

namespace boost::asio {
class io_context;
}

namespace edgeherd::os {

class AsioLoop final : public EventLoop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  void post(std::function<void()> work) override;
  TimerId at(MonoTime when, std::function<void()> work) override;
  void cancel(TimerId id) override;
  [[nodiscard]] const Clock& clock() const override;

  // Runs until stop(); also returns when SIGTERM or SIGINT came and stop_on_signals() was called.
  void run();
  // Safe from any thread.
  void stop();
  // SIGTERM and SIGINT stop the loop; SIGHUP calls `on_hangup` on the loop.
  void stop_on_signals(std::function<void()> on_hangup);

  [[nodiscard]] boost::asio::io_context& io();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::os
