// The words of the API, the store and the log: each value has its own, and each word its value.
#include <set>
#include <string>

#include "coordinator/model/event.h"
#include "coordinator/model/ledger.h"
#include "coordinator/model/node.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::model;

TEST_CASE("every state and every cause is read back from its own word") {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(NodeState::gone); ++i) {
    const auto state = static_cast<NodeState>(i);
    words.insert(std::string(to_string(state)));
    CHECK(node_state_from(to_string(state)) == state);
  }
  CHECK(words.size() == static_cast<std::size_t>(NodeState::gone) + 1);
  words.clear();
  for (int i = 0; i <= static_cast<int>(Cause::duplicate); ++i) {
    const auto cause = static_cast<Cause>(i);
    words.insert(std::string(to_string(cause)));
    CHECK(cause_from(to_string(cause)) == cause);
  }
  CHECK(words.size() == static_cast<std::size_t>(Cause::duplicate) + 1);
}

TEST_CASE("directions are read back from their words") {
  for (const Direction direction : {Direction::up, Direction::down}) {
    CHECK(direction_from(to_string(direction)) == direction);
  }
}

TEST_CASE("a word that is nobody's is nothing, never the first value") {
  for (const char* word : {"", "In_service", "in service", "serving"}) {
    CHECK_FALSE(node_state_from(word));
    CHECK_FALSE(cause_from(word));
    CHECK_FALSE(direction_from(word));
  }
}

TEST_CASE("verdicts and severities have the words that the documents use") {
  CHECK(to_string(Verdict::healthy) == "healthy");
  CHECK(to_string(Verdict::degraded) == "degraded");
  CHECK(to_string(Verdict::bad) == "bad");
  CHECK(to_string(Verdict::unknown) == "unknown");
  CHECK(to_string(Severity::info) == "info");
  CHECK(to_string(Severity::warning) == "warning");
  CHECK(to_string(Severity::alarm) == "alarm");
}

TEST_CASE("an action's id says whose it is, what it is, whose order, and of which visit") {
  Node node;
  node.id = NodeId("lon1-a");
  node.visit = 7;
  CHECK(action_id(node, "drain", 3) == ActionId("lon1-a-drain-3.7"));
}
