#include "tests/support/raw_socket.h"

#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace edgeherd::test {

namespace {

constexpr int timeout_seconds = 5;

void limit_waiting(int fd) {
  const timeval limit{timeout_seconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

RawSocket RawSocket::connect(std::uint16_t port, const char* from) {
  os::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  limit_waiting(fd.get());
  const sockaddr_in address = loopback(port);
  sockaddr_in source = loopback(0);
  if (::inet_pton(AF_INET, from, &source.sin_addr) != 1 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0 ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connecting to a test's server failed");
  }
  return RawSocket(std::move(fd));
}

bool RawSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawSocket::receive(std::size_t limit) {
  std::string bytes(limit, '\0');
  const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string RawSocket::receive_until(std::string_view needle) {
  std::string all;
  while (all.find(needle) == std::string::npos) {
    const std::string part = receive();
    if (part.empty()) break;
    all += part;
  }
  return all;
}

std::string RawSocket::receive_all() {
  std::string all;
  for (std::string part = receive(); !part.empty(); part = receive()) all += part;
  return all;
}

void RawSocket::shutdown_send() {
  ::shutdown(fd_.get(), SHUT_WR);
}

void RawSocket::reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd_.reset();
}

std::string RawSocket::peer_address() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return text.data();
}

RawListener::RawListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  limit_waiting(fd_.get());
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd_.get(), 16) != 0 ||
      ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("listening in a test failed");
  }
  port_ = ntohs(address.sin_port);
}

RawSocket RawListener::accept() {
  os::Fd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd.open()) throw std::runtime_error("nobody connected to a test's server");
  limit_waiting(fd.get());
  return RawSocket(std::move(fd));
}

}  // namespace edgeherd::test
