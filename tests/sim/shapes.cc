#include "tests/sim/shapes.h"

#include <algorithm>

#include "tests/sim/shape_parts.h"

namespace edgeherd::sim::shapes {

namespace {

using enum FaultKind;

void longer(Scenario& scenario, Duration least) {
  for (Fault& fault : scenario.faults) fault.lasts = std::max(fault.lasts, least);
}

void slow_boots(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  add(scenario, boot_slow, 0s, 18min, 0.9, 0);
  add(scenario, load_surge, minutes_from(random, 1, 3), 15min, 0.6, 0);
  add(scenario, load_surge, minutes_from(random, 1, 3), 15min, 0.6, 1);
  in_order(scenario);
}

void claims(Scenario& scenario, SimRandom& random, double strength) {
  for (int i = 0; i < 8; ++i) {
    add(scenario, agent_claims_epoch, minutes_from(random, 3, 18), 0s, strength, random.u64());
  }
  in_order(scenario);
}

// The moment of the pause.
Duration paused(Scenario& scenario, SimRandom& random, double minutes) {
  zones_of(scenario, 2, 3, 1);
  const Duration at = minutes_from(random, minutes, minutes + 2);
  add(scenario, op_pause, at, 7min, 1, 0);
  add(scenario, load_surge, at + 3min, 10min, 0.8, random.u64());
  return at;
}

// Another project's list while agents cannot be heard.
void foreign_list(Scenario& scenario, SimRandom& random, Duration lasts) {
  zones_of(scenario, 2, 4, 1);
  for (int i = 0; i < 2; ++i) {
    const Duration at = minutes_from(random, 5, 7) + i * 8min;
    add(scenario, net_partition, at - 40s, 3min, 1, random.u64(), Scope::half);
    add(scenario, cloud_list_foreign, at, lasts, 1, 0);
  }
  in_order(scenario);
}

}  // namespace

void as_it_is(Scenario&, SimRandom&) {}

void low_ceiling(Scenario& scenario, SimRandom& random) {
  int least = 0;
  for (const ZoneScenario& zone : scenario.zones) least += zone.min_servers;
  scenario.fleet_ceiling = least + 1 + static_cast<int>(random.below(3));
  for (ZoneScenario& zone : scenario.zones) {
    zone.mean_rps = zone.min_servers * scenario.node_rps * 0.4;
    zone.daily_swing = 0;
  }
}

void small_budget(Scenario& scenario, SimRandom& random) {
  scenario.launches_per_minute = 1 + static_cast<int>(random.below(3));
}

void bad_boots(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 4, 3, 2);
  scenario.least_boot = 10s;
  scenario.most_boot = 15s;
  add(scenario, boot_wrong_image, 1min, 18min, 1, 0);
  for (int i = 0; i < 4; ++i) {
    add(scenario, load_surge, minutes_from(random, 1, 3), 15min, 0.5 + random.unit() / 2,
        static_cast<std::uint64_t>(i));
    add(scenario, load_surge, minutes_from(random, 5, 15), 5min, 0.8,
        static_cast<std::uint64_t>(i));
  }
  in_order(scenario);
}

// One who is protected is sick.
void sick_and_protected(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 3, 1);
  for (std::uint64_t i = 0; i < 6; ++i) {
    add(scenario, op_protect, minutes_from(random, 3, 4), 15min, 1, i);
    add(scenario, edge_sick, minutes_from(random, 5, 15), 3min, 1, i);
  }
  in_order(scenario);
}

void cut_off_at_start(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 5, 1);
  const Duration at = minutes_from(random, 6, 12);
  add(scenario, op_terminate, at - 10s, 0s, 1, random.u64());
  add(scenario, op_terminate, at - 9s, 0s, 1, random.u64());
  add(scenario, op_terminate, at - 8s, 0s, 1, random.u64());
  add(scenario, store_slow, at - 20s, 10s, 0.1, 0);
  add(scenario, net_partition, at - 2s, 4min, 1, random.u64(), Scope::half);
  add(scenario, brain_crash, at, 3s, 1, 0);
  in_order(scenario);
}

// Up and down and up again.
void waves_of_load(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 2, 1);
  scenario.length = 40min;
  for (std::uint64_t zone = 0; zone < 2; ++zone) {
    for (int wave = 0; wave < 3; ++wave) {
      add(scenario, load_surge, minutes_from(random, 2, 3) + wave * 12min, 90s, 0.5, zone);
    }
  }
  in_order(scenario);
}

void lost_database(Scenario& scenario, SimRandom& random) {
  for (ZoneScenario& zone : scenario.zones) {
    zone.min_servers = std::max(2, zone.min_servers);
    zone.max_servers = zone.min_servers + 1;
  }
  add(scenario, store_lost, minutes_from(random, 3, 6), 0s, 1, 0);
  add(scenario, net_mute, minutes_from(random, 6, 9), 4min, 1, random.u64(), Scope::all);
  in_order(scenario);
}

