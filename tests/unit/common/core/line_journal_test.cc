#include "common/core/line_journal.h"

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

namespace edgeherd {

namespace {

struct Disk {
  Disk() {
    REQUIRE(files.make_directories("/j").ok());
    REQUIRE(files.sync_directory("/").ok());
  }
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  std::unique_ptr<LineJournal> open() {
    auto journal = LineJournal::open(files, "/j/log");
    REQUIRE(journal.ok());
    return std::move(*journal);
  }
  void put(std::string_view bytes) {
    auto file = files.open("/j/log", OpenMode::append);
    REQUIRE(file.ok());
    REQUIRE((*file)->append(bytes).ok());
    REQUIRE((*file)->sync().ok());
  }
};

using Records = std::vector<std::string>;

}  // namespace

TEST_CASE("a journal gives back its records in order") {
  Disk disk;
  {
    auto journal = disk.open();
    REQUIRE(journal->append("one").ok());
    REQUIRE(journal->append("two and a half").ok());
  }
  auto journal = disk.open();
  CHECK(journal->take_records() == Records{"one", "two and a half"});
  CHECK(journal->damaged() == 0);
}

TEST_CASE("a torn end is cut off and does not spoil the record after it") {
  Disk disk;
  REQUIRE(disk.open()->append("whole").ok());
  disk.put("0badf00d tor");
  {
    auto journal = disk.open();
    CHECK(journal->take_records() == Records{"whole"});
    REQUIRE(journal->append("next").ok());
  }
  CHECK(disk.open()->take_records() == Records{"whole", "next"});
}

TEST_CASE("a damaged record in the middle is left out and counted") {
  Disk disk;
  REQUIRE(disk.open()->append("first").ok());
  disk.put("00000000 not its checksum\n");
  disk.put("short\n");
  REQUIRE(disk.open()->append("last").ok());
  auto journal = disk.open();
  CHECK(journal->take_records() == Records{"first", "last"});
  CHECK(journal->damaged() == 2);
}

TEST_CASE("a record whose append failed is not there, then or later") {
  Disk disk;
  auto journal = disk.open();
  REQUIRE(journal->append("kept").ok());
  SECTION("because the disk is full, with half of it written") {
    disk.files.set_capacity(journal->bytes() + 12);
    CHECK(journal->append("a record that is too long").error().code == Errc::exhausted);
    disk.files.set_capacity(sim::SimFileSystem::default_capacity);
  }
  SECTION("because it could not be synced") {
    disk.files.faults().failing_syncs = 1;
    CHECK(journal->append("a record that is not durable").error().code == Errc::unavailable);
  }
  REQUIRE(journal->append("after").ok());
  CHECK(disk.open()->take_records() == Records{"kept", "after"});
}

TEST_CASE("what was appended survives any crash, and a crash leaves whole records") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Disk disk;
    sim::SimRandom random(seed);
    {
      auto journal = disk.open();
      for (int i = 0; i < 5; ++i) REQUIRE(journal->append("record " + std::to_string(i)).ok());
    }
    disk.put("");
    auto tail = disk.files.open("/j/log", OpenMode::append);
    REQUIRE(tail.ok());
    REQUIRE((*tail)->append("deadbeef an append that was under way").ok());
    disk.files.crash(random);
    const auto records = disk.open()->take_records();
    REQUIRE(records.size() == 5);
    CHECK(records.back() == "record 4");
  }
}

TEST_CASE("rewriting replaces everything, and appending goes on behind it") {
  Disk disk;
  auto journal = disk.open();
  for (int i = 0; i < 9; ++i) REQUIRE(journal->append(std::to_string(i)).ok());
  REQUIRE(journal->rewrite({"short", "list"}).ok());
  REQUIRE(journal->append("more").ok());
  CHECK(disk.open()->take_records() == Records{"short", "list", "more"});
}

TEST_CASE("a rewriting that fails changes nothing, and appending goes on") {
  Disk disk;
  auto journal = disk.open();
  REQUIRE(journal->append("kept").ok());
  SECTION("because nothing could be written") {
    disk.files.faults().failing_appends = 1;
  }
  SECTION("because it could not be synced") {
    disk.files.faults().failing_syncs = 1;
  }
  SECTION("because it could not be renamed") {
    disk.files.faults().failing_renames = 1;
  }
  CHECK(journal->rewrite({"short"}).error().code == Errc::unavailable);
  REQUIRE(journal->append("after").ok());
  CHECK(disk.open()->take_records() == Records{"kept", "after"});
  CHECK(disk.files.info("/j/log.new").error().code == Errc::not_found);
}

TEST_CASE("while a rewritten journal could go back to the old one, no append succeeds") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Disk disk;
    sim::SimRandom random(seed);
    auto journal = disk.open();
    REQUIRE(journal->append("old").ok());
    disk.files.faults().failing_directory_syncs = 2;
    REQUIRE(journal->rewrite({"new"}).ok());
    CHECK_FALSE(journal->append("too early").ok());
    CHECK(disk.open()->take_records() == Records{"new"});
    const bool later = seed % 2 == 0;
    if (later) REQUIRE(journal->append("later").ok());
    disk.files.crash(random);
    const auto records = disk.open()->take_records();
    if (later) {
      CHECK(records == Records{"new", "later"});
    } else {
      CHECK((records == Records{"old"} || records == Records{"new"}));
    }
  }
}

TEST_CASE("a new journal whose name could not be made durable is not open yet") {
  Disk disk;
  sim::SimRandom random(7);
  disk.files.faults().failing_directory_syncs = 1;
  CHECK(LineJournal::open(disk.files, "/j/log").error().code == Errc::unavailable);
  REQUIRE(disk.open()->append("here to stay").ok());
  disk.files.crash(random);
  CHECK(disk.open()->take_records() == Records{"here to stay"});
}

}  // namespace edgeherd
