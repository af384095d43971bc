// What an agent's own words become: who is called for them, and who is not.
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

Severity severity_of(FleetWorld& world, NodeState state, std::string code) {
  const NodeId id = world.in_state("p/z", state);
  (void)world.fleet.take_notes();
  world.apply(
      AgentSpoke{id, {Severity::warning, std::move(code), "what it says", NodeId(), ZoneId()}});
  const auto notes = world.fleet.take_notes();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].node == id);
  CHECK(notes[0].zone == ZoneId("p/z"));
  return notes[0].severity;
}

}  // namespace

TEST_CASE("a check that fails warns while its node is in service, and only then") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  CHECK(severity_of(world, NodeState::verifying, "check") == Severity::info);
  CHECK(severity_of(world, NodeState::in_service, "check") == Severity::warning);
  CHECK(severity_of(world, NodeState::flushing, "check") == Severity::info);
}

TEST_CASE("what an agent says of its logs keeps its weight in every state") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  CHECK(severity_of(world, NodeState::verifying, "log_rotation_failed") == Severity::warning);
  CHECK(severity_of(world, NodeState::flushing, "log_spool_failed") == Severity::warning);
}

TEST_CASE("lost log lines alarm once: what the first sample after a start counts was told before") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::in_service);
  (void)world.fleet.take_notes();
  Sample sample;
  sample.boot_id = "boot";
  sample.seq = 1;
  sample.log_lines_lost = 5;
  world.apply(SampleHeard{id, sample});
  CHECK(world.fleet.take_notes().empty());
  sample.seq = 2;
  sample.log_lines_lost = 7;
  world.apply(SampleHeard{id, sample});
  const auto notes = world.fleet.take_notes();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].code == "log_lines_lost");
  CHECK(notes[0].text == "2 log lines lost");
}
