#include "agent/command/command_table.h"

#include <algorithm>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

namespace edgeherd::command {

namespace {

using wire::CommandState;

wire::Command make(const std::string& id, const std::string& verb, std::uint64_t epoch = 1) {
  wire::Command command;
  command.action = ActionId(id);
  command.epoch = epoch;
  command.deadline_ms = 5000;
  command.verb = verb;
  return command;
}

struct Box {
  Box() {
    REQUIRE(files.make_directories("/s").ok());
    REQUIRE(files.sync_directory("/").ok());
  }
  std::unique_ptr<CommandTable> open() {
    auto table = CommandTable::open(files, "/s/commands.journal");
    REQUIRE(table.ok());
    return std::move(*table);
  }
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
};

}  // namespace

TEST_CASE("the verbs are these seven and no others") {
  CHECK(verb_names() == std::vector<std::string>{"drain", "undrain", "close_listener", "rotate",
                                                 "flush", "reload", "set_interval"});
  Box box;
  auto table = box.open();
  for (const std::string verb : {"shell", "exec", "DRAIN", "", "drain ", "terminate"}) {
    const Decision decision = table->receive(make("a-" + verb, verb));
    CHECK_FALSE(decision.order);
    CHECK(decision.answer.state == CommandState::refused);
  }
}

TEST_CASE("a new command is accepted with its deadline") {
  Box box;
  const Decision decision = box.open()->receive(make("a1", "drain"));
  REQUIRE(decision.order);
  CHECK(decision.order->verb == Verb::drain);
  CHECK(decision.order->deadline == 5s);
  CHECK(decision.answer.state == CommandState::accepted);
}

TEST_CASE("an id that is known never runs again and is answered with what became of it") {
  Box box;
  auto table = box.open();
  REQUIRE(table->receive(make("a1", "rotate")).order);
  CHECK_FALSE(table->receive(make("a1", "rotate")).order);
  CHECK(table->receive(make("a1", "rotate")).answer.state == CommandState::accepted);
  (void)table->finish(ActionId("a1"), CommandState::failed, "no\nroom");
  SECTION("in the same life") {}
  SECTION("in the next life") {
    table = box.open();
  }
  const Decision again = table->receive(make("a1", "rotate"));
  CHECK_FALSE(again.order);
  CHECK(again.answer.state == CommandState::failed);
  CHECK(again.answer.message == "no room");
}

TEST_CASE("a known id is not run under another verb") {
  Box box;
  auto table = box.open();
  REQUIRE(table->receive(make("a1", "undrain")).order);
  CHECK_FALSE(table->receive(make("a1", "close_listener")).order);
}

TEST_CASE("a lower epoch than the highest seen is refused, in this life and the next") {
  Box box;
  auto table = box.open();
  REQUIRE(table->receive(make("a1", "drain", 7)).order);
  SECTION("in the same life") {}
  SECTION("in the next life") {
    table = box.open();
  }
  CHECK(table->highest_epoch() == 7);
  const Decision stale = table->receive(make("a2", "drain", 6));
  CHECK_FALSE(stale.order);
  CHECK(stale.answer.state == CommandState::refused);
  CHECK(stale.answer.message == "stale epoch 6, seen 7");
  CHECK(table->receive(make("a3", "drain", 7)).order);
  CHECK_FALSE(table->see_epoch(6));
  CHECK(table->see_epoch(9));
  CHECK_FALSE(table->receive(make("a4", "drain", 8)).order);
}

TEST_CASE("arguments that a verb does not take are refused with a reason") {
  Box box;
  auto table = box.open();
  wire::Command command = make("a1", "drain");
  command.arguments = {{"command", "rm -rf /"}};
  CHECK(table->receive(command).answer.message == "drain does not take the argument 'command'");
  command.verb = "set_interval";
  CHECK(table->receive(command).answer.state == CommandState::refused);
  for (const std::string value : {"99", "60001", "-5", "1s", "", "99999999999"}) {
    command.arguments = {{"interval_ms", value}};
    CHECK(table->receive(command).answer.state == CommandState::refused);
  }
  command.arguments = {};
  CHECK(table->receive(command).answer.message == "set_interval needs the argument 'interval_ms'");
  command.arguments = {{"interval_ms", "500"}};
  const Decision good = table->receive(command);
  REQUIRE(good.order);
  CHECK(good.order->interval_ms == 500);
}

TEST_CASE("an id that could spoil the journal is refused") {
  Box box;
  auto table = box.open();
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a\nepoch 99"),
                                std::string(129, 'x'), std::string("a\0b", 3)}) {
    CHECK(table->receive(make(id, "drain")).answer.state == CommandState::refused);
  }
  CHECK(table->highest_epoch() == 0);
}