// A coordinator that has lost its database is killed while its servers are being adopted.
void lost_and_crashed(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 3, 1);
  const Duration at = minutes_from(random, 3, 5);
  add(scenario, store_lost, at, 0s, 1, 0);
  add(scenario, brain_crash, at + minutes_from(random, 4, 6), 2s, 1, 0);
  in_order(scenario);
}

void often_rotated(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 3, 1);
  scenario.rotate_age = 60s;
  scenario.lines_per_request = 0.005;
  for (int i = 0; i < 8; ++i) {
    add(scenario, archive_forgets, minutes_from(random, 5, 15), 0s, random.unit(), random.u64());
    add(scenario, op_terminate, minutes_from(random, 7, 20), 0s, 1, random.u64());
  }
  in_order(scenario);
}

void long_absence(Scenario& scenario, SimRandom& random) {
  slow_boots(scenario, random);
  add(scenario, brain_crash, minutes_from(random, 3, 6), 6min, 1, 0);
  in_order(scenario);
}

// A replacement begins from a copy of its database while the first coordinator is away; then that
// one comes back.
void replaced_and_back(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 3, 2);
  add(scenario, brain_crash, minutes_from(random, 5, 8), 4min, 1, 0);
  add(scenario, second_brain, minutes_from(random, 10, 11), 20min, 1, 0);
  in_order(scenario);
}

// More servers are wanted while the fleet is paused, and meanwhile its coordinator is killed.
void paused_and_crashed(Scenario& scenario, SimRandom& random) {
  const Duration at = paused(scenario, random, 11);
  add(scenario, brain_crash, at + 2min, 3s, 1, 0);
  in_order(scenario);
}

// And meanwhile its database is replaced by one of before the pause.
void paused_and_restored(Scenario& scenario, SimRandom& random) {
  scenario.length = 40min;
  const Duration at = paused(scenario, random, 22);
  add(scenario, store_restored, at + 2min, 0s, 0, 0);
  in_order(scenario);
}

// The clock is hours ahead while a coordinator starts that has just spent a budget.
void clock_ahead_at_a_start(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 6, 1);
  for (std::uint64_t zone = 0; zone < 2; ++zone) {
    for (std::uint64_t i = 0; i < 6; ++i) {
      add(scenario, edge_sick, minutes_from(random, 4, 12), 10min, 1, random.u64());
    }
  }
  for (int i = 0; i < 3; ++i) {
    const Duration at = minutes_from(random, 6, 7) + i * 4min;
    add(scenario, brain_clock, at, 2min, random.unit(), 0);
    add(scenario, brain_crash, at + 5s, 3s, 1, 0);
  }
  in_order(scenario);
}

void long_standstill(Scenario& scenario, SimRandom& random) {
  slow_boots(scenario, random);
  add(scenario, brain_hang, minutes_from(random, 3, 6), 6min, 1, 0);
  in_order(scenario);
}

void lingering(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 3, 1);
  scenario.linger = 0.99;
  for (int i = 0; i < 4; ++i) {
    add(scenario, op_terminate, minutes_from(random, 4, 18), 0s, 1, random.u64());
  }
  in_order(scenario);
}

void half_is_cut_off(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 6, 2, 3);
  for (int i = 0; i < 2; ++i) {
    add(scenario, net_partition, minutes_from(random, 4, 8) + i * 8min, 5min, 1, random.u64(),
        Scope::half);
  }
  in_order(scenario);
}

void one_claim(Scenario& scenario, SimRandom& random) {
  add(scenario, agent_claims_epoch, minutes_from(random, 4, 18), 0s, 0.1, random.u64());
  in_order(scenario);
}

void wild_claims(Scenario& scenario, SimRandom& random) {
  claims(scenario, random, 0.9);
}

void errors_and_calm(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  for (ZoneScenario& zone : scenario.zones) zone.min_servers = 1;
  for (std::uint64_t zone = 0; zone < 2; ++zone) {
    add(scenario, load_drop, minutes_from(random, 7, 9), 14min, 1, zone);
    add(scenario, load_fails, minutes_from(random, 5, 7), 16min, 0.2 + random.unit() / 2, zone);
  }
  in_order(scenario);
}

void sick_wave(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 1, 6, 1);
  const Duration at = minutes_from(random, 5, 12);
  for (std::uint64_t i = 0; i < 3; ++i) {
    add(scenario, agent_hang, at + from_seconds(random.unit() * 5), 40s, 1, i);
  }
  add(scenario, op_terminate, at + 35s, 0s, 1, 5);
  add(scenario, brain_crash, at + 60s + from_seconds(random.unit() * 30), 3s, 1, 0);
  in_order(scenario);
}

