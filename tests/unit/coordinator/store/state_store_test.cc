// What can go wrong with state.db, and what is said then. The contract itself: tests/contract.
#include <fstream>
#include <set>
#include <sstream>

#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "coordinator/store/store.h"
#include "tests/support/child.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::act;
using store::IfMissing;
using store::make_state_store;
using test::await;
using test::RealLoop;
using test::TempDirectory;

namespace {

// Makes a state.db with one row and closes it.
void make_database(RealLoop& world, const std::string& path) {
  auto made = make_state_store(path, world.loop(), IfMissing::create);
  REQUIRE(made);
  REQUIRE(await<Status>(world, [&](auto done) {
    (*made)->commit({Put{Table::node, "n1", "body"}}, done);
  }));
}

void sql(const std::string& path, const std::string& text) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

Error open_error(RealLoop& world, const std::string& path) {
  const auto opened = make_state_store(path, world.loop(), IfMissing::create);
  REQUIRE_FALSE(opened);
  INFO(opened.error().message);
  CHECK(opened.error().message.find(path) != std::string::npos);
  return opened.error();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Commits 32 KB rows until one fails: "<rows that went in> <code> <message>".
std::string fill(RealLoop& world, StateStore& state, int most) {
  const std::string body(32 * 1024, 'x');
  for (int i = 0; i < most; ++i) {
    const auto put = await<Status>(world, [&](auto done) {
      state.commit({Put{Table::segment, "s" + std::to_string(i), body}}, done);
    });
    if (!put) {
      const auto rows = state.load(Table::segment);
      const std::string kept = rows ? std::to_string(rows->size()) : rows.error().message;
      return std::to_string(i) + "/" + kept + " " + std::string(to_string(put.error().code)) + " " +
             put.error().message;
    }
  }
  return "never full";
}

}  // namespace

TEST_CASE("a missing state.db is made only when asked") {
  RealLoop world;
  const TempDirectory dir;
  const auto missing = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(contains(missing.error().message, dir.file("state.db")));
  CHECK_FALSE(std::filesystem::exists(dir.file("state.db")));
  CHECK(make_state_store(dir.file("state.db"), world.loop(), IfMissing::create));
  CHECK(make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail));
}

