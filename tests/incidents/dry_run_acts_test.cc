// jitsi-autoscaler and nomad-autoscaler (#845). "Dry run" kept launches back, but servers were
// still told to shut down, and cooldowns still began.
//
// For a fleet: somebody tries a configuration out, and servers go. Here shadow mode is a brake of
// every action, asked by the guard and again just before each deed.
#include <algorithm>

#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("in shadow mode nothing is launched, drained, named or destroyed") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::op_shadow, .at = 20min, .lasts = 30min});
  incident.fault({.kind = FaultKind::load_surge, .at = 21min, .lasts = 10min, .strength = 0.3});
  incident.fault({.kind = FaultKind::load_drop, .at = 32min, .lasts = 15min});
  incident.fault({.kind = FaultKind::edge_sick, .at = 21min, .lasts = 20min});
  prove(incident, {"brake.shadow"}, "orders");
}

namespace {

// A server is to go, and must not ship its last logs while it still answers viewers.
Incident leaves_at(Duration when) {
  Incident incident(ten_servers());
  incident.at(when, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 0)->id};
    world.controller()->terminate(request, [](const auto&) {});
  });
  incident.never("a server ships its last logs and still answers viewers", [](World& world) {
    if (world.controller() == nullptr) return false;
    const auto& nodes = world.controller()->fleet().nodes();
    return std::any_of(nodes.begin(), nodes.end(), [](const auto& entry) {
      const model::Node& node = entry.second;
      return node.state == model::NodeState::flushing && node.agent.drain_state == "draining";
    });
  });
  incident.by(55min, "it is gone",
              [](World& world) { return count(world, model::NodeState::draining) == 0; });
  return incident;
}

}  // namespace

// And what was on its way out when it began goes on where it stood, not past what was left out.
TEST_CASE("a server that drained when shadow mode began closes its listener before it flushes") {
  Incident incident = leaves_at(20min - 10s);
  incident.fault({.kind = FaultKind::op_shadow, .at = 20min, .lasts = 25min});
  prove(incident, {"check.close_asked_before_given_up"}, "incident");
}

// Also when it was asked before, and the question was lost.
TEST_CASE("what a server was asked before a dry run or a pause is asked again after it") {
  Incident incident = leaves_at(20min);
  incident.fault(
      {.kind = FaultKind::net_deaf, .at = 20min + 20s, .lasts = 4min, .scope = Scope::all});
  // In between it is asked to close its listener.
  const FaultKind kind = GENERATE(FaultKind::op_shadow, FaultKind::op_pause);
  incident.fault({.kind = kind, .at = 20min + 34s, .lasts = 25min});
  prove(incident, {"check.close_asked_before_given_up"}, "incident");
}

}  // namespace edgeherd::incidents
