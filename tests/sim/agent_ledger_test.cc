// The shipping of logs on virtual time: crashes at every change of the disk, and a ledger that is
// compacted, damaged or lost.
#include "tests/sim/agent_world.h"

namespace edgeherd::sim {

TEST_CASE("over a long life the ledger stays small, and its totals and the manifest whole") {
  World world;
  auto with = config();
  with.ledger_compact_bytes = 2000;
  world.begin(with);
  for (int hours = 0; hours < 3; ++hours) {
    world.serve(600, 20);
    CHECK(world.files.info("/spool/ledger")->size < 3000);
    world.agent->shipper().add_lost_lines(1, "counted by this test");
    world.loop.run_for(2s);
    const auto before = world.agent->shipper().totals();
    world.agent.reset();
    world.begin(with);
    CHECK(world.agent->shipper().totals().stored_segments == before.stored_segments);
    CHECK(world.agent->shipper().totals().stored_lines == before.stored_lines);
    CHECK(world.agent->shipper().totals().lines_lost == before.lines_lost);
  }
  REQUIRE(world.flush().ok());
  CHECK(world.agent->shipper().totals().lines_lost == 3);
  CHECK(world.archive.segments().size() > 100);
  CHECK(world.manifest_names_every_segment());
  world.check_every_line_stored_once();
  world.check_numbers_have_no_gap();
}

TEST_CASE("a ledger is not compacted while the disk is short of room") {
  World world;
  auto with = config();
  with.ledger_compact_bytes = 2000;
  world.begin(with);
  world.files.set_capacity(20'000);
  world.serve(120, 20);
  CHECK(world.files.info("/spool/ledger")->size > 3000);
  world.files.set_capacity(SimFileSystem::default_capacity);
  world.serve(120, 20);
  CHECK(world.files.info("/spool/ledger")->size < 3000);
}

TEST_CASE("a segment whose records are damaged is shipped, not taken for stored") {
  World world;
  world.begin();
  world.archive.mood = SimArchive::Mood::away;
  world.serve(20, 100);
  world.loop.run_for(20s);
  world.agent.reset();
  auto text = world.files.read_whole("/spool/ledger", 1 << 20);
  REQUIRE(text.ok());
  for (const std::string record : {" open 1 ", " pack 1 "}) {
    REQUIRE(text->find(record) != std::string::npos);
    (*text)[text->find(record) + 1] = 'X';
  }
  REQUIRE(world.files.write_whole("/spool/ledger", *text).ok());
  world.archive.mood = SimArchive::Mood::good;
  world.begin();
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
  world.check_numbers_have_no_gap();
}

TEST_CASE("a ledger that is lost after it was compacted costs neither numbers nor the manifest") {
  World world;
  auto with = config();
  with.ledger_compact_bytes = 100;  // whatever is stored is soon in the list
  world.begin(with);
  world.serve(60, 20);
  world.loop.run_for(40s);
  world.agent.reset();
  REQUIRE(world.files.info("/spool/stored").ok());
  REQUIRE(world.files.remove("/spool/ledger").ok());
  world.begin(with);
  const auto totals = world.agent->shipper().totals();
  CHECK(totals.stored_segments > 2);
  world.serve(10, 100);
  const Status flushed = world.flush();
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  CHECK(world.archive.segments().rbegin()->first > totals.stored_segments);
  world.check_every_line_stored_once();
}

namespace {

struct Killed {};

enum class Crash { process, machine };
enum class Room { ample, full };
enum class Ledger { grows, compacted };

struct Trial {
  Crash crash;
  Room room = Room::ample;
  Ledger ledger = Ledger::grows;
  logs::HolderPolicy policy = logs::HolderPolicy::wait;
};

// Serves, rotates and flushes, dying at change number `step` of the disk; then lives on to the end.
// False when there were fewer changes than that.
bool survive_crash_at(std::uint64_t step, Trial trial, std::uint64_t seed) {
  World world;
  auto with = config();
  if (trial.ledger == Ledger::compacted) with.ledger_compact_bytes = 300;
  with.reserve_bytes = 64 * 1024;
  with.holder_policy = trial.policy;
  if (trial.policy == logs::HolderPolicy::ship) with.holder_limit = 1s;  // shorter than nginx needs
  world.begin(with);
  if (trial.room == Room::full) world.files.set_capacity(9'000 + with.reserve_bytes);
  SimRandom random(seed);
  std::uint64_t changes = 0;
  bool armed = true;
  world.files.on_operation([&](const std::string&) {
    if (armed && !world.nginx->at_work() && ++changes == step) throw Killed{};
  });
  bool died = false;
  try {
    world.serve(8, 60);
    world.nginx->write_lines(10);
    (void)world.flush();
  } catch (const Killed&) {
    died = true;
  }
  armed = false;
  world.agent.reset();
  if (!died) return false;
  if (trial.crash == Crash::machine) {
    world.nginx->flush();  // the kernel had it, and has written it
    world.files.crash(random);
    world.nginx->restart();
  }
  world.begin(with);
  world.serve(2, 60);
  const Status flushed = world.flush();
  INFO("step " << step << ", seed " << seed << ": " << (flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  world.loop.run_for(2s);
  world.check_every_line_stored_once();
  world.check_numbers_have_no_gap();
  CHECK(world.agent->shipper().totals().lines_lost == 0);
  CHECK(world.agent->shipper().totals().stored_lines == world.nginx->written().size());
  CHECK(world.manifest_names_every_segment());
  CHECK(world.files.info("/spool/stored").ok() == (trial.ledger == Ledger::compacted));
  return true;
}

}  // namespace

TEST_CASE("killed at any change of the disk, the agent loses and doubles nothing") {
  const auto ledger = GENERATE(Ledger::grows, Ledger::compacted);
  std::uint64_t step = 1;
  while (survive_crash_at(step, {Crash::process, Room::ample, ledger}, 1)) ++step;
  CHECK(step > 50);
}

TEST_CASE("killed while it ships what a worker still holds, the agent loses no later line") {
  const auto room = GENERATE(Room::ample, Room::full);
  std::uint64_t step = 1;
  const Trial trial{Crash::process, room, Ledger::grows, logs::HolderPolicy::ship};
  while (survive_crash_at(step, trial, 1)) ++step;
  CHECK(step > 50);
}

TEST_CASE("killed while a log that is held is sent from memory, the agent loses no later line") {
  auto with = config();
  with.holder_policy = logs::HolderPolicy::ship;
  with.holder_limit = 2s;
  bool died = true;
  std::uint64_t step = 1;
  for (; died; ++step) {
    World world;
    world.begin(with);
    world.agent->laggard = 5min;
    world.nginx->write_lines(99);
    world.nginx->flush();
    world.archive.mood = SimArchive::Mood::away;
    // For the ledger, but not for an object.
    world.files.set_capacity(world.files.info("/log/access.log")->size + 310);
    world.agent->shipper().rotate({});
    world.loop.run_for(30s);
    world.archive.mood = SimArchive::Mood::good;
    world.agent->shipper().coordinator_ready();
    std::uint64_t changes = 0;
    bool armed = true;
    world.files.on_operation([&](const std::string&) {
      if (armed && !world.nginx->at_work() && ++changes == step) throw Killed{};
    });
    died = false;
    try {
      world.loop.run_for(60s);
    } catch (const Killed&) {
      died = true;
    }
    armed = false;
    if (!died) REQUIRE_FALSE(world.archive.segments().empty());
    world.agent.reset();
    world.files.set_capacity(SimFileSystem::default_capacity);
    world.begin(with);
    world.loop.run_for(10s);
    world.nginx->write_lines(30);
    world.nginx->flush();
    const Status flushed = world.flush(30min);
    INFO("step " << step << ": " << (flushed ? "" : flushed.error().message));
    REQUIRE(flushed.ok());
    world.check_every_line_stored_once();
    CHECK(world.agent->shipper().totals().lines_lost == 0);
  }
  CHECK(step > 5);
}

TEST_CASE("with the power gone at any change of the disk, nothing durable is lost or doubled") {
  const auto ledger = GENERATE(Ledger::grows, Ledger::compacted);
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::uint64_t step = 1;
    const Trial trial{Crash::machine, Room::ample, ledger};
    while (survive_crash_at(step, trial, 1000 * seed + step)) ++step;
    CHECK(step > 50);
  }
}

TEST_CASE("neither crash does harm while the disk is full and segments go from memory") {
  const auto crash = GENERATE(Crash::process, Crash::machine);
  std::uint64_t step = 1;
  while (survive_crash_at(step, {crash, Room::full}, 77 + step)) ++step;
  CHECK(step > 40);
}

}  // namespace edgeherd::sim
