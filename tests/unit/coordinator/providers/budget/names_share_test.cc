// The share that a DNS service has of its account's budget.
#include "tests/unit/coordinator/providers/budget/bench.h"

using namespace edgeherd;
using budget::Bench;
using budget::Kind;

TEST_CASE("a storm of changes leaves names a tenth of each minute and a fifth of the hour",
          "[budget]") {
  Bench bench({.per_minute = 250, .per_hour = 5000, .look_share = 1, .queue = 20'000});
  bench.patience = 30s;
  bench.ask(Kind::name, "list");
  bench.loop.run_for(1s);
  for (int second = 0; second < 7200; ++second) {
    if (second % 60 == 0) bench.ask(Kind::change, 300);
    if (second % 60 == 30) {
      for (int page = 0; page < 10; ++page) bench.ask(Kind::name, "name");
    }
    bench.loop.run_for(1s);
  }
  CHECK(std::count(bench.sent.begin(), bench.sent.end(), "name") == 1200);  // all of them
  CHECK(bench.most_within(1min) <= 250);
  CHECK(bench.most_within(1h) <= 5000);
}

TEST_CASE("names take half of a minute at once, and a fifth of the hour in the long run",
          "[budget]") {
  Bench bench({});
  bench.ask(Kind::name, 2000);
  bench.loop.run_for(10s);
  CHECK(bench.sent.size() == 125 + 2);
  bench.loop.run_for(1h - 10s);
  CHECK(bench.sent.size() == 125 + 1000);
  // Changes find all that is theirs.
  const std::size_t before = bench.sent.size();
  bench.ask(Kind::change, 100);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() >= before + 100);
}

TEST_CASE("a request for names that would begin too late to be waited for is not sent",
          "[budget]") {
  Bench bench({});
  const MonoTime now = bench.loop.clock().mono();
  CHECK(bench.account.begin(Kind::name).begin_by == now + 25s);
  bench.patience = 25s;
  bench.ask(Kind::name, 200);
  bench.loop.run_for(1min);
  CHECK(bench.sent.size() == 125 + 6);
  CHECK(bench.refused.size() == 200 - (125 + 6));
  CHECK(bench.refused.front().code == Errc::throttled);
}

TEST_CASE("an account without names keeps nothing for them", "[budget]") {
  Bench bench({});
  bench.ask(Kind::change, 300);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 225);
  Bench named({});
  named.ask(Kind::name, "list");
  named.loop.run_for(1s);
  named.ask(Kind::change, 300);
  named.loop.run_for(1s);
  CHECK(named.sent.size() == 1 + 200);  // 25 are kept for looks, 24 for names
}
