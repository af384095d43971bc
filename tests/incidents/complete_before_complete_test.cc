// AWS node termination handler (#355) and nomad (#14293). "Complete" was said while the work was
// still ending, and the machine was taken away under it.
//
// For a fleet: an agent says that its logs are shipped, and the objects are not there. Against it:
// the coordinator looks at each stored object itself before it confirms it, and at all of them
// again, against the manifest, before the server goes.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

// The archive says yes to the next uploads, and keeps nothing of them.
Incident archive_that_lies() {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 0)->id};
    world.controller()->terminate(request, [](const auto&) {});
    world.archive.fail_puts(archive::SimArchive::PutFault::lost, 12);
  });
  return incident;
}

}  // namespace

TEST_CASE("what the archive has lost is shipped again before the server goes") {
  Incident incident = archive_that_lies();
  incident.by(50min, "the node has left", [](World& world) {
    return world.yard.all().begin()->second->vm().id != VmId("ocean-1");
  });
  prove(incident, {"check.segment_verified", "check.archive_before_end"}, "P10");
}

}  // namespace edgeherd::incidents
