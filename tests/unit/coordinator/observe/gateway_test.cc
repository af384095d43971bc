// The gateway on real sockets: from a stranger to an enrolled agent that is commanded.
#include "coordinator/observe/gateway.h"

#include "common/net/dealer_link.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "coordinator/observe/tokens.h"
#include "tests/support/catch.h"
#include "tests/unit/coordinator/observe/recording_sink.h"

using namespace edgeherd;
using namespace edgeherd::observe;

namespace {

struct Rig {
  os::RealRandom random;
  std::unique_ptr<net::Context> context = std::move(*net::Context::make(1));
  os::AsioLoop loop;
  RecordingSink sink;
  net::CurveKeyPair server = *net::make_key_pair();
  std::unique_ptr<Gateway> gateway;
  std::vector<wire::Message> answers;

  Rig() {
    auto started = Gateway::start(*context, loop, sink, options());
    REQUIRE(started.ok());
    gateway = std::move(*started);
  }

  GatewayOptions options() const {
    GatewayOptions options;
    options.fleet_endpoint = options.enroll_endpoint = "tcp://127.0.0.1:*";
    options.keys = server;
    options.max_agents = 10;
    options.enroll_connections = 10;
    return options;
  }

  std::unique_ptr<net::DealerLink> dial(const net::RouterSocket& port,
                                        const net::CurveKeyPair& pair) {
    net::DealerOptions to;
    to.endpoint = port.endpoint();
    to.server_key = server.public_key;
    to.keys = pair;
    to.reconnect.first = 20ms;
    auto link = net::DealerLink::open(*context, loop, random, to);
    REQUIRE(link.ok());
    (*link)->on_message(
        [this](std::string_view bytes) { answers.push_back(*wire::decode(bytes)); });
    return std::move(*link);
  }

  bool until(const std::function<bool()>& done) {
    const MonoTime end = loop.clock().mono() + 20s;
    std::function<void()> look = [&] {
      if (done() || loop.clock().mono() > end) return loop.stop();
      loop.after(2ms, look);
    };
    loop.post(look);
    loop.run();
    return done();
  }
};

}  // namespace

TEST_CASE(
    "A stranger enrols with its token, is admitted to the fleet, and is heard and commanded") {
  Rig rig;
  const auto pair = *net::make_key_pair();
  const NodeId node("int-1");
  rig.sink.enroll = [&rig](const AgentKey& key, const wire::Enroll& enroll) {
    const bool accepted = proves("secret", enroll.node, enroll.token);
    if (accepted) rig.gateway->admit(key);
    return wire::EnrollReply{accepted, accepted ? "" : "a wrong token"};
  };
  const auto fleet = rig.dial(rig.gateway->fleet(), pair);
  auto enroll = rig.dial(rig.gateway->enroll(), pair);
  REQUIRE(rig.until([&] { return enroll->connected(); }));
  CHECK_FALSE(fleet->connected());

  REQUIRE(enroll->send(wire::encode(wire::Enroll{node, "wrong", "", ""})).ok());
  REQUIRE(rig.until([&] { return rig.answers.size() == 1; }));
  CHECK_FALSE(std::get<wire::EnrollReply>(rig.answers[0]).accepted);
  const wire::Enroll valid{node, enrolment_token("secret", node), "", ""};
  REQUIRE(enroll->send(wire::encode(valid)).ok());
  REQUIRE(rig.until([&] { return rig.answers.size() == 2; }));
  CHECK(std::get<wire::EnrollReply>(rig.answers[1]).accepted);
  enroll.reset();

  REQUIRE(rig.until([&] { return fleet->connected(); }));
  REQUIRE(fleet->send(wire::encode(wire::Hello{})).ok());
  REQUIRE(fleet->send(wire::encode(wire::Sample{})).ok());
  const AgentKey key(pair.public_key);
  REQUIRE(rig.until([&] { return rig.sink.calls.back() == "sample " + key.str(); }));
  REQUIRE(rig.gateway->send(key, wire::Command{ActionId("act-1"), 1, 1000, "drain", {}}).ok());
  REQUIRE(rig.until([&] { return rig.answers.size() == 3; }));
  CHECK(std::get<wire::Command>(rig.answers[2]).verb == "drain");
}

TEST_CASE("A revoked agent that stays connected is not heard") {
  Rig rig;
  const auto pair = *net::make_key_pair();
  const AgentKey key(pair.public_key);
  rig.gateway->admit(key);
  const auto link = rig.dial(rig.gateway->fleet(), pair);
  REQUIRE(rig.until([&] { return link->connected(); }));
  REQUIRE(link->send(wire::encode(wire::Hello{})).ok());
  REQUIRE(rig.until([&] { return rig.gateway->core().greeted(key); }));
  rig.gateway->revoke(key);
  REQUIRE(link->send(wire::encode(wire::Sample{})).ok());
  const auto& dropped = rig.gateway->core().counters().dropped;
  CHECK(rig.until([&] { return dropped[static_cast<std::size_t>(Drop::not_admitted)] == 1; }));
  CHECK(rig.sink.calls.size() == 1);
}

TEST_CASE("A gateway that cannot have its handler, a port or its open files does not start") {
  Rig rig;
  // A context has one handler, and this one's is taken.
  const auto second = Gateway::start(*rig.context, rig.loop, rig.sink, rig.options());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.starts_with("no port is opened without a ZAP handler: "));

  const auto other = *net::Context::make(1);
  auto options = rig.options();
  options.enroll_endpoint = rig.gateway->fleet().endpoint();
  const auto taken = Gateway::start(*other, rig.loop, rig.sink, options);
  REQUIRE_FALSE(taken.ok());
  CHECK_THAT(taken.error().message,
             Catch::Matchers::StartsWith("the enroll port: listening on tcp://127.0.0.1:"));

  options = rig.options();
  options.max_agents = 2'000'000'000;
  CHECK(Gateway::start(*other, rig.loop, rig.sink, options).error().code == Errc::exhausted);
}
