// Runs the real loop in a test until something has happened, or for as long as a test may wait.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "common/os/asio_loop.h"
#include "tests/support/catch.h"

namespace edgeherd::test {

inline constexpr Duration patience = 30s;

class RealLoop {
 public:
  [[nodiscard]] EventLoop& loop() { return loop_; }
  [[nodiscard]] os::AsioLoop& asio() { return loop_; }

  // False when `happened` was still false after `limit`.
  [[nodiscard]] bool run_until(const std::function<bool()>& happened, Duration limit = patience) {
    const MonoTime end = loop_.clock().mono() + limit;
    while (!happened() && loop_.clock().mono() < end) run_for(2ms);
    return happened();
  }

  void run_for(Duration time) {
    loop_.after(time, [this] { loop_.stop(); });
    loop_.run();
  }

 private:
  os::AsioLoop loop_;
};

// Starts an asynchronous call and gives what its `done` was called with.
//   const auto listed = await<Result<std::vector<Vm>>>(world, [&](auto done) { p.list(done); });
// World is RealLoop, or a simulated one with the same run_until().
template <class T, class World>
T await(World& world, const std::function<void(std::function<void(T)>)>& start) {
  auto answer = std::make_shared<std::optional<T>>();
  start([answer](T value) {
    REQUIRE_FALSE(answer->has_value());  // `done` is called exactly once
    answer->emplace(std::move(value));
  });
  REQUIRE_FALSE(answer->has_value());  // and never inline
  REQUIRE(world.run_until([&] { return answer->has_value(); }));
  return std::move(**answer);
}

}  // namespace edgeherd::test
