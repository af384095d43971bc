// Brakes that have a memory, or that hold in every path.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"

namespace edgeherd::sim {

TEST_CASE("a restart in the midst of a wave of changed health does not lift the freeze") {
  CoordinatorWorld world(40);
  world.policy.breakers.window = 10min;
  world.policy.timings.start_up = 0s;  // the freeze alone is to hold
  settled(world);
  world.edges.set_load(world.name, 500);
  REQUIRE(world.run_until([&] { return world.in_state(model::NodeState::in_service) >= 7; }, 5min));
  int changed = 0;
  for (const auto& [id, node] : world.fleet().nodes()) {
    if (node.state != model::NodeState::in_service || ++changed > 4) continue;
    world.controller().apply(model::VerdictGiven{id, model::Verdict::unknown, "silent", false});
  }
  world.loop.run_for(2s);
  REQUIRE(world.fleet().health_changes().size() >= 4);
  world.restart();
  world.loop.run_for(5s);
  CHECK(world.fleet().health_changes().size() >= 4);
  const NodeId victim = world.fleet().nodes().begin()->first;
  terminate(world, victim);
  world.loop.run_for(30s);
  CHECK(world.fleet().node(victim)->state == model::NodeState::in_service);
  CHECK(world.controller().status().withheld.contains("zone_freeze"));
  REQUIRE(world.run_until(
      [&] { return world.fleet().node(victim)->state != model::NodeState::in_service; }, 15min));
}

namespace {

// What has been done outside so far.
struct Deeds {
  std::uint64_t created = 0;
  std::size_t servers = 0;
  std::uint64_t names_written = 0;
  std::map<std::string, int> commands;
  bool operator==(const Deeds&) const = default;
};

Deeds deeds(const CoordinatorWorld& world) {
  return {world.cloud.creations(), world.cloud.servers().size(), world.dns.writes(),
          world.edges.ran()};
}

// Everything that wants a deed: load, a sick edge, a foreign address, a server to adopt.
void tempt(CoordinatorWorld& world) {
  world.edges.set_load(world.name, 700);
  world.edges.break_edge(world.fleet().nodes().begin()->first, true);
  auto addresses = world.dns.addresses(world.name);
  addresses.insert("192.0.2.66");
  world.dns.set({world.name, addresses, 10s});
}

void order_in_vain(CoordinatorWorld& world) {
  const NodeId id = world.fleet().nodes().begin()->first;
  act::TerminateRequest request;
  request.nodes = {id};
  const auto asked = ask<act::TerminationPreview>(
      world, [&](auto reply) { world.controller().terminate(request, reply); });
  REQUIRE_FALSE(asked.ok());
  CHECK(asked.error().message.find("shadow") != std::string::npos);
  CHECK_FALSE(world.fleet().node(id)->asked_out);
  CHECK_FALSE(world.controller().command(id, "rotate", {}).ok());
}

}  // namespace

TEST_CASE("shadow mode stops every path to the outside at once, and all goes on when it ends") {
  CoordinatorWorld world(42);
  settled(world);
  model::Policy shadow = world.policy;
  shadow.shadow = true;
  REQUIRE(world.controller().set_policy(shadow).ok());
  world.loop.run_for(5s);  // what was under way ends
  const Deeds before = deeds(world);
  tempt(world);
  order_in_vain(world);
  const VmId vm = world.cloud.add(server_elsewhere());
  world.loop.run_for(1min);
  // Adoption writes our own book, and nothing else.
  REQUIRE(ask<NodeId>(world, [&](auto reply) {
            world.controller().adopt(world.account, vm, std::nullopt, reply);
          }).ok());
  const NodeId sick = world.fleet().nodes().begin()->first;
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().set_flag(sick, model::Flag::cordoned, true, reply);
          }).ok());
  world.loop.run_for(5min);
  const Deeds after = deeds(world);
  CHECK(after.created == before.created + 1);  // the one that somebody else made
  CHECK(after.servers == before.servers + 1);
  CHECK(after.names_written == before.names_written);
  CHECK(after.commands == before.commands);
  CHECK(world.controller().status().withheld.contains("shadow"));

  REQUIRE(world.controller().set_policy(world.policy).ok());
  REQUIRE(world.run_until([&] { return world.cloud.creations() > before.created + 1; }, 1min));
  REQUIRE(world.run_until([&] { return !world.dns.addresses(world.name).contains("192.0.2.66"); },
                          1min));
}

