#include "tests/sim/lives.h"

#include <algorithm>

#include "tests/sim/lives_parts.h"
#include "tests/sim/orders.h"

namespace edgeherd::sim {

namespace {

constexpr double busy = 2.4;  // times the load at rest: two nodes are needed

void traffic(Stage& stage, double factor) {
  stage.world.viewers->scale(zone_of(stage), factor);
}

// A node from its launch to its end, twice: for lack of load, and by the operator's word.
Life whole_life() {
  Life life{"life", small_zone(1), be_brief, {}};
  life.steps = {
      {"one serves", serving(1), [](Stage& stage) { traffic(stage, busy); }},
      {"two serve", serving(2), [](Stage&) {}},
      {"logs are shipped", after(50s), [](Stage& stage) { traffic(stage, 1 / busy); }},
      {"the zone has shrunk", serving(1),
       [](Stage& stage) {
         choose(stage, "old");
         stage.clerk.give(stage.world, terminate(stage.cast.at("old")));
       }},
      {"it was replaced",
       [](const Stage& stage) { return stage.node("old") == nullptr && stage.serving(1); },
       [](Stage&) {}},
  };
  return life;
}

// Standing orders and flags, and a termination that waits for the end of a pause.
Life standing_orders() {
  using enum model::Flag;
  Life life{"orders", small_zone(2), be_brief, {}};
  life.steps = {
      {"two serve", serving(2),
       [](Stage& stage) {
         choose(stage, "a");
         choose(stage, "b");
         stage.clerk.give(stage.world, flag_on(stage.cast.at("a"), cordoned));
       }},
      {"its name is withdrawn",
       [](const Stage& stage) { return !stage.named(stage.node("a")->address); },
       order([](const Stage& stage) { return flag_off(stage.cast.at("a"), cordoned); })},
      {"it is named again",
       [](const Stage& stage) { return stage.named(stage.node("a")->address); },
       order([](const Stage&) { return pause(); })},
      {"it is paused", after(3s),
       order([](const Stage& stage) { return terminate(stage.cast.at("b")); })},
      {"it waits", after(3s),
       order([](const Stage& stage) { return flag_on(stage.cast.at("a"), is_protected); })},
      {"nothing happens", after(10s), order([](const Stage&) { return resume(); })},
      {"the other was replaced",
       [](const Stage& stage) { return stage.node("b") == nullptr && stage.serving(2); },
       order([](const Stage& stage) { return flag_off(stage.cast.at("a"), is_protected); })},
      {"it may go", after(2s),
       order([](const Stage& stage) { return terminate(stage.cast.at("a")); })},
      {"it may stay after all", after(2s),
       order([](const Stage& stage) { return keep(stage.cast.at("a")); })},
      {"all is as it was", [](const Stage& stage) { return stage.named(2); }, [](Stage&) {}},
  };
  return life;
}

// A server that is put aside, forgotten, and taken in again.
Life ownership() {
  using enum model::Flag;
  Life life{"ownership", small_zone(1), be_brief, {}};
  const auto stranger = [](const Stage& stage) {
    return !stage.fleet().account(ProviderId("ocean")).strangers.empty();
  };
  life.steps = {
      {"one serves", serving(1),
       [](Stage& stage) {
         choose(stage, "a");
         stage.clerk.give(stage.world, flag_on(stage.cast.at("a"), quarantined));
       }},
      {"another serves",
       [](const Stage& stage) { return stage.fleet().nodes().size() == 2 && stage.named(1); },
       order([](const Stage& stage) { return forget(stage.cast.at("a")); })},
      {"it is a stranger", stranger,
       [](Stage& stage) {
         const auto& strangers = stage.fleet().account(ProviderId("ocean")).strangers;
         stage.clerk.give(stage.world, adopt(ProviderId("ocean"), strangers.front().id));
       }},
      {"both serve", [](const Stage& stage) { return stage.named(2); },
       order([](const Stage& stage) { return flag_off(stage.cast.at("a"), is_protected); })},
      {"one is enough", serving(1), [](Stage&) {}},
  };
  return life;
}

// The database is lost: nothing is done before somebody has looked.
Life lost_database() {
  Life life{"lost", small_zone(1), be_brief, {}};
  life.steps = {
      {"one serves", serving(1),
       [](Stage& stage) {
         stage.clerk.excuse();
         stage.world.crash_brain(0, 5s);
         stage.world.brains.front()->store().replace({});
       }},
      {"it is read-only", [](const Stage& stage) { return stage.fleet().read_only(); },
       [](Stage& stage) {
         const auto& strangers = stage.fleet().account(ProviderId("ocean")).strangers;
         stage.clerk.give(stage.world, adopt(ProviderId("ocean"), strangers.front().id));
       }},
      {"it was taken in", after(2s),
       [](Stage& stage) {
         stage.world.writes_allowed = stage.world.loop.clock().mono();
         stage.clerk.give(stage.world, allow_writes());
       }},
      {"it serves again", serving(1), [](Stage&) {}},
  };
  return life;
}

// A configuration with a much lower maximum waits for the operator's word.
Life confirmation() {
  Life life{"confirmation", small_zone(3), be_brief, {}};
  life.steps = {
      {"three serve", serving(3),
       [](Stage& stage) {
         model::ZonePolicy& zone = stage.world.policy.zones.at(zone_of(stage));
         zone.min_servers = 1;
         zone.max_servers = 1;
         stage.world.reload();
       }},
      {"two removals wait",
       [](const Stage& stage) { return unconfirmed(stage.controller, zone_of(stage)) == 2; },
       [](Stage& stage) {
         stage.world.confirmed[zone_of(stage)] = 2;
         stage.clerk.give(stage.world, confirm(zone_of(stage), 2));
       }},
      {"one is left", serving(1),
       [](Stage& stage) {
         stage.world.policy = policy_of(stage.world.scenario());
         stage.world.reload();
       }},
      {"three serve again", serving(3), [](Stage&) {}},
  };
  return life;
}

// A cloud that had none left has some again, and somebody who knows it says so.
Life another_try() {
  Life life{"retry",
            small_zone(1),
            [](World& world) {
              be_brief(world);
              world.clouds.begin()->second->weather().out_of_stock = {"lon1"};
            },
            {}};
  life.steps = {
      {"its placement is closed",
       [](const Stage& stage) { return !stage.fleet().placements().empty(); },
       [](Stage& stage) {
         stage.world.clouds.begin()->second->weather().out_of_stock.clear();
         stage.world.retried[zone_of(stage)] = stage.world.loop.clock().mono();
         stage.clerk.give(stage.world, retry(zone_of(stage)));
       }},
      {"one serves, long before the back-off was over",
       [](const Stage& stage) { return stage.waited < 2min && stage.serving(1); }, [](Stage&) {}},
  };
  return life;
}

// A boot that fails, and a server that turns bad and is silent.
Life trouble() {
  Life life{"trouble",
            small_zone(2),
            [](World& world) {
              be_brief(world);
              world.policy.timings.boot_deadline = 40s;
              world.boots.dead = 1;
            },
            {}};
  life.steps = {
      {"they are launched",
       [](const Stage& stage) { return stage.world.clouds.begin()->second->creations() >= 2; },
       [](Stage& stage) { stage.world.boots.dead = 0; }},
      {"two serve", serving(2),
       [](Stage& stage) {
         choose(stage, "sick");
         Box* box = stage.world.yard.find(stage.node("sick")->vm);
         box->break_edge(true);
         box->hang_agent(true);
       }},
      {"another serves in its place", [](const Stage& stage) { return stage.named(2); },
       [](Stage&) {}},
      {"it is gone, or held for somebody to look at it",
       [](const Stage& stage) { return stage.node("sick") == nullptr || stage.node("sick")->held; },
       [](Stage& stage) {
         const model::Node* sick = stage.node("sick");
         if (sick != nullptr) stage.world.yard.find(sick->vm)->hang_agent(false);
       }},
      {"it is gone", serving(2), [](Stage&) {}},
  };
  return life;
}

}  // namespace

const model::Node* Stage::node(const std::string& part) const {
  return fleet().node(cast.at(part));
}

bool Stage::named(std::size_t count) const {
  return world.dns.addresses(dns_name_of(zone_of(*this))).size() == count;
}

bool Stage::named(const std::string& address) const {
  return world.dns.addresses(dns_name_of(zone_of(*this))).contains(address);
}

bool Stage::serving(std::size_t count) const {
  std::set<std::string> addresses;
  for (const auto& [id, node] : fleet().nodes()) {
    if (model::is_capacity(node)) addresses.insert(node.address);
  }
  return addresses.size() == count && fleet().nodes().size() == count &&
         world.dns.addresses(dns_name_of(zone_of(*this))) == addresses;
}

const std::vector<Life>& lives() {
  static const std::vector<Life> all = {
      whole_life(),     standing_orders(), ownership(),    lost_database(), confirmation(),
      change_of_mind(), name_unsaid(),     name_trouble(), another_try(),   trouble()};
  return all;
}

void Script::second(World& world) {
  clerk_.look(world);
  act::Controller* controller = world.controller();
  if (controller == nullptr || !controller->fleet().started_at()) return;
  if (step_ == life_.steps.size()) return;
  if (world.faults_over()) return ended(world);
  if (clerk_.waits()) return;
  Stage stage{world, *controller, clerk_, cast_, world.elapsed() - since_};
  const Step& step = life_.steps[step_];
  if (!step.ready(stage)) return;
  world.diary.write("step: " + step.what);
  since_ = world.elapsed();
  step.act(stage);
  if (++step_ == life_.steps.size()) world.end_faults();
}

void Script::ended(World& world) {
  if (step_ == life_.steps.size()) return;
  world.violated("script", "this is never reached: " + life_.steps[step_].what);
}

}  // namespace edgeherd::sim
