#include "common/sim/sim_file_system.h"

#include <set>
#include <stdexcept>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::sim;

namespace {

struct Disk {
  SimLoop loop;
  SimFileSystem files{loop.clock()};

  std::string content(const std::string& path) {
    auto read = files.read_whole(path, 1 << 20);
    return read.ok() ? *read : "<" + std::string(to_string(read.error().code)) + ">";
  }
};

// The same story under many seeds: what was found on the disk after the crash.
template <class Story>
std::set<std::string> outcomes(Story story) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk disk;
    SimRandom random(seed);
    found.insert(story(disk, random));
  }
  return found;
}

}  // namespace

TEST_CASE("what was synced, and whose name was synced, survives every crash") {
  const auto found = outcomes([](Disk& disk, SimRandom& random) {
    auto file = disk.files.open("/a", OpenMode::append);
    CHECK((*file)->append("kept").ok());
    CHECK((*file)->sync().ok());
    CHECK(disk.files.sync_directory("/").ok());
    disk.files.crash(random);
    return disk.content("/a");
  });
  CHECK(found == std::set<std::string>{"kept"});
}

TEST_CASE("appended bytes that were not synced are lost, cut or torn, never changed before that") {
  const auto found = outcomes([](Disk& disk, SimRandom& random) {
    CHECK(disk.files.write_whole("/a", "kept").ok());
    auto file = disk.files.open("/a", OpenMode::append);
    CHECK((*file)->append("lost").ok());
    disk.files.crash(random);
    return disk.content("/a");
  });
  CHECK(found.contains("kept"));
  CHECK(found.contains("keptlost"));
  CHECK(found.contains("keptlo"));
  CHECK(found.contains(std::string("keptl\0", 6)));
  for (const std::string& content : found) CHECK(content.starts_with("kept"));
}

TEST_CASE("a synced file whose directory was not synced may be gone") {
  const auto found = outcomes([](Disk& disk, SimRandom& random) {
    auto file = disk.files.open("/a", OpenMode::create_new);
    CHECK((*file)->append("data").ok());
    CHECK((*file)->sync().ok());
    disk.files.crash(random);
    return disk.content("/a");
  });
  CHECK(found == std::set<std::string>{"<not_found>", "data"});
}

TEST_CASE("a rename whose directory was not synced may come back, but is never half done") {
  const auto found = outcomes([](Disk& disk, SimRandom& random) {
    CHECK(disk.files.make_directories("/x").ok());
    CHECK(disk.files.sync_directory("/").ok());
    CHECK(disk.files.write_whole("/a", "data").ok());
    CHECK(disk.files.rename("/a", "/x/b").ok());
    disk.files.crash(random);
    return disk.content("/a") + disk.content("/x/b");
  });
  CHECK(found == std::set<std::string>{"data<not_found>", "<not_found>data"});
}

TEST_CASE("syncing either directory of a rename settles both names") {
  for (const char* synced : {"/", "/x"}) {
    const auto found = outcomes([&](Disk& disk, SimRandom& random) {
      CHECK(disk.files.make_directories("/x").ok());
      CHECK(disk.files.write_whole("/a", "data").ok());
      CHECK(disk.files.rename("/a", "/x/b").ok());
      CHECK(disk.files.sync_directory(synced).ok());
      disk.files.crash(random);
      return disk.content("/a") + disk.content("/x/b");
    });
    CHECK(found == std::set<std::string>{"<not_found>data"});
  }
}

TEST_CASE("a removed file may come back with its data") {
  const auto found = outcomes([](Disk& disk, SimRandom& random) {
    CHECK(disk.files.write_whole("/a", "data").ok());
    CHECK(disk.files.remove("/a").ok());
    disk.files.crash(random);
    return disk.content("/a");
  });
  CHECK(found == std::set<std::string>{"<not_found>", "data"});
}

TEST_CASE("replacing a whole file is atomic: the old one or the new one, at any step of a crash") {
  for (std::uint64_t step = 1; step <= 12; ++step) {
    const auto found = outcomes([&](Disk& disk, SimRandom& random) {
      CHECK(disk.files.write_whole("/a", "old").ok());
      std::uint64_t left = step;
      disk.files.on_operation([&](const std::string&) {
        if (--left == 0) throw std::runtime_error("crash");
      });
      try {
        (void)disk.files.write_whole("/a", "new");
      } catch (const std::runtime_error&) {
      }
      disk.files.on_operation(nullptr);
      disk.files.crash(random);
      return disk.content("/a");
    });
    for (const std::string& content : found) CHECK((content == "old" || content == "new"));
  }
}

TEST_CASE("after a failed sync the data is lost, though a later sync succeeds") {
  Disk disk;
  SimRandom random(1);
  CHECK(disk.files.write_whole("/a", "kept").ok());
  auto file = disk.files.open("/a", OpenMode::append);
  CHECK((*file)->append("lost").ok());
  disk.files.faults().failing_syncs = 1;
  CHECK((*file)->sync().error().code == Errc::unavailable);
  CHECK((*file)->sync().ok());
  CHECK(disk.content("/a") == "keptlost");
  disk.files.crash(random);
  CHECK(disk.content("/a") == "kept");
}

TEST_CASE("a full disk takes what fits and says so") {
  Disk disk;
  disk.files.set_capacity(10);
  auto file = disk.files.open("/a", OpenMode::append);
  CHECK((*file)->append("12345678").ok());
  CHECK((*file)->append("90ab").error().code == Errc::exhausted);
  CHECK(disk.content("/a") == "1234567890");
  CHECK(*disk.files.free_bytes("/") == 0);
  CHECK((*file)->truncate(5).ok());
  CHECK(*disk.files.free_bytes("/") == 5);
}

TEST_CASE("each fault fails as often as it was asked to") {
  Disk disk;
  CHECK(disk.files.write_whole("/a", "x").ok());
  disk.files.faults().failing_renames = 1;
  CHECK(disk.files.rename("/a", "/b").error().code == Errc::unavailable);
  CHECK(disk.content("/a") == "x");
  CHECK(disk.files.rename("/a", "/b").ok());
  disk.files.faults().failing_directory_syncs = 1;
  CHECK_FALSE(disk.files.sync_directory("/").ok());
  CHECK(disk.files.sync_directory("/").ok());
  disk.files.faults().failing_reads = 1;
  CHECK(disk.content("/b") == "<unavailable>");
  auto file = disk.files.open("/b", OpenMode::append);
  disk.files.faults().failing_appends = 1;
  CHECK_FALSE((*file)->append("y").ok());
  CHECK(disk.content("/b") == "x");
}

TEST_CASE("a file that was open before a crash is of no use after it") {
  Disk disk;
  SimRandom random(1);
  auto file = disk.files.open("/a", OpenMode::append);
  disk.files.crash(random);
  CHECK((*file)->append("x").error().code == Errc::unavailable);
  CHECK((*file)->sync().error().code == Errc::unavailable);
  CHECK((*file)->read_at(0, 1).error().code == Errc::unavailable);
}
