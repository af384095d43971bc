// jitsi-autoscaler. When some launches of a batch had failed, or had not answered, the whole batch
// was tried again: more servers than wanted, and nobody's.
//
// For a fleet: a cloud that carries a creation out but loses its answer gives two servers for one.
// Against it: an intent that was asked for once is asked again only when a complete inventory,
// asked for after the call had ended and its server had time to appear, does not have it.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a creation whose answer was lost makes no second server") {
  sim::Scenario scenario = ten_servers();
  scenario.least_boot = 90s;
  scenario.most_boot = 120s;
  Incident incident(std::move(scenario));
  incident.fault({.kind = FaultKind::load_surge, .at = 20min, .lasts = 30min, .strength = 0.05});
  incident.fault(
      {.kind = FaultKind::cloud_loses_answers, .at = 20min, .lasts = 30s, .strength = 1});
  incident.fault({.kind = FaultKind::cloud_list_broken, .at = 20min, .lasts = 2min, .strength = 1});
  prove(incident, {"check.launch_settled", "check.create_settled"}, "P4");
}

}  // namespace edgeherd::incidents