TEST_CASE("a zone in shadow is left alone in every path") {
  CoordinatorWorld world(43);
  settled(world);
  model::Policy shadow = world.policy;
  shadow.zones.at(world.zone).shadow = true;
  REQUIRE(world.controller().set_policy(shadow).ok());
  world.loop.run_for(5s);
  const Deeds before = deeds(world);
  tempt(world);
  order_in_vain(world);
  world.loop.run_for(5min);
  CHECK(deeds(world) == before);
  CHECK(world.controller().status().withheld.contains("shadow"));
}

TEST_CASE("shadow mode that begins between a plan and its call still stops the call") {
  CoordinatorWorld world(44);
  settled(world);
  world.store.set_latency(2s, 2s);  // the intent takes its time to become durable
  const std::uint64_t created = world.cloud.creations();
  world.edges.set_load(world.name, 700);
  REQUIRE(world.run_until([&] { return world.in_state(model::NodeState::requested) > 0; }, 1min));
  model::Policy shadow = world.policy;
  shadow.shadow = true;
  REQUIRE(world.controller().set_policy(shadow).ok());
  world.loop.run_for(2min);
  CHECK(world.cloud.creations() == created);
}

TEST_CASE("a confirmation that is being stored while the zone is asked otherwise counts no more") {
  CoordinatorWorld world(50);
  settled(world);
  const model::Policy open = world.policy;
  model::Policy closed = open;
  closed.zones.at(world.zone).activity = model::ZoneActivity::inactive;
  const auto confirmed = [&](bool meanwhile) {
    REQUIRE(world.controller().set_policy(closed).ok());
    world.loop.run_for(3s);
    return ask<void>(world, [&](auto reply) {
      world.controller().confirm({world.zone, 2}, reply);
      if (!meanwhile) return;
      REQUIRE(world.controller().set_policy(open).ok());
      REQUIRE(world.controller().set_policy(closed).ok());
    });
  };
  world.store.set_latency(2s, 2s);
  const Status refused = confirmed(true);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().message.find("the configuration has changed meanwhile") !=
        std::string::npos);
  world.loop.run_for(5min);
  world.policy = closed;
  world.restart();
  world.loop.run_for(10min);
  CHECK(world.in_state(model::NodeState::in_service) == 2);
  REQUIRE(confirmed(false).ok());
  CHECK(world.run_until([&] { return world.fleet().nodes().empty(); }, 20min));
}

namespace {

// A zone of 8 that is to have 4: the operator has confirmed that, and one at least has left. What
// is stored of it is what is so.
void half_done(CoordinatorWorld& world) {
  model::ZonePolicy& lon = world.policy.zones.at(world.zone);
  lon.min_servers = 8;
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 8); }, 10min));
  world.loop.run_for(90s);
  lon.min_servers = lon.max_servers = 4;
  REQUIRE(world.controller().set_policy(world.policy).ok());
  const auto all_wait = [&] {
    const auto& withheld = world.controller().last_plan().withheld;
    return std::ranges::count(withheld, decide::Brake::unconfirmed, &decide::Withheld::brake) == 4;
  };
  REQUIRE(world.run_until(all_wait, 5min));
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().confirm({world.zone, 4}, reply);
          }).ok());
  REQUIRE(world.run_until([&] { return world.in_state(model::NodeState::in_service) < 8; }, 20min));
  world.loop.run_for(1s);
  REQUIRE(world.in_state(model::NodeState::in_service) > 4);
}

void lower(model::Policy& policy) {
  model::ZonePolicy& lon = policy.zones.at(CoordinatorWorld::zone);
  lon.min_servers = lon.max_servers = 2;
}
void close(model::Policy& policy) {
  policy.zones.at(CoordinatorWorld::zone).activity = model::ZoneActivity::inactive;
}
void take_out(model::Policy& policy) {
  policy.zones.clear();
}

}  // namespace

TEST_CASE("a confirmation is not for what the configuration asks since a start") {
  const auto change = GENERATE(&lower, &close, &take_out);
  CoordinatorWorld world(51);
  half_done(world);
  const int left = world.in_state(model::NodeState::in_service);
  world.crash();
  change(world.policy);
  world.start();
  world.loop.run_for(30min);
  CHECK(world.in_state(model::NodeState::in_service) == left);
}

TEST_CASE("a confirmation that a reload has voided stays so, though that was not stored") {
  CoordinatorWorld world(52);
  half_done(world);
  const int left = world.in_state(model::NodeState::in_service);
  world.store.fail_commits(true);
  lower(world.policy);
  REQUIRE(world.controller().set_policy(world.policy).ok());
  world.crash();
  world.store.fail_commits(false);
  world.start();
  world.loop.run_for(30min);
  CHECK(world.in_state(model::NodeState::in_service) == left);
}

