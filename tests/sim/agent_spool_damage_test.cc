// The shipping of logs on virtual time: files of the spool that somebody removed or damaged, and
// segments that the archive will not have.
#include "tests/sim/agent_world.h"

namespace edgeherd::sim {

namespace {

// Some segments that wait for the archive, packed.
void queue_segments(World& world) {
  world.begin();
  world.archive.mood = SimArchive::Mood::away;
  world.serve(30, 100);
  world.loop.run_for(40s);
  REQUIRE(world.agent->shipper().totals().spool_segments > 3);
}

void damage(World& world, const std::string& path) {
  auto bytes = world.files.read_whole(path, 1 << 20);
  REQUIRE(bytes.ok());
  (*bytes)[bytes->size() / 2] ^= 0x55;
  REQUIRE(world.files.write_whole(path, *bytes).ok());
}

}  // namespace

TEST_CASE("a segment that the archive never takes does not hold up the others") {
  World world;
  queue_segments(world);
  const auto queued = world.agent->shipper().totals().spool_segments;
  world.archive.never_accepted = {2};
  world.archive.mood = SimArchive::Mood::good;
  world.agent->shipper().coordinator_ready();
  world.loop.run_for(10min);
  CHECK(world.agent->shipper().totals().spool_segments == 1);
  CHECK(world.agent->shipper().totals().stored_segments == queued - 1);
  CHECK_FALSE(world.flush(5min).ok());
  world.archive.never_accepted.clear();
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
  CHECK(world.agent->shipper().totals().lines_lost == 0);
}

TEST_CASE(
    "an object that somebody removed or damaged is counted as lost, and the others are stored") {
  World world;
  queue_segments(world);
  const std::string object = "/spool/000000000002.log.gz";
  const bool damaged = GENERATE(false, true);
  if (damaged) {
    damage(world, object);
  } else {
    REQUIRE(world.files.remove(object).ok());
  }
  world.archive.mood = SimArchive::Mood::good;
  world.agent->shipper().coordinator_ready();
  REQUIRE(world.flush().ok());
  CHECK(world.alarmed("log_lines_lost"));
  const auto lost = world.agent->shipper().totals().lines_lost;
  CHECK(lost > 0);
  CHECK(world.archive.lines().size() + lost == world.nginx->written().size());
  world.check_numbers_have_no_gap();
  CHECK(world.files.info(object + ".damaged").ok() == damaged);
}

TEST_CASE("a rotated log that somebody removed does not hold up the others, nor the flush") {
  World world;
  world.begin();
  world.agent->laggard = 20s;
  world.nginx->write_lines(100);
  world.nginx->flush();
  world.agent->shipper().rotate({});
  world.loop.run_for(3s);
  REQUIRE(world.files.remove("/spool/000000000001.log").ok());
  world.serve(60, 50);
  REQUIRE(world.flush().ok());
  CHECK(world.alarmed("log_segment_missing"));
  CHECK(world.archive.segments().size() > 1);
  world.check_numbers_have_no_gap();
}

TEST_CASE("a damaged object without its record does not keep the agent from starting") {
  World world;
  queue_segments(world);
  world.agent.reset();
  damage(world, "/spool/000000000001.log.gz");
  REQUIRE(world.files.remove("/spool/ledger").ok());
  world.archive.mood = SimArchive::Mood::good;
  world.begin();
  REQUIRE(world.flush().ok());
  CHECK(world.alarmed("log_spool_repaired"));
  CHECK(world.files.info("/spool/000000000001.log.gz.damaged").ok());
  world.check_numbers_have_no_gap();
}

}  // namespace edgeherd::sim
