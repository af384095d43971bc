// Kubernetes cluster autoscaler (#5465). It lowered the size of a group, and the cloud chose which
// machine to delete: not the one that had been emptied for it.
//
// For a fleet: a server with viewers on it goes, or one that the operator has protected. Here the
// coordinator names the server that goes, by its id, and it is the one that was drained. Against a
// wrong choice: a protected node is never chosen, and once more the guard holds it.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a shrinking zone removes none of its protected servers") {
  Incident incident(ten_servers());
  incident.at(15min, [](World& world) {
    for (std::size_t i = 0; i < 8; ++i) {
      world.controller()->set_flag(node(world, i)->id, model::Flag::is_protected, true,
                                   [](const Status&) {});
    }
  });
  incident.fault({.kind = FaultKind::load_drop, .at = 20min, .lasts = 35min});
  incident.by(50min, "the others have left",
              [](World& world) { return count(world, model::NodeState::in_service) == 8; });
  prove(incident, {"check.protected_not_chosen", "brake.protected"}, "orders");
}

}  // namespace edgeherd::incidents
