// The closed loop: a zone follows its load, through restarts and bad weather.
#include <algorithm>

#include "tests/sim/coordinator_world.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using model::NodeState;

TEST_CASE("an empty zone grows to its minimum, and its name answers with what is in service") {
  CoordinatorWorld world(1);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) == 2; }, 2min));
  world.loop.run_for(10s);
  CHECK(world.cloud.servers().size() == 2);
  CHECK(world.dns.addresses(world.name).size() == 2);
  world.loop.run_for(10min);
  CHECK(world.cloud.made().size() == 2);
  world.check_promises();
}

TEST_CASE("load that rises brings servers, load that falls sends them home with their logs") {
  CoordinatorWorld world(2);
  world.edges.set_load(world.name, 100);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) == 2; }, 2min));
  world.loop.run_for(30s);

  world.edges.set_load(world.name, 400);
  const auto before = world.cloud.made().size();
  REQUIRE(world.run_until([&] { return world.cloud.made().size() > before; }, 15s));
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) >= 6; }, 5min));
  CHECK(world.fleet().nodes().size() <= 7);

  world.edges.set_load(world.name, 100);
  REQUIRE(world.run_until([&] { return world.cloud.servers().size() == 2; }, 30min));
  world.loop.run_for(1min);
  CHECK(world.in_state(NodeState::in_service) == 2);
  CHECK(world.fleet().nodes().size() == 2);
  CHECK(world.edges.lines_archived() + world.edges.lines_live() == world.edges.lines_written());
  CHECK(world.edges.lines_archived() > 0);
  CHECK(world.history.count("archive_checked") >= 4);
  CHECK(world.edges.admitted().size() == 2);
  world.check_promises();
}

TEST_CASE("shadow mode decides and records everything, and does nothing") {
  CoordinatorWorld world(3);
  world.policy.shadow = true;
  world.dns.set({world.name, {"192.0.2.1"}, 10s});
  world.start();
  world.loop.run_for(5min);
  CHECK(world.cloud.servers().empty());
  CHECK(world.dns.writes() == 0);
  REQUIRE_FALSE(world.history.decisions().empty());
  const std::string& body = world.history.decisions().back().body;
  CHECK(body.find("\"shadow\":true") != std::string::npos);
  CHECK(body.find("\"brake\":\"shadow\"") != std::string::npos);
}

TEST_CASE("nodes that are fit and held bring no tick forward") {
  CoordinatorWorld world(4);
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::booting) == 2; }, 1min));
  world.policy.shadow = true;
  REQUIRE(world.controller().set_policy(world.policy).ok());
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::verifying) == 2; }, 2min));
  world.loop.run_for(10s);
  const auto before = world.controller().status().ticks;
  world.loop.run_for(60s);
  CHECK(world.in_state(NodeState::verifying) == 2);
  CHECK(world.controller().status().withheld["shadow"] == 2);
  CHECK(world.controller().status().ticks - before <= 61);
}

TEST_CASE("whatever the moment of a crash, the zone ends as desired with one server per intent") {
  const std::uint64_t seed = GENERATE(range(100ULL, 250ULL));
  CAPTURE(seed);
  CoordinatorWorld world(seed);
  world.cloud.weather().lose_answer = 0.2;
  world.cloud.weather().lost_for = 90s;
  world.cloud.weather().refuse_create = 0.1;
  world.cloud.weather().fail_list = 0.1;
  world.cloud.weather().fail_destroy = 0.2;
  world.cloud.weather().list_lag = 3s;
  world.edges.habits().lose_message = 0.05;
  world.limits.deadline = 5s;
  world.edges.set_load(world.name, 100);
  world.start();
  for (int round = 0; round < 12; ++round) {
    world.edges.set_load(world.name, round < 6 ? 300 : 100);
    world.loop.run_for(Duration(static_cast<Duration::rep>(
        world.random.below(static_cast<std::uint64_t>(Duration(90s).count())))));
    world.restart();
  }
  world.cloud.weather() = {};
  world.edges.habits().lose_message = 0;
  const auto settled = [&] {
    return world.cloud.servers().size() == 2 && world.in_state(NodeState::in_service) == 2 &&
           world.fleet().nodes().size() == 2;
  };
  const bool reached = world.run_until(settled, 90min);
  INFO(world.story());
  REQUIRE(reached);
  world.loop.run_for(2min);
  CHECK(settled());
  CHECK(world.edges.lines_archived() + world.edges.lines_live() == world.edges.lines_written());
  world.check_promises();
}

TEST_CASE("one seed gives one story") {
  const auto story = [] {
    CoordinatorWorld world(77);
    world.cloud.weather().lose_answer = 0.3;
    world.limits.deadline = 5s;
    world.edges.set_load(world.name, 300);
    world.start();
    world.loop.run_for(2min);
    world.restart();
    world.loop.run_for(3min);
    std::string text;
    for (const auto& record : world.history.notes()) {
      text += std::to_string(unix_millis(record.at)) + " " + record.note.code + " " +
              record.note.node.str() + " " + record.note.text + "\n";
    }
    return text;
  };
  const std::string first = story();
  CHECK_FALSE(first.empty());
  CHECK(first == story());
}

}  // namespace edgeherd::sim
