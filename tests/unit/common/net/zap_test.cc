// Who gets in, and that nobody does when the handler is missing, dead or asked for something else.
#include <zmq.h>

#include "common/net/socket.h"
#include "tests/unit/common/net/net_rig.h"

using namespace edgeherd;
using namespace edgeherd::net;
using namespace edgeherd::net::test;

TEST_CASE("A stranger's key does not get into the fleet") {
  Rig rig;
  const auto router = rig.listen(rig.router_options());
  const auto stranger = rig.dial(rig.dealer_options(*router, *make_key_pair()));
  REQUIRE(rig.until([&] { return rig.count(LinkEvent::handshake_failed) >= 2; }));
  CHECK_FALSE(stranger->connected());
  CHECK(rig.count(LinkEvent::connected) == 0);
  CHECK(rig.zap().counters().refused_key >= 2);
  CHECK(rig.zap().counters().admitted == 0);
  CHECK(router->counters().handshakes_failed >= 1);
}

TEST_CASE("A key gets in as soon as it is enrolled, and no more once it is removed") {
  Rig rig;
  const auto pair = *make_key_pair();
  const auto router = rig.listen(rig.router_options());
  auto link = rig.dial(rig.dealer_options(*router, pair));
  REQUIRE(rig.until([&] { return rig.count(LinkEvent::handshake_failed) == 1; }));
  rig.keys().add(AgentKey(pair.public_key));
  REQUIRE(rig.until([&] { return link->connected(); }));
  rig.keys().remove(AgentKey(pair.public_key));
  CHECK(rig.keys().size() == 0);
  link.reset();
  rig.events.clear();
  link = rig.dial(rig.dealer_options(*router, pair));
  REQUIRE(rig.until([&] { return rig.count(LinkEvent::handshake_failed) == 1; }));
  CHECK_FALSE(link->connected());
}

TEST_CASE("Any key gets into the enroll port, at a bounded rate for one address") {
  Rig rig({100, 100, 0.001, 2});
  const auto router = rig.listen(rig.router_options(enroll_domain));
  std::vector<std::unique_ptr<DealerLink>> links;
  for (int i = 0; i < 3; ++i)
    links.push_back(rig.dial(rig.dealer_options(*router, *make_key_pair())));
  REQUIRE(rig.until([&] {
    return rig.count(LinkEvent::connected) == 2 && rig.count(LinkEvent::handshake_failed) >= 1;
  }));
  CHECK(rig.zap().counters().refused_rate >= 1);
  CHECK(rig.zap().counters().admitted == 2);
}

TEST_CASE("Nothing listens without a handler") {
  Rig rig;
  rig.zap().stop();
  CHECK_FALSE(rig.zap().alive());
  const auto router =
      RouterSocket::listen(rig.context(), rig.loop(), rig.zap(), rig.router_options(), {});
  REQUIRE_FALSE(router.ok());
  CHECK(router.error().code == Errc::refused);
}

TEST_CASE("A second handler on one context is refused") {
  Rig rig;
  const auto second =
      ZapHandler::start(rig.context(), rig.keys(), rig.loop().clock(), EnrollRate{});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == Errc::conflict);
}

TEST_CASE("When the handler dies, newcomers are refused on both ports and who is in stays") {
  Rig rig;
  const auto pair = *make_key_pair();
  const auto other = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  rig.keys().add(AgentKey(other.public_key));
  const auto fleet = rig.listen(rig.router_options());
  const auto enroll = rig.listen(rig.router_options(enroll_domain));
  const auto link = rig.dial(rig.dealer_options(*fleet, pair));
  REQUIRE(rig.until([&] { return link->connected(); }));
  rig.zap().stop();
  rig.events.clear();

  const auto newcomer = rig.dial(rig.dealer_options(*fleet, other));
  const auto stranger = rig.dial(rig.dealer_options(*enroll, *make_key_pair()));
  REQUIRE(rig.until([&] {
    return fleet->counters().handshakes_failed >= 1 && enroll->counters().handshakes_failed >= 1;
  }));
  CHECK_FALSE(newcomer->connected());
  CHECK_FALSE(stranger->connected());
  REQUIRE(link->send("still here").ok());
  REQUIRE(rig.until([&] { return rig.received.size() == 1; }));
  CHECK(rig.received[0].user == pair.public_key);
}

TEST_CASE("A peer without CURVE does not get in and is not heard") {
  Rig rig;
  const auto router = rig.listen(rig.router_options(enroll_domain));
  auto raw = *Socket::open(rig.context(), ZMQ_DEALER);
  REQUIRE(raw.connect(router->endpoint()).ok());
  zmq_send(raw.raw(), "x", 1, ZMQ_DONTWAIT);
  REQUIRE(rig.until([&] { return router->counters().handshakes_failed >= 1; }));
  CHECK(rig.received.empty());
  CHECK(rig.zap().counters().admitted == 0);
}

TEST_CASE("A handler that names nobody lets nobody speak") {
  // A foreign handler that says yes to all but gives no User-Id stands in for a defect in ours: the
  // router must not take a word. The handler that gives the permission to listen has a context of
  // its own here.
  Rig rig;
  auto bare = *Context::make(1);
  auto handler = *Socket::open(*bare, ZMQ_REP);
  REQUIRE(handler.bind("inproc://zeromq.zap.01").ok());
  std::vector<std::string> heard;
  auto router = RouterSocket::listen(*bare, rig.loop(), rig.zap(), rig.router_options(),
                                     [&heard](std::span<const Incoming> messages) {
                                       for (const auto& message : messages)
                                         heard.emplace_back(message.bytes);
                                     });
  REQUIRE(router.ok());
  const auto link = rig.dial(rig.dealer_options(**router, *make_key_pair()));
  SocketWatch careless(rig.loop(), handler.raw(), WatchOptions{}, [&handler](int) {
    char buffer[256];
    std::string request_id;
    int frames = 0;
    do {
      const int size = zmq_recv(handler.raw(), buffer, sizeof buffer, ZMQ_DONTWAIT);
      if (size < 0) return 0;
      if (frames++ == 1) request_id.assign(buffer, static_cast<std::size_t>(size));
    } while (handler.get_int(ZMQ_RCVMORE) != 0);
    zmq_send(handler.raw(), "1.0", 3, ZMQ_SNDMORE);
    zmq_send(handler.raw(), request_id.data(), request_id.size(), ZMQ_SNDMORE);
    zmq_send(handler.raw(), "200", 3, ZMQ_SNDMORE);
    zmq_send(handler.raw(), "OK", 2, ZMQ_SNDMORE);
    zmq_send(handler.raw(), "", 0, ZMQ_SNDMORE);
    zmq_send(handler.raw(), "", 0, 0);
    return 1;
  });
  REQUIRE(rig.until([&] { return link->connected(); }));
  REQUIRE(link->send("x").ok());
  REQUIRE(rig.until([&] { return (*router)->counters().dropped_no_user == 1; }));
  CHECK(heard.empty());
  CHECK((*router)->counters().messages == 0);
}
