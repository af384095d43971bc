#include "agent/logs/ledger.h"

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

namespace edgeherd::logs {

namespace {

constexpr auto ledger_path = "/spool/ledger";
constexpr auto list_path = "/spool/stored";

struct Disk {
  Disk() {
    REQUIRE(files.make_directories("/spool").ok());
    REQUIRE(files.sync_directory("/").ok());
  }
  std::unique_ptr<Ledger> open() {
    auto ledger = Ledger::open(files, ledger_path, list_path);
    REQUIRE(ledger.ok());
    return std::move(*ledger);
  }
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
};

Packed pack_of(std::uint64_t seq) {
  return {"2026-11-25", seq * 10, seq * 1000, seq * 100, std::string(64, 'a'), "md5"};
}

Segment segment_of(std::uint64_t seq) {
  Segment segment;
  segment.seq = seq;
  segment.inode = 100 + seq;
  segment.from = seq;
  segment.head_bytes = 256;
  segment.head = 0xabcdef + seq;
  return segment;
}

void store(Ledger& ledger, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t seq = from; seq <= to; ++seq) {
    REQUIRE(ledger.opened(segment_of(seq)).ok());
    REQUIRE(ledger.packed(seq, pack_of(seq)).ok());
    REQUIRE(ledger.stored(seq, "n/" + std::to_string(seq)).ok());
  }
}

// Four stored segments, and one each that is open, packed and on its way, dropped, and dropped and
// packed again.
void fill(Ledger& ledger) {
  REQUIRE(ledger.belongs_to("node 1").ok());
  store(ledger, 1, 4);
  for (std::uint64_t seq = 5; seq <= 8; ++seq) REQUIRE(ledger.opened(segment_of(seq)).ok());
  for (std::uint64_t seq = 6; seq <= 8; ++seq) REQUIRE(ledger.packed(seq, pack_of(seq)).ok());
  REQUIRE(ledger.dropped(7, 70).ok());
  REQUIRE(ledger.dropped(8, 80).ok());
  REQUIRE(ledger.packed(8, pack_of(8)).ok());
  REQUIRE(ledger.put(6, "our logs/n/6").ok());
  REQUIRE(ledger.lost(3, "by a test").ok());
}

void check_filled(Ledger& ledger) {
  CHECK(ledger.node() == "node 1");
  CHECK(ledger.stored_segments() == 4);
  CHECK(ledger.stored_lines() == 100);
  CHECK(ledger.lines_lost() == 153);
  CHECK(ledger.next_seq() == 9);
  REQUIRE(ledger.segments().size() == 4);
  const auto& open = *ledger.find(5);
  CHECK((open.inode == 105 && open.from == 5 && open.head_bytes == 256));
  CHECK(open.head == 0xabcdef + 5);
  CHECK_FALSE((open.packed || open.pinned || open.dropped));
  const auto& packed = *ledger.find(6);
  CHECK((packed.packed && packed.pinned && !packed.dropped));
  CHECK((packed.pack.date == "2026-11-25" && packed.pack.md5 == "md5"));
  CHECK(packed.put_under == "our logs/n/6");
  CHECK((ledger.find(7)->dropped && !ledger.find(7)->packed));
  CHECK((ledger.find(8)->dropped && ledger.find(8)->packed));
  const auto stored = ledger.read_stored();
  REQUIRE(stored.ok());
  CHECK(stored->damaged == 0);
  REQUIRE(stored->by_seq.size() == 4);
  for (const auto& [seq, segment] : stored->by_seq) {
    CHECK((segment.key == "n/" + std::to_string(seq) && segment.inode == 100 + seq));
    CHECK((segment.from == seq && segment.pack.raw_bytes == seq * 1000));
    CHECK((segment.pack.lines == seq * 10 && segment.pack.bytes == seq * 100));
    CHECK(segment.pack.sha256 == std::string(64, 'a'));
  }
}

}  // namespace

TEST_CASE("a compacted ledger says the same as before, now and after a restart") {
  Disk disk;
  auto ledger = disk.open();
  fill(*ledger);
  const auto before = ledger->bytes();
  for (int again = 0; again < 3; ++again) {
    REQUIRE(ledger->compact().ok());
    check_filled(*ledger);
    check_filled(*disk.open());
  }
  CHECK(ledger->bytes() < before);
}

TEST_CASE("a key with blanks is read back whole, from the ledger and from the list") {
  Disk disk;
  auto ledger = disk.open();
  for (std::uint64_t seq = 1; seq <= 2; ++seq) {
    REQUIRE(ledger->opened(segment_of(seq)).ok());
    REQUIRE(ledger->packed(seq, pack_of(seq)).ok());
    REQUIRE(ledger->stored(seq, "our edge logs/n/" + std::to_string(seq)).ok());
    if (seq == 1) REQUIRE(ledger->compact().ok());
  }
  const auto stored = disk.open()->read_stored();
  REQUIRE(stored.ok());
  CHECK(stored->by_seq.at(1).key == "our edge logs/n/1");
  CHECK(stored->by_seq.at(2).key == "our edge logs/n/2");
}

