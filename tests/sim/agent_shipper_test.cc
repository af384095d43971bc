// The shipping of logs as a whole, on virtual time: P10, no line that nginx wrote is lost or stored
// twice, and every loss is counted.
#include <algorithm>

#include "tests/sim/agent_logs.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

namespace {

logs::ShipperConfig config() {
  logs::ShipperConfig config;
  config.node = NodeId("node-1");
  config.access_log = "/log/access.log";
  config.spool_directory = "/spool";
  config.reopen_hook = {"nginx", "-s", "reopen"};
  config.rotate_bytes = 4000;
  config.rotate_age = 30s;
  config.reserve_bytes = 0;
  return config;
}

struct World {
  World() {
    REQUIRE(files.make_directories("/log").ok());
    REQUIRE(files.sync_directory("/").ok());
    nginx = std::make_unique<SimNginx>(loop, files, "/log/access.log");
  }
  void begin(logs::ShipperConfig with = config()) {
    agent = std::make_unique<SimShipper>(loop, files, *nginx, archive, std::move(with), ++lives);
    REQUIRE(agent->opened().ok());
  }
  // Lines come and are flushed once a second.
  void serve(int seconds_long, int lines_a_second) {
    for (int i = 0; i < seconds_long; ++i) {
      nginx->write_lines(lines_a_second);
      nginx->flush();
      loop.run_for(1s);
    }
  }
  // Until the flush is done; its result.
  Status flush(Duration limit = 10min) {
    std::optional<Status> result;
    agent->shipper().flush([&](const Status& status) { result = status; });
    if (!loop.run_until([&] { return result.has_value(); }, limit)) {
      return fail(Errc::timeout, "not flushed: " + agent->shipper().totals().last_error);
    }
    return *result;
  }
  void check_every_line_stored_once() {
    std::vector<std::string> stored = archive.lines();
    std::sort(stored.begin(), stored.end());
    CHECK(std::adjacent_find(stored.begin(), stored.end()) == stored.end());
    const std::vector<std::string> written(nginx->written().begin(), nginx->written().end());
    CHECK(stored.size() == written.size());
    CHECK(std::equal(stored.begin(), stored.end(), written.begin(), written.end()));
  }
  void check_numbers_have_no_gap() {
    std::uint64_t expected = 1;
    for (const auto& [seq, object] : archive.segments()) CHECK(seq == expected++);
  }
  bool manifest_names_every_segment() {
    std::size_t named = 0;
    for (std::size_t at = 0; (at = archive.manifest().find("\"seq\":", at)) != std::string::npos;) {
      ++named;
      ++at;
    }
    return named == archive.segments().size();
  }
  bool alarmed(const std::string& code) {
    return std::any_of(archive.events().begin(), archive.events().end(),
                       [&](const wire::Event& event) { return event.code == code; });
  }

  SimLoop loop;
  SimFileSystem files{loop.clock()};
  SimArchive archive{loop};
  std::unique_ptr<SimNginx> nginx;
  std::unique_ptr<SimShipper> agent;
  std::uint64_t lives = 0;
};

}  // namespace

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
};

// Serves, rotates and flushes, dying at change number `step` of the disk; then lives on to the end.
// False when there were fewer changes than that.
bool survive_crash_at(std::uint64_t step, Trial trial, std::uint64_t seed) {
  World world;
  auto with = config();
  if (trial.ledger == Ledger::compacted) with.ledger_compact_bytes = 300;
  with.reserve_bytes = 64 * 1024;
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
