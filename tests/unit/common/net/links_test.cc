// DealerLink and RouterSocket over the loopback.
#include <zmq.h>

#include "common/net/socket.h"
#include "tests/unit/common/net/net_rig.h"

using namespace edgeherd;
using namespace edgeherd::net;
using namespace edgeherd::net::test;

TEST_CASE("An enrolled agent and its coordinator exchange messages, and the agent is its key") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  const auto router = rig.listen(rig.router_options());
  const auto link = rig.dial(rig.dealer_options(*router, pair));
  CHECK(link->send("too early").error().code == Errc::unavailable);
  REQUIRE(rig.until([&] { return link->connected(); }));
  CHECK(rig.events == std::vector{LinkEvent::connected});

  REQUIRE(link->send("hello").ok());
  REQUIRE(link->send("").ok());
  REQUIRE(rig.until([&] { return rig.received.size() == 2; }));
  CHECK(rig.received[0].bytes == "hello");
  CHECK(rig.received[0].user == pair.public_key);
  CHECK(rig.received[1].bytes.empty());

  REQUIRE(router->send(rig.received[0].routing_id, "welcome").ok());
  REQUIRE(rig.until([&] { return rig.answers.size() == 1; }));
  CHECK(rig.answers[0] == "welcome");
  CHECK(router->connections() == 1);
  CHECK(rig.zap().counters().admitted == 1);
}

TEST_CASE("Many messages both ways arrive whole and in order, with and without a rest") {
  const auto rest = GENERATE(Duration{0}, Duration{1ms});
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  auto options = rig.router_options();
  options.watch.budget = 16;
  options.watch.rest = rest;
  options.receive_queue = options.send_queue = 10'000;
  const auto router = rig.listen(options);
  auto dealer_options = rig.dealer_options(*router, pair);
  dealer_options.queue = 10'000;
  const auto link = rig.dial(dealer_options);
  REQUIRE(rig.until([&] { return link->connected(); }));
  for (int i = 0; i < 3000; ++i) REQUIRE(link->send(std::to_string(i)).ok());
  REQUIRE(rig.until([&] { return rig.received.size() == 3000; }));
  for (int i = 0; i < 3000; ++i)
    REQUIRE(rig.received[static_cast<std::size_t>(i)].bytes == std::to_string(i));
  for (int i = 0; i < 3000; ++i)
    REQUIRE(router->send(rig.received[0].routing_id, std::to_string(i)).ok());
  REQUIRE(rig.until([&] { return rig.answers.size() == 3000; }));
  for (int i = 0; i < 3000; ++i)
    REQUIRE(rig.answers[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("A message to a connection that is gone, or never was, says so") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  const auto router = rig.listen(rig.router_options());
  CHECK(router->send(std::string("\0abcd", 5), "x").error().code == Errc::not_found);
  auto link = rig.dial(rig.dealer_options(*router, pair));
  REQUIRE(rig.until([&] { return link->connected(); }));
  REQUIRE(link->send("x").ok());
  REQUIRE(rig.until([&] { return !rig.received.empty(); }));
  link.reset();
  REQUIRE(rig.until([&] { return router->connections() == 0; }));
  CHECK(router->send(rig.received[0].routing_id, "x").error().code == Errc::not_found);
}

TEST_CASE("A full queue is told to the sender and nothing is queued") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  auto options = rig.router_options();
  options.receive_queue = 2;
  options.send_queue = 2;
  // A pause that does not end within the test: the router takes one turn and then nothing more.
  options.watch.budget = 1'000'000;
  options.watch.rest = 1h;
  options.watch.safety = 1h;
  const auto router = rig.listen(options);
  auto dealer_options = rig.dealer_options(*router, pair);
  dealer_options.queue = 2;
  const auto link = rig.dial(dealer_options);
  REQUIRE(rig.until([&] { return link->connected(); }));
  const std::string block(60'000, 'x');
  Status status;
  int sent = 0;
  REQUIRE(rig.until([&] {
    for (int i = 0; i < 100 && status.ok(); ++i) {
      status = link->send(block);
      if (status.ok()) ++sent;
    }
    return !status.ok();
  }));
  CHECK(status.error().code == Errc::exhausted);
  CHECK(sent >= 2);
}

TEST_CASE("A link comes back by itself when the coordinator does") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  auto options = rig.router_options();
  auto router = rig.listen(options);
  options.endpoint = router->endpoint();
  const auto link = rig.dial(rig.dealer_options(*router, pair));
  REQUIRE(rig.until([&] { return link->connected(); }));
  router.reset();
  REQUIRE(rig.until([&] { return !link->connected(); }));
  CHECK(rig.events == std::vector{LinkEvent::connected, LinkEvent::disconnected});
  CHECK(link->send("x").error().code == Errc::unavailable);
  // The io thread closes the old listener in its own time.
  REQUIRE(rig.until([&] {
    auto again = RouterSocket::listen(rig.context(), rig.loop(), rig.zap(), options, {});
    if (again.ok()) router = std::move(*again);
    return again.ok();
  }));
  REQUIRE(rig.until([&] { return link->connected(); }));
}

TEST_CASE("A message over the limit is not sent by us, and closes the connection of who sends it") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  auto options = rig.router_options();
  options.max_message_bytes = 1000;
  const auto router = rig.listen(options);
  auto dealer_options = rig.dealer_options(*router, pair);
  const auto link = rig.dial(dealer_options);
  REQUIRE(rig.until([&] { return link->connected(); }));
  CHECK(link->send(std::string(65 * 1024, 'x')).error().code == Errc::invalid);
  REQUIRE(link->send(std::string(2000, 'x')).ok());
  REQUIRE(rig.until([&] { return rig.count(LinkEvent::disconnected) == 1; }));
  CHECK(rig.received.empty());
}

