#include "common/net/callers.h"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace edgeherd::net {

namespace {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

}  // namespace

bool Callers::accepted(int fd) {
  const auto from = peer_of(fd);
  if (!from) return false;
  callers_.push_back({fd, *from});
  const auto same = [&](const Caller& caller) { return caller.from == *from; };
  const auto of_address = std::count_if(callers_.begin(), callers_.end(), same);
  if (static_cast<std::size_t>(of_address) > limits_.of_address) {
    end(std::find_if(callers_.begin(), callers_.end(), same));
    return true;
  }
  if (callers_.size() <= limits_.all) return false;
  end(callers_.begin());
  return true;
}

void Callers::disconnected(int fd) {
  std::erase_if(callers_, [fd](const Caller& caller) { return caller.fd == fd; });
}

void Callers::end(List::iterator caller) {
  if (peer_of(caller->fd) == caller->from) ::shutdown(caller->fd, SHUT_RDWR);
  callers_.erase(caller);
}

std::optional<Callers::Address> Callers::peer_of(int fd) const {
  SocketAddress own{};
  SocketAddress peer{};
  socklen_t own_size = sizeof own;
  socklen_t peer_size = sizeof peer;
  if (::getsockname(fd, &own.any, &own_size) != 0) return std::nullopt;
  if (::getpeername(fd, &peer.any, &peer_size) != 0) return std::nullopt;
  Address from{};
  if (own.any.sa_family == AF_INET && ntohs(own.v4.sin_port) == port_) {
    std::memcpy(from.data(), &peer.v4.sin_addr, sizeof peer.v4.sin_addr);
    return from;
  }
  if (own.any.sa_family != AF_INET6 || ntohs(own.v6.sin6_port) != port_) return std::nullopt;
  const auto* bytes = peer.v6.sin6_addr.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&peer.v6.sin6_addr)) {
    std::memcpy(from.data(), bytes + 12, 4);
  } else {
    std::memcpy(from.data(), bytes, from.size());
  }
  return from;
}

}  // namespace edgeherd::net