TEST_CASE("after a crash levels are taken up again and the others are reported as interrupted") {
  Box box;
  {
    auto table = box.open();
    for (const std::string verb : {"drain", "close_listener", "flush", "rotate", "reload"}) {
      REQUIRE(table->receive(make("id-" + verb, verb)).order);
    }
    (void)table->finish(ActionId("id-drain"), CommandState::done, "");
  }
  auto table = box.open();
  const auto resumed = table->take_resumed();
  REQUIRE(resumed.size() == 2);
  CHECK(resumed[0].verb == Verb::close_listener);
  CHECK(resumed[1].verb == Verb::flush);
  CHECK(resumed[1].deadline == 5s);
  CHECK(table->take_resumed().empty());
  CHECK(table->receive(make("id-rotate", "rotate")).answer.state == CommandState::failed);
  CHECK(table->receive(make("id-reload", "reload")).answer.message ==
        "interrupted: the agent was restarted");
  CHECK(table->receive(make("id-drain", "drain")).answer.state == CommandState::done);
}

TEST_CASE("a command that cannot be recorded does not run") {
  Box box;
  auto table = box.open();
  REQUIRE(table->see_epoch(1));
  box.files.faults().failing_syncs = 1;
  const Decision decision = table->receive(make("a1", "close_listener"));
  CHECK_FALSE(decision.order);
  CHECK(decision.answer.state == CommandState::refused);
  // Nothing of it is left, so the coordinator's repetition may run.
  CHECK(table->receive(make("a1", "close_listener")).order);
}

TEST_CASE("an end that could not be recorded is recorded before another command is taken") {
  Box box;
  auto table = box.open();
  REQUIRE(table->receive(make("c1", "close_listener")).order);
  box.files.faults().failing_appends = 2;
  const auto told = table->finish(ActionId("c1"), CommandState::failed, "the disk is full");
  CHECK(told.state == CommandState::failed);
  SECTION("while it cannot be, none is taken") {
    const Decision decision = table->receive(make("u1", "undrain"));
    CHECK_FALSE(decision.order);
    CHECK(decision.answer.state == CommandState::refused);
    table = box.open();
    CHECK(table->take_resumed().size() == 1);  // nobody has asked for anything else
  }
  SECTION("then it is over for good") {
    box.files.faults().failing_appends = 0;
    REQUIRE(table->receive(make("r1", "rotate")).order);
    table = box.open();
    CHECK(table->take_resumed().empty());
    const Decision again = table->receive(make("c1", "close_listener"));
    CHECK(again.answer.state == CommandState::failed);
    CHECK(again.answer.message == "the disk is full");
  }
}

TEST_CASE("a level is not taken up again when a later command asked for the opposite") {
  const auto resumed_of = [](const std::vector<std::pair<std::string, bool>>& taken) {
    Box box;
    {
      // As an agent left it that forgot the ends which it could not write.
      auto table = box.open();
      for (const auto& [verb, ended] : taken) {
        REQUIRE(table->receive(make("id-" + verb, verb)).order);
        if (ended) (void)table->finish(ActionId("id-" + verb), CommandState::done, "");
      }
    }
    auto table = box.open();
    std::vector<std::string> verbs;
    for (const Order& order : table->take_resumed()) verbs.emplace_back(to_string(order.verb));
    for (const auto& [verb, ended] : taken) {
      const bool open = std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
      const Decision again = table->receive(make("id-" + verb, verb));
      CHECK((again.answer.state == CommandState::accepted) == open);
    }
    return verbs;
  };
  using Verbs = std::vector<std::string>;
  CHECK(resumed_of({{"close_listener", false}, {"undrain", true}}).empty());
  CHECK(resumed_of({{"flush", false}, {"undrain", true}, {"rotate", true}}).empty());
  CHECK(resumed_of({{"undrain", false}, {"drain", true}}).empty());
  CHECK(resumed_of({{"undrain", false}, {"drain", true}, {"flush", false}}) == Verbs{"flush"});
  CHECK(resumed_of({{"close_listener", false}, {"undrain", false}}) == Verbs{"undrain"});
  CHECK(resumed_of({{"close_listener", false}, {"drain", true}, {"reload", true}}) ==
        Verbs{"close_listener"});
}

TEST_CASE("no crash makes a command run twice or lets a stale epoch pass") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Box box;
    sim::SimRandom random(seed);
    int runs = 0;
    for (int life = 0; life < 3; ++life) {
      auto table = box.open();
      if (table->receive(make("once", "rotate", 5)).order) ++runs;
      CHECK_FALSE(table->receive(make("old", "rotate", 4)).order);
      if (random.below(2) == 0) (void)table->finish(ActionId("once"), CommandState::done, "");
      table.reset();
      box.files.crash(random);
    }
    CHECK(runs == 1);
  }
}

TEST_CASE("the newest 1,024 ids are remembered, and the journal stays bounded") {
  Box box;
  auto table = box.open();
  for (int i = 0; i < 5000; ++i) {
    const std::string id = "n" + std::to_string(i);
    REQUIRE(table->receive(make(id, "rotate")).order);
    (void)table->finish(ActionId(id), CommandState::done, "");
  }
  table = box.open();
  CHECK_FALSE(table->receive(make("n4999", "rotate")).order);
  CHECK_FALSE(table->receive(make("n3976", "rotate")).order);
  const auto info = box.files.info("/s/commands.journal");
  REQUIRE(info.ok());
  CHECK(info->size < 400'000);
}

}  // namespace edgeherd::command
