// The shipping of logs on virtual time: what is given up when neither the spool nor the disk has
// room, and that all of it is counted.
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

}  // namespace edgeherd::sim