TEST_CASE("state.db is for its owner's eyes only") {
  RealLoop world;
  const TempDirectory dir;
  make_database(world, dir.file("state.db"));
  struct stat found {};
  REQUIRE(::stat(dir.file("state.db").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("a directory that does not exist is named") {
  RealLoop world;
  const TempDirectory dir;
  CHECK(open_error(world, dir.file("nowhere/state.db")).code == Errc::not_found);
}

TEST_CASE("an empty file is refused, not taken for a new database") {
  RealLoop world;
  const TempDirectory dir;
  std::ofstream(dir.file("state.db")).close();
  CHECK(open_error(world, dir.file("state.db")).code == Errc::broken);
  CHECK(std::filesystem::file_size(dir.file("state.db")) == 0);
}

TEST_CASE("a log without its database is refused") {
  RealLoop world;
  const TempDirectory dir;
  std::ofstream(dir.file("state.db-wal")) << "what was committed last";
  CHECK(open_error(world, dir.file("state.db")).code == Errc::broken);
  CHECK_FALSE(std::filesystem::exists(dir.file("state.db")));
}

TEST_CASE("what is left of a creation that was interrupted does not stop the next one") {
  RealLoop world;
  const TempDirectory dir;
  std::ofstream(dir.file("state.db.new")) << "half made";
  make_database(world, dir.file("state.db"));
  CHECK_FALSE(std::filesystem::exists(dir.file("state.db.new")));
}

TEST_CASE("a file that is no database is refused and left as it is") {
  RealLoop world;
  const TempDirectory dir;
  const std::string text = std::string(8192, 'z');
  std::ofstream(dir.file("state.db")) << text;
  CHECK(open_error(world, dir.file("state.db")).code == Errc::broken);
  std::ostringstream now;
  now << std::ifstream(dir.file("state.db")).rdbuf();
  CHECK(now.str() == text);
}

TEST_CASE("a damaged database is refused") {
  RealLoop world;
  const TempDirectory dir;
  make_database(world, dir.file("state.db"));
  {
    std::fstream file(dir.file("state.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(4096 * 3, '\x5a');
  }
  CHECK(open_error(world, dir.file("state.db")).code == Errc::broken);
}

TEST_CASE("another program's SQLite database is refused") {
  RealLoop world;
  const TempDirectory dir;
  sql(dir.file("state.db"), "CREATE TABLE songs (title TEXT)");
  const Error error = open_error(world, dir.file("state.db"));
  CHECK(error.code == Errc::invalid);
  CHECK(contains(error.message, "not an Edgeherd state database"));
}

TEST_CASE("the history is not taken for the state") {
  RealLoop world;
  const TempDirectory dir;
  REQUIRE(store::make_history(dir.file("history.db"), world.loop(), IfMissing::create, {}));
  CHECK(open_error(world, dir.file("history.db")).code == Errc::invalid);
}

TEST_CASE("a database of the first version is brought to the present one, and keeps its rows") {
  RealLoop world;
  const TempDirectory dir;
  make_database(world, dir.file("state.db"));
  sql(dir.file("state.db"),
      "DROP TABLE health_change; DROP TABLE turn; DROP TABLE folded; DROP TABLE dns_name; DROP "
      "TABLE zone; PRAGMA user_version = 1");
  const auto opened = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE(opened);
  const auto nodes = (*opened)->load(Table::node);
  REQUIRE(nodes);
  CHECK(nodes->contains("n1"));
  const auto changes = (*opened)->load(Table::health_change);
  REQUIRE(changes);
  CHECK(changes->empty());
}

TEST_CASE("a database of a newer version is refused with both versions") {
  RealLoop world;
  const TempDirectory dir;
  make_database(world, dir.file("state.db"));
  sql(dir.file("state.db"), "PRAGMA user_version = 99");
  const Error error = open_error(world, dir.file("state.db"));
  CHECK(error.code == Errc::invalid);
  CHECK(contains(error.message, "schema version 99"));
  CHECK(contains(error.message, "up to 4"));
}

TEST_CASE("a second coordinator on one state.db is refused with the first one's process id") {
  const TempDirectory dir;
  test::Child first([&](int out) {
    RealLoop world;
    auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
    test::say(out, state ? "open\n" : state.error().message + "\n");
    world.run_for(test::patience);
  });
  REQUIRE(first.read_some() == "open\n");
  RealLoop world;
  const Error error = open_error(world, dir.file("state.db"));
  CHECK(error.code == Errc::conflict);
  CHECK(contains(error.message, "process " + std::to_string(first.pid())));
  first.kill();
  CHECK(make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail));
}

TEST_CASE("a database that another program holds locked gives an error, and then works again") {
  RealLoop world;
  const TempDirectory dir;
  make_database(world, dir.file("state.db"));
  auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE(state);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(dir.file("state.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto put = [&] {
    return await<Status>(world, [&](auto done) {
      (*state)->commit({Put{Table::node, "n2", "later"}}, done);
    });
  };
  const Status locked = put();
  REQUIRE_FALSE(locked);
  CHECK(locked.error().code == Errc::unavailable);
  CHECK(contains(locked.error().message, "state.db: database is locked"));
  sqlite3_close(other);
  CHECK(put());
}

TEST_CASE("a file that cannot be written is refused at once") {
  const TempDirectory dir;
  {
    RealLoop world;
    make_database(world, dir.file("state.db"));
  }
  REQUIRE(::chmod(dir.path().c_str(), 0777) == 0);
  REQUIRE(::chmod(dir.file("state.db").c_str(), 0444) == 0);
  REQUIRE(::chmod(dir.file("state.db.lock").c_str(), 0666) == 0);
  const std::string said = test::in_child([&]() -> std::string {
    // Root may write everything: become somebody else.
    if (::getuid() == 0 && ::setuid(65534) != 0) return "cannot change the user";
    RealLoop world;
    const auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
    if (state) return "opened";
    return std::string(to_string(state.error().code)) + " " + state.error().message;
  });
  INFO(said);
  CHECK(contains(said, "refused " + dir.file("state.db")));
}

TEST_CASE("rows that no store should hold are refused, and the others are not harmed") {
  RealLoop world;
  const TempDirectory dir;
  auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
  REQUIRE(state);
  const auto put = [&](const std::string& key, std::size_t bytes) {
    return await<Status>(world, [&](auto done) {
      (*state)->commit(
          {Put{Table::node, "fine", "x"}, Put{Table::node, key, std::string(bytes, 'x')}}, done);
    });
  };
  CHECK(put("", 1).error().code == Errc::invalid);
  CHECK(put("big", store::max_body_bytes + 1).error().code == Errc::invalid);
  CHECK((*state)->load(Table::node)->empty());
  CHECK(put("big", store::max_body_bytes));
  CHECK((*state)->load(Table::node)->size() == 2);
}

TEST_CASE("a store that goes away has made every commit that it was given") {
  RealLoop world;
  const TempDirectory dir;
  auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
  REQUIRE(state);
  for (int i = 0; i < 100; ++i) {
    (*state)->commit({Put{Table::node, "n" + std::to_string(i), "x"}},
                     [](Status) { FAIL("called after the store's end"); });
  }
  state->reset();
  world.run_for(10ms);
  const auto again = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE(again);
  CHECK((*again)->load(Table::node)->size() == 100);
}

TEST_CASE("a limit on file sizes gives an error, and what was acknowledged stays") {
  const TempDirectory dir;
  const std::string said = test::in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{512 * 1024, 512 * 1024};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return std::string("no limit");
    RealLoop world;
    auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
    return state ? fill(world, **state, 100) : state.error().message;
  });
  INFO(said);
  CHECK(contains(said, " " + dir.file("state.db") + ": disk I/O error"));
  const std::string rows = said.substr(0, said.find(' '));
  CHECK(rows.substr(0, rows.find('/')) == rows.substr(rows.find('/') + 1));
  RealLoop world;
  const auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE(state);
  CHECK(std::to_string((*state)->load(Table::segment)->size()) == rows.substr(0, rows.find('/')));
}

TEST_CASE("a full disk gives an error, and the store works again when there is space") {
  if (::getuid() != 0) return;  // mounting needs root; the limit above covers the rest
  const TempDirectory dir;
  const std::string said = test::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=2m") != 0) {
      return "cannot mount";
    }
    std::ofstream(dir.file("ballast")) << std::string(1024 * 1024, 'x');
    RealLoop world;
    auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
    if (!state) return state.error().message;
    std::string text = fill(world, **state, 100);
    std::filesystem::remove(dir.file("ballast"));
    const auto after = await<Status>(world, [&](auto done) {
      (*state)->commit({Put{Table::node, "n", "x"}}, done);
    });
    return text + (after ? "; works again" : "; " + after.error().message);
  });
  if (said == "cannot mount") return;  // a container without that right
  INFO(said);
  CHECK(contains(said, "exhausted " + dir.file("state.db")));
  CHECK(contains(said, "; works again"));
}

