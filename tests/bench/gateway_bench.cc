// The coordinator's receiving side, side by side with a bare libzmq ROUTER.
//
// gateway_bench MODE AGENTS SECONDS prints one line of figures, tab-separated:
//   mode agents connect_s paced_msg_s paced_cpu_us flat_msg_s flat_cpu_us kb_per_agent tick_ms
// MODE is `gateway` (GatewayCore, the fold of every sample into the fleet, and the decision tick
// each second) or `bare` (a ROUTER with CURVE and ZAP that throws the same bytes away). CPU is this
// process's user and system time, which holds the receiver alone: the agents are other processes.
// Memory is the growth of the proportional set size while the agents connect. gateway.sh alternates
// the modes and prints medians.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>

#include <sys/resource.h>
#include <zmq.h>

#include "common/net/descriptor_limit.h"
#include "common/net/socket.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"
#include "coordinator/observe/convert.h"
#include "coordinator/observe/gateway.h"
#include "tests/bench/gateway_load.h"

namespace edgeherd::bench {
namespace {

constexpr std::size_t nodes_per_zone = 50;

void check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "gateway_bench: %s\n", status.error().message.c_str());
  std::exit(1);
}

template <class T>
T take(Result<T> result) {
  if (!result.ok()) check(result.error());
  return std::move(*result);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double pss_kb() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string key;
  double value = 0;
  while (file >> key) {
    if (key == "Pss:" && file >> value) return value;
  }
  return 0;
}

// What the phases have in common: a receiver that turns until a time, and counts.
class Receiver {
 public:
  virtual ~Receiver() = default;
  [[nodiscard]] virtual std::string endpoint() const = 0;
  // Receives until `done` says so; it is asked at least every 10 ms.
  virtual void run(const std::function<bool()>& done) = 0;
  [[nodiscard]] virtual std::uint64_t messages() const = 0;
  [[nodiscard]] virtual double slowest_tick_ms() const { return 0; }
};

class BareReceiver final : public Receiver {
 public:
  BareReceiver(const net::CurveKeyPair& keys, const std::vector<net::CurveKeyPair>& agents)
      : context_(take(net::Context::make(1))) {
    for (const auto& agent : agents) admitted_.add(AgentKey(agent.public_key));
    zap_ = take(net::ZapHandler::start(*context_, admitted_, clock_, {}));
    socket_ = take(net::Socket::open(*context_, ZMQ_ROUTER));
    check(socket_.set(ZMQ_ZAP_DOMAIN, net::fleet_domain));
    check(socket_.set(ZMQ_CURVE_SERVER, 1));
    check(socket_.set(ZMQ_CURVE_SECRETKEY, keys.secret_key));
    check(socket_.set(ZMQ_BACKLOG, 4096));
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

  void run(const std::function<bool()>& done) override {
    MonoTime ask = clock_.mono();
    while (true) {
      const bool one = zmq_msg_recv(&routing_, socket_.raw(), 0) >= 0;
      if (one && zmq_msg_recv(&body_, socket_.raw(), 0) >= 0) ++messages_;
      if (one && messages_ % 64 != 0) continue;
      if (clock_.mono() < ask) continue;
      ask = clock_.mono() + 10ms;
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

// The coordinator's loop with all that a sample sets in motion.
class GatewayReceiver final : public Receiver, private observe::GatewaySink {
 public:
  GatewayReceiver(const net::CurveKeyPair& keys, const std::vector<net::CurveKeyPair>& agents)
      : context_(take(net::Context::make(1))) {
    observe::GatewayOptions options;
    options.fleet_endpoint = options.enroll_endpoint = "tcp://127.0.0.1:*";
    options.keys = keys;
    options.max_agents = static_cast<int>(agents.size());
    // Flat out is meant to be.
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

  void run(const std::function<bool()>& done) override {
    std::function<void()> look = [&] {
      if (done()) return loop_.stop();
      loop_.after(10ms, look);
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
    node.id = NodeId("n" + std::to_string(number));
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
  void on_sample(const AgentKey& agent, const wire::Sample& sample) override {
    if (const auto* node = fleet_.node_of(agent)) {
      fleet_.apply(model::SampleHeard{node->id, observe::to_model(sample)}, policy_,
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

struct Phase {
  double messages_per_s = 0;
  double cpu_us = 0;
};

Phase measure(Receiver& receiver, const Clock& clock, Duration settle, Duration time) {
  const MonoTime start = clock.mono() + settle;
  receiver.run([&] { return clock.mono() >= start; });
  const MonoTime from = clock.mono();
  const double cpu = cpu_seconds();
  const std::uint64_t messages = receiver.messages();
  receiver.run([&] { return clock.mono() >= from + time; });
  const auto count = static_cast<double>(receiver.messages() - messages);
  return {count / seconds(clock.mono() - from), (cpu_seconds() - cpu) * 1e6 / count};
}

int run(const std::string& mode, std::size_t count, Duration time) {
  const auto server = take(net::make_key_pair());
  std::vector<net::CurveKeyPair> agents;
  for (std::size_t i = 0; i < count; ++i) agents.push_back(take(net::make_key_pair()));
  LoadProcesses load(agents, 4);

  check(net::ensure_descriptors(count + 512));
  std::unique_ptr<Receiver> receiver;
  if (mode == "gateway") {
    receiver = std::make_unique<GatewayReceiver>(server, agents);
  } else {
    receiver = std::make_unique<BareReceiver>(server, agents);
  }
  const os::RealClock clock;
  const double memory = pss_kb();
  const MonoTime began = clock.mono();
  load.connect(receiver->endpoint(), server.public_key);
  receiver->run([&] { return receiver->messages() >= count || clock.mono() > began + 2min; });
  if (receiver->messages() < count) check(fail(Errc::timeout, "not every agent connected"));
  const double connect_s = seconds(clock.mono() - began);

  load.paced();
  const Phase paced = measure(*receiver, clock, 3s, time);
  const double grown = pss_kb() - memory;
  const double tick_ms = receiver->slowest_tick_ms();
  load.flat_out();
  const Phase flat = measure(*receiver, clock, 1s, time / 2);
  std::printf("%s\t%zu\t%.2f\t%.0f\t%.2f\t%.0f\t%.2f\t%.1f\t%.2f\n", mode.c_str(), count, connect_s,
              paced.messages_per_s, paced.cpu_us, flat.messages_per_s, flat.cpu_us,
              grown / static_cast<double>(count), tick_ms);
  return 0;
}

}  // namespace
}  // namespace edgeherd::bench

int main(int argc, char** argv) {
  const std::string mode = argc == 4 ? argv[1] : "";
  const int agents = argc == 4 ? std::atoi(argv[2]) : 0;
  const int seconds = argc == 4 ? std::atoi(argv[3]) : 0;
  if ((mode != "gateway" && mode != "bare") || agents <= 0 || seconds <= 0) {
    std::fprintf(stderr, "usage: gateway_bench gateway|bare AGENTS SECONDS\n");
    return 2;
  }
  return edgeherd::bench::run(mode, static_cast<std::size_t>(agents),
                              std::chrono::seconds(seconds));
}
