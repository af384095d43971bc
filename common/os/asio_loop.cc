#include "common/os/asio_loop.h"

#include <csignal>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/os/real.h"

namespace edgeherd::os {

namespace asio = boost::asio;

// Every timer lives in one ordered map, and one Asio timer stands for the earliest of them: the
// order of equal instants is ours, and a re-armed timer costs no system call of its own.
struct AsioLoop::State {
  using Key = std::pair<MonoTime, std::uint64_t>;

  // One thread runs the loop; others only post, which stays locked.
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer alarm{io};
  asio::signal_set signals{io};
  RealClock clock;
  std::map<Key, std::function<void()>> timers;
  std::unordered_map<std::uint64_t, MonoTime> due;
  std::uint64_t last_id = 0;
  std::optional<MonoTime> armed;
  std::function<void()> on_hangup;

  void arm() {
    if (timers.empty()) return;
    const MonoTime first = timers.begin()->first.first;
    if (armed && *armed <= first) return;
    armed = first;
    // steady_clock and RealClock::mono are both CLOCK_MONOTONIC.
    alarm.expires_at(std::chrono::steady_clock::time_point(first.time_since_epoch()));
    alarm.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      armed.reset();
      fire();
      arm();
    });
  }

  // Runs what is due now; what that work adds waits for the next turn, so that no chain of
  // immediate timers keeps the sockets from being served.
  void fire() {
    const MonoTime now = clock.mono();
    const std::uint64_t newest = last_id;
    for (auto next = timers.begin(); next != timers.end() && next->first.first <= now;) {
      if (next->first.second > newest) {
        ++next;
        continue;
      }
      const auto work_now = std::move(next->second);
      due.erase(next->first.second);
      timers.erase(next);
      work_now();
      next = timers.begin();
    }
  }

  void wait_for_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number != SIGHUP) {
        io.stop();
        return;
      }
      if (on_hangup) on_hangup();
      wait_for_signal();
    });
  }
};

AsioLoop::AsioLoop() : state_(std::make_unique<State>()) {}

AsioLoop::~AsioLoop() = default;

void AsioLoop::post(std::function<void()> work) {
  asio::post(state_->io, std::move(work));
}

TimerId AsioLoop::at(MonoTime when, std::function<void()> work) {
  const std::uint64_t id = ++state_->last_id;
  state_->timers.emplace(State::Key{when, id}, std::move(work));
  state_->due.emplace(id, when);
  state_->arm();
  return TimerId{id};
}

void AsioLoop::cancel(TimerId id) {
  const auto found = state_->due.find(static_cast<std::uint64_t>(id));
  if (found == state_->due.end()) return;
  const auto timer = state_->timers.find({found->second, found->first});
  // Destroyed at the end: what the work holds may call cancel() again.
  const auto work = std::move(timer->second);
  state_->timers.erase(timer);
  state_->due.erase(found);
}

const Clock& AsioLoop::clock() const {
  return state_->clock;
}

void AsioLoop::run() {
  state_->io.run();
  state_->io.restart();
}

void AsioLoop::stop() {
  state_->io.stop();
}

void AsioLoop::stop_on_signals(std::function<void()> on_hangup) {
  // A log pipe whose reader went away must not end the program.
  std::signal(SIGPIPE, SIG_IGN);
  state_->on_hangup = std::move(on_hangup);
  state_->signals.add(SIGTERM);
  state_->signals.add(SIGINT);
  state_->signals.add(SIGHUP);
  state_->wait_for_signal();
}

boost::asio::io_context& AsioLoop::io() {
  return state_->io;
}

}  // namespace edgeherd::os
