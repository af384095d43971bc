#include "coordinator/sim/world/brain.h"

#include "common/sim/sim_file_system.h"
#include "coordinator/act/pause_marker.h"
#include "coordinator/desk/agent_desk.h"
#include "coordinator/observe/agent_gate.h"
#include "coordinator/observe/gateway_core.h"
#include "coordinator/observe/prober.h"
#include "coordinator/observe/tokens.h"
#include "coordinator/sim/world/brain_seams.h"

namespace edgeherd::sim {

namespace {

const std::string enrolment_key = "the key of every simulated fleet";
constexpr Duration probe_round = 1s;
constexpr Duration least_answer = 5ms;
constexpr std::uint16_t edge_port = 80;

act::UserDataSource user_data_source(std::size_t coordinators) {
  act::UserDataSource source;
  for (std::size_t i = 0; i < coordinators; ++i) {
    const std::string at = "tcp://10.255.0." + std::to_string(i + 1);
    source.coordinators.push_back({at + ":9400", at + ":9401", "public-key-" + std::to_string(i)});
  }
  source.enrolment_token = [](const NodeId& node) {
    return observe::enrolment_token(enrolment_key, node);
  };
  source.probe_token = [](const NodeId& node) { return observe::probe_token(enrolment_key, node); };
  return source;
}

// Few rows for each node, so that a life of minutes folds some.
act::ControllerSettings controller_settings(std::size_t coordinators) {
  act::ControllerSettings settings;
  settings.user_data = user_data_source(coordinators);
  settings.uploads.rows_most = 3;
  settings.uploads.rows_kept = 1;
  settings.ticks_per_s = 5;
  settings.record = {60s, 64 * 1024};
  return settings;
}

}  // namespace

struct Brain::State {
  BrainSeams seams;
  std::size_t index;
  std::size_t coordinators;
  SimRandom random;
  SimStateStore store;
  SimFileSystem files;  // of its host; a SIGKILL loses nothing of it
  Duration clock_offset{};
  std::function<void()> listener;
  std::function<void()> start_failed;
  std::function<void()> struck;
  Taps taps;
  std::uint64_t starts = 0;
  std::unique_ptr<Process> process;
  std::uint64_t boot = 1;  // of its host
  std::optional<MonoTime> died_at{};
};

// One life; destroyed, it is as dead as after SIGKILL.
struct Brain::Process final : Exchange, observe::GatewayTransport, observe::AgentGate {
  Process(State& o, model::Policy policy);
  ~Process() override { loop.kill(); }

  act::Seams controller_seams();
  void tick();
  void keep_pause();
  void ask(http::ClientRequest request, http::Client::Done done);

  // Exchange
  void receive(observe::Port port, const std::string& routing_id, const AgentKey& user,
               std::string_view bytes) override;
  // GatewayTransport
  Status send(observe::Port port, std::string_view routing_id, std::string_view bytes) override;
  // AgentGate
  void admit(const AgentKey& agent) override {
    if (fate.dead()) return;
    if (owner.taps.admitting) owner.taps.admitting(agent);
    gateway.admit(agent);
  }
  void revoke(const AgentKey& agent) override { gateway.revoke(agent); }
  Status send(const AgentKey& agent, const wire::Message& message) override;
  void hear(observe::Port port, const std::string& routing_id, const AgentKey& user,
            std::string_view bytes);

