#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tests/unit/coordinator/providers/budget/bench.h"

using namespace edgeherd;
using budget::AccountBudget;
using budget::Bench;
using budget::Kind;
using budget::Limits;
using budget::Reported;

namespace {

// Counts the timers that are set.
class CountedLoop final : public EventLoop {
 public:
  void post(std::function<void()> work) override { real.post(std::move(work)); }
  TimerId at(MonoTime when, std::function<void()> work) override {
    ++timers;
    return real.at(when, std::move(work));
  }
  void cancel(TimerId id) override { real.cancel(id); }
  [[nodiscard]] const Clock& clock() const override { return real.clock(); }

  sim::SimLoop real;
  int timers = 0;
};

}  // namespace

TEST_CASE("a request is let through at once, but never inline", "[budget]") {
  Bench bench({});
  bench.ask(Kind::look, "one");
  CHECK(bench.sent.empty());
  bench.loop.settle();
  CHECK(bench.sent.size() == 1);
}

TEST_CASE("no minute ever sees more requests than allowed, however long they are under way",
          "[budget]") {
  Bench bench({});
  bench.on_the_way = 20s;  // the first arrive late
  bench.ask(Kind::change, 250);
  bench.loop.run_for(10s);
  bench.on_the_way = 1ms;
  bench.ask(Kind::change, 750);
  bench.loop.run_for(10min);
  CHECK(bench.arrived.size() == 1000);
  CHECK(bench.most_within(1min) == 225);  // a tenth is kept for looks
}

TEST_CASE("no hour ever sees more requests than allowed", "[budget]") {
  Bench bench({.per_minute = 250, .per_hour = 1000, .look_share = 1, .queue = 5000});
  bench.ask(Kind::look, 3000);
  bench.loop.run_for(4h);
  CHECK(bench.arrived.size() == 3000);
  CHECK(bench.most_within(1h) == 1000);
  CHECK(bench.most_within(1min) == 250);
}

TEST_CASE("changes go before looks, and each kind in order", "[budget]") {
  Bench bench({.per_minute = 2, .per_hour = 5000, .look_share = 1, .queue = 100});
  bench.ask(Kind::change, 2);  // the minute is used up
  bench.loop.settle();
  bench.sent.clear();
  for (const char* name : {"look 1", "look 2"}) bench.ask(Kind::look, name);
  for (const char* name : {"change 1", "change 2"}) bench.ask(Kind::change, name);
  bench.loop.run_for(5min);
  CHECK(bench.sent == std::vector<std::string>{"change 1", "change 2", "look 1", "look 2"});
}

TEST_CASE("a storm of changes lets a list of many pages through all the same", "[budget]") {
  Bench bench({});
  bench.ask(Kind::change, 1500);  // for some six minutes
  bench.loop.run_for(90s);
  std::vector<Duration> waits;
  for (int page = 0; page < 5; ++page) {  // each page is asked for after the one before
    const MonoTime asked = bench.loop.clock().mono();
    const auto seen = bench.sent.size();
    bench.ask(Kind::look, "page");
    REQUIRE(bench.loop.run_until(
        [&] {
          return std::find(bench.sent.begin() + static_cast<std::ptrdiff_t>(seen), bench.sent.end(),
                           "page") != bench.sent.end();
        },
        2min));
    waits.push_back(bench.loop.clock().mono() - asked);
    bench.loop.run_for(200ms);
  }
  for (const Duration wait : waits) CHECK(wait < 1s);
  bench.loop.run_for(10min);
  CHECK(bench.arrived.size() == 1505);
  CHECK(bench.most_within(1min) <= 250);
}

TEST_CASE("looks leave their share of the minute to the changes", "[budget]") {
  Bench bench({.per_minute = 10, .per_hour = 5000, .look_share = 0.8, .queue = 100});
  bench.ask(Kind::look, 20);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 8);
  bench.ask(Kind::change, 5);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 10);
}

TEST_CASE("what others use of the account is not ours to use", "[budget]") {
  Bench bench({});
  bench.report.limit = 5000;
  bench.report.remaining = 503;  // of which a tenth of the hour is for looks
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  bench.report.remaining = std::nullopt;  // the later answers say nothing
  bench.ask(Kind::change, 10);
  bench.loop.run_for(10s);
  CHECK(bench.sent.size() == 4);
}

TEST_CASE("looks leave a share of what the cloud says is left, but for a few now and then",
          "[budget]") {
  Bench bench({});
  bench.report.remaining = 900;  // less than the fifth of 5000 that is for changes
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  bench.ask(Kind::look, 100);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 1 + 10);
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 2 + 10);
  bench.loop.run_for(1min);
  CHECK(bench.sent.size() == 2 + 10 + 8);  // a tenth of the hour, in an hour
}

