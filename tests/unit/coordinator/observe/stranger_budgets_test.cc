#include "coordinator/observe/stranger_budgets.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::observe;

TEST_CASE("A key has its burst, and then its rate") {
  StrangerBudgets budgets(1, 3);
  MonoTime now{};
  for (int i = 0; i < 3; ++i) CHECK(budgets.take("a", now));
  CHECK_FALSE(budgets.take("a", now));
  CHECK(budgets.take("b", now));
  now += 1s;
  CHECK(budgets.take("a", now));
  CHECK_FALSE(budgets.take("a", now));
}

TEST_CASE("Any number of keys costs a bounded memory, and who has spoken lately is not forgotten") {
  StrangerBudgets budgets(1, 3);
  MonoTime now{};
  for (int i = 0; i < 4000; ++i) CHECK(budgets.take("old" + std::to_string(i), now));
  now += 10s;
  for (int i = 0; i < 3; ++i) CHECK(budgets.take("a", now));
  for (int i = 0; i < 1000; ++i) CHECK(budgets.take("new" + std::to_string(i), now));
  CHECK(budgets.remembered() <= StrangerBudgets::most_keys);
  CHECK_FALSE(budgets.take("a", now));
  for (int i = 0; i < 20'000; ++i) CHECK(budgets.take("flood" + std::to_string(i), now));
  CHECK(budgets.remembered() <= StrangerBudgets::most_keys);
}
