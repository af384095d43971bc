#include "tests/bench/gateway_receiver.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <zmq.h>

#include "common/net/socket.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"
#include "coordinator/observe/convert.h"
#include "coordinator/observe/gateway.h"

namespace edgeherd::bench {

namespace {

constexpr std::size_t nodes_per_zone = 50;

class BareReceiver final : public Receiver {
 public:
  BareReceiver(const net::CurveKeyPair& keys, const std::vector<net::CurveKeyPair>& agents)
      : context_(take(net::Context::make(1))) {
    for (const auto& agent : agents) admitted_.add(AgentKey(agent.public_key));
    zap_ = take(net::ZapHandler::start(*context_, admitted_, clock_, {}));
    socket_ = take(net::Socket::open(*context_, ZMQ_ROUTER));
    const net::RouterOptions same;
    check(socket_.set(ZMQ_ZAP_DOMAIN, net::fleet_domain));
    check(socket_.set(ZMQ_CURVE_SERVER, 1));
    check(socket_.set(ZMQ_CURVE_SECRETKEY, keys.secret_key));
    check(socket_.set(ZMQ_BACKLOG, same.backlog));
    check(socket_.set(ZMQ_RCVHWM, same.receive_queue));
    check(socket_.set(ZMQ_SNDHWM, same.send_queue));
    check(socket_.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(same.max_message_bytes)));
    check(socket_.set(ZMQ_TCP_KEEPALIVE, 1));
    check(socket_.set(ZMQ_RCVTIMEO, 10));
    check(socket_.bind("tcp://127.0.0.1:*"));
    zmq_msg_init(&routing_);
    zmq_msg_init(&body_);
  }
  ~BareReceiver() override {
    zmq_msg_close(&routing_);
    zmq_msg_close(&body_);
  }

  [[nodiscard]] std::string endpoint() const override { return socket_.last_endpoint(); }
  [[nodiscard]] std::uint64_t messages() const override { return messages_; }
  [[nodiscard]] double slowest_tick_ms() const override { return 0; }

  void run(const std::function<bool()>& done, Duration period) override {
    MonoTime ask = clock_.mono();
    while (true) {
      const bool one = zmq_msg_recv(&routing_, socket_.raw(), 0) >= 0;
      if (one && zmq_msg_recv(&body_, socket_.raw(), 0) >= 0) ++messages_;
      if (one && messages_ % 64 != 0) continue;
      if (clock_.mono() < ask) continue;
      ask = clock_.mono() + period;
      if (done()) return;
    }
  }

 private:
  os::RealClock clock_;
  net::AdmittedKeys admitted_;
  std::unique_ptr<net::Context> context_;
  std::unique_ptr<net::ZapHandler> zap_;
  net::Socket socket_;
  zmq_msg_t routing_;
  zmq_msg_t body_;
  std::uint64_t messages_ = 0;
};

class GatewayReceiver final : public Receiver, private observe::GatewaySink {
 public:
  GatewayReceiver(const net::CurveKeyPair& keys, const std::vector<net::CurveKeyPair>& agents)
      : context_(take(net::Context::make(1))) {
    observe::GatewayOptions options;
    options.fleet_endpoint = options.enroll_endpoint = "tcp://127.0.0.1:*";
    options.keys = keys;
    options.max_agents = static_cast<int>(agents.size());
    options.limits.messages_per_second = options.limits.message_burst = 1e9;
    gateway_ = take(observe::Gateway::start(*context_, loop_, *this, options));
    for (std::size_t i = 0; i < agents.size(); ++i) add_node(i, AgentKey(agents[i].public_key));
    loop_.after(1s, [this] { tick(); });
  }

  [[nodiscard]] std::string endpoint() const override { return gateway_->fleet().endpoint(); }
  [[nodiscard]] std::uint64_t messages() const override {
    return gateway_->fleet().counters().messages;
  }
  [[nodiscard]] double slowest_tick_ms() const override { return slowest_tick_ms_; }

  void run(const std::function<bool()>& done, Duration period) override {
    std::function<void()> look = [&] {
      if (done()) return loop_.stop();
      loop_.after(period, look);
    };
    loop_.post(look);
    loop_.run();
  }

 private:
  void add_node(std::size_t number, const AgentKey& key) {
    const ZoneId zone("bench/zone" + std::to_string(number / nodes_per_zone));
    auto& policy = policy_.zones[zone];
    policy.id = zone;
    policy.provider = ProviderId("bench");
    policy.min_servers = 1;
    policy.max_servers = 2 * static_cast<int>(nodes_per_zone);
    policy.capacity.requests_per_s = 200;
    model::Node node;
    node.id = NodeId("benchmark-node-" + std::to_string(number));
    node.zone = zone;
    node.provider = policy.provider;
    node.state = model::NodeState::in_service;
    node.key = key;
    fleet_.apply(model::NodeRestored{node}, policy_, loop_.clock().mono());
    gateway_->admit(key);
  }

  void tick() {
    const MonoTime began = loop_.clock().mono();
    const auto plan = decide::plan(fleet_, policy_, began);
    (void)fleet_.take_changes();
    (void)fleet_.take_notes();
    slowest_tick_ms_ = std::max(slowest_tick_ms_, seconds(loop_.clock().mono() - began) * 1e3);
    loop_.after(1s, [this] { tick(); });
  }

  void on_hello(const AgentKey& agent, const wire::Hello& hello) override {
    if (const auto* node = fleet_.node_of(agent)) {
      fleet_.apply(observe::to_model(node->id, hello), policy_, loop_.clock().mono());
    }
    (void)gateway_->send(agent, wire::HelloReply{});
  }
  void expect(const AgentKey& agent, Bookmark& mark, Nearness nearness) override {
    fleet_.expect(agent, mark, nearness);
  }
  void on_sample(const AgentKey& agent, Bookmark& mark, wire::Sample&& sample) override {
    if (const auto* node = fleet_.node_of(agent, mark)) {
      fleet_.apply(model::SampleHeard{node->id, observe::to_model(std::move(sample))}, policy_,
                   loop_.clock().mono());
    }
  }
  void on_event(const AgentKey&, const wire::Event&) override {}
  void on_command_status(const AgentKey&, const wire::CommandStatus&) override {}
  void on_upload_request(const AgentKey&, const wire::UploadRequest&) override {}
  void on_upload_done(const AgentKey&, const wire::UploadDone&) override {}
  void on_enroll(const AgentKey&, const wire::Enroll&, EnrollAnswer answer) override { answer({}); }

  std::unique_ptr<net::Context> context_;
  os::AsioLoop loop_;
  model::Policy policy_;
  model::Fleet fleet_;
  std::unique_ptr<observe::Gateway> gateway_;
  double slowest_tick_ms_ = 0;
};

}  // namespace

std::unique_ptr<Receiver> make_bare_receiver(const net::CurveKeyPair& keys,
                                             const std::vector<net::CurveKeyPair>& agents) {
  return std::make_unique<BareReceiver>(keys, agents);
}

std::unique_ptr<Receiver> make_gateway_receiver(const net::CurveKeyPair& keys,
                                                const std::vector<net::CurveKeyPair>& agents) {
  return std::make_unique<GatewayReceiver>(keys, agents);
}

void check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "gateway_bench: %s\n", status.error().message.c_str());
  std::exit(1);
}

}  // namespace edgeherd::bench
