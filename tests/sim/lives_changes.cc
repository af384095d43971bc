// Lives in which the configuration changes.
#include <algorithm>

#include "tests/sim/lives_parts.h"
#include "tests/sim/orders.h"

namespace edgeherd::sim {

namespace {

void close(World& world, const ZoneId& zone) {
  world.policy.zones.at(zone).activity = model::ZoneActivity::inactive;
}

void open(World& world) {
  world.policy.zones = policy_of(world.scenario()).zones;
  world.confirmed.clear();
}

}  // namespace

// Removals are confirmed, and the configuration is taken back before all of them are done; then it
// comes again: while the coordinator runs, and once more from start to start.
Life change_of_mind() {
  Life life{"mind", small_zone(3), be_brief, {}};
  const auto all_wait = [](const Stage& stage) {
    return unconfirmed(stage.controller, zone_of(stage)) == 3;
  };
  const auto confirm_all = [](Stage& stage) {
    stage.world.confirmed[zone_of(stage)] = 3;
    stage.clerk.give(stage.world, confirm(zone_of(stage), 3));
  };
  const auto one_leaves = [](const Stage& stage) {
    return std::ranges::any_of(stage.fleet().nodes(), [](const auto& entry) {
      return entry.second.state > model::NodeState::in_service;
    });
  };
  const auto nobody_goes = [all_wait](const Stage& stage) {
    return stage.waited >= 90s && all_wait(stage);
  };
  const auto reopen = [](Stage& stage) {
    stage.clerk.excuse();
    open(stage.world);
    stage.world.reload();
  };
  const auto close_again = [](Stage& stage) {
    close(stage.world, zone_of(stage));
    stage.world.reload();
  };
  life.steps = {
      {"three serve", serving(3), close_again},
      {"three removals wait", all_wait, confirm_all},
      {"one leaves", one_leaves, reopen},
      {"three serve again", serving(3), close_again},
      {"nobody goes", nobody_goes, confirm_all},
      {"one leaves again", one_leaves,
       [](Stage& stage) {
         stage.clerk.excuse();
         open(stage.world);
         stage.world.crash_brain(0, 5s);
       }},
      {"three serve once more", serving(3),
       [](Stage& stage) {
         close(stage.world, zone_of(stage));
         stage.world.crash_brain(0, 5s);
       }},
      {"still nobody goes", nobody_goes, reopen},
      {"all is as it was", serving(3), [](Stage&) {}},
  };
  return life;
}

}  // namespace edgeherd::sim