TEST_CASE("a confirmation goes on after a start with the same configuration") {
  CoordinatorWorld world(53);
  half_done(world);
  world.restart();
  CHECK(world.run_until([&] { return in_service(world, 4); }, 2h));
}

TEST_CASE("a confirmation that a zone is closed goes on whatever its maximum is since a start") {
  CoordinatorWorld world(54);
  settled(world);
  close(world.policy);
  REQUIRE(world.controller().set_policy(world.policy).ok());
  world.loop.run_for(3s);
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().confirm({world.zone, 2}, reply);
          }).ok());
  REQUIRE(world.fleet().zone(world.zone).confirmed_removals > 0);
  world.crash();
  lower(world.policy);
  world.start();
  CHECK(world.run_until([&] { return world.fleet().nodes().empty(); }, 1h));
}

TEST_CASE("a dry run does not draw the agents away from the coordinator that acts") {
  CoordinatorWorld world(45);
  settled(world);
  const std::uint64_t acting = world.fleet().epoch();
  world.policy.shadow = true;
  for (int i = 0; i < 3; ++i) {
    world.restart();
    world.loop.run_for(1min);
  }
  REQUIRE(world.fleet().epoch() > acting);
  for (const auto& [id, node] : world.fleet().nodes()) {
    CHECK(node.agent.highest_epoch == acting);
  }
}

TEST_CASE("a pause survives restart and reload; only resume ends it") {
  CoordinatorWorld world(46);
  settled(world);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().pause("night", reply); }).ok());
  world.edges.set_load(world.name, 700);
  world.loop.run_for(1min);
  world.restart();
  world.loop.run_for(1min);
  REQUIRE(world.controller().set_policy(world.policy).ok());
  world.loop.run_for(2min);
  CHECK(world.fleet().paused());
  CHECK(world.cloud.creations() == 2);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().resume(reply); }).ok());
  REQUIRE(world.run_until([&] { return world.cloud.creations() > 2; }, 1min));
}

TEST_CASE("neither a restart nor a zone that comes back by a reload causes a scale-in at once") {
  CoordinatorWorld world(47);
  settled(world);
  world.edges.set_load(world.name, 500);
  REQUIRE(world.run_until([&] { return world.in_state(model::NodeState::in_service) >= 7; }, 5min));
  const int serving = world.in_state(model::NodeState::in_service);
  const auto nobody_leaves_for = [&](Duration span) {
    world.loop.run_for(span);
    return world.in_state(model::NodeState::in_service) >= serving;
  };
  world.edges.set_load(world.name, 50);
  world.restart();
  CHECK(nobody_leaves_for(world.policy.scaling.scale_in_stabilisation - 5s));

  // Taken out of the configuration for longer than the window, and put back.
  model::Policy without = world.policy;
  without.zones.clear();
  REQUIRE(world.controller().set_policy(without).ok());
  world.loop.run_for(3min);
  const int left = world.in_state(model::NodeState::in_service);
  REQUIRE(world.controller().set_policy(world.policy).ok());
  world.loop.run_for(world.policy.scaling.scale_in_stabilisation - 5s);
  CHECK(world.in_state(model::NodeState::in_service) == left);
  REQUIRE(
      world.run_until([&] { return world.in_state(model::NodeState::in_service) < left; }, 2min));
}

TEST_CASE("what was spent is known after a restart, though its window was shorter for a while") {
  CoordinatorWorld world(46);
  world.policy.budgets.scale_in_window = 2h;
  settled(world);
  world.edges.set_load(world.name, 500);
  REQUIRE(
      world.run_until([&] { return world.in_state(model::NodeState::in_service) >= 5; }, 20min));
  world.edges.set_load(world.name, 100);
  REQUIRE(world.run_until([&] { return !world.fleet().departures().empty(); }, 1h));
  const NodeId left = world.fleet().departures().front().node;
  world.edges.set_load(world.name, 500);
  model::Policy shorter = world.policy;
  shorter.budgets.scale_in_window = 1s;
  shorter.budgets.other_window = 1s;
  REQUIRE(world.controller().set_policy(shorter).ok());
  world.loop.run_for(10min);
  world.restart();
  const auto& known = world.fleet().departures();
  CHECK(std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.node == left; }));
  // And no longer than any window may be.
  world.loop.run_for(act::departures_kept);
  world.restart();
  const auto& later = world.fleet().departures();
  CHECK(
      std::none_of(later.begin(), later.end(), [&](const auto& one) { return one.node == left; }));
}

}  // namespace edgeherd::sim
