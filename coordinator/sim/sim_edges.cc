#include "coordinator/sim/sim_edges.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "coordinator/sim/sim_edges_state.h"

namespace edgeherd::sim {

namespace {

constexpr std::uint32_t cpus = 4;

}  // namespace

SimEdges::SimEdges(SimLoop& world, SimRandom random, SimProvider& cloud, SimDns& dns,
                   archive::SimArchive& archive)
    : state_(std::make_shared<State>(world, random, cloud, dns, archive)) {
  const std::weak_ptr<State> self = state_;
  cloud.on_started([self](const model::Vm& vm, const std::string&) {
    if (const auto state = self.lock()) state->start(vm);
  });
  cloud.on_destroyed([self](const VmId& vm) {
    if (const auto state = self.lock()) state->edges.erase(vm);
  });
  state_->every_second();
}
SimEdges::~SimEdges() = default;

void SimEdges::State::start(const model::Vm& vm) {
  Edge& edge = edges[vm.id];
  const bool reboot = !edge.node.empty();
  edge.node = vm.node;
  edge.vm = vm.id;
  edge.address = vm.address;
  if (!reboot) edge.key = AgentKey("key-of-" + vm.id.str());
  const auto spread =
      static_cast<std::uint64_t>((habits.most_boot - habits.least_boot).count()) + 1;
  edge.up_at = world.clock().mono() + habits.least_boot +
               Duration(static_cast<Duration::rep>(random.below(spread)));
  edge.stillborn = !reboot && random.chance(habits.fail_boot);
  edge.silent = false;
  edge.greeted = false;
  edge.seq = 0;
  edge.requests = 0;
  edge.cpu_busy_ms = 0;
}

bool SimEdges::State::up(const Edge& edge) const {
  return !edge.stillborn && world.clock().mono() >= edge.up_at;
}

void SimEdges::State::every_second() {
  world.after(1s, [self = weak_from_this()] {
    const auto state = self.lock();
    if (!state) return;
    state->serve();
    for (auto& [vm, edge] : state->edges) state->live(edge);
    if (state->controller != nullptr) {
      std::vector<model::Node> nodes;
      for (const auto& [id, node] : state->controller->fleet().nodes()) nodes.push_back(node);
      for (const model::Node& node : nodes) state->probe(node);
    }
    state->every_second();
  });
}

// One second of viewers: they ask the name, and go to one of its addresses.
void SimEdges::State::serve() {
  for (const auto& [name, rate] : load) {
    const std::set<std::string> addresses = dns.addresses(name);
    if (addresses.empty()) failed += rate;
    for (const std::string& address : addresses) {
      const double share = rate / static_cast<double>(addresses.size());
      const auto at = std::find_if(edges.begin(), edges.end(), [&](const auto& e) {
        return e.second.address == address && up(e.second) && !e.second.broken &&
               e.second.drain_state != "closed";
      });
      if (at == edges.end()) {
        failed += share;
        continue;
      }
      Edge& edge = at->second;
      const auto before = static_cast<std::uint64_t>(edge.requests);
      edge.requests += share;
      edge.cpu_busy_ms += std::min(1.0, share / habits.capacity_rps) * 1000 * cpus;
      const std::uint64_t lines = static_cast<std::uint64_t>(edge.requests) - before;
      edge.lines_open += lines;
      lines_written += lines;
    }
  }
}

void SimEdges::State::tell(const Edge& edge,
                           std::function<void(act::Controller&, const NodeId&)> say) {
  if (random.chance(habits.lose_message)) return;
  world.after(habits.message_delay, [self = weak_from_this(), key = edge.key, to = attachment,
                                     say = std::move(say)] {
    const auto state = self.lock();
    if (!state || state->controller == nullptr || state->attachment != to) return;
    const model::Node* node =
        state->admitted.contains(key) ? state->controller->fleet().node_of(key) : nullptr;
    if (node != nullptr) say(*state->controller, NodeId(node->id));
  });
}

void SimEdges::State::live(Edge& edge) {
  if (!up(edge) || edge.silent || controller == nullptr) return;
  if (!edge.enrolled) {
    controller->enroll(edge.node, edge.key, edge.vm,
                       [self = weak_from_this(), vm = edge.vm](const Status& status) {
                         const auto state = self.lock();
                         if (!state || !status.ok()) return;
                         const auto at = state->edges.find(vm);
                         if (at != state->edges.end()) at->second.enrolled = true;
                       });
    return;
  }
  if (!edge.greeted) {
    model::HelloHeard hello;
    hello.vm_id = edge.vm.str();
    hello.boot_id = edge.vm.str() + "@" + std::to_string(millis(edge.up_at.time_since_epoch()));
    hello.image_version = habits.image_version;
    hello.drain_state = edge.drain_state;
    hello.highest_epoch = edge.highest_epoch;
    tell(edge, [hello](act::Controller& to, const NodeId& node) mutable {
      hello.node = node;
      to.hello(hello);
    });
    return;
  }
  ++edge.seq;
  sample(edge);
  ship(edge);
}

void SimEdges::State::sample(const Edge& edge) {
  model::Sample sample;
  sample.boot_id = edge.vm.str();
  sample.seq = edge.seq;
  sample.uptime_ms = static_cast<std::uint64_t>(millis(world.clock().mono() - edge.up_at));
  sample.ready = edge.drain_state == "serving";
  sample.cpus = cpus;
  sample.cpu_busy_ms = static_cast<std::uint64_t>(edge.cpu_busy_ms);
  sample.net_tx_bytes = static_cast<std::uint64_t>(edge.requests * 1000);
  sample.disk_busy_ms = 0;
  sample.connections = edge.drain_state == "serving" ? 100 : 0;
  sample.stub_requests = static_cast<std::uint64_t>(edge.requests);
  sample.spool_segments = edge.sending ? 1 : 0;
  tell(edge, [sample](act::Controller& to, const NodeId& node) {
    to.apply(model::SampleHeard{node, sample});
  });
}

void SimEdges::State::probe(const model::Node& node) {
  if (node.address.empty() || controller == nullptr) return;
  const auto at = std::find_if(edges.begin(), edges.end(), [&](const auto& e) {
    return e.second.address == node.address && up(e.second);
  });
  const bool alive = at != edges.end();
  const bool serves = alive && !at->second.broken && at->second.drain_state != "closed";
  const auto result = [](bool good) {
    return good ? std::nullopt : std::optional(fail(Errc::unavailable, "connection refused"));
  };
  controller->apply(model::Probed{node.id, model::ProbeKind::health, result(alive)});
  controller->apply(model::Probed{node.id, model::ProbeKind::edge, result(serves)});
}

void SimEdges::attach(act::Controller* controller) {
  state_->controller = controller;
  ++state_->attachment;
  state_->admitted.clear();
  for (auto& [vm, edge] : state_->edges) edge.greeted = false;
}

Status SimEdges::send(const AgentKey& to, const wire::Message& message) {
  State& state = *state_;
  if (!state.admitted.contains(to)) return fail(Errc::not_found, "no such peer");
  if (state.random.chance(state.habits.lose_message)) return {};
  state.world.after(state.habits.message_delay, [self = std::weak_ptr<State>(state_), to, message,
                                                 from = state.attachment] {
    const auto then = self.lock();
    if (!then || then->attachment != from) return;
    for (auto& [vm, edge] : then->edges) {
      if (edge.key != to || !then->up(edge) || edge.silent) continue;
      if (const auto* hello = std::get_if<wire::HelloReply>(&message)) {
        edge.greeted = true;
        edge.highest_epoch = std::max(edge.highest_epoch, hello->epoch);
      } else if (const auto* command = std::get_if<wire::Command>(&message)) {
        then->obey(edge, *command);
      } else if (const auto* grant = std::get_if<wire::UploadGrant>(&message)) {
        then->granted(edge, *grant);
      } else if (const auto* verdict = std::get_if<wire::UploadVerdict>(&message)) {
        then->judged(edge, *verdict);
      }
    }
  });
  return {};
}

void SimEdges::admit(const AgentKey& key) {
  state_->admitted.insert(key);
}
void SimEdges::revoke(const AgentKey& key) {
  state_->admitted.erase(key);
}
EdgeHabits& SimEdges::habits() {
  return state_->habits;
}
void SimEdges::set_load(const std::string& name, double requests_per_s) {
  state_->load[name] = requests_per_s;
}

void SimEdges::silence(const NodeId& node, bool silent) {
  for (auto& [vm, edge] : state_->edges) {
    if (edge.node == node) edge.silent = silent;
  }
}

void SimEdges::break_edge(const NodeId& node, bool broken) {
  for (auto& [vm, edge] : state_->edges) {
    if (edge.node == node) edge.broken = broken;
  }
}

std::uint64_t SimEdges::lines_written() const {
  return state_->lines_written;
}
std::uint64_t SimEdges::lines_archived() const {
  return state_->lines_archived;
}
std::uint64_t SimEdges::lines_live() const {
  std::uint64_t sum = 0;
  for (const auto& [vm, edge] : state_->edges) sum += edge.lines_open + edge.lines_closed;
  return sum;
}
double SimEdges::requests_failed() const {
  return state_->failed;
}
std::set<AgentKey> SimEdges::admitted() const {
  return state_->admitted;
}
std::uint64_t SimEdges::highest_epoch(const NodeId& node) const {
  for (const auto& [vm, edge] : state_->edges) {
    if (edge.node == node) return edge.highest_epoch;
  }
  return 0;
}
const std::map<std::string, int>& SimEdges::ran() const {
  return state_->ran;
}

}  // namespace edgeherd::sim
