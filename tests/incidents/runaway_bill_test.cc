// jitsi-autoscaler and many a bill on the web: nothing stands between a mistyped maximum, or a
// figure that went wrong, and the account's limit; servers are launched as fast as the cloud makes
// them, and the first to notice is who pays.
//
// For a fleet: a maximum with two digits too many meets counters that grow ten times too fast.
// Against it: what all servers cost an hour has a limit, and no launch lifts it above.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a mistyped maximum and a surge cost no more than the budget") {
  sim::Scenario scenario = ten_servers();
  scenario.zones[0].max_servers = 2000;
  scenario.hourly_budget = 0.15;  // fifteen servers
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 20min, .strength = 0.6});
  incident.by(25min, "it has grown as far as the money goes",
              [](World& world) { return world.controller()->fleet().nodes().size() == 15; });
  prove(incident, {"brake.hourly_budget"}, "budget");
}

}  // namespace edgeherd::incidents