TEST_CASE("nothing is acknowledged that was written into a file which is no longer there") {
  const auto outcome = [](const std::string& ending, const std::string& replaced_by) {
    RealLoop world;
    const TempDirectory dir;
    const auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
    REQUIRE(state);
    const Batch batch{Put{Table::node, "n", "x"}};
    const auto put = [&] {
      return await<Status>(world, [&](auto done) { (*state)->commit(batch, done); });
    };
    REQUIRE(put());
    const std::string file = dir.file("state.db" + ending);
    std::filesystem::rename(file, dir.file("taken"));
    if (!replaced_by.empty()) std::ofstream(file) << replaced_by;
    const Status after = put();
    REQUIRE_FALSE(after);
    CHECK(contains(after.error().message, file + ": removed or replaced"));
    std::filesystem::rename(dir.file("taken"), file);
    CHECK(put());
  };
  outcome("", "");
  outcome("", "another");
  outcome("-wal", "");
}

TEST_CASE("after kill -9 everything acknowledged is there, and no batch by half") {
  const TempDirectory dir;
  std::set<int> acknowledged;
  {
    test::Child writer([&](int out) {
      RealLoop world;
      auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::create);
      if (!state) ::_exit(2);
      for (int i = 0;; ++i) {
        const std::string key = std::to_string(i);
        (*state)->commit(
            {Put{Table::intent, key, "a"}, Put{Table::node, key, "b"}},
            [out, key](Status status) { test::say(out, status ? key + "\n" : "!\n"); });
        if (i % 10 == 9) world.run_for(1ms);
      }
    });
    std::string said;
    while (std::count(said.begin(), said.end(), '\n') < 1500) {
      const std::string more = writer.read_some();
      REQUIRE_FALSE(more.empty());
      said += more;
    }
    writer.kill();
    said += writer.read_all();
    CHECK_FALSE(contains(said, "!"));
    std::istringstream lines(said.substr(0, said.rfind('\n')));
    for (std::string line; std::getline(lines, line);) acknowledged.insert(std::stoi(line));
  }
  RealLoop world;
  const auto state = make_state_store(dir.file("state.db"), world.loop(), IfMissing::fail);
  REQUIRE(state);
  const auto intents = (*state)->load(Table::intent);
  const auto nodes = (*state)->load(Table::node);
  REQUIRE(intents);
  REQUIRE(nodes);
  CHECK(acknowledged.size() >= 1500);
  for (const int number : acknowledged) {
    if (!intents->contains(std::to_string(number))) FAIL("lost: " << number);
  }
  CHECK(intents->size() == nodes->size());
  for (const auto& [key, body] : *intents) {
    if (!nodes->contains(key)) FAIL("half a batch: " << key);
  }
}
