// The controller over the simulated twins of its seams: when it ticks.
#include "coordinator/act/controller.h"

#include <algorithm>

#include "coordinator/decide/lifecycle.h"
#include "tests/sim/coordinator_world.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using model::NodeState;

TEST_CASE("a node goes into service with its last good probe, not with the next tick") {
  CoordinatorWorld world(1);
  world.policy.timings.tick = 40s;
  world.policy.zones[CoordinatorWorld::zone].min_servers = 1;
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::verifying) == 1; }, 3min));
  const auto is_fit = [&] {
    return !decide::unfit(world.only_node(), world.policy, world.loop.clock().mono());
  };
  REQUIRE(world.run_until(is_fit, 3min));
  CHECK(world.in_state(NodeState::verifying) == 1);
  CHECK(world.run_until([&] { return world.in_state(NodeState::in_service) == 1; },
                        1250ms));  // probed each second
}

TEST_CASE("an agent that speaks without end fills neither the record nor the notifications") {
  CoordinatorWorld world(2);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) == 2; }, 5min));
  const NodeId loud = world.fleet().nodes().begin()->first;
  const NodeId other = world.fleet().nodes().rbegin()->first;
  const auto says = [&](const NodeId& id, const std::string& code) {
    world.controller().apply(
        model::AgentSpoke{id, {model::Severity::alarm, code, "", NodeId(), ZoneId()}});
  };
  const auto recorded = [&](const std::string& code) {
    return std::count_if(world.history.notes().begin(), world.history.notes().end(),
                         [&](const act::EventRecord& one) { return one.note.code == code; });
  };
  for (int i = 0; i < 1000; ++i) says(loud, "noise");
  says(other, "news");
  CHECK(recorded("noise") == 20);
  CHECK(recorded("news") == 1);
  CHECK(recorded("agent_too_loud") == 1);
  CHECK(world.notifier.sent().at("noise") == 20);
  CHECK(world.controller().status().notes.at("noise") == 1000);
  CHECK(world.controller().status().notes.at("not_recorded") == 980);
  world.loop.run_for(10s);
  for (int i = 0; i < 1000; ++i) says(loud, "noise");
  CHECK(recorded("noise") == 30);
  CHECK(recorded("agent_too_loud") == 1);
}

TEST_CASE("what an agent's words make us note of its own node counts as its words") {
  CoordinatorWorld world(3);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) == 2; }, 5min));
  model::Sample sample;
  for (int i = 0; i < 1000; ++i) {
    ++sample.seq;
    ++sample.log_lines_lost;
    world.controller().apply(model::SampleHeard{world.fleet().nodes().begin()->first, sample});
  }
  CHECK(world.notifier.sent().at("log_lines_lost") <= 20);
}

}  // namespace edgeherd::sim
