// What every StateStore and History must do, real or simulated.
#include "tests/contract/store_worlds.h"

using namespace edgeherd;
using namespace edgeherd::act;
using test::await;

namespace {

template <class World>
Status commit(World& world, StateStore& store, Batch batch) {
  return await<Status>(world, [&](auto done) { store.commit(std::move(batch), done); });
}

StateStore::Rows load(StateStore& store, Table table) {
  auto rows = store.load(table);
  REQUIRE(rows);
  return *rows;
}

EventRecord event(int second, const std::string& code, const std::string& node,
                  const std::string& zone) {
  EventRecord record;
  record.at = from_unix_millis(1'700'000'000'000LL + second * 1000LL);
  record.note = {model::Severity::warning, code, "text of " + code, NodeId(node), ZoneId(zone)};
  return record;
}

DecisionRecord decision(int second, const std::string& zone, const std::string& body) {
  DecisionRecord record;
  record.at = from_unix_millis(1'700'000'000'000LL + second * 1000LL);
  record.zone = ZoneId(zone);
  record.body = body;
  return record;
}

TickRecord tick(std::vector<DecisionRecord> decisions, const std::string& snapshot = {}) {
  return {snapshot, std::move(decisions)};
}

template <class World>
std::vector<std::string> codes(World& world, History& history, std::int64_t after,
                               std::size_t limit, const std::string& node,
                               const std::string& zone) {
  const auto found = await<Result<std::vector<EventRecord>>>(
      world, [&](auto done) { history.events(after, limit, NodeId(node), ZoneId(zone), done); });
  REQUIRE(found);
  std::vector<std::string> names;
  for (const EventRecord& record : *found) names.push_back(record.note.code);
  return names;
}

template <class World>
std::optional<DecisionRecord> decided(World& world, History& history, const std::string& zone,
                                      int second) {
  auto found = await<Result<std::optional<DecisionRecord>>>(world, [&](auto done) {
    history.decision(ZoneId(zone), decision(second, zone, "").at, done);
  });
  REQUIRE(found);
  return *found;
}

using Codes = std::vector<std::string>;
using Rows = StateStore::Rows;

}  // namespace

TEMPLATE_TEST_CASE("a committed batch is loaded, each table by itself", "[store]",
                   test::SqliteWorld, test::SimStoreWorld) {
  TestType world;
  StateStore* store = &world.state();
  REQUIRE(commit(world, *store,
                 {Put{Table::node, "n1", "{\"a\":1}"}, Put{Table::node, "n2", ""},
                  Put{Table::order, "n1", "other"}}));
  CHECK(load(*store, Table::node) == Rows{{"n1", "{\"a\":1}"}, {"n2", ""}});
  CHECK(load(*store, Table::order) == Rows{{"n1", "other"}});
  CHECK(load(*store, Table::intent).empty());
}

TEMPLATE_TEST_CASE("the changes of a batch apply in their order", "[store]", test::SqliteWorld,
                   test::SimStoreWorld) {
  TestType world;
  StateStore* store = &world.state();
  REQUIRE(commit(world, *store, {Put{Table::intent, "a", "old"}, Put{Table::intent, "b", "kept"}}));
  REQUIRE(commit(world, *store,
                 {Put{Table::intent, "a", "new"}, Erase{Table::intent, "b"},
                  Put{Table::intent, "b", "again"}, Put{Table::intent, "c", "x"},
                  Erase{Table::intent, "c"}, Erase{Table::intent, "never there"}}));
  CHECK(load(*store, Table::intent) == Rows{{"a", "new"}, {"b", "again"}});
}

TEMPLATE_TEST_CASE("any bytes survive in keys and bodies", "[store]", test::SqliteWorld,
                   test::SimStoreWorld) {
  TestType world;
  StateStore* store = &world.state();
  const std::string odd = "Zürich '\"; DROP TABLE node; --\n\t%s";
  REQUIRE(commit(world, *store, {Put{Table::segment, odd, odd + odd}}));
  CHECK(load(*store, Table::segment) == Rows{{odd, odd + odd}});
}

