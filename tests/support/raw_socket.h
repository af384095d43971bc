// Blocking TCP sockets for tests that want to say exactly these bytes. Time-outs are five seconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/os/fd.h"

namespace edgeherd::test {

class RawSocket {
 public:
  explicit RawSocket(os::Fd fd) : fd_(std::move(fd)) {}
  // To 127.0.0.1; from there too, or from an address that is given.
  [[nodiscard]] static RawSocket connect(std::uint16_t port, const char* from = "127.0.0.1");

  // False when the peer no longer takes it.
  bool send(std::string_view bytes);
  // Up to `limit` bytes; empty at the end of the stream, a reset, or the time-out.
  [[nodiscard]] std::string receive(std::size_t limit = 65536);
  // Until `needle` has come (or the stream ended): all that came.
  [[nodiscard]] std::string receive_until(std::string_view needle);
  // All until the peer closes.
  [[nodiscard]] std::string receive_all();
  void shutdown_send();
  // Close with a reset instead of a proper end.
  void reset();
  // "127.0.0.1"
  [[nodiscard]] std::string peer_address() const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  os::Fd fd_;
};

class RawListener {
 public:
  RawListener();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] RawSocket accept();

 private:
  os::Fd fd_;
  std::uint16_t port_ = 0;
};

}  // namespace edgeherd::test
