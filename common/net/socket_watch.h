// Serves one ZeroMQ socket on the Asio loop. Private to this room.
//
// ZMQ_FD is edge-triggered and speaks for both directions: it says "look again", not "readable".
// So: receive until nothing is left, re-read ZMQ_EVENTS after every receive and send, wait for the
// descriptor only when the events say that nothing waits, and take at most `budget` messages before
// the loop gets its turn. A slow timer looks again anyway and counts what it finds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/core/clock.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::net {

struct WatchOptions {
  int budget = 256;  // messages a turn
  // Pause after a turn that found messages: those that come meanwhile share one wake-up. 0: none.
  Duration rest{0};
  Duration safety = 1s;
};

class SocketWatch {
 public:
  // Takes up to `at_most` messages without waiting and says how many; 0 when there is none.
  using Receive = std::function<int(int at_most)>;

  // `socket` and `loop` outlive this. `receive` may destroy this watch.
  SocketWatch(os::AsioLoop& loop, void* socket, WatchOptions options, Receive receive);
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  // After a send: it may have swallowed the descriptor's edge.
  void sent();
  // Messages that only the safety timer noticed; some of them it merely met first.
  [[nodiscard]] std::uint64_t found_by_safety_timer() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::net
