// The shipping of logs on virtual time: files of the spool that somebody removed or damaged, a log
// that somebody took away, and segments that the archive will not have.
#include "agent/logs/tailer.h"
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

namespace {

// A segment in memory, since its object does not fit on the disk; its log's size.
std::uint64_t pack_to_memory(World& world) {
  world.archive.mood = SimArchive::Mood::away;
  const auto log = world.files.info("/log/access.log");
  REQUIRE(log.ok());
  world.files.set_capacity(log->size + 250);
  world.agent->shipper().rotate({});
  world.loop.run_for(30s);
  const auto ledger = world.files.read_whole("/spool/ledger", 1 << 20);
  REQUIRE(ledger.ok());
  REQUIRE(ledger->find(" pack 1 ") != std::string::npos);
  REQUIRE(world.files.info("/spool/000000000001.log").ok());
  return log->size;
}

void begin_again(World& world) {
  world.nginx->restart();
  world.files.set_capacity(SimFileSystem::default_capacity);
  world.archive.mood = SimArchive::Mood::good;
  world.begin();
}

}  // namespace

TEST_CASE("what was packed to memory is on the disk as it was packed") {
  const auto seed = GENERATE(range(1, 9));
  World world;
  world.begin();
  world.nginx->write_lines(100);
  world.nginx->flush();
  auto log = world.files.open("/log/access.log", OpenMode::append);
  REQUIRE(log.ok());
  for (int line = 0; line < 50; ++line) REQUIRE((*log)->append("not yet synced\n").ok());
  (void)pack_to_memory(world);
  world.agent.reset();
  log->reset();
  SimRandom random(static_cast<std::uint64_t>(seed));
  world.files.crash(random);
  begin_again(world);
  REQUIRE(world.flush().ok());
  CHECK(world.agent->shipper().totals().stored_lines == 150);
  CHECK(world.agent->shipper().totals().lines_lost == 0);
}

TEST_CASE("a log that is shorter than it was packed is shipped as far as it is there") {
  World world;
  world.begin();
  world.nginx->write_lines(100);
  world.nginx->flush();
  bool stored = false;
  SECTION("not PUT before") {
    const auto size = pack_to_memory(world);
    world.agent.reset();
    auto raw = world.files.open("/spool/000000000001.log", OpenMode::append);
    REQUIRE((*raw)->truncate(size - 500).ok());
  }
  SECTION("PUT before") {
    (void)pack_to_memory(world);
    stored = GENERATE(true, false);
    world.archive.lost_answers = 1'000'000;
    world.archive.mood = stored ? SimArchive::Mood::good : SimArchive::Mood::expired_grants;
    world.agent->shipper().coordinator_ready();
    world.loop.run_for(60s);
    CHECK(world.archive.segments().empty() != stored);
    world.archive.lost_answers = 0;
    world.agent.reset();
    auto raw = world.files.open("/spool/000000000001.log", OpenMode::append);
    REQUIRE((*raw)->truncate((*raw)->info()->size - 500).ok());
  }
  begin_again(world);
  const Status flushed = world.flush();
  INFO((flushed ? "" : flushed.error().message));
  REQUIRE(flushed.ok());
  const auto lost = world.agent->shipper().totals().lines_lost;
  CHECK((lost == 0) == stored);
  CHECK(lost < 20);
  CHECK(world.alarmed("log_lines_lost") != stored);
  // The line in which it ends is among the stored and cut.
  CHECK(world.agent->shipper().totals().stored_lines + lost == world.nginx->written().size());
  world.check_numbers_have_no_gap();
}