TEST_CASE("what was given up for good was PUT under no key, nor what was never packed") {
  Disk disk;
  auto ledger = disk.open();
  REQUIRE(ledger->opened(segment_of(1)).ok());
  REQUIRE(ledger->packed(1, pack_of(1)).ok());
  REQUIRE(ledger->put(1, "n/1").ok());
  CHECK(disk.open()->find(1)->put_under == "n/1");
  ledger->gone(1);
  CHECK((ledger->find(1)->gone && ledger->find(1)->packed));
  REQUIRE(ledger->dropped(1, 10).ok());
  const auto again = disk.open();
  for (const Ledger* read : {ledger.get(), again.get()}) {
    CHECK(read->find(1)->put_under.empty());
    CHECK_FALSE((read->find(1)->gone || read->find(1)->packed));
  }
}

TEST_CASE("what is stored after a compaction is added to what was stored before") {
  Disk disk;
  for (std::uint64_t seq = 1; seq <= 30; seq += 3) {
    auto ledger = disk.open();
    store(*ledger, seq, seq + 2);
    REQUIRE(ledger->compact().ok());
  }
  const auto ledger = disk.open();
  CHECK(ledger->stored_segments() == 30);
  CHECK(ledger->next_seq() == 31);
  CHECK(ledger->read_stored()->by_seq.size() == 30);
}

TEST_CASE("a ledger is worth compacting when it is large for the sake of what is stored") {
  Disk disk;
  auto ledger = disk.open();
  for (std::uint64_t seq = 1; seq <= 20; ++seq) REQUIRE(ledger->opened(segment_of(seq)).ok());
  CHECK_FALSE(ledger->worth_compacting(100));
  store(*ledger, 1, 20);
  CHECK(ledger->worth_compacting(100));
  CHECK_FALSE(ledger->worth_compacting(100'000));
  REQUIRE(ledger->compact().ok());
  CHECK_FALSE(ledger->worth_compacting(100));
}

TEST_CASE("a compaction that fails changes nothing, and the next one makes up for it") {
  Disk disk;
  auto ledger = disk.open();
  fill(*ledger);
  auto& faults = disk.files.faults();
  SECTION("at the list") {
    faults.failing_appends = 1;
  }
  SECTION("at the list's sync") {
    faults.failing_syncs = 1;
  }
  SECTION("at the list's name") {
    faults.failing_directory_syncs = 1;
  }
  SECTION("at the ledger's name") {
    faults.failing_renames = 1;
  }
  SECTION("for want of room") {
    disk.files.set_capacity(ledger->bytes() + 10);
  }
  CHECK_FALSE(ledger->compact().ok());
  check_filled(*ledger);
  check_filled(*disk.open());
  disk.files.set_capacity(sim::SimFileSystem::default_capacity);
  disk.files.faults() = {};
  REQUIRE(ledger->compact().ok());
  check_filled(*ledger);
  check_filled(*disk.open());
}

TEST_CASE("with the power gone at any change of the disk, a compaction loses and doubles nothing") {
  struct PowerCut {};
  bool died = true;
  std::uint64_t steps = 0;
  for (; died; ++steps) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Disk disk;
      sim::SimRandom random(100 * steps + seed);
      auto ledger = disk.open();
      fill(*ledger);
      if (seed % 2 == 0) REQUIRE(ledger->compact().ok());  // it is not the first one
      std::uint64_t changes = 0;
      bool armed = true;
      disk.files.on_operation([&](const std::string&) {
        if (armed && changes++ == steps) throw PowerCut{};
      });
      died = false;
      Status compacted;
      try {
        compacted = ledger->compact();
      } catch (const PowerCut&) {
        died = true;
      }
      armed = false;
      CHECK(compacted.ok());
      disk.files.crash(random);
      ledger = disk.open();
      check_filled(*ledger);
      REQUIRE(ledger->compact().ok());
      check_filled(*disk.open());
    }
  }
  CHECK(steps > 6);
}

TEST_CASE("damage to the list of stored segments is counted, and what follows stays readable") {
  Disk disk;
  auto ledger = disk.open();
  store(*ledger, 1, 4);
  REQUIRE(ledger->compact().ok());
  SECTION("a line") {
    auto text = disk.files.read_whole(list_path, 1 << 20);
    (*text)[12] ^= 1;
    REQUIRE(disk.files.write_whole(list_path, *text).ok());
  }
  SECTION("its end") {
    auto file = disk.files.open(list_path, OpenMode::append);
    REQUIRE((*file)->truncate((*file)->info()->size - 10).ok());
  }
  store(*ledger, 5, 6);
  CHECK(ledger->read_stored()->damaged >= 1);
  REQUIRE(ledger->compact().ok());
  ledger = disk.open();
  const auto stored = ledger->read_stored();
  CHECK(stored->damaged >= 1);
  CHECK(stored->by_seq.size() == 5);
  CHECK(ledger->stored_segments() == 6);
}

TEST_CASE("when the ledger is lost the list tells the totals, once") {
  Disk disk;
  auto ledger = disk.open();
  store(*ledger, 1, 4);
  REQUIRE(ledger->compact().ok());
  ledger.reset();
  REQUIRE(disk.files.remove(ledger_path).ok());
  for (int lives = 0; lives < 3; ++lives) {
    ledger = disk.open();
    CHECK(ledger->stored_segments() == 4);
    CHECK(ledger->stored_lines() == 100);
    CHECK(ledger->next_seq() == 5);
    CHECK(ledger->read_stored()->by_seq.size() == 4);
  }
}

}  // namespace edgeherd::logs