TEST_CASE("steady changes never stop the lists, whatever the hour has seen", "[budget]") {
  Bench bench({});
  bench.patience = 50s;  // as calls have it
  Duration longest{};
  MonoTime listed = bench.loop.clock().mono();
  for (int quarter = 0; quarter < 3 * 60 * 4; ++quarter) {  // a list each 15 s, for three hours
    bench.ask(Kind::change, 60);                            // as many as the account's minute takes
    for (int page = 0; page < 5; ++page) bench.ask(Kind::look, "page");
    bench.loop.run_for(15s);
    const MonoTime now = bench.loop.clock().mono();
    if (std::find(bench.sent.begin(), bench.sent.end(), "page") != bench.sent.end()) listed = now;
    longest = std::max(longest, now - listed);
    bench.sent.clear();
  }
  CHECK(longest <= 90s);
  CHECK(bench.most_within(1h) <= 5000);
}

TEST_CASE("steady changes never stop the lists when others use most of the hour", "[budget]") {
  for (const std::int64_t remaining : {900, 300, 0}) {
    INFO(remaining);
    Bench bench({});
    bench.report.remaining = remaining;  // whatever we do
    bench.ask(Kind::change, 1);
    bench.loop.run_for(1s);
    bench.sent.clear();
    for (int i = 0; i < 20 * 60; ++i) {
      bench.ask(Kind::change, 1);
      if (i % 60 == 0) bench.ask(Kind::look, "page");
      bench.loop.run_for(1s);
    }
    CHECK(std::count(bench.sent.begin(), bench.sent.end(), "page") >= 18);
  }
}

TEST_CASE("looks starve no longer than a minute on an old report", "[budget]") {
  Bench bench({});
  bench.report.remaining = 900;
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  bench.report.remaining = 4000;  // the others have stopped
  bench.ask(Kind::look, 5);
  bench.loop.run_for(62s);
  CHECK(bench.sent.size() == 6);
}

TEST_CASE("nothing is sent for as long as a refused request was told to wait, and no longer",
          "[budget]") {
  for (const Duration wait : {2s, 30s}) {
    Bench bench({});
    bench.report.remaining = 0;  // what is left of the burst, as the cloud says with such a refusal
    bench.report.reset = bench.loop.clock().wall() + 40min;
    bench.report.retry_after = wait;
    bench.ask(Kind::change, 1);
    bench.loop.run_for(200ms);  // answered
    bench.report = {};
    bench.ask(Kind::change, 1);
    bench.loop.run_for(wait - 1ms);
    CHECK(bench.sent.size() == 1);
    bench.loop.run_for(1ms);
    CHECK(bench.sent.size() == 2);
  }
}

TEST_CASE("the limit that a refused burst names is not the hour's", "[budget]") {
  Bench bench({.per_minute = 250, .per_hour = 1000, .look_share = 1});
  bench.ask(Kind::change, 100);
  bench.loop.run_for(1min);
  REQUIRE(bench.sent.size() == 100);
  bench.report.limit = 50;
  bench.report.retry_after = 2s;
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  bench.report = {};
  bench.ask(Kind::change, 10);
  bench.loop.run_for(1min);
  CHECK(bench.sent.size() == 111);
}

TEST_CASE("what waits longer than who asked for it is never sent", "[budget]") {
  Bench bench({});
  bench.patience = 50s;
  bench.ask(Kind::change, 225);  // the minute is used up
  bench.loop.run_for(5s);
  bench.ask(Kind::change, 1);
  bench.ask(Kind::look, 30);  // of which 25 are kept for them
  bench.loop.run_for(5s);
  bench.patience = 40s;
  bench.ask(Kind::change, 1);
  bench.loop.run_for(40s);
  CHECK(bench.sent.size() == 225 + 25);
  REQUIRE(bench.refused.size() == 1);
  CHECK(bench.refused[0].code == Errc::throttled);
  CHECK(bench.refused[0].message.starts_with("never sent"));
  bench.loop.run_for(1h);
  CHECK(bench.sent.size() == 225 + 25);
  CHECK(bench.refused.size() == 1 + 6);
}

TEST_CASE("an account that the cloud has closed does nothing stale when it opens again",
          "[budget]") {
  Bench bench({});
  bench.patience = 50s;
  bench.report.remaining = 0;
  bench.report.reset = bench.loop.clock().wall() + 40min;
  bench.ask(Kind::change, 1);
  bench.ask(Kind::change, 3);  // under way when the account closes
  bench.loop.run_for(1s);
  CHECK(bench.sent.size() == 4);
  for (const Kind kind : {Kind::change, Kind::look}) bench.ask(kind, 2);
  bench.loop.settle();
  CHECK(bench.refused.size() == 4);  // at once: it opens later than they may begin
  bench.loop.run_for(40min - 20s);
  bench.report = {};
  bench.ask(Kind::change, "in time");
  bench.loop.run_for(1h);
  CHECK(bench.sent.size() == 5);
  CHECK(bench.sent.back() == "in time");
}

