// Traffic Monitor (#772). It served nothing before every cache had been polled twice; one cache
// whose counters never moved kept it from starting at all.
//
// For a fleet: one agent that lies, or never comes back, stops the coordinator. Against it: a
// higher epoch is believed by two witnesses; and the start waits for 90 % of the agents, but no
// longer than the start-up time.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("one agent that claims another coordinator does not stop ours") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::agent_claims_epoch, .at = 20min, .pick = 4});
  incident.never("it stops for one agent's word", [](World& world) {
    return world.controller() != nullptr && world.controller()->fleet().superseded();
  });
  prove(incident, {"check.epoch_witnessed"}, "epochs");
}

TEST_CASE("agents that never come back do not keep a new coordinator from its work") {
  Incident incident(ten_servers());
  for (std::uint64_t pick = 0; pick < 3; ++pick) {
    incident.fault({.kind = FaultKind::agent_hang, .at = 19min, .lasts = 40min, .pick = pick});
  }
  incident.fault({.kind = FaultKind::brain_crash, .at = 20min, .lasts = 10s});
  incident.at(21min, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 5)->id};
    world.controller()->terminate(request, [](const auto&) {});
  });
  incident.by(27min, "the node that was asked out has left service", [](World& world) {
    for (const auto& [id, node] : world.controller()->fleet().nodes()) {
      if (node.asked_out && node.state == model::NodeState::in_service) return false;
    }
    return true;
  });
  prove(incident, {"check.start_up_bounded"}, "incident");
}

}  // namespace edgeherd::incidents
