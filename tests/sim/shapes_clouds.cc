// Worlds whose clouds are slow, late, or make two of one.
#include "tests/sim/shape_parts.h"
#include "tests/sim/shapes.h"

namespace edgeherd::sim::shapes {

using enum FaultKind;

void slow_cloud(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 3, 5, 1);
  scenario.launches_per_minute = 60;
  add(scenario, cloud_slow, 0s, 20min, 0.9 + random.unit() / 10, 0);
  for (std::uint64_t zone = 0; zone < 3; ++zone) {
    add(scenario, load_surge, minutes_from(random, 3, 9), 6min, 1, zone);
  }
  in_order(scenario);
}

// A listing that was asked for before a creation had ended comes long after that.
void slower_cloud(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 3, 5, 3);
  scenario.launches_per_minute = 60;
  add(scenario, cloud_slow, 0s, 20min, 1.2, 0);
  add(scenario, cloud_slow, 0s, 20min, 1.2, 1);
  add(scenario, cloud_slow, 0s, 20min, 1.2, 2);
  for (std::uint64_t zone = 0; zone < 3; ++zone) {
    add(scenario, load_surge, minutes_from(random, 3, 9), 6min, 1, zone);
  }
  in_order(scenario);
}

void slow_cloud_and_crashes(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  add(scenario, cloud_slow, 0s, 4min, 0.3 + random.unit() / 4, 0);
  for (int i = 0; i < 4; ++i) {
    add(scenario, brain_crash, from_seconds(2 + i * 20 + random.unit() * 15), 2s, 1, 0);
  }
  in_order(scenario);
}

// Servers that enrol before the list shows them, and whose agents fall silent then.
void late_lists(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 6, 1);
  scenario.least_boot = 3s;
  scenario.most_boot = 8s;
  add(scenario, cloud_list_lags, 0s, 10min, 1, 0);
  for (int i = 0; i < 4; ++i) {
    add(scenario, net_mute, from_seconds(5 + i * 60 + random.unit() * 10), 40s, 1, 0, Scope::all);
    add(scenario, load_surge, from_seconds(i * 60), 30s, 1, random.u64());
  }
  in_order(scenario);
}

void doubles(Scenario& scenario, SimRandom&) {
  zones_of(scenario, 2, 6, 1);
  add(scenario, cloud_doubles, 0s, 4min, 1, 0);
}

// Nobody knows the servers any more, and before they are adopted somebody clones some of them, with
// their enrolment tokens.
void lost_and_cloned(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 3, 1);
  const Duration at = minutes_from(random, 4, 8);
  add(scenario, store_lost, at, 0s, 1, 0);
  for (std::uint64_t i = 0; i < 4; ++i) {
    add(scenario, vm_cloned, at + from_seconds(5 + random.unit() * 20), 0s, 1, random.u64());
  }
  in_order(scenario);
}

// Other people's servers come, called as ours are, while ours come and go.
void foreign_servers(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  for (int i = 0; i < 6; ++i) {
    add(scenario, vm_foreign, minutes_from(random, 2, 18), 0s, 1, random.u64());
    add(scenario, op_terminate, minutes_from(random, 2, 18), 0s, 1, random.u64());
  }
  in_order(scenario);
}

// Who wrote the answer of a creation took the first server of the account for the new one.
void misnamed(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 6, 1);
  add(scenario, cloud_names_another, 1min, 20min, 1, 0);
  for (int i = 0; i < 3; ++i) {
    add(scenario, load_surge, minutes_from(random, 2 + i * 4, 4 + i * 4), 3min, 1, random.u64());
  }
  in_order(scenario);
}

void doubles_and_crashes(Scenario& scenario, SimRandom& random) {
  doubles(scenario, random);
  const Duration unlisted = from_seconds(15 + random.unit() * 60);
  add(scenario, cloud_list_broken, 3s, unlisted, 1, 0);
  for (int i = 0; i < 4; ++i) {
    add(scenario, brain_crash_at_commit, unlisted + from_seconds(random.unit() * 6 - 6), 1s,
        random.unit() / 4, 0);
  }
  in_order(scenario);
}

}  // namespace edgeherd::sim::shapes
