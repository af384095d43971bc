#include "agent/collect/sock_diag.h"

#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/os/fd.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

// A listener on a port of the system's choice, and both ends of the connections that were made to
// it.
class Edge {
 public:
  explicit Edge(int family) : family_(family), listener_(::socket(family, SOCK_STREAM, 0)) {
    auto address = loopback(0);
    REQUIRE(::bind(listener_.get(), as_sockaddr(address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_.get(), as_sockaddr(address), &size) == 0);
    port_ = ntohs(address.sin6_port);  // at the same place in sockaddr_in
  }

  void connect() {
    os::Fd client(::socket(family_, SOCK_STREAM, 0));
    auto address = loopback(port_);
    REQUIRE(::connect(client.get(), as_sockaddr(address), sizeof address) == 0);
    ends_.push_back(std::move(client));
    ends_.emplace_back(::accept(listener_.get(), nullptr, nullptr));
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  static sockaddr* as_sockaddr(sockaddr_in6& address) {
    return reinterpret_cast<sockaddr*>(&address);
  }

  [[nodiscard]] sockaddr_in6 loopback(std::uint16_t port) const {
    sockaddr_in6 address{};
    if (family_ == AF_INET6) {
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
      address.sin6_port = htons(port);
    } else {
      auto& four = reinterpret_cast<sockaddr_in&>(address);
      four.sin_family = AF_INET;
      four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      four.sin_port = htons(port);
    }
    return address;
  }

  int family_;
  os::Fd listener_;
  std::uint16_t port_ = 0;
  std::vector<os::Fd> ends_;
};

}  // namespace

TEST_CASE("the kernel counts established connections on exactly the ports asked for") {
  Edge a(AF_INET);
  Edge b(AF_INET);
  Edge other(AF_INET);
  a.connect();
  a.connect();
  b.connect();
  other.connect();
  SockDiag diag({{a.port(), b.port(), 1}, std::nullopt});
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto count = diag.count_established();
    INFO((count ? std::string() : count.error().message));
    REQUIRE(count);
    CHECK(*count == 3);  // the listeners and the clients' ends are not on these source ports
  }
  CHECK(SockDiag({{b.port()}, std::nullopt}).count_established().value() == 1);
}

TEST_CASE("of several edges on one host only the one with our address is counted") {
  Edge edge(AF_INET);
  edge.connect();
  const std::vector<std::uint16_t> ports{edge.port()};
  CHECK(SockDiag({ports, *parse_address("127.0.0.1")}).count_established().value() == 1);
  CHECK(SockDiag({ports, *parse_address("127.0.0.2")}).count_established().value() == 0);
  CHECK_FALSE(parse_address("edge.example"));
}

TEST_CASE("IPv6 connections are counted where the machine has IPv6") {
  const os::Fd probe(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  if (!probe.open() ||
      ::bind(probe.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) != 0) {
    WARN("no IPv6 here");
    return;
  }
  Edge edge(AF_INET6);
  edge.connect();
  CHECK(SockDiag({{edge.port()}, *parse_address("::1")}).count_established().value() == 1);
  Edge four(AF_INET);
  four.connect();
  const std::vector<std::uint16_t> both{edge.port(), four.port()};
  CHECK(SockDiag({both, std::nullopt}).count_established().value() == 2);
}

TEST_CASE("more connections than one answer holds are all counted") {
  Edge edge(AF_INET);
  constexpr int connections = 300;
  for (int i = 0; i < connections; ++i) edge.connect();
  CHECK(SockDiag({{edge.port()}, std::nullopt}).count_established().value() == connections);
}

TEST_CASE("a list of no ports, or of too many, is refused") {
  CHECK(SockDiag(EdgeFilter{}).count_established().error().code == Errc::invalid);
  const std::vector<std::uint16_t> many(SockDiag::max_ports + 1, 80);
  CHECK(SockDiag({many, std::nullopt}).count_established().error().code == Errc::invalid);
  const std::vector<std::uint16_t> most(SockDiag::max_ports, 1);
  CHECK(SockDiag({most, std::nullopt}).count_established().value() == 0);
}