TEST_CASE("A message of several frames is dropped and counted") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  const auto router = rig.listen(rig.router_options());
  auto raw = *Socket::open(rig.context(), ZMQ_DEALER);
  REQUIRE(raw.set(ZMQ_CURVE_SERVERKEY, rig.server().public_key).ok());
  REQUIRE(raw.set(ZMQ_CURVE_PUBLICKEY, pair.public_key).ok());
  REQUIRE(raw.set(ZMQ_CURVE_SECRETKEY, pair.secret_key).ok());
  REQUIRE(raw.connect(router->endpoint()).ok());
  for (int i = 0; i < 3; ++i) zmq_send(raw.raw(), "a", 1, i < 2 ? ZMQ_SNDMORE : 0);
  zmq_send(raw.raw(), "b", 1, 0);
  REQUIRE(rig.until([&] { return rig.received.size() == 1; }));
  CHECK(rig.received[0].bytes == "b");
  CHECK(router->counters().dropped_frames == 1);
}

TEST_CASE("A peer that does not read is told of, and costs no more than its queue") {
  Rig rig;
  const auto pair = *make_key_pair();
  rig.keys().add(AgentKey(pair.public_key));
  auto options = rig.router_options();
  options.send_queue = 2;
  const auto router = rig.listen(options);
  auto raw = *Socket::open(rig.context(), ZMQ_DEALER);
  REQUIRE(raw.set(ZMQ_RCVHWM, 1).ok());
  REQUIRE(raw.set(ZMQ_CURVE_SERVERKEY, rig.server().public_key).ok());
  REQUIRE(raw.set(ZMQ_CURVE_PUBLICKEY, pair.public_key).ok());
  REQUIRE(raw.set(ZMQ_CURVE_SECRETKEY, pair.secret_key).ok());
  REQUIRE(raw.connect(router->endpoint()).ok());
  zmq_send(raw.raw(), "x", 1, 0);
  REQUIRE(rig.until([&] { return rig.received.size() == 1; }));
  const std::string block(60'000, 'x');
  int refused_in_a_row = 0;
  REQUIRE(rig.until([&] {
    const auto status = router->send(rig.received[0].routing_id, block);
    if (!status.ok()) REQUIRE(status.error().code == Errc::exhausted);
    refused_in_a_row = status.ok() ? 0 : refused_in_a_row + 1;
    return refused_in_a_row == 50;
  }));
}

TEST_CASE("Wrong options are refused with a reason") {
  Rig rig;
  os::RealRandom random;
  auto router_options = rig.router_options();
  router_options.endpoint = "tcp://256.0.0.1:1";
  const auto bad = RouterSocket::listen(rig.context(), rig.loop(), rig.zap(), router_options, {});
  CHECK(bad.error().code == Errc::unavailable);
  router_options = rig.router_options("");
  CHECK(
      RouterSocket::listen(rig.context(), rig.loop(), rig.zap(), router_options, {}).error().code ==
      Errc::invalid);
  DealerOptions dealer;
  dealer.endpoint = "tcp://127.0.0.1:1";
  dealer.keys = *make_key_pair();
  dealer.server_key = "short";
  CHECK(DealerLink::open(rig.context(), rig.loop(), random, dealer).error().message ==
        "the link to tcp://127.0.0.1:1: the coordinator's public key is not a Z85 key");
  dealer.server_key = rig.server().public_key;
  dealer.endpoint = "nonsense";
  CHECK(DealerLink::open(rig.context(), rig.loop(), random, dealer).error().code == Errc::invalid);
}
