#include "common/net/socket_monitor.h"

#include <atomic>
#include <cstring>

#include <zmq.h>

namespace edgeherd::net {

Result<std::unique_ptr<SocketMonitor>> SocketMonitor::start(Context& context, os::AsioLoop& loop,
                                                            Socket& socket, int events,
                                                            Handler handler) {
  static std::atomic<std::uint64_t> last{0};
  const std::string endpoint = "inproc://edgeherd.monitor." + std::to_string(++last);
  auto pair = Socket::open(context, ZMQ_PAIR);
  if (!pair.ok()) return pair.error();
  // libzmq drops events that find the queue full; ours must not be the reason.
  if (auto done = pair->set(ZMQ_RCVHWM, 0); !done.ok()) return done.error();
  if (zmq_socket_monitor(socket.raw(), endpoint.c_str(), events) != 0) {
    return zmq_failure(Errc::unavailable, "socket monitor");
  }
  if (auto done = pair->connect(endpoint); !done.ok()) return done.error();
  std::unique_ptr<SocketMonitor> monitor(new SocketMonitor(socket, std::move(*pair)));
  monitor->handler_ = std::move(handler);
  monitor->watch_ = std::make_unique<SocketWatch>(
      loop, monitor->pair_.raw(), WatchOptions{},
      [raw = monitor.get()](int) { return raw->receive_one() ? 1 : 0; });
  return monitor;
}

SocketMonitor::~SocketMonitor() {
  if (watched_.raw() != nullptr) zmq_socket_monitor(watched_.raw(), nullptr, 0);
}

bool SocketMonitor::receive_one() {
  // Two frames: a 16-bit event with its 32-bit value, in host order, and an address.
  unsigned char frame[6];
  const int size = zmq_recv(pair_.raw(), frame, sizeof frame, ZMQ_DONTWAIT);
  if (size < 0) return false;
  char address[256];
  while (pair_.get_int(ZMQ_RCVMORE) != 0) {
    zmq_recv(pair_.raw(), address, sizeof address, ZMQ_DONTWAIT);
  }
  if (size != static_cast<int>(sizeof frame)) return true;
  std::uint16_t event = 0;
  std::uint32_t value = 0;
  std::memcpy(&event, frame, sizeof event);
  std::memcpy(&value, frame + sizeof event, sizeof value);
  handler_(event, value);
  return true;
}

}  // namespace edgeherd::net
