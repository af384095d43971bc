// The bounds of history.db. The contract itself: tests/contract.
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
    history->append(
        DecisionRecord{0, now, ZoneId(i < 600 ? "old" : "new"), std::string(16'384, 'd')});
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
  const DecisionRecord big{0, world.loop().clock().wall(), ZoneId("z"), std::string(101, 'd')};
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
