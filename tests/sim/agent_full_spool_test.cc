// The shipping of logs on virtual time: what is given up when neither the spool nor the disk has
// room, and that all of it is counted.
#include <cstdio>

#include "tests/sim/agent_world.h"

namespace edgeherd::sim {

namespace {

// A log of many segments that is there before the agent is, on a disk with so much room besides.
std::uint64_t full_disk(World& world, std::uint64_t room) {
  world.archive.mood = SimArchive::Mood::away;
  world.serve(10, 500);
  const auto log = world.files.info("/log/access.log");
  REQUIRE(log.ok());
  world.files.set_capacity(log->size + room);
  return log->size;
}

logs::ShipperConfig small_spool() {
  auto with = config();
  with.segment_max_bytes = 10'000;
  with.spool_max_bytes = 3000;
  with.disk_free_floor_bytes = 20'000;
  return with;
}

// Gives room and an archive again, and flushes.
void recover(World& world) {
  world.files.set_capacity(SimFileSystem::default_capacity);
  world.archive.mood = SimArchive::Mood::good;
  world.agent->shipper().coordinator_ready();
  const Status flushed = world.flush();
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
}

}  // namespace

TEST_CASE("of a log larger than a segment that is given up every line is counted") {
  World world;
  const auto room = GENERATE(250, 300, 700);  // for the ledger, for a part of an object
  REQUIRE(full_disk(world, static_cast<std::uint64_t>(room)) >
          10 * small_spool().segment_max_bytes);
  world.begin(small_spool());
  world.loop.run_for(10min);
  recover(world);
  CHECK(world.agent->shipper().totals().lines_lost > 0);
  CHECK(world.alarmed("log_lines_lost"));
  CHECK(world.archive.lines().size() + world.agent->shipper().totals().lines_lost ==
        world.nginx->written().size());
  world.check_numbers_have_no_gap();
}

namespace {

// Drops whatever is over 3 kB.
logs::ShipperConfig tiny_spool() {
  auto with = config();
  with.spool_max_bytes = 3000;
  with.disk_free_floor_bytes = 2 * SimFileSystem::default_capacity;
  return with;
}

void check_stored_or_counted(World& world) {
  CHECK(world.archive.lines().size() + world.agent->shipper().totals().lines_lost ==
        world.nginx->written().size());
  world.check_numbers_have_no_gap();
  CHECK(world.manifest_names_every_segment());
}

}  // namespace

TEST_CASE(
    "an object whose record does not fit on the disk is sent from memory, and not left there") {
  World world;
  world.begin();
  world.nginx->write_lines(99);
  world.nginx->flush();
  // The object fits, its record behind it does not; without the object all records do.
  world.files.set_capacity(world.files.info("/log/access.log")->size + 330);
  world.agent->shipper().rotate({});
  world.loop.run_for(60s);
  CHECK(world.alarmed("log_packing_failed"));
  CHECK(world.archive.lines().size() == 99);
  CHECK_FALSE(world.files.info("/spool/000000000001.log.gz"));
  CHECK_FALSE(world.files.info("/spool/000000000001.log"));
}

TEST_CASE("a segment that is dropped after a PUT whose verdict was lost is no other's number") {
  World world;
  world.begin(tiny_spool());
  const bool restarted = GENERATE(false, true);
  SECTION("the verdict says again and again that something is wrong") {
    world.archive.rejected_verdicts = 1'000'000;
    world.serve(240, 50);
    world.archive.rejected_verdicts = 0;
  }
  SECTION("the coordinator goes away in the midst of a PUT") {
    world.nginx->write_lines(200);
    world.nginx->flush();
    REQUIRE(world.loop.run_until([&] { return !world.archive.segments().empty(); }, 60s));
    world.archive.mood = SimArchive::Mood::away;
    world.serve(240, 50);
  }
  SECTION("the answer to the PUT is lost, too") {
    world.archive.lost_answers = 1'000'000;
    world.serve(240, 50);
    world.archive.lost_answers = 0;
  }
  CHECK(world.alarmed("log_segment_dropped"));
  CHECK(world.agent->shipper().totals().spool_bytes < 4 * tiny_spool().spool_max_bytes);
  const auto stored_meanwhile = world.archive.segments();
  REQUIRE_FALSE(stored_meanwhile.empty());
  if (restarted) {
    world.agent.reset();
    world.begin(tiny_spool());
  }
  recover(world);
  check_stored_or_counted(world);
  for (const auto& [seq, object] : stored_meanwhile) {
    CHECK(world.archive.segments().at(seq) == object);
  }
}

TEST_CASE("a segment that is dropped after a PUT that came to nothing is counted as lost") {
  World world;
  world.begin(tiny_spool());
  world.archive.mood = SimArchive::Mood::expired_grants;
  world.serve(240, 50);
  CHECK(world.archive.segments().empty());
  recover(world);
  CHECK(world.agent->shipper().totals().lines_lost > 0);
  CHECK(world.alarmed("log_lines_lost"));
  check_stored_or_counted(world);
}

TEST_CASE("an object that somebody removed after its PUT is not counted as lost") {
  World world;
  world.begin();
  world.archive.lost_answers = 1'000'000;
  world.serve(30, 100);
  world.loop.run_for(40s);
  const bool running = GENERATE(false, true);
  if (!running) world.agent.reset();
  for (const auto& [seq, object] : world.archive.segments()) {
    char path[64];
    std::snprintf(path, sizeof path, "/spool/%012d.log.gz", static_cast<int>(seq));
    REQUIRE(world.files.remove(path).ok());
  }
  if (!running) world.begin();
  world.archive.lost_answers = 0;
  recover(world);
  CHECK(world.agent->shipper().totals().lines_lost == 0);
  world.check_every_line_stored_once();
}

}  // namespace edgeherd::sim
