// What shapes are made of. Private to tests/sim/shapes*.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "common/sim/sim_random.h"
#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim::shapes {

inline void add(Scenario& scenario, FaultKind kind, Duration at, Duration lasts, double strength,
                std::uint64_t pick, Scope scope = Scope::node) {
  scenario.faults.push_back({kind, at, lasts, strength, pick, scope});
}

inline void in_order(Scenario& scenario) {
  std::stable_sort(scenario.faults.begin(), scenario.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

inline Duration minutes_from(SimRandom& random, double least, double most) {
  return from_seconds(60 * (least + random.unit() * (most - least)));
}

// So many zones of so many servers, in accounts of their own by turns.
inline void zones_of(Scenario& scenario, int count, int servers, int accounts) {
  ZoneScenario like = scenario.zones.front();
  scenario.zones.clear();
  const char* names[] = {"ocean", "amazon", "third"};
  for (int i = 0; i < count; ++i) {
    ZoneScenario zone = like;
    zone.provider = ProviderId(names[i % accounts]);
    zone.id = ZoneId(zone.provider.str() + "/z" + std::to_string(i + 1));
    zone.region = RegionId("r" + std::to_string(i + 1));
    zone.min_servers = servers;
    zone.max_servers = servers * 3;
    zone.mean_rps = servers * scenario.node_rps * 0.65;
    zone.daily_swing = 0;
    zone.noise = 0.02;
    scenario.zones.push_back(zone);
  }
}

}  // namespace edgeherd::sim::shapes
