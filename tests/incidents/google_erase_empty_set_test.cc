// Google, a tool that erased disks. A second run of a job for a rack whose machines were all done
// already asked for the machines to do, got an empty set, and an empty set meant every machine.
//
// For a fleet: an order, or an answer of the cloud, that names nothing, and is read as naming all.
// Against it: an empty selector is refused, and an empty inventory is no proof against servers that
// speak.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("an order that names no node and no zone is refused") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::op_types_wrong, .at = 20min});
  prove(incident, {"check.empty_selector_refused"}, "operator");
}

TEST_CASE("an inventory without servers, as of another project, loses none that speaks") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) { world.clouds.begin()->second->weather().most_listed = 0; });
  incident.at(25min,
              [](World& world) { world.clouds.begin()->second->weather().most_listed.reset(); });
  incident.never("servers in use are given up", [](World& world) {
    return world.elapsed() > 10min && count(world, model::NodeState::in_service) < 9;
  });
  prove(incident, {"check.lost_silent", "brake.many_missing"}, "P3");
}

}  // namespace edgeherd::incidents
