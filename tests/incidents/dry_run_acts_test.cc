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

// And what was on its way out when it began goes on where it stood, not past what was left out.
TEST_CASE("a server that drained when shadow mode began closes its listener before it flushes") {
  Incident incident(ten_servers());
  incident.at(20min - 10s, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 0)->id};
    world.controller()->terminate(request, [](const auto&) {});
  });
  incident.fault({.kind = FaultKind::op_shadow, .at = 20min, .lasts = 25min});
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
  prove(incident, {"check.close_asked_before_given_up"}, "incident");
}

}  // namespace edgeherd::incidents
