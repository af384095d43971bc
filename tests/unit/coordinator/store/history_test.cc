// The bounds of history.db. The contract itself: tests/contract.
#include "coordinator/store/sqlite.h"
#include "coordinator/store/store.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::act;
using store::IfMissing;
using store::make_history;
using test::await;
using test::RealLoop;
using test::TempDirectory;

namespace {

std::unique_ptr<History> open(RealLoop& world, const TempDirectory& dir,
                              store::HistoryOptions options) {
  auto history =
      make_history(dir.file("history.db"), world.loop(), IfMissing::create, std::move(options));
  REQUIRE(history);
  return std::move(*history);
}

EventRecord event(WallTime at) {
  EventRecord record;
  record.at = at;
  record.note.code = "e";
  return record;
}

TickRecord decided(WallTime at, const std::string& zone, std::string body,
                   Removes removes = Removes::no, std::string snapshot = {}) {
  DecisionRecord record;
  record.at = at;
  record.zone = ZoneId(zone);
  record.body = std::move(body);
  record.removes = removes;
  return {std::move(snapshot), {std::move(record)}};
}

std::vector<EventRecord> all(RealLoop& world, History& history) {
  auto found = await<Result<std::vector<EventRecord>>>(
      world, [&](auto done) { history.events(0, 10'000, NodeId(), ZoneId(), done); });
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("only the newest events are kept") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  options.limits.events = 300;
  auto history = open(world, dir, options);
  const WallTime now = world.loop().clock().wall();
  for (int i = 0; i < 2000; ++i) history->append(event(now));
  REQUIRE(world.run_until([&] { return all(world, *history).size() <= 500; }));
  const auto kept = all(world, *history);
  CHECK(kept.size() >= 300);
  CHECK(kept.back().number == 2000);
}

TEST_CASE("old events go, and numbers are not used twice") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  options.limits.age = 1h;
  auto history = open(world, dir, options);
  const WallTime now = world.loop().clock().wall();
  for (int i = 0; i < 300; ++i) history->append(event(now - 2h));
  REQUIRE(world.run_until([&] { return all(world, *history).empty(); }));
  history->append(event(now));
  const auto kept = all(world, *history);
  REQUIRE(kept.size() == 1);
  CHECK(kept.front().number == 301);
}

TEST_CASE("a history that grew too large drops the oldest decisions first") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  options.limits.bytes = 4 * 1024 * 1024;
  auto history = open(world, dir, options);
  const WallTime now = world.loop().clock().wall();
  history->append(event(now));
  for (int i = 0; i < 1000; ++i) {
    history->append(decided(now, i < 600 ? "old" : "new", std::string(16'384, 'd')));
  }
  const auto decision = [&](const std::string& zone) {
    auto found = await<Result<std::optional<DecisionRecord>>>(
        world, [&](auto done) { history->decision(ZoneId(zone), now + 1s, done); });
    REQUIRE(found);
    return *found;
  };
  // At most 256 rows of this size fit the limit: however pruning and writing interleave, what is
  // left is of the 400 newest.
  REQUIRE(world.run_until([&] { return !decision("old"); }));
  CHECK(all(world, *history).size() == 1);
}

TEST_CASE("an oversized decision is dropped and reported once") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  std::vector<Error> troubles;
  options.limits.body_bytes = 100;
  options.on_trouble = [&](Error error) { troubles.push_back(std::move(error)); };
  auto history = open(world, dir, options);
  const TickRecord big = decided(world.loop().clock().wall(), "z", std::string(101, 'd'));
  history->append(big);
  history->append(big);
  CHECK(troubles.empty());
  CHECK(all(world, *history).empty());
  REQUIRE(troubles.size() == 1);
  CHECK(troubles[0].message.find("history.db") != std::string::npos);
  CHECK(troubles[0].message.find("101 bytes") != std::string::npos);
}

TEST_CASE("more records than may wait are dropped and reported") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  int troubles = 0;
  options.limits.waiting = 0;
  options.on_trouble = [&](const Error& error) {
    ++troubles;
    CHECK(error.code == Errc::exhausted);
  };
  auto history = open(world, dir, options);
  history->append(event(world.loop().clock().wall()));
  CHECK(all(world, *history).empty());
  CHECK(troubles == 1);
}

TEST_CASE("the history survives its end") {
  RealLoop world;
  const TempDirectory dir;
  auto history = open(world, dir, {});
  history->append(event(world.loop().clock().wall()));
  history.reset();
  history = open(world, dir, {});
  CHECK(all(world, *history).size() == 1);
}

namespace {

std::optional<DecisionRecord> newest(RealLoop& world, History& history, const std::string& zone) {
  auto found = await<Result<std::optional<DecisionRecord>>>(world, [&](auto done) {
    history.decision(ZoneId(zone), world.loop().clock().wall() + 1h, done);
  });
  REQUIRE(found);
  return *found;
}

bool has_inputs(RealLoop& world, History& history, const DecisionRecord& decision) {
  auto found = await<Result<std::optional<std::string>>>(
      world, [&](auto done) { history.snapshot(decision.snapshot, done); });
  REQUIRE(found);
  return found->has_value();
}

Story story(RealLoop& world, History& history, const std::string& node) {
  auto found = await<Result<Story>>(world, [&](auto done) { history.story(NodeId(node), done); });
  REQUIRE(found);
  return *found;
}

void end_of(History& history, const std::string& node, WallTime at) {
  EventRecord gone;
  gone.at = at;
  gone.note.code = "node_gone";
  gone.note.node = NodeId(node);
  history.append(gone);
  history.append(StoryEnd{NodeId(node), ZoneId("z"), at, "{}"});
}

// So many records that the limits are looked at.
void fill(History& history, WallTime now) {
  for (int i = 0; i < 400; ++i) history.append(event(now));
}

// Bytes that do not compress.
std::string noise(std::size_t length, std::uint32_t seed) {
  std::string bytes;
  for (; bytes.size() < length; seed = seed * 1664525 + 1013904223) {
    bytes += static_cast<char>(seed >> 24);
  }
  return bytes;
}

}  // namespace

TEST_CASE("a month later a removal is still known with its inputs, what removed nothing is not") {
  RealLoop world;
  const TempDirectory dir;
  auto history = open(world, dir, {});
  const WallTime now = world.loop().clock().wall();
  const WallTime then = now - 24h * 35;
  history->append(decided(now - 49h, "late", "body", Removes::no, "inputs"));
  history->append(decided(now - 47h, "new", "body", Removes::no, "inputs"));
  history->append(decided(then, "calm", "body", Removes::no, "inputs"));
  history->append(decided(then, "removed", "body", Removes::yes, "inputs"));
  end_of(*history, "gone", then);
  fill(*history, now);
  REQUIRE(world.run_until([&] { return !newest(world, *history, "calm"); }));
  const auto late = newest(world, *history, "late");
  REQUIRE(late);
  CHECK_FALSE(has_inputs(world, *history, *late));
  CHECK(has_inputs(world, *history, *newest(world, *history, "new")));
  const auto removed = newest(world, *history, "removed");
  REQUIRE(removed);
  CHECK(has_inputs(world, *history, *removed));
  CHECK(story(world, *history, "gone").end);
  CHECK(story(world, *history, "gone").lines.size() == 1);
}

TEST_CASE("stories and removals go when their own time is over, lines and all") {
  RealLoop world;
  const TempDirectory dir;
  auto history = open(world, dir, {});
  const WallTime now = world.loop().clock().wall();
  history->append(decided(now - 24h * 91, "removed", "body", Removes::yes, "inputs"));
  end_of(*history, "old", now - 24h * 91);
  end_of(*history, "newer", now - 24h * 89);
  fill(*history, now);
  REQUIRE(world.run_until([&] { return story(world, *history, "old").empty(); }));
  CHECK(story(world, *history, "newer").end);
  REQUIRE(world.run_until([&] { return !newest(world, *history, "removed"); }));
}

TEST_CASE("beyond their bytes the inputs of removals go last") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  options.limits.snapshot_bytes = 20 * 10'000;
  auto history = open(world, dir, options);
  const WallTime now = world.loop().clock().wall();
  history->append(decided(now, "removed", "body", Removes::yes, noise(10'000, 1)));
  history->append(decided(now, "first", "body", Removes::no, noise(10'000, 2)));
  for (std::uint32_t i = 0; i < 400; ++i) {
    history->append(decided(now, "many", "body", Removes::no, noise(10'000, 3 + i)));
  }
  const auto first = newest(world, *history, "first");
  REQUIRE(first);
  REQUIRE(world.run_until([&] { return !has_inputs(world, *history, *first); }));
  CHECK(has_inputs(world, *history, *newest(world, *history, "removed")));
}

TEST_CASE("only the newest stories are kept") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  options.limits.removals = 50;
  auto history = open(world, dir, options);
  const WallTime now = world.loop().clock().wall();
  for (int i = 0; i < 300; ++i) {
    end_of(*history, "n" + std::to_string(i), now - 1h + 1s * i);
  }
  REQUIRE(world.run_until([&] { return story(world, *history, "n40").empty(); }));
  CHECK(story(world, *history, "n299").end);
}

TEST_CASE("while the disk is slow, snapshots are done without rather than decisions") {
  RealLoop world;
  const TempDirectory dir;
  store::HistoryOptions options;
  options.limits.waiting_bytes = 100;
  auto history = open(world, dir, options);
  const WallTime now = world.loop().clock().wall();
  history->append(decided(now, "z", "body", Removes::no, std::string(101, 'x')));
  const auto kept = newest(world, *history, "z");
  REQUIRE(kept);
  CHECK(kept->snapshot == 0);
}

TEST_CASE("a history of the first version is taken over with its decisions and events") {
  RealLoop world;
  const TempDirectory dir;
  {
    { auto history = open(world, dir, {}); }
    auto database =
        store::Database::open(dir.file("history.db"), store::Database::Mode::must_exist);
    REQUIRE(database);
    REQUIRE((*database)->execute(R"(
      DROP TABLE snapshot; DROP TABLE story_line; DROP TABLE story; DROP TABLE decision;
      CREATE TABLE decision (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, zone TEXT NOT NULL,
        body TEXT NOT NULL);
      CREATE INDEX decision_at ON decision (at_ms);
      CREATE INDEX decision_zone ON decision (zone, at_ms);
      INSERT INTO decision (at_ms, zone, body) VALUES (1000, 'z', 'old');
      INSERT INTO event (at_ms, severity, code, text, node, zone)
        VALUES (1000, 'info', 'launch', 'x', 'n', 'z');
      PRAGMA user_version = 1)"));
  }
  auto history = open(world, dir, {});
  const auto old = newest(world, *history, "z");
  REQUIRE(old);
  CHECK(old->body == "old");
  CHECK(old->snapshot == 0);
  CHECK(old->removes == Removes::no);
  CHECK(all(world, *history).size() == 1);
  end_of(*history, "n", world.loop().clock().wall());
  CHECK(story(world, *history, "n").end);
}

TEST_CASE("a history that a newer program wrote is refused") {
  RealLoop world;
  const TempDirectory dir;
  { auto history = open(world, dir, {}); }
  {
    auto database =
        store::Database::open(dir.file("history.db"), store::Database::Mode::must_exist);
    REQUIRE(database);
    REQUIRE((*database)->execute("PRAGMA user_version = 3"));
  }
  const auto again = make_history(dir.file("history.db"), world.loop(), IfMissing::create, {});
  REQUIRE_FALSE(again);
  CHECK(again.error().message.find("schema version 3, this program knows up to 2") !=
        std::string::npos);
}

TEST_CASE("inputs that were damaged on disk are told of, not decoded") {
  RealLoop world;
  const TempDirectory dir;
  {
    auto history = open(world, dir, {});
    history->append(decided(world.loop().clock().wall(), "z", "body", Removes::no, "inputs"));
  }
  {
    auto database =
        store::Database::open(dir.file("history.db"), store::Database::Mode::must_exist);
    REQUIRE(database);
    REQUIRE((*database)->execute("UPDATE snapshot SET body = x'00ff'"));
  }
  auto history = open(world, dir, {});
  const auto kept = newest(world, *history, "z");
  REQUIRE(kept);
  const auto found = await<Result<std::optional<std::string>>>(
      world, [&](auto done) { history->snapshot(kept->snapshot, done); });
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::broken);
  CHECK(found.error().message.find("snapshot 1: its compressed bytes are damaged") !=
        std::string::npos);
}
