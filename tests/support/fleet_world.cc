#include "tests/support/fleet_world.h"

#include <algorithm>
#include <stdexcept>

namespace edgeherd::testing {

using namespace model;

FleetWorld::FleetWorld() {
  policy.fleet_id = "test";
  apply(Started{1});
  apply(InventoryListed{ProviderId("p"), "test", {}});
  now += 1h;  // past the start-up window
}

ZonePolicy& FleetWorld::zone(const std::string& id, int min, int max) {
  ZonePolicy& zone = policy.zones[ZoneId(id)];
  zone.id = ZoneId(id);
  zone.provider = ProviderId(id.substr(0, id.find('/')));
  zone.min_servers = min;
  zone.max_servers = max;
  zone.image = ImageId("v1");
  zone.size = "s";
  zone.capacity.requests_per_s = 100;
  return zone;
}

NodeId FleetWorld::in_state(const std::string& zone_id, NodeState state) {
  const NodeId id("n" + std::to_string(++nodes_));
  const ProviderId provider(zone_id.substr(0, zone_id.find('/')));
  apply(LaunchIntended{id, ZoneId(zone_id), provider, ImageId("v1"), "", "s"});
  if (state == NodeState::requested) return id;
  Vm vm;
  vm.id = VmId("vm-" + id.str());
  vm.fleet = "test";
  vm.node = id;
  vm.address = "127.1.0." + std::to_string(nodes_);
  vm.power = Power::running;
  apply(CreateAnswered{id, vm, std::nullopt});
  if (state == NodeState::booting) return id;
  apply(KeyBound{id, AgentKey("key-" + id.str())});
  HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  hello.drain_state = "serving";
  apply(hello);
  const NodeState order[] = {NodeState::in_service, NodeState::draining, NodeState::flushing,
                             NodeState::flushed, NodeState::terminating};
  if (state == NodeState::verifying) return id;
  for (const NodeState next : order) {
    apply(StateEntered{id, next, next == NodeState::in_service ? Cause::none : Cause::scale_in,
                       "test"});
    if (next == state) break;
  }
  return id;
}

NodeId FleetWorld::serving(const std::string& zone_id) {
  const NodeId id = in_state(zone_id, NodeState::in_service);
  probe(id, ProbeKind::edge, true);
  probe(id, ProbeKind::health, true);
  sample(id, {});
  return id;
}

void FleetWorld::sample(const NodeId& id, const Load& load) {
  Counters& c = counters_[id];
  Sample s;
  s.boot_id = "boot";
  s.seq = ++c.seq;
  s.uptime_ms = static_cast<std::uint64_t>(millis(now.time_since_epoch()));
  const double span_s =
      c.uptime_ms == 0 ? 1 : static_cast<double>(s.uptime_ms - c.uptime_ms) / 1000;
  c.uptime_ms = s.uptime_ms;
  c.requests += load.requests_per_s.value_or(0) * span_s;
  c.errors += load.errors_per_s * span_s;
  c.cpu_ms += load.cpu.value_or(0) * 1000 * span_s;
  s.ready = load.failing.empty();
  s.failing = load.failing;
  s.cpus = 1;
  if (load.cpu) s.cpu_busy_ms = static_cast<std::uint64_t>(c.cpu_ms);
  if (load.requests_per_s) s.stub_requests = static_cast<std::uint64_t>(c.requests);
  s.errors_5xx = static_cast<std::uint64_t>(c.errors);
  s.connections = load.connections;
  s.spool_segments = load.spool_segments;
  apply(SampleHeard{id, s});
}

void FleetWorld::run_load(const std::vector<std::pair<NodeId, Load>>& loads, Duration span) {
  for (Duration passed{}; passed < span; passed += 1s) {
    now += 1s;
    for (const auto& [id, load] : loads) {
      sample(id, load);
      probe(id, ProbeKind::edge, true);
    }
  }
}

void FleetWorld::probe(const NodeId& id, ProbeKind kind, bool good) {
  apply(Probed{id, kind,
               good ? std::nullopt : std::optional(fail(Errc::timeout, "no answer within 2 s"))});
}

Vm FleetWorld::server(const NodeId& id) const {
  Vm vm;
  vm.id = node(id).vm;
  vm.fleet = "test";
  vm.node = id;
  vm.address = node(id).address;
  vm.power = Power::running;
  return vm;
}

void FleetWorld::list(const NodeId* missing) {
  std::map<ProviderId, std::vector<Vm>> vms;
  for (const auto& [id, zone] : policy.zones) vms[zone.provider];
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.vm.empty() || (missing != nullptr && id == *missing)) continue;
    vms[node.provider].push_back(server(id));
  }
  for (const auto& [provider, list] : vms) apply(InventoryListed{provider, "test", list});
}

void FleetWorld::list_all() {
  list(nullptr);
}
void FleetWorld::list_without(const NodeId& missing) {
  list(&missing);
}

void FleetWorld::confirm(const std::string& zone_id, int count) {
  apply(RemovalsConfirmed{ZoneId(zone_id), count});
}

decide::Plan FleetWorld::tick() {
  decide::Plan p = plan();
  for (const auto& v : p.verdicts) apply(VerdictGiven{v.node, v.verdict, v.reason, v.failing});
  for (const auto& z : p.zones) {
    apply(ProposalMade{z.zone, z.proposal});
    apply(LatencyJudged{z.zone, z.latency_high});
  }
  return p;
}

int FleetWorld::count(const decide::Plan& plan, decide::ActionKind kind) {
  return static_cast<int>(std::count_if(plan.actions.begin(), plan.actions.end(),
                                        [&](const decide::Action& a) { return a.kind == kind; }));
}

const decide::Action* FleetWorld::find(const decide::Plan& plan, decide::ActionKind kind) {
  for (const auto& action : plan.actions) {
    if (action.kind == kind) return &action;
  }
  return nullptr;
}

const decide::Withheld* FleetWorld::withheld(const decide::Plan& plan, decide::Brake brake) {
  for (const auto& w : plan.withheld) {
    if (w.brake == brake) return &w;
  }
  return nullptr;
}

const decide::ZoneDecision& FleetWorld::decision(const decide::Plan& plan,
                                                 const std::string& zone_id) {
  for (const auto& zone : plan.zones) {
    if (zone.zone == ZoneId(zone_id)) return zone;
  }
  throw std::logic_error("no decision for " + zone_id);
}

}  // namespace edgeherd::testing
