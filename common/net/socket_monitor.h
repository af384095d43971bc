// What happens to a socket's connections, as callbacks on the loop. Private to this room.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/net/socket.h"
#include "common/net/socket_watch.h"

namespace edgeherd::net {

class SocketMonitor {
 public:
  // `event` is one of ZMQ_EVENT_*, `value` what libzmq says with it. Destroying the monitor from
  // within the callback is not allowed.
  using Handler = std::function<void(int event, std::uint32_t value)>;

  // Watches `socket`, which must outlive this, for the `events`.
  [[nodiscard]] static Result<std::unique_ptr<SocketMonitor>> start(Context& context,
                                                                    os::AsioLoop& loop,
                                                                    Socket& socket, int events,
                                                                    Handler handler);
  ~SocketMonitor();

 private:
  SocketMonitor(Socket& watched, Socket pair) : watched_(watched), pair_(std::move(pair)) {}
  bool receive_one();

  Socket& watched_;
  Socket pair_;
  Handler handler_;
  std::unique_ptr<SocketWatch> watch_;
};

}  // namespace edgeherd::net
