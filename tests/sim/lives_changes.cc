// Lives in which the configuration changes, and names that fail meanwhile.
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

// Its other names are read without trouble.
Life with_all_names(const char* name, int servers) {
  Life life{name,
            small_zone(servers),
            [](World& world) {
              be_brief(world);
              world.policy.timings.drain_deadline = 1min;
            },
            {}};
  life.scenario.zones.front().names = ZoneNames::all;
  return life;
}

void in_the_way(Stage& stage, SimDns::Obstacle obstacle) {
  stage.world.dns.put_in_the_way(dns_name_of(zone_of(stage)), obstacle);
}

void clear_the_way(Stage& stage) {
  in_the_way(stage, SimDns::Obstacle::none);
}

// By order, which needs no figures: those of a time without names count for nothing.
void shrink_to(Stage& stage, int servers) {
  model::ZonePolicy& zone = stage.world.policy.zones.at(zone_of(stage));
  zone.min_servers = zone.max_servers = servers;
  stage.world.reload();
}

// For longer than the name's TTL and the drain's deadline.
bool one_stays(const Stage& stage) {
  return std::ranges::any_of(stage.fleet().nodes(), [&](const auto& entry) {
    return entry.second.state == model::NodeState::draining &&
           stage.world.loop.clock().mono() - entry.second.state_since >= 2min;
  });
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

// Servers leave while a service answers without a word of the name that may send viewers to them.
Life name_unsaid() {
  Life life = with_all_names("unsaid", 2);
  life.steps = {
      {"two serve", serving(2),
       [](Stage& stage) {
         in_the_way(stage, SimDns::Obstacle::left_out);
         shrink_to(stage, 1);
       }},
      {"one stays while nothing is said of its name", one_stays, clear_the_way},
      {"one serves", serving(1), [](Stage&) {}},
  };
  return life;
}

// The same while there is an alias in the name's way, or it is not in the configuration any more and
// cannot be cleaned.
Life name_trouble() {
  using Obstacle = SimDns::Obstacle;
  Life life = with_all_names("names", 3);
  const auto under = [](Stage& stage, const std::string& name) {
    stage.world.policy.zones.at(zone_of(stage)).dns_name = name;
    stage.world.reload();
  };
  life.steps = {
      {"three serve", serving(3),
       [=](Stage& stage) {
         in_the_way(stage, Obstacle::alias);
         shrink_to(stage, 2);
       }},
      {"one stays while its name is an alias", one_stays, clear_the_way},
      {"two serve", serving(2),
       [=](Stage& stage) {
         in_the_way(stage, Obstacle::no_right);
         under(stage, "elsewhere.test");
       }},
      {"both names give them",
       [](const Stage& stage) {
         return stage.world.dns.addresses(act::NameKey("elsewhere.test")).size() == 2 &&
                stage.named(2);
       },
       [=](Stage& stage) { shrink_to(stage, 1); }},
      {"one stays while the name that was lost gives it", one_stays,
       [=](Stage& stage) {
         clear_the_way(stage);
         under(stage, dns_name_of(zone_of(stage)));
       }},
      {"one serves", serving(1),
       // By hand: the coordinator would leave it an hour to those who serve.
       [](Stage& stage) {
         stage.world.dns.set({"elsewhere.test", {}, dns_ttl});
       }},
  };
  return life;
}

}  // namespace edgeherd::sim
