// A ZeroMQ socket with one owner, and errors as results. Private to this room and its tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/result.h"
#include "common/net/context.h"

namespace edgeherd::net {

class Socket {
 public:
  Socket() = default;
  // `type` is ZMQ_DEALER and the like. The socket does not linger.
  [[nodiscard]] static Result<Socket> open(Context& context, int type);
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : socket_(std::exchange(other.socket_, nullptr)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      close();
      socket_ = std::exchange(other.socket_, nullptr);
    }
    return *this;
  }

  [[nodiscard]] void* raw() const { return socket_; }
  void close();

  // `invalid` when libzmq does not take the option or the value.
  Status set(int option, int value);
  Status set(int option, std::int64_t value);
  Status set(int option, std::string_view text);
  [[nodiscard]] int get_int(int option) const;
  [[nodiscard]] std::string last_endpoint() const;

  Status bind(const std::string& endpoint);
  Status connect(const std::string& endpoint);

 private:
  explicit Socket(void* socket) : socket_(socket) {}
  void* socket_ = nullptr;
};

// What libzmq said last on this thread.
[[nodiscard]] Error zmq_failure(Errc code, std::string_view what);

}  // namespace edgeherd::net
