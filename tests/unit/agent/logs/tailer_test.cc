#include "agent/logs/tailer.h"

#include <string>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

namespace edgeherd::logs {

namespace {

const std::string log_path = "/log/access.log";

std::string line(int number) {
  return std::to_string(1763881000 + number) + ".000 200 100 0.010 0.005 GET /\n";
}

std::string lines(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i) text += line(i);
  return text;
}

// A log directory, and what nginx does to it.
struct Box {
  Box() {
    REQUIRE(files.make_directories("/log").ok());
    REQUIRE(files.make_directories("/state").ok());
    config.access_log = log_path;
    config.state_file = "/state/tail";
  }
  void write(const std::string& text, const std::string& path = log_path) {
    auto file = files.open(path, OpenMode::append);
    REQUIRE(file.ok());
    REQUIRE((*file)->append(text).ok());
  }
  void truncate() {
    auto file = files.open(log_path, OpenMode::append);
    REQUIRE(file.ok());
    REQUIRE((*file)->truncate(0).ok());
  }
  void rotate() { REQUIRE(files.rename(log_path, "/log/old").ok()); }
  void poll(Tailer& tailer, Duration after = 1s) {
    loop.run_for(after);
    tailer.poll(loop.clock().mono());
  }
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  TailerConfig config;
};

}  // namespace

TEST_CASE("new lines are counted with their status, bytes, time and latency") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(lines(0, 3) + "1763881009.500 503 20 1.000 - GET /\n");
  box.poll(tailer);
  const TailCounters& counters = tailer.counters();
  CHECK(counters.requests == 4);
  CHECK(counters.status_classes == std::array<std::uint64_t, 5>{0, 3, 0, 0, 1});
  CHECK(counters.bytes_sent == 320);
  CHECK(counters.requests_until_ms == 1763881009500);
  CHECK(tailer.latency().total() == 4);
  CHECK(tailer.latency().at(sketch_bucket(0.005)) == 3);
  CHECK(tailer.latency().at(sketch_bucket(1.0)) == 1);
}

TEST_CASE("a log that is missing at first is waited for, and its first line counts for the rate") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  REQUIRE(tailer.trouble());
  CHECK(tailer.trouble()->code == Errc::not_found);
  CHECK_FALSE(tailer.live());
  box.write(line(1));
  box.poll(tailer);
  CHECK_FALSE(tailer.trouble());
  CHECK(tailer.counters().requests == 1);
  CHECK(tailer.counters().backlog_requests == 0);
}

TEST_CASE("a line that is half written is counted once, when it is whole") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  const std::string text = line(7);
  for (const char byte : text) {
    CHECK(tailer.counters().requests == 0);
    box.write(std::string(1, byte));
    box.poll(tailer);
  }
  CHECK(tailer.counters().requests == 1);
  CHECK(tailer.counters().foreign_lines == 0);
}

TEST_CASE("lines that cross the blocks of reading are whole all the same") {
  Box box;
  for (const std::size_t block : {1U, 7U, 64U, 4096U}) {
    box.config.block_bytes = block;
    Tailer tailer(box.files, box.config);
    box.poll(tailer);
    const auto before = tailer.counters().requests;
    box.write(lines(0, 50));
    box.poll(tailer);
    CHECK(tailer.counters().requests - before == 50);
    CHECK(tailer.counters().foreign_lines == 0);
    tailer.save();
  }
}

TEST_CASE("foreign lines and lines over the limit are counted apart") {
  Box box;
  box.config.line_limit_bytes = 100;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write("hello\n\n" + line(1) + line(2).substr(0, 40) + std::string(200, 'x') + "\n");
  box.write(std::string(5000, 'y'));
  box.poll(tailer);
  box.write(std::string(5000, 'y') + "\n" + line(3));
  box.poll(tailer);
  CHECK(tailer.counters().requests == 2);
  CHECK(tailer.counters().foreign_lines == 2);
  CHECK(tailer.counters().long_lines == 2);
  CHECK(tailer.counters().lines() == 6);
}

TEST_CASE(
    "after a rotation the old file is read to its end, late lines included, then the new one") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(lines(0, 10));
  box.poll(tailer);
  box.write(lines(10, 10));
  box.rotate();
  box.write(lines(20, 5));  // the new file
  box.poll(tailer);
  CHECK(tailer.counters().requests == 25);
  box.write(lines(25, 5), "/log/old");  // an old worker flushes late
  box.write(lines(30, 5));
  box.poll(tailer);
  CHECK(tailer.counters().requests == 35);
  CHECK(tailer.counters().rotations == 1);
}

TEST_CASE("between the rename and the reopening the old file goes on") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(line(0));
  box.poll(tailer);
  box.rotate();
  box.write(line(1), "/log/old");
  box.poll(tailer);
  CHECK(tailer.counters().requests == 2);
  CHECK_FALSE(tailer.trouble());
}

