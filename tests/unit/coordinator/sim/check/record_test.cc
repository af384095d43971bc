// That the checkers of commands (P8), of explanations (P9) and of ways find what is wrong.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

// A fleet in which one server is told to drain.
std::string broken_while_one_drains(Court::Hears hears) {
  Court court(make_command_checker(), 5min, hears);
  NodeId told;
  court.world.loop.after(2min, [&] {
    act::TerminateRequest request;
    told = court.node().id;
    request.nodes = {told};
    court.world.controller()->terminate(request, [](const auto&) {});
  });
  court.world.run();
  const bool gone = court.fleet().node(told) == nullptr;
  REQUIRE(gone == court.broken().empty());  // what is broken ends its time at once
  return court.broken();
}

wire::Command drain(std::uint64_t epoch) {
  wire::Command command;
  command.action = ActionId("lon1-a-drain-1.1");
  command.epoch = epoch;
  command.verb = "drain";
  return command;
}

// The first promise that this life of one node breaks, told by its notes.
std::string broken_on_the_way(const std::vector<std::string>& codes) {
  Court court(make_way_checker(), 1min, Court::Hears::nothing);
  for (const std::string& code : codes) {
    court.checker->noted(court.world, {model::Severity::info, code, "", NodeId("lon1-a"), lon});
  }
  return court.broken();
}

struct Removal {
  Court court{make_explanation_checker(), 1min, Court::Hears::nothing};
  Removal() { court.world.run(); }
  // A tick that withdrew the node, and was made of this.
  void record(const std::string& snapshot) {
    act::TickRecord tick;
    tick.snapshot = snapshot;
    act::DecisionRecord decision;
    decision.at = court.world.loop.clock().wall();
    decision.zone = lon;
    decision.body = R"({"actions": ["withdraw", ")" + court.node().id.str() + R"("]})";
    tick.decisions.push_back(std::move(decision));
    court.world.history.append(std::move(tick));
  }
  // What is found when a node leaves with this as the last line of its story.
  std::string broken_with(const std::string& details) {
    act::StoryLine line;
    line.node = court.node().id;
    line.zone = lon;
    line.at = court.world.loop.clock().wall();
    line.what = "withdraw";
    line.details = details;
    line.decided = act::Decided::yes;
    court.world.history.append(std::move(line));
    court.leaves(court.node().id, model::Cause::sick);
    return court.world.violation() ? court.world.violation()->text : "";
  }
};

}  // namespace

TEST_CASE("an agent that drains because it was told to breaks no promise") {
  CHECK(broken_while_one_drains(Court::Hears::all) == "");
}

TEST_CASE("an agent that drains although nobody has told it so is found") {
  CHECK(broken_while_one_drains(Court::Hears::no_commands) == "P8");
}

TEST_CASE("a command with another epoch than its coordinator's is found") {
  Court court(make_command_checker(), 1min, Court::Hears::nothing);
  court.world.run();
  const AgentKey key = court.node().key;
  court.checker->sending(court.world, 0, key, drain(court.fleet().epoch()));
  CHECK(court.broken() == "");
  court.checker->sending(court.world, 0, key, drain(court.fleet().epoch() + 1));
  CHECK(court.broken() == "P8");
}

TEST_CASE("a life from state to state as it should be breaks nothing") {
  CHECK(broken_on_the_way({"node_enrolled", "node_in_service", "node_draining", "node_in_service",
                           "node_draining", "node_flushing", "node_flushed", "node_terminating",
                           "node_gone"}) == "");
  CHECK(broken_on_the_way({"node_in_service", "node_draining", "node_flushing", "logs_given_up",
                           "node_terminating"}) == "");
}

TEST_CASE("a state that no way leads to is found") {
  CHECK(broken_on_the_way({"node_in_service", "node_terminating"}) == "ways");
  CHECK(broken_on_the_way({"node_in_service", "node_draining", "node_terminating"}) == "ways");
  CHECK(broken_on_the_way({"node_in_service", "node_flushing"}) == "ways");
  CHECK(broken_on_the_way(
            {"node_in_service", "node_draining", "node_flushing", "node_in_service"}) == "ways");
  CHECK(broken_on_the_way({"node_in_service", "node_draining", "node_flushing", "node_flushed",
                           "node_draining"}) == "ways");
  CHECK(broken_on_the_way({"node_in_service", "node_draining", "node_flushing", "node_flushed",
                           "node_flushing"}) == "ways");
}

TEST_CASE("a removal of which nothing is told is found") {
  Removal removal;
  removal.court.leaves(NodeId("lon1-nobody"), model::Cause::sick);
  CHECK(removal.court.broken() == "P9");
}

TEST_CASE("a removal without reasons, without what was known, or without its decision is found") {
  CHECK_THAT(Removal().broken_with("{}"), Catch::Contains("no reason"));
  CHECK_THAT(Removal().broken_with(R"({"reasons": [], "known": {}})"),
             Catch::Contains("no reason"));
  CHECK_THAT(Removal().broken_with(R"({"reasons": ["bad"], "known": {}})"),
             Catch::Contains("how old it was"));
  CHECK_THAT(Removal().broken_with(R"({"reasons": ["bad"], "known": {"sample_age_ms": 5}})"),
             Catch::Contains("does not name it"));
}

TEST_CASE("a removal whose decision was made of what nobody can read is found") {
  const std::string told = R"({"reasons": ["bad"], "known": {"sample_age_ms": 5}})";
  Removal without;
  without.record("");
  CHECK_THAT(without.broken_with(told), Catch::Contains("was made of is not recorded"));
  Removal spoilt;
  spoilt.record("no snapshot");
  CHECK(spoilt.broken_with(told) != "");
}

TEST_CASE("a removal that its story and its record explain breaks nothing") {
  Court court(make_explanation_checker(), 5min, Court::Hears::removals);
  court.world.loop.after(2min, [&] {
    act::TerminateRequest request;
    request.nodes = {court.node().id};
    court.world.controller()->terminate(request, [](const auto&) {});
  });
  court.world.run();
  CHECK(court.withdrawn.size() == 1);
  CHECK(court.broken() == "");
}

TEST_CASE("a story that does not end with its node is found") {
  Removal removal;
  removal.court.checker->left(removal.court.world, removal.court.node().id,
                              model::NodeState::booting, 0);
  CHECK(removal.court.broken() == "");
  removal.court.checker->left(removal.court.world, removal.court.node().id,
                              model::NodeState::terminating, 0);
  CHECK(removal.court.broken() == "P9");
}

}  // namespace edgeherd::sim
