// nomad-autoscaler (#879). One drain did not end, for most of a day although its deadline was a
// quarter of an hour; a pool with a draining node was not "ready", and so the whole pool stood
// still.
//
// For a fleet: one server that nobody can empty stops all scaling. Here each node lives its own
// life, and the wait for connections is bounded by drain_deadline.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a server whose agent hangs in its drain goes on after the deadline, others never wait") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 0)->id};
    world.controller()->terminate(request, [](const auto&) {});
  });
  incident.fault({.kind = FaultKind::agent_hang, .at = 20min + 2s, .lasts = 38min, .pick = 0});
  incident.fault({.kind = FaultKind::load_surge, .at = 21min, .lasts = 30min, .strength = 0.1});
  incident.by(23min + 30s, "the zone has grown meanwhile",
              [](World& world) { return count(world, model::NodeState::in_service) >= 13; });
  incident.by(30min, "the drain has ended",
              [](World& world) { return count(world, model::NodeState::draining) == 0; });
  prove(incident, {"check.drain_bounded"}, "incident");
}

}  // namespace edgeherd::incidents