TEST_CASE("a truncated log is read from its start, and what stood in it is counted") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(lines(0, 20));
  box.poll(tailer);
  box.truncate();
  box.write(lines(20, 3));
  box.poll(tailer);
  CHECK(tailer.counters().requests == 23);
  CHECK(tailer.counters().truncations == 1);
  CHECK(tailer.counters().truncated_lines == 20);
}

TEST_CASE("what was there before the agent feeds totals, not rates") {
  Box box;
  box.write(lines(0, 30));
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  CHECK(tailer.live());
  box.write(lines(30, 4));
  box.poll(tailer);
  CHECK(tailer.counters().backlog_requests == 30);
  CHECK(tailer.counters().requests == 4);
  CHECK(tailer.latency().total() == 4);
}

TEST_CASE("a restart goes on where the last life stood") {
  Box box;
  {
    Tailer tailer(box.files, box.config);
    box.poll(tailer);
    box.write(lines(0, 30) + line(30).substr(0, 20));
    box.poll(tailer);
    tailer.save();
  }
  box.write(line(30).substr(20) + lines(31, 9));
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  CHECK(tailer.counters().backlog_requests == 10);
  CHECK(tailer.counters().foreign_lines == 0);
}

TEST_CASE("the position is kept every half minute without being asked") {
  Box box;
  {
    Tailer tailer(box.files, box.config);
    box.poll(tailer);
    for (int i = 0; i < 70; ++i) {
      box.write(line(i));
      box.poll(tailer);
    }
  }
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  CHECK(tailer.counters().backlog_requests <= 30);
}

TEST_CASE("how many lines of a file were read is known across a restart, and after its rotation") {
  Box box;
  const auto inode = [&] { return box.files.info(box.config.access_log)->inode; };
  {
    Tailer tailer(box.files, box.config);
    box.poll(tailer);
    box.write(lines(0, 30) + "half a ");
    box.poll(tailer);
    CHECK(tailer.lines_of(inode()) == 30);
    CHECK_FALSE(tailer.lines_of(inode() + 1));
    tailer.save();
  }
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  CHECK(tailer.lines_of(inode()) == 30);
  box.write("line\n" + lines(30, 5));
  box.poll(tailer);
  const auto old = inode();
  CHECK(tailer.lines_of(old) == 36);
  box.rotate();
  box.write(line(35));
  box.poll(tailer);
  CHECK(tailer.lines_of(old) == 36);
  CHECK(tailer.lines_of(inode()) == 1);
}

TEST_CASE("a position that cannot be kept is no trouble of the log") {
  Box box;
  box.config.save_every = 1s;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(lines(0, 3));
  box.files.faults().failing_appends = 1;
  box.poll(tailer);
  CHECK(box.files.faults().failing_appends == 0);  // it was tried
  CHECK_FALSE(tailer.trouble());
  CHECK(tailer.counters().requests == 3);
}

TEST_CASE("a position of another file, or a damaged one, is not believed") {
  Box box;
  {
    Tailer tailer(box.files, box.config);
    box.poll(tailer);
    box.write(lines(0, 30));
    box.poll(tailer);
    tailer.save();
  }
  SECTION("the same inode with another beginning") {
    box.truncate();
    box.write(lines(500, 40));
  }
  SECTION("another inode") {
    box.rotate();
    box.write(lines(500, 40));
  }
  SECTION("a flipped digit") {
    auto text = box.files.read_whole("/state/tail", 1000);
    REQUIRE(text.ok());
    (*text)[8] = (*text)[8] == '9' ? '8' : '9';
    REQUIRE(box.files.write_whole("/state/tail", *text).ok());
    box.write(lines(30, 10));
  }
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  CHECK(tailer.counters().backlog_requests == 40);
}

TEST_CASE("a backlog over its limit is skipped and the bytes counted") {
  Box box;
  box.config.backlog_limit_bytes = 1000;
  box.write(lines(0, 100) + "half a li");
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write("ne\n" + line(1));
  box.poll(tailer);
  CHECK(tailer.counters().backlog_requests == 0);
  CHECK(tailer.counters().skipped_bytes > 1000);
  CHECK(tailer.counters().requests == 1);
}

TEST_CASE("one poll reads no more than its budget, and nothing is lost by it") {
  Box box;
  box.config.budget_bytes = 10 * line(0).size();
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(lines(0, 25));
  box.poll(tailer);
  CHECK(tailer.counters().requests == 10);
  box.rotate();
  box.write(lines(25, 2));
  box.poll(tailer);
  box.poll(tailer, 30s);
  box.poll(tailer);
  CHECK(tailer.counters().requests == 27);
}

TEST_CASE("a read error is counted and reported, and reading goes on after it") {
  Box box;
  Tailer tailer(box.files, box.config);
  box.poll(tailer);
  box.write(lines(0, 5));
  box.poll(tailer);
  box.write(lines(5, 5));
  box.files.faults().failing_reads = 1;
  box.poll(tailer);
  CHECK(tailer.counters().read_errors == 1);
  CHECK(tailer.trouble());
  box.poll(tailer);
  CHECK(tailer.counters().requests == 10);
  CHECK_FALSE(tailer.trouble());
}

}  // namespace edgeherd::logs
