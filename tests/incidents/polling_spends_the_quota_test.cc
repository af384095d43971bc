// Kubernetes cluster autoscaler (#4133). It asked the cloud so often that the account's quota of
// calls was spent, and the calls that mattered were refused.
//
// For a fleet: no server can be launched or destroyed, for hours. Against it: one budget of calls
// for each account, shared by its zones; one listing serves all of them.
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/act/calls/executor.h"
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

// As many jobs as anybody likes; how many reach the account in a minute.
bool keeps_its_rate() {
  sim::SimLoop loop;
  sim::SimRandom random(1);
  const act::ExecutorLimits limits;
  act::Executor executor(loop, random, limits);
  int calls = 0;
  for (int i = 0; i < 900; ++i) {
    executor.submit<Status>(
        act::Urgency::normal, nullptr,
        [&](std::function<void(Status)> done) {
          ++calls;
          done({});
        },
        [](act::CallOutcome, const Status&) {});
  }
  loop.run_for(1min);
  return calls <= limits.burst + limits.calls_per_s * 60 + 1;
}

}  // namespace

TEST_CASE("whatever is asked for, an account gets no more calls than its rate allows") {
  prove(keeps_its_rate, {"check.call_rate_kept"});
}

TEST_CASE("an hour of a fleet, a surge and a fall in it, costs a small part of any quota") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::load_surge, .at = 10min, .lasts = 10min, .strength = 0.2});
  incident.fault({.kind = FaultKind::load_drop, .at = 30min, .lasts = 20min});
  incident.by(59min, "fewer than 1,000 calls of the account",
              [](World& world) { return world.clouds.begin()->second->calls() < 1000; });
  REQUIRE(incident.broken_promise() == "");
}

}  // namespace edgeherd::incidents
