#include "common/aws/budget.h"

#include <memory>
#include <utility>

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;

TEST_CASE("a storm of calls is spread to the rate, in order, and none is lost") {
  sim::SimLoop loop;
  Budget budget(loop, {2, 5});
  std::vector<std::pair<int, Duration>> ran;
  const MonoTime begin = loop.clock().mono();
  for (int i = 0; i < 45; ++i) {
    REQUIRE(budget.enter(20s, [&ran, &loop, begin, i] {
      ran.emplace_back(i, loop.clock().mono() - begin);
    }) == Entry::taken);
  }
  CHECK(ran.size() == 5);  // the bucket was full
  loop.run_for(10'100ms);
  CHECK(ran.size() == 25);  // two a second
  loop.run_for(11s);
  REQUIRE(ran.size() == 45);
  for (int i = 0; i < 45; ++i) CHECK(ran[static_cast<std::size_t>(i)].first == i);
  // In no second are there more than the rate and the bucket allow.
  for (std::size_t i = 7; i < ran.size(); ++i) CHECK(ran[i].second - ran[i - 7].second >= 1s);
}

TEST_CASE("what would wait longer than it may is turned away at once, and costs nothing") {
  sim::SimLoop loop;
  Budget budget(loop, {1, 1});
  int ran = 0;
  const auto work = [&ran] { ++ran; };
  REQUIRE(budget.enter(2s, work) == Entry::taken);
  REQUIRE(budget.enter(2s, work) == Entry::taken);
  REQUIRE(budget.enter(2s, work) == Entry::taken);
  CHECK(budget.enter(2s, work) == Entry::too_long);
  loop.run_for(10s);
  CHECK(ran == 3);
}

TEST_CASE("after AWS says that the bucket is empty, it is") {
  sim::SimLoop loop;
  Budget budget(loop, {2, 100});
  int ran = 0;
  budget.exhausted();
  REQUIRE(budget.enter(20s, [&ran] { ++ran; }) == Entry::taken);
  CHECK(ran == 0);
  loop.run_for(400ms);
  CHECK(ran == 0);
  loop.run_for(200ms);
  CHECK(ran == 1);
}

TEST_CASE("what waits is dropped with its budget") {
  sim::SimLoop loop;
  int ran = 0;
  auto budget = std::make_unique<Budget>(loop, Rate{1, 1});
  for (int i = 0; i < 3; ++i) REQUIRE(budget->enter(20s, [&ran] { ++ran; }) == Entry::taken);
  budget.reset();
  loop.run_for(10s);
  CHECK(ran == 1);
}
