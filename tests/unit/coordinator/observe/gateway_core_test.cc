#include "coordinator/observe/gateway_core.h"

#include "tests/support/catch.h"
#include "tests/unit/coordinator/observe/recording_sink.h"

using namespace edgeherd;
using namespace edgeherd::observe;

namespace {

class StillClock final : public Clock {
 public:
  MonoTime now{};
  [[nodiscard]] MonoTime mono() const override { return now; }
  [[nodiscard]] WallTime wall() const override { return WallTime{}; }
};

struct Sent {
  Port port;
  std::string routing_id;
  wire::Message message;
};

class RecordingTransport final : public GatewayTransport {
 public:
  std::vector<Sent> sent;
  std::optional<Errc> failure;

  Status send(Port port, std::string_view routing_id, std::string_view bytes) override {
    if (failure) return fail(*failure, "as told");
    sent.push_back({port, std::string(routing_id), *wire::decode(bytes)});
    return {};
  }
};

struct Rig {
  StillClock clock;
  RecordingSink sink;
  RecordingTransport transport;
  GatewayCore core;

  explicit Rig(GatewayLimits limits = {}) : core(clock, sink, transport, limits) {
    core.admit(AgentKey("a"));
  }

  void fleet(const wire::Message& message, std::string_view user = "a",
             std::string_view routing = "r1") {
    core.receive(Port::fleet, routing, user, wire::encode(message));
  }
  void hello(std::string_view user = "a", std::string_view routing = "r1") {
    fleet(wire::Hello{}, user, routing);
  }
  [[nodiscard]] std::uint64_t dropped(Drop reason) const {
    return core.counters().dropped[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t dropped() const {
    std::uint64_t sum = 0;
    for (const auto count : core.counters().dropped) sum += count;
    return sum;
  }
};

}  // namespace

TEST_CASE("After its HELLO an agent's messages reach the sink under its key") {
  Rig rig;
  rig.hello();
  rig.fleet(wire::Sample{});
  rig.fleet(wire::Event{});
  rig.fleet(wire::CommandStatus{});
  rig.fleet(wire::UploadRequest{});
  rig.fleet(wire::UploadDone{});
  CHECK(rig.sink.calls == std::vector<std::string>{"hello a", "sample a", "event a", "status a",
                                                   "request a", "done a"});
  CHECK(rig.dropped() == 0);
  CHECK(rig.core.counters().received[4] == 1);
}

TEST_CASE("Nothing is heard before HELLO") {
  Rig rig;
  rig.fleet(wire::Sample{});
  rig.fleet(wire::Heartbeat{1, false});
  CHECK(rig.sink.calls.empty());
  CHECK(rig.transport.sent.empty());
  CHECK(rig.dropped(Drop::before_hello) == 2);
  CHECK_FALSE(rig.core.greeted(AgentKey("a")));
}

TEST_CASE("A heartbeat is echoed with its number, an echo is not") {
  Rig rig;
  rig.hello();
  rig.fleet(wire::Heartbeat{7, false});
  REQUIRE(rig.transport.sent.size() == 1);
  const auto& echo = std::get<wire::Heartbeat>(rig.transport.sent[0].message);
  CHECK(echo.number == 7);
  CHECK(echo.reply);
  CHECK(rig.transport.sent[0].routing_id == "r1");
  rig.fleet(wire::Heartbeat{7, true});
  CHECK(rig.transport.sent.size() == 1);
}

TEST_CASE("A key that is not admitted, or no longer, is not heard") {
  Rig rig;
  rig.hello("b");
  CHECK(rig.dropped(Drop::not_admitted) == 1);
  rig.hello();
  rig.core.revoke(AgentKey("a"));
  rig.fleet(wire::Sample{});
  CHECK(rig.dropped(Drop::not_admitted) == 2);
  CHECK(rig.core.send(AgentKey("a"), wire::HelloReply{}).error().code == Errc::not_found);
  // Admitted anew, it has to say HELLO again.
  rig.core.admit(AgentKey("a"));
  rig.fleet(wire::Sample{});
  CHECK(rig.dropped(Drop::before_hello) == 1);
  CHECK(rig.sink.calls == std::vector<std::string>{"hello a"});
}

TEST_CASE("A message that nobody is vouched for is dropped on both ports") {
  Rig rig;
  rig.hello("");
  rig.core.receive(Port::enroll, "r", "", wire::encode(wire::Enroll{}));
  CHECK(rig.dropped(Drop::no_user) == 2);
  CHECK(rig.sink.calls.empty());
}

TEST_CASE("Of messages that come together each meets what the one before it has changed") {
  Rig rig;
  const AgentKey b("b");
  rig.core.admit(b);
  rig.hello();
  rig.hello("b", "r2");
  rig.sink.calls.clear();
  rig.sink.on_any = [&](const AgentKey& agent) {
    if (agent == b) return;
    rig.core.revoke(b);
    rig.core.admit(AgentKey("c"));
  };
  const std::string sample = wire::encode(wire::Sample{});
  const std::string hello = wire::encode(wire::Hello{});
  const std::vector<net::Incoming> together = {{"r2", "b", sample},
                                               {"r1", "a", sample},
                                               {"r2", "b", sample},
                                               {"r3", "c", hello},
                                               {"r4", "nobody", hello}};
  rig.core.receive(Port::fleet, together);
  CHECK(rig.sink.calls == std::vector<std::string>{"sample b", "sample a", "hello c"});
  CHECK(rig.dropped(Drop::not_admitted) == 2);
}

TEST_CASE("Any number of messages may come together") {
  Rig rig;
  rig.hello();
  const std::string sample = wire::encode(wire::Sample{});
  rig.core.receive(Port::fleet, std::vector<net::Incoming>(100, {"r1", "a", sample}));
  CHECK(rig.sink.calls.size() == 101);
  rig.core.receive(Port::fleet, std::span<const net::Incoming>());
  rig.core.receive(Port::enroll, std::span<const net::Incoming>());
  CHECK(rig.dropped() == 0);
}

TEST_CASE("What a peer claims to be changes nothing") {
  Rig rig;
  wire::Hello hello;
  hello.node = NodeId("somebody-else");
  rig.fleet(hello);
  CHECK(rig.sink.calls == std::vector<std::string>{"hello a"});
}

TEST_CASE("The newest connection of a key wins") {
  Rig rig;
  rig.hello("a", "old");
  rig.hello("a", "new");
  rig.fleet(wire::Sample{}, "a", "old");
  CHECK(rig.dropped(Drop::stale_connection) == 1);
  rig.fleet(wire::Sample{}, "a", "new");
  CHECK(rig.sink.calls == std::vector<std::string>{"hello a", "hello a", "sample a"});
  REQUIRE(rig.core.send(AgentKey("a"), wire::HelloReply{}).ok());
  CHECK(rig.transport.sent.back().routing_id == "new");
  CHECK(rig.core.counters().replaced == 1);
  CHECK(rig.core.greeted_count() == 1);
}

TEST_CASE("One key's connection is of no use to another key") {
  Rig rig;
  rig.core.admit(AgentKey("b"));
  rig.hello("a", "r1");
  rig.fleet(wire::Sample{}, "b", "r1");
  CHECK(rig.dropped(Drop::before_hello) == 1);
}

TEST_CASE("Broken, unknown and oversized messages are dropped, each by its reason") {
  Rig rig;
  rig.hello();
  rig.core.receive(Port::fleet, "r1", "a", "\xc1");
  CHECK(rig.dropped(Drop::malformed) == 1);
  CHECK(rig.core.counters().last_drop == "a: not msgpack");
  rig.core.receive(Port::fleet, "r1", "a", "\x92\x7f\x01");
  CHECK(rig.dropped(Drop::unknown) == 1);
  rig.core.receive(Port::fleet, "r1", "a", std::string(wire::max_message_bytes + 1, '\0'));
  CHECK(rig.dropped(Drop::oversize) == 1);
  auto enroll = wire::encode(wire::Enroll{});
  enroll.resize(wire::max_enroll_bytes + 1);
  rig.core.receive(Port::enroll, "r1", "a", enroll);
  CHECK(rig.dropped(Drop::oversize) == 2);
  CHECK(rig.sink.calls.size() == 1);
}

TEST_CASE("What only a coordinator says is refused from an agent") {
  Rig rig;
  rig.hello();
  for (const wire::Message& message :
       {wire::Message(wire::EnrollReply{}), wire::Message(wire::HelloReply{}),
        wire::Message(wire::Command{}), wire::Message(wire::UploadGrant{}),
        wire::Message(wire::UploadVerdict{})}) {
    rig.fleet(message);
  }
  CHECK(rig.dropped(Drop::wrong_direction) == 5);
  CHECK(rig.sink.calls.size() == 1);
}

TEST_CASE("The enroll port speaks ENROLL alone, the fleet port all but that") {
  Rig rig;
  rig.hello();
  rig.fleet(wire::Enroll{});
  CHECK(rig.dropped(Drop::wrong_port) == 1);
  rig.core.receive(Port::enroll, "r9", "x", wire::encode(wire::Hello{}));
  rig.core.receive(Port::enroll, "r9", "x", wire::encode(wire::Sample{}));
  CHECK(rig.dropped(Drop::wrong_port) == 3);
  rig.core.receive(Port::enroll, "r9", "x", wire::encode(wire::Enroll{}));
  CHECK(rig.sink.calls.back() == "enroll x");
  REQUIRE(rig.transport.sent.size() == 1);
  CHECK(rig.transport.sent[0].port == Port::enroll);
  CHECK(rig.transport.sent[0].routing_id == "r9");
  CHECK(std::get<wire::EnrollReply>(rig.transport.sent[0].message).reason == "as told");
}

TEST_CASE("A flooding agent is cut to its budget, and the others are not") {
  GatewayLimits limits;
  limits.messages_per_second = 2;
  limits.message_burst = 5;
  Rig rig(limits);
  rig.core.admit(AgentKey("b"));
  rig.hello("b", "r2");
  rig.hello();
  for (int i = 0; i < 10; ++i) rig.fleet(wire::Sample{});
  CHECK(rig.dropped(Drop::rate) == 6);
  rig.fleet(wire::Sample{}, "b", "r2");
  CHECK(rig.sink.calls.back() == "sample b");
  rig.clock.now += 1s;
  rig.fleet(wire::Sample{});
  CHECK(rig.sink.calls.back() == "sample a");
  CHECK(rig.dropped(Drop::rate) == 6);
}

TEST_CASE("Enrolments are bounded in rate over all keys") {
  GatewayLimits limits;
  limits.enrolments_per_second = 1;
  limits.enrolment_burst = 2;
  Rig rig(limits);
  for (int i = 0; i < 5; ++i) {
    rig.core.receive(Port::enroll, "r", "k" + std::to_string(i), wire::encode(wire::Enroll{}));
  }
  CHECK(rig.sink.calls.size() == 2);
  CHECK(rig.dropped(Drop::rate) == 3);
}

TEST_CASE("One key that floods the enroll port keeps no other from enrolling") {
  for (const std::string& bytes : {std::string("x"), wire::encode(wire::Enroll{})}) {
    Rig rig;
    for (int i = 0; i < 10'000; ++i) rig.core.receive(Port::enroll, "r1", "x", bytes);
    rig.core.receive(Port::enroll, "r2", "y", wire::encode(wire::Enroll{}));
    CHECK(rig.sink.calls.back() == "enroll y");
    CHECK(rig.sink.calls.size() <= 6);
    CHECK(rig.dropped(Drop::rate) == 9'995);
    // It is not shut out for ever either.
    rig.clock.now += 1s;
    rig.core.receive(Port::enroll, "r1", "x", wire::encode(wire::Enroll{}));
    CHECK(rig.sink.calls.back() == "enroll x");
  }
}

TEST_CASE("Many keys that say what is no enrolment leave the budget of all untouched") {
  Rig rig;
  for (int i = 0; i < 10'000; ++i) {
    rig.core.receive(Port::enroll, "r", "k" + std::to_string(i), "x");
  }
  rig.core.receive(Port::enroll, "r", "y", wire::encode(wire::Enroll{}));
  CHECK(rig.sink.calls == std::vector<std::string>{"enroll y"});
}

TEST_CASE("A connection that the transport calls gone is forgotten, a full one is not") {
  Rig rig;
  rig.hello();
  rig.transport.failure = Errc::exhausted;
  CHECK(rig.core.send(AgentKey("a"), wire::Command{}).error().code == Errc::exhausted);
  CHECK(rig.core.greeted(AgentKey("a")));
  rig.transport.failure = Errc::not_found;
  CHECK(rig.core.send(AgentKey("a"), wire::Command{}).error().code == Errc::not_found);
  CHECK_FALSE(rig.core.greeted(AgentKey("a")));
  CHECK(rig.core.counters().send_failures == 2);
}

TEST_CASE("The sink may answer, admit and revoke from within a call") {
  Rig rig;
  rig.sink.on_any = [&rig](const AgentKey& key) {
    CHECK(rig.core.send(key, wire::HelloReply{}).ok());
    rig.core.revoke(key);
    CHECK(rig.core.send(key, wire::HelloReply{}).error().code == Errc::not_found);
    rig.core.admit(AgentKey("z"));
    CHECK(key.str() == "a");
  };
  rig.hello();
  rig.sink.on_any = nullptr;
  rig.fleet(wire::Sample{});
  CHECK(rig.dropped(Drop::not_admitted) == 1);
  rig.hello("z");
  CHECK(rig.sink.calls.back() == "hello z");

  // Revoked and admitted within one call: a peer like any other, without its HELLO.
  rig.sink.on_any = [&rig](const AgentKey& key) {
    rig.core.revoke(key);
    rig.core.admit(key);
  };
  rig.hello("z");
  rig.sink.on_any = nullptr;
  rig.fleet(wire::Sample{}, "z");
  CHECK(rig.dropped(Drop::before_hello) == 1);
}

TEST_CASE("Every drop reason has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < drop_reasons; ++i) names.insert(to_string(static_cast<Drop>(i)));
  CHECK(names.size() == drop_reasons);
  CHECK(to_string(Drop::stale_connection) == "stale_connection");
}
