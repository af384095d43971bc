// What the tests of a node's life ask, and what its agent and the names answer.
#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "coordinator/decide/lifecycle.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::decide {

using edgeherd::testing::FleetWorld;
using model::Cause;
using model::NodeState;

inline std::optional<Action> next(const FleetWorld& world, const NodeId& id, int held = 0) {
  return next_step(world.node(id), world.fleet, world.policy, held, world.now);
}

// What `next` wants: the action's name, a command as "command drain", or "".
inline std::string wants(const FleetWorld& world, const NodeId& id, int held = 0) {
  const auto action = next(world, id, held);
  if (!action) return "";
  return std::string(to_string(action->kind)) + (action->verb.empty() ? "" : " " + action->verb);
}

inline void read_names(FleetWorld& world, std::set<std::string> addresses, Duration ttl = {}) {
  world.apply(model::NamesRead{ZoneId("p/z"), std::move(addresses), ttl});
}

inline void answer(FleetWorld& world, const NodeId& id, std::string_view verb,
                   model::CommandAnswered::Outcome outcome, std::string message = "") {
  world.apply(model::CommandAnswered{id,
                                     model::action_id(world.node(id), verb, world.fleet.epoch()),
                                     outcome, std::move(message)});
}

inline void sent(FleetWorld& world, const NodeId& id, const std::string& verb) {
  world.apply(
      model::CommandSent{id, verb, model::action_id(world.node(id), verb, world.fleet.epoch())});
}

// Time passes in which the agent speaks, and is asked again and again, as by a coordinator.
inline void ask(FleetWorld& world, const NodeId& id, const std::string& verb, Duration span,
                const FleetWorld::Load& load = {}) {
  const MonoTime end = world.now + span;
  while (true) {
    world.sample(id, load);
    if (world.now == end) return;
    sent(world, id, verb);
    world.now = std::min(end, world.now + world.policy.timings.resend_command);
  }
}

inline constexpr auto done = model::CommandAnswered::Outcome::done;
inline constexpr auto failed = model::CommandAnswered::Outcome::failed;

}  // namespace edgeherd::decide
