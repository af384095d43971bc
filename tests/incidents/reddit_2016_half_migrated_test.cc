// Reddit, August 2016. The autoscaler had been switched off by hand for the move of its database. A
// configuration tool found it off and started it again; it read a database that was half moved,
// took the servers that it did not find there for unwanted, and removed most of the site within
// seconds.
//
// For a fleet: a pause that a restart or a reload ends, a configuration of which half is missing,
// and nothing that slows the removal down. Against it stand the pause, which only `resume` ends;
// the confirmation that a zone which is gone from the configuration wants; and the removal budgets.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

// The tool starts the coordinator again, with a configuration of which the zone is missing.
Incident half_migrated(bool resumed) {
  Incident incident(ten_servers());
  incident.at(15min, [](World& world) {
    world.controller()->pause("the database moves", [](const Status&) {});
  });
  incident.at(20min, [](World& world) {
    world.policy.zones.clear();
    world.crash_brain(0, 5s);
  });
  incident.at(25min, [](World& world) { world.reload(); });
  if (resumed) {
    incident.at(26min, [](World& world) { world.controller()->resume([](const Status&) {}); });
  }
  incident.never("a server left service", [](World& world) {
    return world.elapsed() > 10min && count(world, model::NodeState::draining) > 0 &&
           !world.faults_over();
  });
  return incident;
}

}  // namespace

TEST_CASE("a pause outlives the restart and the reload by a tool that knows nothing of it") {
  prove(half_migrated(false).by(30min, "the pause is over",
                                [](World& world) { return world.controller()->fleet().paused(); }),
        {"check.pause_restored", "check.pause_marked"}, "incident");
}

TEST_CASE("servers of a zone that is gone from the configuration stay until somebody confirms it") {
  prove(half_migrated(true), {"brake.unconfirmed"}, "orders");
}

}  // namespace edgeherd::incidents