TEST_CASE("of a log that somebody else renamed or removed what was read is counted as lost") {
  World world;
  logs::TailerConfig tail;
  tail.access_log = config().access_log;
  logs::Tailer tailer(world.files, tail);
  const auto live = [&](int seconds_long) {
    for (int i = 0; i < seconds_long; ++i) {
      tailer.poll(world.loop.clock().mono());
      world.loop.run_for(1s);
    }
  };
  world.begin();
  world.agent->shipper().on_lines_read([&](std::uint64_t inode) { return tailer.lines_of(inode); });
  world.nginx->write_lines(20);
  world.nginx->flush();
  live(2);
  const bool removed = GENERATE(false, true);
  if (removed) {
    REQUIRE(world.files.remove("/log/access.log").ok());
  } else {
    REQUIRE(world.files.rename("/log/access.log", "/log/access.log.1").ok());
  }
  world.nginx->write_lines(5);  // nginx has not heard of it yet
  world.nginx->flush();
  live(GENERATE(0, 3));
  world.nginx->reopen(1s);
  live(10);
  world.nginx->write_lines(20);
  world.nginx->flush();
  live(10);
  CHECK(world.alarmed("log_taken_away"));
  CHECK(world.alarmed("log_lines_lost"));
  CHECK(world.agent->shipper().totals().lines_lost == 25);
  REQUIRE(world.flush().ok());
  CHECK(world.archive.lines().size() == 20);
  CHECK(world.archive.manifest().find("\"lines_lost\": 25") != std::string::npos);
}

TEST_CASE("our own rotations are not taken for another's") {
  World world;
  world.begin();
  world.serve(60, 50);
  REQUIRE(world.flush().ok());
  CHECK_FALSE(world.alarmed("log_taken_away"));
  CHECK(world.agent->shipper().totals().lines_lost == 0);
}

TEST_CASE("the spool of another node, from an image or a clone, is moved apart and begun anew") {
  World world;
  world.begin();
  world.serve(30, 20);
  REQUIRE(world.flush().ok());
  world.agent->shipper().end_flush();
  const auto theirs = world.archive.segments().size();
  world.archive.mood = SimArchive::Mood::away;
  world.serve(30, 100);
  world.agent.reset();
  const auto left = world.files.list("/spool");
  REQUIRE(left.ok());
  const auto written = world.nginx->written().size();
  SimArchive other(world.loop);
  auto with = config();
  with.node = NodeId("node-2");
  SimShipper clone(world.loop, world.files, *world.nginx, other, with, 9);
  REQUIRE(clone.opened().ok());
  world.loop.run_for(5s);
  CHECK(world.files.list("/spool/of-node-1")->size() == left->size() + 1);  // and the log
  for (int second = 0; second < 30; ++second) {
    world.nginx->write_lines(10);
    world.nginx->flush();
    world.loop.run_for(1s);
  }
  std::optional<Status> flushed;
  clone.shipper().flush([&](const Status& status) { flushed = status; });
  REQUIRE(world.loop.run_until([&] { return flushed.has_value(); }, 10min));
  CHECK(flushed->ok());
  REQUIRE_FALSE(other.segments().empty());
  CHECK(other.segments().begin()->first == 1);
  CHECK(other.lines().size() == world.nginx->written().size() - written);
  CHECK(world.archive.segments().size() == theirs);
  CHECK(std::any_of(other.events().begin(), other.events().end(),
                    [](const wire::Event& event) { return event.code == "log_spool_repaired"; }));
}

TEST_CASE("a crash while another node's spool is moved apart is made good by the next start") {
  struct Killed {};
  bool died = true;
  std::uint64_t step = 1;
  for (; died; ++step) {
    World world;
    queue_segments(world);
    world.agent.reset();
    const auto left = world.files.list("/spool");
    std::uint64_t changes = 0;
    bool armed = true;
    world.files.on_operation([&](const std::string&) {
      if (armed && !world.nginx->at_work() && ++changes == step) throw Killed{};
    });
    auto with = config();
    with.node = NodeId("node/2");
    died = false;
    try {
      world.begin(with);
    } catch (const Killed&) {
      died = true;
    }
    armed = false;
    if (died) world.begin(with);
    CHECK(world.files.list("/spool/of-node-1")->size() == left->size() + 1);
    CHECK(world.agent->shipper().totals().spool_segments == 0);
  }
  CHECK(step > 10);
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
