// jitsi-autoscaler. When its metrics store was away, a period without samples counted as load zero,
// and zero load is a reason to scale down. (Mended years later: an empty period skips the round.)
//
// For a fleet: an outage of the telemetry removes the servers that carry the traffic. Against it:
// absent is not zero. Without any data the size stays; a server without data counts as one at
// target; a zone with stale data does not shrink, by the plan and once more by the guard; and so
// many silent servers freeze the zone.
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

TEST_CASE("a zone of which nothing is heard keeps its size") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::net_mute, .at = 20min, .lasts = 30min, .scope = Scope::zone});
  prove(
      incident,
      {"check.no_data_no_change", "check.missing_at_target", "check.missing_data_forbids_shrinking",
       "brake.stale_evidence", "brake.zone_freeze", "brake.account_freeze"},
      "P3");
}

}  // namespace edgeherd::incidents
