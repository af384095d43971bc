// Kubernetes cluster autoscaler (#446). In its first round after a start its view of the cluster
// was not filled yet; every node looked idle, and it began to remove them.
//
// For a fleet: a restart of the coordinator shrinks it. Against it: nothing leaves service before
// 90 % of the agents are back or the start-up time has passed, and no zone shrinks before its load
// was watched for the whole stabilisation window again.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("after a start nobody leaves service while the agents are still to come") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::brain_crash, .at = 20min, .lasts = 10s});
  incident.fault({.kind = FaultKind::net_mute, .at = 20min, .lasts = 150s, .scope = Scope::all});
  incident.fault({.kind = FaultKind::op_terminate, .at = 21min});
  prove(incident, {"brake.start_up"}, "orders");
}

TEST_CASE("a low minute right after a start is not taken for all there was") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::brain_crash, .at = 20min, .lasts = 10s});
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 2min});
  incident.never("a server left within minutes of the start", [](World& world) {
    return world.elapsed() > 10min && count(world, model::NodeState::draining) > 0;
  });
  prove(incident, {"check.scale_in_stabilised_after_start", "check.scale_in_stabilised"}, "P3");
}

TEST_CASE("whom a coordinator has not heard since it began is not silent before he had his time") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::archive_away, .at = 19min, .lasts = 15min});
  incident.at(20min, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 0)->id};
    world.controller()->terminate(request, [](const auto&) {});
  });
  incident.by(24min, "it is being flushed",
              [](World& world) { return count(world, model::NodeState::flushing) == 1; });
  incident.fault({.kind = FaultKind::brain_crash, .at = 25min, .lasts = 5s});
  incident.fault({.kind = FaultKind::net_partition, .at = 25min, .lasts = 45s, .pick = 0});
  prove(incident, {"check.silence_counts_from_start"}, "P3");
}

}  // namespace edgeherd::incidents
