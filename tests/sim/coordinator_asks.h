// Words for tests that give orders to a simulated coordinator.
#pragma once

#include <optional>
#include <string>

#include "tests/sim/coordinator_world.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

inline bool in_service(const CoordinatorWorld& world, int count) {
  return world.in_state(model::NodeState::in_service) == count;
}

inline CoordinatorWorld& settled(CoordinatorWorld& world) {
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 2); }, 5min));
  world.loop.run_for(90s);  // the start-up rules are over
  return world;
}

// Runs an order and gives its answer.
template <class T, class Order>
Result<T> ask(CoordinatorWorld& world, Order order) {
  std::optional<Result<T>> answer;
  order([&](Result<T> given) { answer = std::move(given); });
  REQUIRE_FALSE(answer);  // never inline
  REQUIRE(world.run_until([&] { return answer.has_value(); }, 10s));
  return *answer;
}

// Orders the node's removal; fails the test if that is refused.
inline void terminate(CoordinatorWorld& world, const NodeId& node) {
  act::TerminateRequest request;
  request.nodes = {node};
  REQUIRE(ask<act::TerminationPreview>(world, [&](auto reply) {
            world.controller().terminate(request, reply);
          }).ok());
}

// A server of the fleet that no node has.
inline model::Vm server_elsewhere() {
  model::Vm vm;
  vm.fleet = "test-fleet";
  vm.place = "lon1";
  vm.address = "10.8.8.8";
  vm.power = model::Power::running;
  return vm;
}

inline std::string message(const Status& status) {
  return status.ok() ? std::string("ok") : status.error().message;
}

}  // namespace edgeherd::sim
