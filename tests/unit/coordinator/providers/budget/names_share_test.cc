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

TEST_CASE("names take half of a minute, and of the hour what nobody else has used", "[budget]") {
  Bench bench({.queue = 10'000});
  bench.ask(Kind::name, 6000);
  bench.loop.run_for(10s);
  CHECK(bench.sent.size() == 125);
  bench.loop.run_for(1min);
  CHECK(bench.sent.size() == 250);
  bench.loop.run_for(1h - 70s);
  // After three fifths of the hour they go on at the pace of their fifth, and what they saved of it.
  CHECK(bench.sent.size() > 3000 + 125);
  CHECK(bench.sent.size() < 3000 + 125 + 700);
  CHECK(bench.most_within(1h) <= 5000);
  // What is kept for changes is there.
  const std::size_t before = bench.sent.size();
  bench.ask(Kind::change, 100);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() >= before + 100);
}

TEST_CASE("an hour that others have used leaves names the pace of their fifth", "[budget]") {
  Bench bench({});
  bench.patience = 30s;
  bench.ask(Kind::name, "list");
  for (int second = 0; second < 3 * 3600; ++second) {
    bench.ask(Kind::look, 2);
    if (second % 4 == 0) bench.ask(Kind::name, "name");
    bench.loop.run_for(1s);
  }
  CHECK(std::count(bench.sent.begin(), bench.sent.end(), "name") == 3 * 900);  // all of them
  CHECK(bench.most_within(1h) <= 5000);
}

TEST_CASE("a request for names that would begin too late to be waited for is not sent",
          "[budget]") {
  Bench bench({});
  const MonoTime now = bench.loop.clock().mono();
  CHECK(bench.account.begin(Kind::name).begin_by == now + 25s);
  bench.patience = 25s;
  bench.ask(Kind::name, 200);
  bench.loop.run_for(1min);
  CHECK(bench.sent.size() == 125);
  CHECK(bench.refused.size() == 75);
  CHECK(bench.refused.front().code == Errc::throttled);
}

TEST_CASE("requests that are worth nothing without each other begin when all of them can",
          "[budget]") {
  for (const Kind kind : {Kind::name, Kind::look}) {
    Bench bench({});
    const std::size_t most = kind == Kind::name ? 125 : 200;
    bench.ask(kind, static_cast<int>(most) - 4);
    bench.loop.run_for(1s);
    REQUIRE(bench.sent.size() == most - 4);
    bench.patience = 25s;
    bench.ask_together(kind, 5);
    bench.loop.settle();
    CHECK(bench.refused.size() == 1);
    CHECK(bench.refused.front().code == Errc::throttled);
    bench.ask_together(kind, 4);
    bench.loop.settle();
    CHECK(bench.sent.size() == most - 3);
    // In time is also what begins when the minute gives requests back.
    bench.loop.run_for(40s);
    bench.ask_together(kind, 5);
    bench.loop.run_for(25s);
    CHECK(bench.refused.size() == 1);
    CHECK(bench.sent.size() == most - 2);
  }
}

TEST_CASE("an old report keeps no list from being begun", "[budget]") {
  Bench bench({});
  bench.report.remaining = 0;
  bench.ask(Kind::look, 1);
  bench.loop.run_for(1s);
  bench.report = {};
  bench.patience = 50s;
  bench.ask_together(Kind::look, 20);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 1);
  bench.loop.run_for(1min);
  bench.ask_together(Kind::look, 20);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 2);
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
