#include "coordinator/act/core/journal.h"

#include <deque>

#include "common/sim/sim_loop.h"
#include "tests/sim/coordinator_world.h"
#include "tests/support/catch.h"

namespace edgeherd::act {

namespace {

const Protection place("journal", "in_a_test");

// A store whose answers the test gives by hand.
class HandStore final : public StateStore {
 public:
  void commit(Batch batch, std::function<void(Status)> done) override {
    batches.push_back(std::move(batch));
    dones.push_back(std::move(done));
  }
  Result<Rows> load(Table) override { return Rows{}; }

  void answer(Status status) {
    auto done = std::move(dones.front());
    dones.pop_front();
    done(std::move(status));
  }
  [[nodiscard]] std::string newest_body(const std::string& key) const {
    for (const auto& change : batches.back()) {
      const auto* put = std::get_if<Put>(&change);
      if (put != nullptr && put->key == key) return put->body;
    }
    return "(not there)";
  }

  std::vector<Batch> batches;
  std::deque<std::function<void(Status)>> dones;
};

struct Bench {
  sim::SimLoop loop;
  HandStore store;
  Journal journal{loop, store};
  std::vector<std::string> told;

  Journal::Then tell(std::string name) {
    return [this, name](const Status& status) { told.push_back(name + (status.ok() ? "" : "!")); };
  }
};

}  // namespace

TEST_CASE("rows of one turn travel together, in their newest version") {
  Bench b;
  b.journal.put(Table::node, "a", "1");
  b.journal.put(Table::node, "a", "2");
  b.journal.erase(Table::launch, "b");
  b.loop.settle();
  REQUIRE(b.store.batches.size() == 1);
  CHECK(b.store.batches[0].size() == 2);
  CHECK(b.store.newest_body("a") == "2");
}

TEST_CASE("nothing is erased before all that was put before is durable, however much there is") {
  Bench b;
  // Rows in the order of their keys: what is put comes last.
  for (std::size_t i = 0; i <= Journal::most_rows; ++i) {
    b.journal.erase(Table::segment, "row " + std::to_string(i));
  }
  b.journal.put(Table::folded, "all of them", "1");
  b.loop.settle();
  REQUIRE(b.store.batches.size() == 1);
  CHECK(b.store.batches[0].size() == Journal::most_rows);
  CHECK(b.store.newest_body("all of them") == "1");
  b.store.answer({});
  b.loop.settle();
  REQUIRE(b.store.batches.size() == 2);
  CHECK(b.store.batches[1].size() == 2);
}

TEST_CASE(
    "what a turn spends is durable no later than what it was spent for, however much there is") {
  const Table ledger = GENERATE(Table::departure, Table::launch, Table::health_change, Table::turn);
  Bench b;
  for (std::size_t i = 0; i < Journal::most_rows; ++i) {
    b.journal.put(Table::node, "node " + std::to_string(i), "draining");
  }
  b.journal.erase(ledger, "of yesterday");
  b.journal.put(ledger, "spent", "1");
  b.loop.settle();
  REQUIRE(b.store.batches.size() == 1);
  CHECK(b.store.batches[0].size() == Journal::most_rows);
  CHECK(b.store.newest_body("spent") == "1");
  // A failure changes nothing of that.
  b.store.answer(fail(Errc::unavailable, "disk full"));
  b.loop.run_for(Journal::retry);
  REQUIRE(b.store.batches.size() == 2);
  CHECK(b.store.newest_body("spent") == "1");
  b.store.answer({});
  b.loop.settle();
  REQUIRE(b.store.batches.size() == 3);
  CHECK(b.store.batches[2].size() == 2);  // the last node, and the erasure
}

TEST_CASE("nobody is told before the store has answered") {
  Bench b;
  b.journal.put(Table::node, "a", "1");
  b.journal.when_durable(place, b.tell("first"));
  b.loop.settle();
  CHECK(b.told.empty());
  b.journal.put(Table::node, "a", "2");
  b.journal.when_durable(place, b.tell("second"));
  b.loop.settle();
  CHECK(b.store.batches.size() == 1);  // one commit at a time
  b.store.answer({});
  b.loop.settle();
  CHECK(b.told == std::vector<std::string>{"first"});
  b.store.answer({});
  CHECK(b.told == std::vector<std::string>{"first", "second"});
}

TEST_CASE("with nothing to write everything is durable already, but never inline") {
  Bench b;
  b.journal.when_durable(place, b.tell("now"));
  CHECK(b.told.empty());
  b.loop.settle();
  CHECK(b.told == std::vector<std::string>{"now"});
  CHECK(b.store.batches.empty());
}

TEST_CASE("a commit that fails is told to all who waited, and its rows go with the next one") {
  Bench b;
  b.journal.put(Table::node, "a", "1");
  b.journal.put(Table::node, "b", "1");
  b.journal.when_durable(place, b.tell("first"));
  b.loop.settle();
  b.journal.put(Table::node, "a", "2");
  b.journal.when_durable(place, b.tell("second"));
  b.store.answer(fail(Errc::unavailable, "disk full"));
  CHECK(b.told == std::vector<std::string>{"first!", "second!"});
  CHECK(b.journal.failure() == "disk full");
  CHECK(b.journal.pending() == 2);
  b.loop.run_for(Journal::retry);
  REQUIRE(b.store.batches.size() == 2);
  CHECK(b.store.newest_body("a") == "2");
  CHECK(b.store.newest_body("b") == "1");
  b.store.answer({});
  CHECK(b.journal.pending() == 0);
  CHECK(b.journal.failure().empty());
}

TEST_CASE("a store that hangs is a failure, though it has never answered, until it does") {
  Bench b;
  b.journal.put(Table::node, "a", "1");
  b.loop.settle();
  b.journal.put(Table::node, "b", "1");
  b.loop.run_for(Journal::patience - 1s);
  CHECK(b.journal.failure().empty());
  b.loop.run_for(4s);
  CHECK(b.journal.failure() == "a commit has not been answered for 13 s; 2 rows wait");
  b.store.answer({});
  CHECK(b.journal.failure().empty());
  b.loop.settle();
  b.store.answer({});
  b.loop.run_for(1min);  // nothing is under way
  CHECK(b.journal.failure().empty());
}

TEST_CASE("a store that hangs is alarmed once, and again only after it had answered") {
  sim::CoordinatorWorld world(1);
  world.start();
  world.loop.run_for(50ms);  // the epoch is stored
  for (std::uint64_t times = 1; times <= 2; ++times) {
    world.store.set_latency(2min, 2min);
    REQUIRE(
        world.run_until([&] { return !world.controller().status().commit_failure.empty(); }, 1min));
    world.loop.run_for(1min);
    CHECK(world.notifier.sent().at("store_failed") == times);
    CHECK(world.controller().status().uncommitted_rows > 0);
    world.store.set_latency(1ms, 3ms);
    REQUIRE(
        world.run_until([&] { return world.controller().status().commit_failure.empty(); }, 3min));
    world.loop.run_for(1s);
  }
}

TEST_CASE("a commit that our own standstill held up is no store that hangs") {
  sim::CoordinatorWorld world(1);
  world.start();
  world.loop.run_for(50ms);
  world.store.set_latency(3s, 3s);
  for (int times = 0; times < 20; ++times) {  // some of them while a commit is under way
    world.stand_still(30s);
    world.loop.run_for(1700ms);
  }
  CHECK_FALSE(world.notifier.sent().contains("store_failed"));
}

TEST_CASE("a store that hangs does not gather callers for ever") {
  Bench b;
  b.journal.put(Table::node, "a", "1");
  b.loop.settle();
  for (std::size_t i = 0; i < Journal::most_waiting; ++i)
    b.journal.when_durable(place, [](Status) {});
  b.journal.when_durable(place, b.tell("one too many"));
  b.loop.settle();
  CHECK(b.told == std::vector<std::string>{"one too many!"});
}

}  // namespace edgeherd::act