TEST_CASE("what waits is ended as soon as the account closes for longer than it may wait",
          "[budget]") {
  Bench bench({.per_minute = 10});
  bench.patience = 50s;
  bench.on_the_way_back = 5s;
  bench.report.retry_after = 1h;
  bench.ask(Kind::change, 12);
  bench.loop.run_for(5s);
  CHECK(bench.refused.empty());
  bench.loop.run_for(1s);
  CHECK(bench.refused.size() == 3);
}

TEST_CASE("all requests of a call have one time by which they begin", "[budget]") {
  Bench bench({});
  const budget::Call call = bench.account.begin(Kind::change);
  CHECK(call.kind == Kind::change);
  CHECK(call.begin_by == bench.loop.clock().mono() + 50s);
  std::vector<Status> answers;
  for (const Duration later : {49s, 2s}) {
    bench.loop.run_for(later);
    bench.account.ask(call, [&](const Status& may) { answers.push_back(may); });
    bench.loop.settle();
  }
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].ok());
  CHECK_FALSE(answers[1].ok());
}

TEST_CASE("a used up hour waits until the cloud gives a request back", "[budget]") {
  Bench bench({});
  bench.report.remaining = 0;
  bench.report.reset = bench.loop.clock().wall() + 10min;
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  bench.report = {};
  bench.ask(Kind::change, 1);
  bench.loop.run_for(9min);
  CHECK(bench.sent.size() == 1);
  bench.loop.run_for(2min);
  CHECK(bench.sent.size() == 2);
}

TEST_CASE("no report closes the account for more than an hour", "[budget]") {
  Bench bench({});
  bench.report.retry_after = 1000h;
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1s);
  bench.ask(Kind::change, 1);
  bench.loop.run_for(1h);
  CHECK(bench.sent.size() == 2);
}

TEST_CASE("less than nothing left is nothing", "[budget]") {
  Bench bench({.per_minute = 100, .per_hour = 100});
  for (const std::int64_t remaining :
       {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    bench.report.remaining = remaining;
    bench.sent.clear();
    bench.ask(Kind::change, 3);
    bench.loop.run_for(1s);
    CHECK(bench.sent.size() == 3);  // at once: nothing was reported yet, or long ago
    bench.ask(Kind::change, "later");
    bench.loop.run_for(1s);
    CHECK(bench.sent.size() == 3);
    bench.report = {100, 100, {}, {}};
    bench.loop.run_for(2h);
    CHECK(bench.sent.size() == 4);
  }
}

TEST_CASE("of our limit and the cloud's the lower one holds", "[budget]") {
  for (const auto& [ours, clouds] : {std::pair(20, 100), std::pair(100, 20)}) {
    Bench bench({.per_minute = 250, .per_hour = static_cast<std::size_t>(ours), .look_share = 1});
    bench.report.limit = clouds;
    bench.ask(Kind::change, 1);
    bench.loop.run_for(1s);
    bench.ask(Kind::change, 50);
    bench.loop.run_for(30min);
    CHECK(bench.sent.size() == 18);  // a tenth is kept for looks
  }
}

TEST_CASE("what waits for the hour wakes nobody before something can have changed", "[budget]") {
  CountedLoop loop;
  AccountBudget account(loop, {.per_minute = 250, .per_hour = 100, .look_share = 1});
  const budget::Call call{Kind::look, loop.clock().mono() + 2h};
  int sent = 0;
  for (int i = 0; i < 101; ++i) {
    account.ask(call, [&](const Status&) {
      ++sent;
      loop.post([&] { account.answered(Kind::look, {}); });
    });
  }
  loop.real.run_for(1min);
  CHECK(sent == 100);
  loop.timers = 0;
  loop.real.run_for(50min);
  CHECK(loop.timers <= 50);
  loop.real.run_for(10min);
  CHECK(sent == 101);
}

TEST_CASE("beyond the queue a request is refused as throttled", "[budget]") {
  Bench bench({.per_minute = 1, .per_hour = 100, .look_share = 1, .queue = 3});
  bench.ask(Kind::change, 1);
  bench.loop.settle();
  bench.ask(Kind::look, 4);
  bench.loop.settle();
  REQUIRE(bench.refused.size() == 1);
  CHECK(bench.refused[0].code == Errc::throttled);
}

TEST_CASE("nothing is let through once the budget is gone", "[budget]") {
  sim::SimLoop loop;
  int sent = 0;
  {
    AccountBudget account(loop, {});
    account.ask(account.begin(Kind::change), [&](const Status&) { ++sent; });
  }
  loop.run_for(1min);
  CHECK(sent == 0);
}
