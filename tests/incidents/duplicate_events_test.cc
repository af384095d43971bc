// AWS node termination handler (#1100). One event of the cloud came 151 times, and was worked on as
// many times.
//
// For a fleet: a drain, a rotation or a creation that runs twice. Against it: each command has an
// id that the agent remembers, across its restarts too, and answers without doing it again.
#include "agent/command/command_table.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/incidents/incident.h"

namespace edgeherd::incidents {

namespace {

wire::Command rotation() {
  wire::Command command;
  command.action = ActionId("lon1-a-rotate-1");
  command.epoch = 3;
  command.verb = "rotate";
  return command;
}

// The same command 151 times, with a restart of the agent in between.
bool runs_once() {
  sim::SimLoop loop;
  sim::SimFileSystem disk(loop.clock());
  int runs = 0;
  for (int life = 0; life < 2; ++life) {
    auto table = command::CommandTable::open(disk, "commands");
    if (!table.ok()) return false;
    for (int i = 0; i < 151; ++i) {
      if (const auto order = (*table)->receive(rotation()).order) {
        ++runs;
        (void)(*table)->finish(order->action, wire::CommandState::done, "");
      }
    }
  }
  return runs == 1;
}

}  // namespace

TEST_CASE("a command that comes 151 times runs once") {
  prove(runs_once, {"check.command_once"});
}

TEST_CASE("a fleet in which every message comes twice lives as any other") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::net_duplicate,
                  .at = 0min,
                  .lasts = 1h,
                  .strength = 1,
                  .scope = Scope::all});
  incident.fault({.kind = FaultKind::load_surge, .at = 15min, .lasts = 10min, .strength = 0.2});
  incident.fault({.kind = FaultKind::op_terminate, .at = 20min});
  incident.fault({.kind = FaultKind::load_drop, .at = 30min, .lasts = 20min});
  REQUIRE(incident.broken_promise() == "");
}

}  // namespace edgeherd::incidents
