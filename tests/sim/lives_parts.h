// What lives are made of. Private to tests/sim/lives*.cc.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "tests/sim/lives.h"

namespace edgeherd::sim {

inline constexpr double at_rest_rps = 50;

inline Scenario small_zone(int min_servers) {
  Scenario scenario;
  scenario.seed = 1;
  scenario.length = 1h;
  scenario.convergence = 20min;
  ZoneScenario zone;
  zone.id = ZoneId("ocean/lon1");
  zone.provider = ProviderId("ocean");
  zone.region = RegionId("lon");
  zone.min_servers = min_servers;
  zone.max_servers = 4;
  zone.mean_rps = at_rest_rps;
  zone.daily_swing = 0;
  zone.noise = 0;
  scenario.zones = {zone};
  scenario.least_boot = 3s;
  scenario.most_boot = 5s;
  scenario.rotate_age = 40s;
  scenario.lines_per_request = 0.02;
  return scenario;
}

inline const ZoneId& zone_of(const Stage& stage) {
  return stage.world.scenario().zones.front().id;
}

inline void be_brief(World& world) {
  world.policy.scaling.scale_in_stabilisation = 45s;
  world.policy.timings.start_up = 30s;
}

// A node in service that plays no part yet plays this one from now on: the oldest.
inline void choose(Stage& stage, const std::string& part) {
  const model::Node* chosen = nullptr;
  for (const auto& [id, node] : stage.fleet().nodes()) {
    const bool taken = std::ranges::any_of(
        stage.cast, [&, &name = id](const auto& entry) { return entry.second == name; });
    if (node.state != model::NodeState::in_service || taken) continue;
    if (chosen == nullptr || node.requested_at < chosen->requested_at) chosen = &node;
  }
  if (chosen != nullptr) stage.cast[part] = chosen->id;
}

inline std::function<bool(const Stage&)> serving(std::size_t count) {
  return [count](const Stage& stage) { return stage.serving(count); };
}
inline std::function<bool(const Stage&)> after(Duration wait) {
  return [wait](const Stage& stage) { return stage.waited >= wait; };
}
inline std::function<void(Stage&)> order(std::function<Clerk::Order(const Stage&)> make) {
  return [make = std::move(make)](Stage& stage) { stage.clerk.give(stage.world, make(stage)); };
}

// lives_changes.cc
[[nodiscard]] Life change_of_mind();
[[nodiscard]] Life name_unsaid();
[[nodiscard]] Life name_trouble();

}  // namespace edgeherd::sim