// For longer than the brake of many missing holds.
void foreign_list_for_once(Scenario& scenario, SimRandom& random) {
  foreign_list(scenario, random, 16s);
}

void foreign_list_at_the_end(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  add(scenario, cloud_throttles, 4min, 15min, 0.8, 0);
  for (int i = 0; i < 4; ++i) {
    const Duration at = minutes_from(random, 5, 16);
    add(scenario, op_terminate_now, at, 0s, 1, random.u64());
    add(scenario, cloud_list_foreign, at + minutes_from(random, 0, 1), 25s, 1, 0);
  }
  in_order(scenario);
}

void foreign_list_and_crashes(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  add(scenario, cloud_throttles, 4min, 20min, 0.8, 0);
  // A server that speaks would not be taken for gone: nobody hears them.
  for (int i = 0; i < 4; ++i) {
    const Duration at = minutes_from(random, 5, 6) + i * 4min;
    add(scenario, net_partition, at, 3min, 1, random.u64(), Scope::all);
    add(scenario, op_terminate_now, at + 10s, 0s, 1, random.u64());
    add(scenario, op_terminate_now, at + 10s, 0s, 1, random.u64());
    add(scenario, cloud_list_foreign, at + 20s, 70s, 1, 0);
    add(scenario, brain_crash, at + 60s + minutes_from(random, 0, 1) / 2, 3s, 1, 0);
  }
  in_order(scenario);
}

void all_of_a_zone_sick(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 3, 2, 2);
  for (std::uint64_t i = 0; i < 6; ++i) {
    add(scenario, edge_sick, minutes_from(random, 5, 7), 5min, 1, i);
  }
  in_order(scenario);
}

void restored_and_unlisted(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  scenario.length = 45min;
  for (int i = 0; i < 6; ++i) {
    add(scenario, vm_vanishes, minutes_from(random, 12, 25), 0s, 1, random.u64());
  }
  const Duration at = minutes_from(random, 30, 38);
  add(scenario, store_restored, at, 20min, seconds(20min) / seconds(24h), 0);
  add(scenario, cloud_slow, at, 3min, 0.5, 0);
  in_order(scenario);
}

void hung_while_rebooted(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 1, 6, 1);
  for (ZoneScenario& zone : scenario.zones) zone.min_servers = 2;  // the others are enough
  add(scenario, cloud_slow, 4min, 16min, 0.9, 0);
  for (std::uint64_t i = 0; i < 3; ++i) add(scenario, agent_hang, 6min, 14min, 1, i);
  add(scenario, op_terminate, 5min + 30s, 0s, 1, random.u64());
  for (int i = 0; i < 6; ++i) {
    add(scenario, brain_crash, minutes_from(random, 6, 10), 3s, 1, 0);
  }
  in_order(scenario);
}

void calm_after_a_crash(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  for (ZoneScenario& zone : scenario.zones) zone.min_servers = 1;
  for (std::uint64_t zone = 0; zone < 2; ++zone) {
    add(scenario, load_drop, 9min, 12min, 1, zone);
  }
  add(scenario, brain_crash, minutes_from(random, 9, 12), 5s, 1, 0);
  in_order(scenario);
}

void calm_after_a_surge(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  for (ZoneScenario& zone : scenario.zones) {
    zone.min_servers = 1;
    zone.noise = 0.3;
    zone.daily_swing = 0.4;
  }
  for (std::uint64_t zone = 0; zone < 2; ++zone) {
    add(scenario, load_drop, minutes_from(random, 8, 12), 10min, 1, zone);
  }
  in_order(scenario);
}

// Servers that wait for the archive to be flushed, and agents that come back half a minute after
// their coordinator.
void flushing_at_a_start(Scenario& scenario, SimRandom& random) {
  zones_of(scenario, 2, 4, 1);
  add(scenario, archive_away, 4min, 12min, 1, 0);
  for (int i = 0; i < 4; ++i) {
    add(scenario, op_terminate, minutes_from(random, 4, 6), 0s, 1, random.u64());
  }
  const Duration at = minutes_from(random, 9, 13);
  add(scenario, net_partition, at - 1s, 40s, 1, 0, Scope::all);
  add(scenario, brain_crash, at, 3s, 1, 0);
  in_order(scenario);
}

void twice_listed(Scenario& scenario, SimRandom& random) {
  add(scenario, cloud_list_twice, minutes_from(random, 4, 8), 5min, 1, 0);
  add(scenario, cloud_list_twice, minutes_from(random, 9, 12), 5min, 1, 1);
  in_order(scenario);
}

void hung_agents(Scenario& scenario, SimRandom&) {
  longer(scenario, 2min);
}

}  // namespace edgeherd::sim::shapes