TEMPLATE_TEST_CASE("what was committed is there when the store is opened again", "[store]",
                   test::SqliteWorld, test::SimStoreWorld) {
  TestType world;
  StateStore* store = &world.state();
  REQUIRE(commit(world, *store, {Put{Table::launch, "n1", "one"}}));
  REQUIRE(commit(world, *store, {Erase{Table::launch, "n1"}, Put{Table::launch, "n2", "two"}}));
  world.reopen_state();
  store = &world.state();
  CHECK(load(*store, Table::launch) == Rows{{"n2", "two"}});
}

TEMPLATE_TEST_CASE("many commits at once are all answered, in order", "[store]", test::SqliteWorld,
                   test::SimStoreWorld) {
  TestType world;
  StateStore* store = &world.state();
  std::vector<int> answered;
  for (int i = 0; i < 500; ++i) {
    const std::string key = "k" + std::to_string(i % 50);
    store->commit({Put{Table::departure, key, std::to_string(i)}}, [&answered, i](Status status) {
      CHECK(status);
      answered.push_back(i);
    });
  }
  CHECK(answered.empty());
  REQUIRE(world.run_until([&] { return answered.size() == 500; }));
  CHECK(std::is_sorted(answered.begin(), answered.end()));
  const auto rows = load(*store, Table::departure);
  CHECK(rows.size() == 50);
  CHECK(rows.at("k7") == "457");
}

TEMPLATE_TEST_CASE("events come oldest first, filtered and limited", "[history]", test::SqliteWorld,
                   test::SimStoreWorld) {
  TestType world;
  History* history = &world.history();
  history->append(event(1, "e1", "n1", "z1"));
  history->append(event(2, "e2", "n2", "z1"));
  history->append(event(3, "e3", "n1", "z2"));
  history->append(event(4, "e4", "n1", "z1"));
  CHECK(codes(world, *history, -1, 10, "", "") == Codes{"e1", "e2", "e3", "e4"});
  CHECK(codes(world, *history, -1, 2, "", "") == Codes{"e3", "e4"});
  CHECK(codes(world, *history, -1, 10, "n1", "") == Codes{"e1", "e3", "e4"});
  CHECK(codes(world, *history, -1, 10, "", "z1") == Codes{"e1", "e2", "e4"});
  CHECK(codes(world, *history, -1, 1, "n1", "z1") == Codes{"e4"});
  CHECK(codes(world, *history, -1, 10, "n9", "").empty());
}

TEMPLATE_TEST_CASE("events can be followed by their numbers", "[history]", test::SqliteWorld,
                   test::SimStoreWorld) {
  TestType world;
  History* history = &world.history();
  for (int i = 1; i <= 5; ++i) history->append(event(i, "e" + std::to_string(i), "n", "z"));
  const auto first = await<Result<std::vector<EventRecord>>>(
      world, [&](auto done) { history->events(0, 2, NodeId(), ZoneId(), done); });
  REQUIRE(first);
  REQUIRE(first->size() == 2);
  CHECK((*first)[0].note.code == "e1");
  CHECK((*first)[0].note.text == "text of e1");
  CHECK((*first)[0].note.severity == model::Severity::warning);
  CHECK((*first)[0].note.node == NodeId("n"));
  CHECK((*first)[0].note.zone == ZoneId("z"));
  CHECK((*first)[0].at == event(1, "", "", "").at);
  CHECK((*first)[0].number < (*first)[1].number);
  CHECK(codes(world, *history, (*first)[1].number, 10, "", "") == Codes{"e3", "e4", "e5"});
}

TEMPLATE_TEST_CASE("the decision in force at a time is found", "[history]", test::SqliteWorld,
                   test::SimStoreWorld) {
  TestType world;
  History* history = &world.history();
  history->append(tick({decision(10, "z1", "first")}));
  history->append(tick({decision(20, "z2", "other zone")}));
  history->append(tick({decision(20, "z1", "second")}));
  history->append(tick({decision(20, "z1", "second, corrected")}));
  CHECK_FALSE(decided(world, *history, "z1", 9));
  CHECK(decided(world, *history, "z1", 10)->body == "first");
  CHECK(decided(world, *history, "z1", 19)->body == "first");
  CHECK(decided(world, *history, "z1", 1000)->body == "second, corrected");
  CHECK(decided(world, *history, "z1", 1000)->zone == ZoneId("z1"));
  CHECK_FALSE(decided(world, *history, "z9", 1000));
}

