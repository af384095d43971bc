#include "common/core/key_index.h"

#include <string>

#include "tests/support/catch.h"

using namespace edgeherd;

TEST_CASE("what belongs to a key is found by its text, until it is erased") {
  int one = 1;
  int two = 2;
  KeyIndex<int> index;
  const AgentKey key(std::string(40, 'k'));
  index.put(key, &one);
  index.put(AgentKey("short"), &two);
  CHECK(index.find(key.str()) == &one);
  CHECK(index.find("short") == &two);
  CHECK(index.find(std::string(39, 'k')) == nullptr);
  CHECK(index.find("") == nullptr);

  index.put(key, &two);
  CHECK(index.find(key.str()) == &two);
  index.erase(key);
  CHECK(index.find(key.str()) == nullptr);
  CHECK(index.find("short") == &two);
}

TEST_CASE("keys that differ in their last character, or by a zero byte, are two") {
  int one = 1;
  KeyIndex<int> index;
  index.put(AgentKey(std::string(39, 'k') + "a"), &one);
  CHECK(index.find(std::string(39, 'k') + "b") == nullptr);
  index.put(AgentKey("a"), &one);
  CHECK(index.find(std::string("a\0", 2)) == nullptr);
}

TEST_CASE("a text longer than a key is not kept and never found") {
  int one = 1;
  KeyIndex<int> index;
  const std::string longer(41, 'k');
  index.put(AgentKey(longer), &one);
  CHECK(index.find(longer) == nullptr);
  CHECK(index.find(longer.substr(0, 40)) == nullptr);
  index.erase(AgentKey(longer));
}