  State& owner;
  SimProcessLoop loop;
  Fate fate{loop, owner.taps.striking, owner.struck};
  SimRandom random;
  WatchedStore store{owner.seams.world, owner.store, fate};
  LivingNotifier notifier{owner.seams.notifier, fate};
  std::optional<ActionId> last_command;  // it dies once this one's answer was heard
  std::map<ProviderId, std::unique_ptr<act::Provider>> providers;
  std::unique_ptr<act::DnsProvider> dns;
  desk::AgentDesk desk{enrolment_key};
  observe::GatewayCore gateway;
  act::Controller controller;
  observe::Prober prober;
  act::PauseMarker pause_marker{owner.files, "/paused"};
  std::map<ZoneId, observe::ProbeSettings> probes;
  MonoTime probed_at{};
};

Brain::Process::Process(State& o, model::Policy policy)
    : owner(o),
      loop(o.seams.world),
      random(o.random.fork()),
      gateway(loop.clock(), desk, *this, {}),
      controller(controller_seams(), controller_settings(o.coordinators), std::move(policy)),
      prober(
          loop, random, enrolment_key,
          [this](http::ClientRequest request, http::Client::Done done) {
            ask(std::move(request), std::move(done));
          },
          [this](const model::Probed& answer) { controller.apply(answer); }) {
  loop.set_wall_offset(o.clock_offset);
  desk.set_gate(this);
  controller.on_tick([this] { tick(); });
  controller.on_pause([this] { keep_pause(); });
}

act::Seams Brain::Process::controller_seams() {
  act::Seams seams;
  seams.loop = &loop;
  seams.random = &random;
  seams.store = &store;
  seams.history = &owner.seams.history;
  seams.notifier = &notifier;
  seams.agents = &desk;
  seams.archive = &owner.seams.archive;
  dns = std::make_unique<WatchedDns>(owner.seams.dns.connect(loop), fate, owner.taps.naming);
  seams.dns = dns.get();
  for (const auto& [id, cloud] : owner.seams.clouds) {
    const auto front = owner.seams.fronts.find(id);
    auto account =
        front != owner.seams.fronts.end() ? front->second->connect(loop) : cloud->connect(loop);
    providers[id] = std::make_unique<WatchedProvider>(std::move(account), fate, owner.taps.calling);
    seams.accounts[id] = {providers[id].get(), {}};
  }
  return seams;
}

void Brain::Process::tick() {
  if (fate.dead()) return;
  keep_pause();
  const MonoTime now = loop.clock().mono();
  if (now - probed_at >= probe_round) {
    probed_at = now;
    for (const auto& [id, zone] : controller.policy().zones) probes.try_emplace(id);
    prober.update(controller.fleet(), probes);
  }
  if (owner.listener) owner.listener();
}

void Brain::Process::keep_pause() {
  if (!fate.dead()) (void)pause_marker.keep(controller.fleet());
}

void Brain::Process::receive(observe::Port port, const std::string& routing_id,
                             const AgentKey& user, std::string_view bytes) {
  if (!loop.stopped()) return hear(port, routing_id, user, bytes);
  loop.post([this, port, routing_id, user, copy = std::string(bytes)] {
    hear(port, routing_id, user, copy);
  });
}

void Brain::Process::hear(observe::Port port, const std::string& routing_id, const AgentKey& user,
                          std::string_view bytes) {
  if (fate.dead()) return;
  gateway.receive(port, routing_id, user.str(), bytes);
  if (!last_command) return;
  const auto message = wire::decode(bytes);
  const auto* status = message.ok() ? std::get_if<wire::CommandStatus>(&*message) : nullptr;
  if (status != nullptr && status->action == *last_command) fate.die();
}

// Enrolments are answered here alone; what goes to the fleet port was seen by the other send().
Status Brain::Process::send(observe::Port port, std::string_view routing_id,
                            std::string_view bytes) {
  const Status gone = fail(Errc::not_found, "the coordinator is dead");
  if (fate.dead()) return gone;
  const Stroke stroke = port == observe::Port::enroll
                            ? fate.meet(DeedKind::answer, "enrolment of " + std::string(routing_id))
                            : Stroke::none;
  if (stroke == Stroke::before) return gone;
  if (port == observe::Port::enroll && owner.taps.sending) {
    const auto message = wire::decode(bytes);
    const AgentKey to = owner.seams.switchboard.key_of(owner.index, routing_id);
    if (message.ok() && !to.empty()) owner.taps.sending(to, *message);
  }
  const Status sent = owner.seams.switchboard.send(owner.index, port, routing_id, bytes);
  if (stroke != Stroke::none) fate.die();
  return sent;
}

Status Brain::Process::send(const AgentKey& agent, const wire::Message& message) {
  const auto* command = std::get_if<wire::Command>(&message);
  const Stroke stroke = command != nullptr ? fate.meet(DeedKind::command, command->action.str())
                                           : fate.meet(DeedKind::answer, agent.str());
  if (stroke == Stroke::before) return fail(Errc::not_found, "the coordinator is dead");
  if (owner.taps.sending) owner.taps.sending(agent, message);
  const Status sent = gateway.send(agent, message);
  if (stroke == Stroke::after && command != nullptr) {
    last_command = command->action;
  } else if (stroke != Stroke::none) {
    fate.die();
  }
  return sent;
}

// A GET of a probe: "http://ADDRESS:PORT/PAGE".
void Brain::Process::ask(http::ClientRequest request, http::Client::Done done) {
  const std::size_t from = request.url.find("//") + 2;
  const std::size_t colon = request.url.find(':', from);
  const std::size_t slash = request.url.find('/', colon);
  const std::string address = request.url.substr(from, colon - from);
  const bool edge = request.url.substr(colon + 1, slash - colon - 1) == std::to_string(edge_port);
  const std::string page = request.url.substr(slash);
  Box* box = owner.seams.yard.at(address);
  int status = 0;
  const bool passes = box != nullptr && owner.seams.switchboard.round_trip(box->vm());
  if (box != nullptr && !passes && edge) box->seen_ailing();
  if (passes) {
    status = box->probe(edge                ? Box::Page::edge
                        : page == "/readyz" ? Box::Page::ready
                                            : Box::Page::alive);
    const bool known =
        edge || http::header(request.headers, "Authorization") == "Bearer " + box->probe_token();
    if (status != 0 && !known) status = 401;
  }
  if (status == 0) {
    loop.after(edge ? least_answer : request.deadline,
               [done = std::move(done)] { done(fail(Errc::unavailable, "connection refused")); });
    return;
  }
  loop.after(least_answer, [done = std::move(done), status] {
    done(http::Response{status, {}, "ok"});
  });
}

Brain::Brain(BrainSeams seams, std::size_t index, std::size_t coordinators, SimRandom random)
    : state_(new State{seams,
                       index,
                       coordinators,
                       random.fork(),
                       SimStateStore(seams.world, random.fork()),
                       SimFileSystem(seams.world.clock()),
                       {},
                       {},
                       {},
                       {},
                       {},
                       0,
                       nullptr}) {}

Brain::~Brain() = default;

Status Brain::start(model::Policy policy) {
  State& state = *state_;
  state.process = std::make_unique<Process>(state, policy);
  Process& process = *state.process;
  state.store.attach(process.loop);
  state.seams.history.attach(process.loop);
  auto restored =
      act::restore(state.store, policy, process.loop.clock(),
                   "host " + std::to_string(state.index) + ", boot " + std::to_string(state.boot));
  if (!restored.ok()) {
    state.process.reset();
    return restored.error();
  }
  process.pause_marker.restore(*restored, "the store");
  ++state.starts;
  state.seams.switchboard.attach(state.index, process);
  process.controller.start(std::move(*restored), [&process](const Status& started) {
    if (started.ok()) return process.desk.open(process.controller);
    if (process.owner.start_failed) process.owner.start_failed();
  });
  return {};
}

void Brain::crash() {
  State& state = *state_;
  if (!state.process) return;
  state.seams.switchboard.detach(state.index);
  state.store.crash();
  state.process->loop.kill();
  state.process.reset();
  state.died_at = state.seams.world.clock().mono();
}

void Brain::reboot_host() {
  crash();
  ++state_->boot;
  state_->files.crash(state_->random);
}

void Brain::hang(bool hanging) {
  if (!state_->process) return;
  if (hanging) {
    state_->process->loop.stop();
  } else {
    state_->process->loop.resume();
  }
}

bool Brain::alive() const {
  return state_->process != nullptr && !state_->process->fate.dead();
}
bool Brain::hanging() const {
  return state_->process && state_->process->loop.stopped();
}
std::optional<MonoTime> Brain::died_at() const {
  return state_->died_at;
}
void Brain::set_clock(Duration offset) {
  state_->clock_offset = offset;
  if (state_->process) state_->process->loop.set_wall_offset(offset);
}
act::Controller& Brain::controller() {
  return state_->process->controller;
}
SimStateStore& Brain::store() {
  return state_->store;
}
void Brain::on_start_failed(std::function<void()> listener) {
  state_->start_failed = std::move(listener);
}
void Brain::on_struck(std::function<void()> listener) {
  state_->struck = std::move(listener);
}
void Brain::tap(Taps taps) {
  state_->taps = std::move(taps);
}
void Brain::on_tick(std::function<void()> listener) {
  state_->listener = std::move(listener);
}
std::uint64_t Brain::starts() const {
  return state_->starts;
}

}  // namespace edgeherd::sim