TEMPLATE_TEST_CASE("the decisions of one tick share the inputs that were recorded with them",
                   "[history]", test::SqliteWorld, test::SimStoreWorld) {
  TestType world;
  History* history = &world.history();
  std::string inputs(5000, 'x');
  inputs += '\0';  // any bytes
  DecisionRecord removal = decision(10, "z2", "two");
  removal.removes = Removes::yes;
  history->append(tick({decision(10, "z1", "one"), removal}, inputs));
  history->append(tick({decision(20, "z1", "three")}));
  const auto one = decided(world, *history, "z1", 10);
  const auto two = decided(world, *history, "z2", 10);
  const auto three = decided(world, *history, "z1", 20);
  REQUIRE((one && two && three));
  CHECK(one->number != two->number);
  CHECK(one->snapshot == two->snapshot);
  CHECK(one->removes == Removes::no);
  CHECK(two->removes == Removes::yes);
  CHECK(three->snapshot == 0);
  const auto bytes = [&](std::int64_t number) {
    const auto found = await<Result<std::optional<std::string>>>(
        world, [&](auto done) { history->snapshot(number, done); });
    REQUIRE(found);
    return *found;
  };
  CHECK(bytes(one->snapshot) == inputs);
  CHECK_FALSE(bytes(one->snapshot + 1));
  const auto by_number = [&](std::int64_t number) {
    const auto found = await<Result<std::optional<DecisionRecord>>>(
        world, [&](auto done) { history->decision(number, done); });
    REQUIRE(found);
    return *found;
  };
  CHECK(by_number(two->number)->body == "two");
  CHECK(by_number(two->number)->zone == ZoneId("z2"));
  CHECK_FALSE(by_number(999));
}

TEMPLATE_TEST_CASE("a node's story is what happened to it, what was decided about it, and its end",
                   "[history]", test::SqliteWorld, test::SimStoreWorld) {
  TestType world;
  History* history = &world.history();
  const auto story = [&](const std::string& node) {
    const auto found =
        await<Result<Story>>(world, [&](auto done) { history->story(NodeId(node), done); });
    REQUIRE(found);
    return *found;
  };
  history->append(event(1, "launch", "n1", "z1"));
  history->append(event(2, "launch", "n2", "z1"));
  history->append(event(3, "paused", "", ""));
  history->append(tick({decision(4, "z1", "why")}));
  StoryLine line;
  line.node = NodeId("n1");
  line.zone = ZoneId("z1");
  line.at = event(4, "", "", "").at;
  line.what = "withdraw";
  line.text = "bad";
  line.details = "{}";
  line.decided = Decided::yes;
  history->append(line);
  StoryEnd end;
  end.node = NodeId("n1");
  end.zone = ZoneId("z1");
  end.at = event(9, "", "", "").at;
  end.body = R"({"schema":1})";
  history->append(end);

  const Story told = story("n1");
  REQUIRE(told.lines.size() == 2);
  CHECK(told.lines[0].what == "launch");
  CHECK(told.lines[0].text == "text of launch");
  CHECK(told.lines[0].decision == 0);
  CHECK(told.lines[0].ordinal == 1);
  CHECK(told.lines[1].what == "withdraw");
  CHECK(told.lines[1].details == "{}");
  CHECK(told.lines[1].zone == ZoneId("z1"));
  CHECK(told.lines[1].at == line.at);
  CHECK(told.lines[1].decision == decided(world, *history, "z1", 4)->number);
  REQUIRE(told.end);
  CHECK(told.end->body == end.body);
  CHECK(told.end->at == end.at);
  CHECK_FALSE(story("n2").end);
  CHECK(story("n9").empty());
}

TEMPLATE_TEST_CASE("of a long story the beginning and the newest lines are kept", "[history]",
                   test::SqliteWorld, test::SimStoreWorld) {
  TestType world;
  History* history = &world.history();
  const auto many = static_cast<std::int64_t>(story_lines) + 40;
  for (std::int64_t i = 1; i <= many; ++i) history->append(event(1, "flap", "n", "z"));
  const auto found =
      await<Result<Story>>(world, [&](auto done) { history->story(NodeId("n"), done); });
  REQUIRE(found);
  REQUIRE(found->lines.size() == story_lines);
  CHECK(found->lines.front().ordinal == 1);
  CHECK(found->lines[story_first_lines - 1].ordinal == story_first_lines);
  CHECK(found->lines[story_first_lines].ordinal == story_first_lines + 41);
  CHECK(found->lines.back().ordinal == many);
}
