// Missing metrics, wrong both ways. In nomad-autoscaler one source without data ends the
// evaluation, so that the others may not scale up. In Kubernetes 1.16 to 1.20 one missing metric
// let a pod group scale down on the rest.
//
// For a fleet: one silent agent and no growth under load, or a zone that shrinks on half of its
// figures. Here missing is asymmetric: nothing on the way up, at target on the way down, and no
// shrinking on stale data.
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::incidents {

TEST_CASE("one silent agent does not keep its zone from growing under load") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::agent_hang, .at = 19min, .lasts = 20min, .pick = 2});
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 20min, .strength = 0.1});
  incident.by(25min, "the zone has grown",
              [](World& world) { return count(world, model::NodeState::in_service) >= 13; });
  prove(incident, {"check.grows_on_partial_data"}, "incident");
}

TEST_CASE("one silent agent keeps its zone from shrinking") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::agent_hang, .at = 19min, .lasts = 30min, .pick = 2});
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 29min});
  prove(incident, {"check.missing_data_forbids_shrinking", "brake.stale_evidence"}, "P3");
}

namespace {

// What a zone of eight proposes for itself, whose agents all are heard.
int proposal(std::optional<double> requests_per_node, const testing::FleetWorld::Load& load) {
  testing::FleetWorld world;
  world.zone("p/z", 1, 20).capacity.requests_per_s = requests_per_node;
  std::vector<std::pair<NodeId, testing::FleetWorld::Load>> loads;
  for (int i = 0; i < 8; ++i) loads.push_back({world.serving("p/z"), load});
  world.run_load(loads, 10s);
  return testing::FleetWorld::decision(world.plan(), "p/z").proposal;
}

}  // namespace

TEST_CASE("a zone sized by what its agents do not report does not shrink on what they do") {
  prove([] { return proposal(100, {.requests_per_s = std::nullopt, .cpu = 0.01}) == 8; },
        {"check.missing_at_target"});
}

TEST_CASE("agents that are heard and report nothing to size by are no reason for any size") {
  prove([] { return proposal(std::nullopt, {.requests_per_s = 1, .cpu = std::nullopt}) == 8; },
        {"check.no_data_no_change"});
}

}  // namespace edgeherd::incidents
