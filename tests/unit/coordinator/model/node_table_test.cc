#include "coordinator/model/node_table.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::model;

namespace {

Node node(const std::string& id, const std::string& key) {
  Node made;
  made.id = NodeId(id);
  made.key = AgentKey(key);
  return made;
}

}  // namespace

TEST_CASE("a node is found by its id and by its agent's key, whatever was asked for before") {
  NodeTable table;
  Node& one = table.put(node("1", "a"));
  Node& two = table.put(node("2", "b"));
  for (int i = 0; i < 2; ++i) {
    CHECK(table.owner(AgentKey("a")) == &one);
    CHECK(table.find(NodeId("1")) == &one);
    CHECK(table.find(NodeId("2")) == &two);
    CHECK(table.owner(AgentKey("b")) == &two);
    CHECK(table.find(NodeId("1")) == &one);
    CHECK(table.owner(AgentKey("c")) == nullptr);
    CHECK(table.find(NodeId("3")) == nullptr);
  }
}

TEST_CASE("an erased node is not found, even if it spoke last") {
  NodeTable table;
  table.put(node("1", "a"));
  REQUIRE(table.owner(AgentKey("a")) != nullptr);
  table.erase(NodeId("1"));
  CHECK(table.find(NodeId("1")) == nullptr);
  CHECK(table.owner(AgentKey("a")) == nullptr);
  CHECK(table.in_order().empty());
}

TEST_CASE("a moved table keeps its nodes where they are") {
  NodeTable table;
  const Node* one = &table.put(node("1", "a"));
  REQUIRE(table.owner(AgentKey("a")) == one);
  NodeTable moved(std::move(table));
  CHECK(moved.find(NodeId("1")) == one);
  CHECK(moved.owner(AgentKey("a")) == one);
  moved.erase(NodeId("1"));
  CHECK(moved.find(NodeId("1")) == nullptr);
}

TEST_CASE("a bound key is the node's, and its former one nobody's") {
  NodeTable table;
  Node& one = table.put(node("1", "a"));
  table.bind(one, AgentKey("b"));
  CHECK(table.owner(AgentKey("b")) == &one);
  CHECK(table.owner(AgentKey("a")) == nullptr);
  CHECK(table.find(NodeId("1")) == &one);
}

TEST_CASE("a bookmark spares the search and never leads to who is not there any more") {
  NodeTable table;
  const AgentKey key("a");
  Bookmark mark;
  CHECK(table.owner(key, mark) == nullptr);

  Node& one = table.put(node("1", "a"));
  CHECK(table.owner(key, mark) == &one);
  const auto edition = mark.edition;
  CHECK(table.owner(key, mark) == &one);
  CHECK(mark.edition == edition);

  SECTION("since the node was erased") {
    table.erase(NodeId("1"));
    CHECK(table.owner(key, mark) == nullptr);
  }
  SECTION("since its key is another's") {
    table.bind(one, AgentKey("b"));
    CHECK(table.owner(key, mark) == nullptr);
    Node& two = table.put(node("2", "a"));
    CHECK(table.owner(key, mark) == &two);
  }
  SECTION("since it is another table that is asked, or one whose nodes were moved away") {
    NodeTable other;
    Bookmark same = mark;
    CHECK(other.owner(key, same) == nullptr);
    other = std::move(table);
    CHECK(other.owner(key, mark) == &one);
    CHECK(table.owner(key, mark) == nullptr);  // NOLINT(bugprone-use-after-move): empty by contract
  }
}
