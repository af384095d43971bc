// Ports on which honest peers do not stay: who only connects keeps nobody out.
#include <deque>

#include <zmq.h>

#include "tests/support/raw_socket.h"
#include "tests/unit/common/net/net_rig.h"

using namespace edgeherd;
using namespace edgeherd::net;
using namespace edgeherd::net::test;
using edgeherd::test::RawSocket;

namespace {

struct Port {
  Rig rig;
  std::unique_ptr<RouterSocket> router;
  std::deque<RawSocket> silent;

  Port(int connections, int of_address) {
    auto options = rig.router_options(enroll_domain);
    options.connection_limit = connections;
    options.address_limit = of_address;
    options.full_pause = 20ms;
    router = rig.listen(options);
  }
  [[nodiscard]] std::uint16_t number() const {
    const std::string& endpoint = router->endpoint();
    return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
  }
  // Without letting the loop turn.
  void call(const std::string& from) {
    silent.push_back(RawSocket::connect(number(), from.c_str()));
  }
  void call_and_be_seen(const std::string& from) {
    const auto before = router->counters().accepted;
    call(from);
    REQUIRE(rig.until([&] { return router->counters().accepted > before; }));
  }
  [[nodiscard]] std::unique_ptr<DealerLink> honest() {
    return rig.dial(rig.dealer_options(*router, *make_key_pair()));
  }
};

}  // namespace

TEST_CASE("One address that connects without end pushes out itself alone") {
  Port port(100, 3);
  const auto before = port.honest();
  REQUIRE(port.rig.until([&] { return before->connected(); }));
  for (int i = 0; i < 40; ++i) port.call_and_be_seen("127.0.0.2");
  CHECK(port.router->counters().made_room == 37);
  REQUIRE(port.rig.until([&] { return port.router->connections() <= 4; }));
  CHECK(before->connected());
  const auto after = port.honest();
  REQUIRE(port.rig.until([&] { return after->connected(); }));
  CHECK(port.rig.count(LinkEvent::disconnected) == 0);
  CHECK(port.router->counters().times_full == 0);
}

TEST_CASE("Of many addresses the oldest connection makes room for each that comes") {
  Port port(20, 3);
  for (int i = 2; i < 60; ++i) port.call_and_be_seen("127.0.0." + std::to_string(i));
  const auto honest = port.honest();
  REQUIRE(port.rig.until([&] { return honest->connected(); }));
  CHECK(port.router->counters().made_room >= 49);
  CHECK(port.silent.front().receive_all().size() <= 64);  // a greeting, and the end
  REQUIRE(honest->send("hello").ok());
  CHECK(port.rig.until([&] { return port.rig.received.size() == 1; }));
  CHECK(port.router->counters().times_full == 0);
}

TEST_CASE("A port that fills faster than room is made drops everybody and listens afresh") {
  Port port(6, 3);
  for (int i = 0; i < 30; ++i) port.call("127.0.0." + std::to_string(2 + i));
  REQUIRE(port.rig.until([&] { return port.router->counters().times_full == 1; }));
  const auto honest = port.honest();
  CHECK(port.rig.until([&] { return honest->connected(); }));
}
