// The shipping of logs as a whole, on virtual time: what goes wrong around it, short of a crash.
#include "tests/sim/agent_world.h"

namespace edgeherd::sim {

TEST_CASE(
    "rotated by size and age, everything is stored once, and the flush ends with a manifest") {
  World world;
  world.begin();
  world.serve(120, 20);
  CHECK(world.agent->shipper().totals().rotations >= 10);
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
  world.check_numbers_have_no_gap();
  CHECK(world.agent->shipper().totals().spool_segments == 0);
  CHECK(world.archive.manifest().find(
            "\"lines\": " + std::to_string(world.nginx->written().size())) != std::string::npos);
  CHECK(world.files.list("/spool")->size() == 1);  // the ledger
}

TEST_CASE("a quiet log is rotated by age alone, an empty one never") {
  World world;
  world.begin();
  world.serve(1, 1);
  world.loop.run_for(2min);
  CHECK(world.agent->shipper().totals().rotations == 1);
  world.loop.run_for(10min);
  CHECK(world.agent->shipper().totals().rotations == 1);
}

TEST_CASE("a worker that lets go late is waited for: its last lines are in the segment") {
  World world;
  world.begin();
  world.agent->laggard = 20s;
  world.nginx->write_lines(100);
  world.nginx->flush();
  world.nginx->write_lines(40);  // still in the buffers when the log is rotated
  std::optional<Status> rotated;
  world.agent->shipper().rotate([&](const Status& status) { rotated = status; });
  world.loop.run_for(10s);
  REQUIRE(rotated);
  CHECK(rotated->ok());
  CHECK(world.archive.segments().empty());
  CHECK(world.agent->shipper().totals().holder_waits > 0);
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

TEST_CASE("a worker that never lets go is reported, and a flush does not end before it does") {
  World world;
  world.begin();
  world.agent->laggard = 30min;
  world.serve(3, 50);
  CHECK_FALSE(world.flush(20min).ok());
  CHECK(world.alarmed("log_file_held"));
  world.nginx->stop();
  world.agent->hook_result = fail(Errc::refused, "nginx is not running");
  REQUIRE(world.flush(5min).ok());
  world.check_every_line_stored_once();
}

TEST_CASE("with the policy to ship, what a worker writes later makes a segment of its own") {
  World world;
  auto with = config();
  with.holder_policy = logs::HolderPolicy::ship;
  with.holder_limit = 10s;
  world.begin(with);
  world.agent->laggard = 5min;
  world.nginx->write_lines(100);
  world.nginx->flush();
  world.agent->shipper().rotate({});
  world.loop.run_for(60s);
  CHECK(world.archive.segments().size() >= 1);
  world.nginx->write_lines(30);
  REQUIRE(world.flush(30min).ok());
  world.check_every_line_stored_once();
  world.check_numbers_have_no_gap();
}

TEST_CASE("an agent that may not look into nginx waits for the file to be quiet") {
  World world;
  world.begin();
  world.agent->sight = SimShipper::Probe::blind;
  world.agent->laggard = 1s;
  world.serve(60, 20);
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

TEST_CASE(
    "a rotated log that nginx may still write to keeps its name, whatever the hook has said") {
  World world;
  auto with = config();
  with.reopen_hook.clear();  // as one that ends well and does nothing
  world.begin(with);
  world.agent->sight = SimShipper::Probe::blind;
  world.serve(60, 1);
  world.loop.run_for(3min);  // quiet for long
  CHECK(world.alarmed("log_file_held"));
  world.serve(60, 1);
  CHECK_FALSE(world.flush(20min).ok());
  world.nginx->reopen(1s);
  REQUIRE(world.flush(5min).ok());
  world.check_every_line_stored_once();
}

TEST_CASE("a log over the limit of a segment becomes several, cut at line ends") {
  World world;
  world.archive.mood = SimArchive::Mood::away;
  world.serve(10, 500);
  auto with = config();
  with.segment_max_bytes = 10'000;
  world.begin(with);
  world.archive.mood = SimArchive::Mood::good;
  REQUIRE(world.flush().ok());
  CHECK(world.archive.segments().size() >= 15);
  for (const auto& [seq, object] : world.archive.segments()) {
    const std::string text = gunzip(object);
    CHECK(text.size() <= 10'000);
    CHECK((text.empty() || text.back() == '\n'));
  }
  world.check_every_line_stored_once();
}

TEST_CASE("while coordinator or archive are away segments only queue, for any length of time") {
  const auto mood =
      GENERATE(SimArchive::Mood::away, SimArchive::Mood::silent, SimArchive::Mood::expired_grants);
  World world;
  world.begin();
  world.archive.mood = mood;
  world.serve(600, 5);
  world.loop.run_for(48h);
  CHECK(world.archive.segments().empty());
  CHECK(world.agent->shipper().totals().spool_segments >= 15);
  CHECK(world.agent->shipper().totals().lines_lost == 0);
  world.archive.mood = SimArchive::Mood::good;
  world.agent->shipper().coordinator_ready();
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

TEST_CASE("a PUT whose answer was lost is found to exist, and is not stored twice") {
  World world;
  world.begin();
  world.archive.lost_answers = 3;
  world.serve(60, 20);
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

TEST_CASE("a verdict that something is wrong starts the segment's upload over") {
  World world;
  world.begin();
  world.archive.rejected_verdicts = 5;
  world.serve(30, 20);
  REQUIRE(world.flush().ok());
  CHECK(world.agent->shipper().totals().upload_failures >= 5);
  world.check_every_line_stored_once();
}

TEST_CASE("lines that come after the listener was closed are flushed too, and the manifest again") {
  World world;
  world.begin();
  world.serve(10, 10);
  REQUIRE(world.flush().ok());
  const auto manifests = world.archive.manifests();
  world.nginx->write_lines(3);  // a long download has ended
  world.nginx->flush();
  world.loop.run_for(30s);
  CHECK(world.archive.manifests() == manifests + 1);
  world.check_every_line_stored_once();
  world.agent->shipper().end_flush();
  world.nginx->write_lines(3);
  world.nginx->flush();
  world.loop.run_for(20s);
  CHECK(world.archive.manifests() == manifests + 1);
}

TEST_CASE("when the reopen hook fails nothing is shipped before nginx has let go") {
  World world;
  world.begin();
  world.agent->hook_result = fail(Errc::not_found, "nginx: no such file");
  world.nginx->write_lines(200);
  world.nginx->flush();
  world.loop.run_for(2min);
  CHECK(world.archive.segments().empty());
  CHECK(world.alarmed("log_reopen_failed"));
  CHECK(world.agent->shipper().totals().hook_failures > 1);
  world.agent->hook_result = {};
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

TEST_CASE("a full spool keeps everything while the disk has room") {
  World world;
  auto with = config();
  with.spool_max_bytes = 1000;
  with.disk_free_floor_bytes = 1000;
  world.begin(with);
  world.archive.mood = SimArchive::Mood::away;
  world.serve(120, 50);
  CHECK(world.agent->shipper().totals().spool_bytes > 1000);
  CHECK(world.agent->shipper().totals().lines_lost == 0);
}

TEST_CASE("beyond both limits the oldest goes, its lines counted and alarmed, its number kept") {
  World world;
  auto with = config();
  with.spool_max_bytes = 3000;
  with.disk_free_floor_bytes = 2 * SimFileSystem::default_capacity;
  world.begin(with);
  world.archive.mood = SimArchive::Mood::away;
  world.serve(240, 50);
  const auto lost = world.agent->shipper().totals().lines_lost;
  CHECK(lost > 0);
  CHECK(world.alarmed("log_lines_lost"));
  world.archive.mood = SimArchive::Mood::good;
  world.agent->shipper().coordinator_ready();
  REQUIRE(world.flush().ok());
  world.check_numbers_have_no_gap();
  CHECK(world.archive.lines().size() + world.agent->shipper().totals().lines_lost ==
        world.nginx->written().size());
  CHECK(world.archive.manifest().find("\"lines_lost\": " +
                                      std::to_string(world.agent->shipper().totals().lines_lost)) !=
        std::string::npos);
}

TEST_CASE("on a full disk nothing of what was written is lost, and shipping makes room again") {
  World world;
  auto with = config();
  with.reserve_bytes = 64 * 1024;
  world.begin(with);
  world.serve(5, 50);
  world.files.set_capacity(12'000 + with.reserve_bytes);
  world.serve(60, 100);
  CHECK(world.nginx->unwritable() > 0);
  const Status flushed = world.flush(30min);
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  world.check_every_line_stored_once();
}

TEST_CASE("known losses are counted durably") {
  World world;
  world.begin();
  world.agent->shipper().add_lost_lines(7, "the log was truncated");
  world.loop.run_for(5s);
  world.agent.reset();
  world.begin();
  CHECK(world.agent->shipper().totals().lines_lost == 7);
  CHECK(world.alarmed("log_lines_lost"));
}

TEST_CASE("a spool without its ledger is shipped all the same") {
  World world;
  world.begin();
  world.archive.mood = SimArchive::Mood::away;
  world.serve(20, 100);
  world.loop.run_for(20s);
  CHECK(world.agent->shipper().totals().spool_segments > 2);
  world.agent.reset();
  REQUIRE(world.files.remove("/spool/ledger").ok());
  world.archive.mood = SimArchive::Mood::good;
  world.begin();
  world.loop.run_for(1s);
  CHECK(world.alarmed("log_spool_repaired"));
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

TEST_CASE("a rotation that is asked for while nginx reopens its log is not answered by that one") {
  World world;
  world.begin();
  world.nginx->write_lines(10);
  world.nginx->flush();
  int answered = 0;
  const auto count = [&](const Status& status) { answered += status.ok() ? 1 : 0; };
  world.agent->shipper().rotate(count);
  world.loop.run_for(20ms);  // the hook is still running, but nginx has its new log
  world.nginx->write_lines(10);
  world.nginx->flush();
  world.agent->shipper().rotate(count);
  world.loop.run_for(2s);
  CHECK(answered == 2);
  CHECK(world.agent->shipper().totals().rotations == 2);
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
}

}  // namespace edgeherd::sim
