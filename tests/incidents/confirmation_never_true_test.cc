// jitsi-autoscaler (#189). The function that told whether a server had confirmed its shutdown
// returned "no" for years, whatever the store held; nobody saw it, for a time-out took its place
// each time.
//
// For a fleet: the check of the archive always says no, or always yes, and every server leaves all
// the same. Here both answers are tested, and each must have its own consequence: "no" means ship
// again, and only "yes" ends the flush.
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::incidents {

namespace {

using decide::ActionKind;
using testing::FleetWorld;

// A node whose agent says that all is shipped.
NodeId shipped(FleetWorld& world) {
  world.zone("p/z", 1, 5);
  (void)world.serving("p/z");
  const NodeId id = world.in_state("p/z", model::NodeState::flushing);
  world.sample(id, {});
  world.apply(model::CommandAnswered{id,
                                     model::action_id(world.node(id), "flush", world.fleet.epoch()),
                                     model::CommandAnswered::Outcome::done, ""});
  return id;
}

bool only_yes_ends_it() {
  FleetWorld world;
  const NodeId id = shipped(world);
  const decide::Plan asked = world.plan();
  world.apply(model::ArchiveChecked{id, world.node(id).visit,
                                    fail(Errc::conflict, "segment 2 is not there")});
  const decide::Plan refused = world.plan();
  world.apply(model::CommandAnswered{id,
                                     model::action_id(world.node(id), "flush", world.fleet.epoch()),
                                     model::CommandAnswered::Outcome::done, ""});
  world.apply(model::ArchiveChecked{id, world.node(id).visit, std::nullopt});
  const decide::Plan confirmed = world.plan();
  return FleetWorld::find(asked, ActionKind::check_archive) != nullptr &&
         FleetWorld::find(asked, ActionKind::finish_flush) == nullptr &&
         FleetWorld::find(refused, ActionKind::command) != nullptr &&
         FleetWorld::find(refused, ActionKind::finish_flush) == nullptr &&
         FleetWorld::find(confirmed, ActionKind::finish_flush) != nullptr;
}

}  // namespace

TEST_CASE("a check that says no ships again, and only one that says yes ends the flush") {
  prove(only_yes_ends_it, {"check.archive_before_end"});
}

}  // namespace edgeherd::incidents
