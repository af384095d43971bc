// Court: a quiet fleet of three servers, and beside it one checker that a test tells what it likes.
//
// The fleet itself keeps its promises: what the checker finds was made up by the test.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "common/telemetry/log.h"
#include "coordinator/sim/check/checkers.h"
#include "coordinator/sim/world/world.h"

namespace edgeherd::sim {

inline const ZoneId lon{"ocean/lon1"};

inline Scenario quiet_fleet(Duration length) {
  Scenario scenario;
  scenario.seed = 1;
  scenario.length = length;
  scenario.convergence = 0s;
  scenario.least_boot = 5s;
  scenario.most_boot = 10s;
  ZoneScenario zone;
  zone.id = lon;
  zone.provider = ProviderId("ocean");
  zone.region = RegionId("lon");
  zone.min_servers = 3;
  zone.max_servers = 6;
  zone.mean_rps = 50;
  zone.daily_swing = 0;
  zone.noise = 0;
  scenario.zones.push_back(std::move(zone));
  return scenario;
}

// As checkers see it, its store takes nothing for so long after the fleet's first minute.
inline Scenario fleet_with_failing_store(Duration failing) {
  Scenario scenario = quiet_fleet(1min);
  scenario.faults.push_back(
      {FaultKind::store_fails, scenario.length + scenario.convergence, failing, 1, 0, Scope::node});
  return scenario;
}

struct Court : Watcher {
  // Plays the fleet for so long; the checker is told what `hears` says of it.
  enum class Hears { all, no_commands, removals, nothing };
  Court(std::unique_ptr<Checker> made, Duration length, Hears what)
      : Court(std::move(made), quiet_fleet(length), what) {}
  Court(std::unique_ptr<Checker> made, Scenario scenario, Hears what)
      : checker(std::move(made)), hears(what), world(std::move(scenario)) {
    (void)telemetry::setup_log({telemetry::Level::error, ""});
    world.watch(*this);
  }

  void second(World& w) override {
    if (hears == Hears::all || hears == Hears::no_commands) checker->second(w);
  }
  void ticked(World& w, std::size_t brain) override {
    if (hears != Hears::removals) return;
    for (const auto& [id, node] : fleet().nodes()) {
      if (node.state != model::NodeState::draining || !withdrawn.insert(id).second) continue;
      checker->moved(w, {node, model::NodeState::in_service, node.state, brain});
    }
  }
  void sending(World& w, std::size_t brain, const AgentKey& to,
               const wire::Message& message) override {
    if (hears == Hears::all) checker->sending(w, brain, to, message);
  }

  const model::Fleet& fleet() { return world.controller()->fleet(); }
  // The first of its nodes.
  const model::Node& node() { return fleet().nodes().begin()->second; }
  // A node leaves service: what the checker is told of it.
  void leaves(model::Node gone, model::Cause cause) {
    gone.cause = cause;
    checker->moved(world, {gone, model::NodeState::in_service, model::NodeState::draining, 0});
  }
  void leaves(const NodeId& id, model::Cause cause) { leaves(made_up(id), cause); }
  // Its coordinator is killed, and another process goes on.
  void restart() {
    world.crash_brain(0, 2s);
    world.loop.run_for(3s);
    checker->started(world, 0);
  }
  // A node of the zone that the fleet does not know.
  static model::Node made_up(const NodeId& id) {
    model::Node node;
    node.id = id;
    node.zone = lon;
    node.provider = ProviderId("ocean");
    return node;
  }
  // The promise that it found broken; "" for none.
  std::string broken() { return world.violation() ? world.violation()->promise : ""; }

  std::unique_ptr<Checker> checker;
  Hears hears;
  std::set<NodeId> withdrawn;
  World world;
};

// The checker is told nothing of the fleet's first minute.
struct Quiet : Court {
  explicit Quiet(std::unique_ptr<Checker> made) : Court(std::move(made), 1min, Hears::nothing) {
    world.run();
  }
};

inline NodeId nth(int number) {
  return NodeId("lon1-" + std::to_string(number));
}

}  // namespace edgeherd::sim
