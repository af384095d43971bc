// lifecycled (#55). Its last step told the cloud to go on with the termination whatever had become
// of the handler that should have saved the logs; its own line said "finished successfully".
//
// For a fleet: an archive that is away for an hour costs the logs of every server that leaves in
// it. Against it: nothing leaves before its logs are stored; past the deadline it is held, with an
// alarm, and giving the logs up is a decision that is recorded as a loss.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

class NothingUnstored final : public sim::Watcher {
 public:
  void destroying(World& world, const model::Vm& vm) override {
    Box* box = world.yard.find(vm.id);
    if (box != nullptr && !box->lines_on_disk().empty()) {
      world.violated("incident", "server " + vm.id.str() + " goes, and its logs are not stored");
    }
  }
};

}  // namespace

TEST_CASE("while the archive is away a server that is asked out is held, and ships later") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::archive_away, .at = 19min, .lasts = 40min});
  incident.fault({.kind = FaultKind::op_terminate, .at = 20min});
  incident.watched_by([] { return std::make_unique<NothingUnstored>(); });
  incident.by(45min, "it is held", [](World& world) {
    const auto& nodes = world.controller()->fleet().nodes();
    return std::any_of(nodes.begin(), nodes.end(), [](const auto& n) { return n.second.held; });
  });
  prove(incident, {"check.held_before_given_up"}, "P10");
}

TEST_CASE("while the archive is away a zone that shrinks gives nobody's logs up") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].min_servers = 2;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::load_drop, .at = 16min, .lasts = 40min});
  incident.fault({.kind = FaultKind::archive_away, .at = 19min, .lasts = 40min});
  incident.watched_by([] { return std::make_unique<NothingUnstored>(); });
  prove(incident, {"check.no_giving_up_in_an_archive_outage"}, "incident");
}

}  // namespace edgeherd::incidents
