#include "coordinator/providers/budget/accounts.h"

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using budget::Kind;

TEST_CASE("all who name one account share its budget, at the lowest of their limits", "[budget]") {
  sim::SimLoop loop;
  budget::Accounts accounts(loop);
  const auto first = accounts.of("cloud one", {.per_minute = 10, .per_hour = 100});
  CHECK(accounts.of("cloud one", {.per_minute = 20, .per_hour = 50}) == first);
  CHECK(accounts.of("cloud two", {}) != first);
  int sent = 0;
  for (int i = 0; i < 30; ++i)
    first->ask(first->begin(Kind::change), [&](const Status&) { ++sent; });
  loop.run_for(1s);
  CHECK(sent == 9);  // of ten a minute, with one kept for looks
}

TEST_CASE("a budget that nobody uses any more is forgotten", "[budget]") {
  sim::SimLoop loop;
  budget::Accounts accounts(loop);
  (void)accounts.of("cloud", {.per_minute = 1, .per_hour = 1});
  const auto anew = accounts.of("cloud", {});
  int sent = 0;
  for (int i = 0; i < 5; ++i) anew->ask(anew->begin(Kind::change), [&](const Status&) { ++sent; });
  loop.run_for(1s);
  CHECK(sent == 5);
}
