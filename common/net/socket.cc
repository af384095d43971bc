#include "common/net/socket.h"

#include <array>
#include <cerrno>

#include <zmq.h>

namespace edgeherd::net {

Error zmq_failure(Errc code, std::string_view what) {
  return fail(code, std::string(what) + ": " + zmq_strerror(zmq_errno()));
}

Result<std::unique_ptr<Context>> Context::make(int io_threads) {
  if (zmq_has("curve") != 1) {
    return fail(Errc::unavailable, "this libzmq was built without CURVE");
  }
  void* raw = zmq_ctx_new();
  if (raw == nullptr) return zmq_failure(Errc::unavailable, "ZeroMQ context");
  std::unique_ptr<Context> context(new Context(raw));
  if (zmq_ctx_set(raw, ZMQ_IO_THREADS, io_threads) != 0) {
    return zmq_failure(Errc::invalid, "ZeroMQ io threads");
  }
  return context;
}

Context::~Context() {
  while (zmq_ctx_term(context_) != 0 && zmq_errno() == EINTR) {
  }
}

Result<Socket> Socket::open(Context& context, int type) {
  Socket socket(zmq_socket(context.raw(), type));
  if (socket.socket_ == nullptr) return zmq_failure(Errc::exhausted, "ZeroMQ socket");
  if (auto done = socket.set(ZMQ_LINGER, 0); !done.ok()) return done.error();
  return socket;
}

void Socket::close() {
  if (socket_ != nullptr) zmq_close(std::exchange(socket_, nullptr));
}

Status Socket::set(int option, int value) {
  if (zmq_setsockopt(socket_, option, &value, sizeof value) == 0) return {};
  return zmq_failure(Errc::invalid, "ZeroMQ option " + std::to_string(option));
}

Status Socket::set(int option, std::int64_t value) {
  if (zmq_setsockopt(socket_, option, &value, sizeof value) == 0) return {};
  return zmq_failure(Errc::invalid, "ZeroMQ option " + std::to_string(option));
}

Status Socket::set(int option, std::string_view text) {
  if (zmq_setsockopt(socket_, option, text.data(), text.size()) == 0) return {};
  return zmq_failure(Errc::invalid, "ZeroMQ option " + std::to_string(option));
}

int Socket::get_int(int option) const {
  int value = 0;
  std::size_t size = sizeof value;
  const int done = zmq_getsockopt(socket_, option, &value, &size);
  assert(done == 0);
  return value;
}

std::string Socket::last_endpoint() const {
  std::array<char, 256> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) return {};
  return text.data();
}

Status Socket::bind(const std::string& endpoint) {
  if (zmq_bind(socket_, endpoint.c_str()) == 0) return {};
  return zmq_failure(Errc::unavailable, "listening on " + endpoint);
}

Status Socket::connect(const std::string& endpoint) {
  if (zmq_connect(socket_, endpoint.c_str()) == 0) return {};
  return zmq_failure(Errc::invalid, "connecting to " + endpoint);
}

}  // namespace edgeherd::net
