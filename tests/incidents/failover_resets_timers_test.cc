// Kubernetes cluster autoscaler (#4115). Its timers lived in memory; each failover began them anew,
// and what had waited or been spent was forgotten.
//
// For a fleet: a coordinator that crashes every minute spends its removal budget every minute.
// Against it: departures, launches, changes of health and back-off are rows in the database, and
// count again after a start.
#include <algorithm>
#include <memory>

#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a restart gives no removal budget back") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    act::TerminateRequest request;
    for (std::size_t i = 0; i < 3; ++i) request.nodes.push_back(node(world, i)->id);
    request.expect_count = 3;
    world.controller()->terminate(request, [](const auto&) {});
  });
  for (Duration when = 21min; when < 26min; when += 1min) {
    incident.fault({.kind = FaultKind::brain_crash, .at = when, .lasts = 5s});
  }
  prove(incident, {"check.departures_restored"}, "P2");
}

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

// One more of the servers that are still in service.
void ask_one_out(World& world) {
  const auto& nodes = world.controller()->fleet().nodes();
  const auto chosen = std::find_if(nodes.begin(), nodes.end(), [](const auto& entry) {
    return entry.second.state == model::NodeState::in_service;
  });
  act::TerminateRequest request;
  request.nodes = {chosen->first};
  world.controller()->terminate(request, [](const auto&) {});
}

}  // namespace

// The other way round: a deadline that passes while nobody is there is nobody's failure.
TEST_CASE("logs that nobody was there to ask for are asked for before they are given up") {
  Incident incident(ten_servers());
  // Two of the zone are held, as many as may be; the third has just begun to flush.
  incident.fault({.kind = FaultKind::archive_away, .at = 5min, .lasts = 50min});
  incident.at(6min, ask_one_out);
  incident.at(17min, ask_one_out);
  incident.at(28min, ask_one_out);
  incident.by(32min, "three of them flush",
              [](World& world) { return count(world, model::NodeState::flushing) == 3; });
  incident.fault({.kind = FaultKind::brain_crash, .at = 33min, .lasts = 20min});
  incident.watched_by([] { return std::make_unique<NothingUnstored>(); });
  prove(incident, {"check.flush_deadline_after_start"}, "incident");
}

}  // namespace edgeherd::incidents
