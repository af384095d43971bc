#include "coordinator/act/calls/executor.h"

#include <map>
#include <vector>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

namespace edgeherd::act {

namespace {

// An executor, and calls whose answers the test gives by hand.
struct Bench {
  explicit Bench(ExecutorLimits limits) : executor(loop, random, limits) {}

  using Give = std::function<void(Status)>;

  void submit(Executor::Stale stale = nullptr, Urgency urgency = Urgency::normal) {
    const std::size_t number = ends.size();
    ends.emplace_back();
    executor.submit<Status>(
        urgency, std::move(stale),
        [this, number](Give give) {
          started.push_back(number);
          gives[number] = std::move(give);
        },
        [this, number](CallOutcome answer, const Status& status) {
          ends[number].push_back({answer, status.ok() ? std::string() : status.error().message});
        });
  }
  void give(std::size_t number, Status status) {
    gives.at(number)(std::move(status));
    loop.settle();
  }

  sim::SimLoop loop;
  sim::SimRandom random{1};
  std::vector<std::size_t> started;
  std::map<std::size_t, Give> gives;
  std::vector<std::vector<std::pair<CallOutcome, std::string>>> ends;
  Executor executor;
};

ExecutorLimits small() {
  ExecutorLimits limits;
  limits.concurrency = 2;
  limits.calls_per_s = 10;
  limits.burst = 10;
  limits.queue = 4;
  limits.deadline = 5s;
  limits.patience = 20s;
  limits.open_after = 3;
  limits.backoff = 2s;
  limits.backoff_most = 4s;
  return limits;
}

Error away() {
  return fail(Errc::unavailable, "503");
}

}  // namespace

TEST_CASE("no more calls run at once than allowed, and the rest follow in order") {
  Bench bench(small());
  for (int i = 0; i < 4; ++i) bench.submit();
  bench.loop.settle();
  CHECK(bench.started == std::vector<std::size_t>{0, 1});
  bench.give(1, {});
  CHECK(bench.started == std::vector<std::size_t>{0, 1, 2});
  CHECK(bench.ends[1].front().first == CallOutcome::given);
}

TEST_CASE("an urgent job goes in front of those that wait") {
  Bench bench(small());
  for (int i = 0; i < 3; ++i) bench.submit();
  bench.loop.settle();
  bench.submit(nullptr, Urgency::urgent);
  bench.loop.settle();
  bench.give(0, {});
  CHECK(bench.started == std::vector<std::size_t>{0, 1, 3});
}

TEST_CASE("the rate budget spreads calls over time") {
  ExecutorLimits limits = small();
  limits.concurrency = 4;
  limits.calls_per_s = 1;
  limits.burst = 1;
  Bench bench(limits);
  for (int i = 0; i < 3; ++i) bench.submit();
  bench.loop.settle();
  CHECK(bench.started.size() == 1);
  bench.loop.run_for(1100ms);
  CHECK(bench.started.size() == 2);
  bench.loop.run_for(1100ms);
  CHECK(bench.started.size() == 3);
}

TEST_CASE("new limits hold from the next call on") {
  ExecutorLimits limits = small();
  limits.concurrency = 1;
  limits.calls_per_s = 1;
  limits.burst = 1;
  Bench bench(limits);
  for (int i = 0; i < 4; ++i) bench.submit();
  bench.loop.settle();
  CHECK(bench.started.size() == 1);
  limits.concurrency = 3;
  bench.executor.set_limits(limits);
  bench.loop.run_for(1100ms);
  CHECK(bench.started.size() == 2);
  limits.calls_per_s = 10;
  bench.executor.set_limits(limits);
  bench.loop.run_for(200ms);
  CHECK(bench.started.size() == 3);  // more do not run at once
  bench.give(0, {});
  bench.loop.run_for(200ms);
  CHECK(bench.started.size() == 4);
}

TEST_CASE("a job whose precondition has gone is not started") {
  Bench bench(small());
  bench.submit([] { return std::optional<std::string>("the node is gone"); });
  bench.loop.settle();
  CHECK(bench.started.empty());
  REQUIRE(bench.ends[0].size() == 1);
  CHECK(bench.ends[0][0] == std::pair{CallOutcome::not_started, std::string("the node is gone")});
}

TEST_CASE("a full queue refuses at once, and a long wait ends by itself") {
  Bench bench(small());
  for (int i = 0; i < 2; ++i) bench.submit();
  bench.loop.settle();
  for (int i = 0; i < 5; ++i) bench.submit();
  bench.loop.settle();
  CHECK(bench.ends[6].front().first == CallOutcome::not_started);
  CHECK(bench.ends[6].front().second.find("queue of 4") != std::string::npos);
  CHECK(bench.ends[5].empty());
}

TEST_CASE("a call that hangs keeps its place until it is answered, or for long enough") {
  ExecutorLimits limits = small();
  limits.hung_most = 30s;
  limits.open_after = 100;
  limits.patience = 5min;
  Bench bench(limits);
  for (int i = 0; i < 4; ++i) bench.submit();
  bench.loop.run_for(6s);  // both have timed out
  CHECK(bench.executor.status().hung == 2);
  CHECK(bench.started.size() == 2);
  bench.give(1, {});
  CHECK(bench.executor.status().hung == 1);
  CHECK(bench.started == std::vector<std::size_t>{0, 1, 2});
  bench.give(2, {});
  CHECK(bench.started.size() == 4);
  bench.give(3, {});
  bench.submit();
  bench.submit();
  bench.loop.settle();
  CHECK(bench.started.size() == 5);  // the first one's place is still taken
  bench.loop.run_for(30s);
  CHECK(bench.started.size() == 6);
}

TEST_CASE("an unanswered call is a time-out, and its late answer is told as such") {
  Bench bench(small());
  bench.submit();
  bench.loop.run_for(6s);
  REQUIRE(bench.ends[0].size() == 1);
  CHECK(bench.ends[0][0].first == CallOutcome::timed_out);
  bench.give(0, {});
  REQUIRE(bench.ends[0].size() == 2);
  CHECK(bench.ends[0][1].first == CallOutcome::late);
  bench.give(0, {});  // once more: ignored
  CHECK(bench.ends[0].size() == 2);
  CHECK(bench.executor.status().timeouts == 1);
  CHECK(bench.executor.status().late == 1);
}

TEST_CASE("failures in a row open the breaker, and one probe closes it") {
  Bench bench(small());
  for (std::size_t i = 0; i < 3; ++i) {
    bench.submit();
    bench.loop.settle();
    bench.give(i, away());
  }
  CHECK(bench.executor.status().breaker == BreakerState::open);
  bench.submit();
  bench.submit();
  bench.loop.settle();
  CHECK(bench.started.size() == 3);
  bench.loop.run_for(2s);  // the first back-off is at most its base
  CHECK(bench.executor.status().breaker == BreakerState::half_open);
  CHECK(bench.started.size() == 4);  // the probe alone
  bench.give(3, {});
  CHECK(bench.executor.status().breaker == BreakerState::closed);
  CHECK(bench.started.size() == 5);
}

TEST_CASE("a failed probe opens the breaker again, and jobs give up after their patience") {
  Bench bench(small());
  for (std::size_t i = 0; i < 3; ++i) {
    bench.submit();
    bench.loop.settle();
    bench.give(i, away());
  }
  for (int i = 0; i < 2; ++i) bench.submit();
  bench.loop.run_for(2s);
  bench.give(3, away());
  CHECK(bench.executor.status().breaker == BreakerState::open);
  CHECK(bench.started.size() == 4);
  bench.submit();
  // The next probe, the job that waited, is never answered: it times out, and the one behind it
  // gives up while the breaker stays open.
  bench.loop.run_for(30s);
  CHECK(bench.started.size() >= 5);
  REQUIRE_FALSE(bench.ends[4].empty());
  CHECK(bench.ends[4][0].first == CallOutcome::timed_out);
  REQUIRE_FALSE(bench.ends[5].empty());
  CHECK(bench.ends[5][0].first != CallOutcome::given);
  CHECK(bench.executor.status().breaker != BreakerState::closed);
}

TEST_CASE("what one request did wrong does not count against the account") {
  Bench bench(small());
  for (std::size_t i = 0; i < 6; ++i) {
    bench.submit();
    bench.loop.settle();
    bench.give(i, fail(Errc::out_of_stock, "no capacity"));
  }
  CHECK(bench.executor.status().breaker == BreakerState::closed);
  CHECK(bench.executor.status().failures == 0);
}

TEST_CASE("calls that are throttled, of one region say, stop none of the others") {
  Bench bench(small());
  for (std::size_t i = 0; i < 6; ++i) {
    bench.submit();
    bench.loop.settle();
    CHECK(bench.started.size() == i + 1);
    bench.give(i, fail(Errc::throttled, "429"));
  }
  CHECK(bench.executor.status().breaker == BreakerState::closed);
  CHECK(bench.executor.status().failures == 0);
}

TEST_CASE("a throttled call does not tell an account that is away from one that is there") {
  Bench bench(small());
  for (std::size_t i = 0; i < 4; ++i) {
    bench.submit();
    bench.loop.settle();
    bench.give(i, i == 1 ? fail(Errc::throttled, "429") : away());
  }
  CHECK(bench.executor.status().breaker == BreakerState::open);
  bench.submit();
  bench.submit();
  bench.loop.run_for(2s);
  REQUIRE(bench.started.size() == 5);  // the probe
  bench.give(4, fail(Errc::throttled, "never sent"));
  CHECK(bench.executor.status().breaker == BreakerState::open);
  bench.loop.run_for(5s);
  REQUIRE(bench.started.size() == 6);
  bench.give(5, {});
  CHECK(bench.executor.status().breaker == BreakerState::closed);
}

}  // namespace edgeherd::act
