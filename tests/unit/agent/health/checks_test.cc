#include "agent/health/checks.h"

#include <deque>
#include <utility>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_worker.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/collect/fixture_tree.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

// Answers each question after `delay` with whatever `answer` holds at that moment.
class FakeProber final : public Prober {
 public:
  explicit FakeProber(EventLoop& loop) : loop_(loop) {}

  Result<http::Response> answer = http::text_response(200, "ok");
  Duration delay = 1ms;

 private:
  void send(std::string, Duration, http::Client::Done done) override {
    loop_.after(delay, [this, done = std::move(done)] { done(answer); });
  }

  EventLoop& loop_;
};

struct Bench {
  sim::SimLoop loop;
  FakeProber prober{loop};
  sim::SimWorker worker{loop, 5ms};
  int workers_made = 0;
  test::FixtureTree box;
  Checks checks{CheckSeams{loop, prober,
                           [this]() -> Worker& {
                             ++workers_made;
                             return worker;
                           },
                           box.root()}};

  [[nodiscard]] Health health() { return checks.health(loop.clock().mono()); }
  [[nodiscard]] CheckState only() { return health().checks.at(0); }
};

CheckSpec http_check(std::string name = "edge") {
  HttpCheck check;
  check.url = "http://127.0.0.1/";
  return {std::move(name), check, 5s, 1s};
}

}  // namespace

TEST_CASE("a check that has not run yet is unknown, and the node is not ready") {
  Bench bench;
  bench.checks.configure({http_check()});
  const auto health = bench.health();
  CHECK(health.verdict == HealthVerdict::unknown);
  CHECK_FALSE(health.ready);
  CHECK(health.failing == std::vector<std::string>{"edge"});
  CHECK_FALSE(health.checks[0].at);
}

TEST_CASE("a node without checks is ready and healthy") {
  Bench bench;
  bench.checks.configure({});
  CHECK(bench.health().ready);
  CHECK(bench.health().verdict == HealthVerdict::healthy);
}

TEST_CASE("a check runs at once and then in its period, and its age is told") {
  Bench bench;
  bench.checks.configure({http_check()});
  bench.loop.run_for(10ms);
  CHECK(bench.health().ready);
  CHECK(bench.prober.sent() == 1);
  bench.loop.run_for(10s);
  CHECK(bench.prober.sent() == 3);
  CHECK(bench.loop.clock().mono() - *bench.only().at == 9ms);
}

TEST_CASE("until it has passed once a check runs every half second, afterwards in its period") {
  Bench bench;
  bench.prober.answer = http::text_response(503, "");
  bench.checks.configure({http_check()});
  bench.loop.run_for(1900ms);
  CHECK(bench.prober.sent() == 4);
  bench.prober.answer = http::text_response(200, "ok");
  bench.loop.run_for(200ms);
  CHECK(bench.health().ready);
  CHECK(bench.prober.sent() == 5);
  bench.loop.run_for(10s);
  CHECK(bench.prober.sent() == 7);
  bench.prober.answer = http::text_response(503, "");
  bench.loop.run_for(10s);
  CHECK(bench.prober.sent() == 9);
}

TEST_CASE("a wrong answer and no answer both fail, with the reason") {
  Bench bench;
  bench.prober.answer = http::text_response(503, "");
  bench.checks.configure({http_check()});
  bench.loop.run_for(10ms);
  CHECK(bench.only().finding.outcome == Outcome::fail);
  CHECK(bench.only().finding.reason == "answered 503, expected 200 to 399");
  CHECK(bench.health().verdict == HealthVerdict::bad);

  bench.prober.answer = fail(Errc::timeout, "no answer within 1 s");
  bench.loop.run_for(5s);
  CHECK(bench.only().finding.reason == "no answer within 1 s");
  CHECK_FALSE(bench.health().ready);
}

TEST_CASE("a question that was wrong itself says nothing about the server") {
  Bench bench;
  bench.prober.answer = fail(Errc::invalid, "the URL has no host");
  bench.checks.configure({http_check()});
  bench.loop.run_for(10ms);
  CHECK(bench.only().finding.outcome == Outcome::unknown);
  CHECK_FALSE(bench.health().ready);
}

TEST_CASE(
    "unknown after a pass keeps the node ready but degraded; unknown after a failure does not") {
  Bench bench;
  bench.checks.configure({http_check()});
  bench.loop.run_for(10ms);
  bench.prober.answer = fail(Errc::internal, "cannot ask");
  bench.loop.run_for(5s);
  CHECK(bench.health().ready);
  CHECK(bench.health().verdict == HealthVerdict::degraded);

  bench.prober.answer = http::text_response(500, "");
  bench.loop.run_for(5s);
  bench.prober.answer = fail(Errc::internal, "cannot ask");
  bench.loop.run_for(5s);
  CHECK_FALSE(bench.health().ready);
  CHECK(bench.only().finding.outcome == Outcome::unknown);
}

TEST_CASE("a check never runs twice at a time, and an old result becomes unknown") {
  Bench bench;
  bench.checks.configure({http_check()});
  bench.loop.run_for(10ms);
  bench.prober.delay = 60s;
  bench.loop.run_for(30s);
  CHECK(bench.prober.sent() == 2);
  CHECK(bench.only().finding.outcome == Outcome::unknown);
  CHECK(bench.only().finding.reason == "the last result is too old");
}

TEST_CASE("a reload keeps what is configured as before and drops the rest, late answers included") {
  Bench bench;
  bench.checks.configure({http_check("a"), http_check("b")});
  bench.loop.run_for(10ms);
  bench.prober.delay = 500ms;
  bench.loop.run_for(5s);  // both are asking now
  auto changed = http_check("b");
  changed.timeout = 2s;
  bench.checks.configure({changed, http_check("a")});
  const auto health = bench.health();
  CHECK(health.checks[0].name == "b");
  CHECK_FALSE(health.checks[0].at);
  CHECK(health.checks[1].finding.outcome == Outcome::pass);
  bench.prober.answer = http::text_response(500, "");
  bench.loop.run_for(1s);
  CHECK(bench.health().checks[0].finding.outcome == Outcome::fail);
}

TEST_CASE("each change of an outcome is told once") {
  Bench bench;
  std::vector<Outcome> told;
  bench.checks.on_change([&](const CheckState& state) { told.push_back(state.finding.outcome); });
  bench.checks.configure({http_check()});
  bench.loop.run_for(20s);
  bench.prober.answer = http::text_response(500, "");
  bench.loop.run_for(20s);
  CHECK(told == std::vector{Outcome::pass, Outcome::fail});
}

TEST_CASE("free disk space is asked for on the worker, which is made when it is first needed") {
  Bench bench;
  bench.checks.configure({http_check()});
  bench.loop.run_for(1s);
  CHECK(bench.workers_made == 0);
  bench.checks.configure({{"disk", DiskFreeCheck{bench.box.root(), 0.001, 1}, 10s, 1s}});
  bench.loop.run_for(1s);
  CHECK(bench.workers_made == 1);
  CHECK(bench.only().finding.outcome == Outcome::pass);
}

TEST_CASE(
    "a file system that does not answer fails the check in time, and is not asked again "
    "meanwhile") {
  Bench bench;
  bench.worker.set_job_time(55s);
  bench.checks.configure({{"disk", DiskFreeCheck{bench.box.root(), 0.001, 1}, 10s, 1s}});
  bench.loop.run_for(2s);
  CHECK(bench.only().finding.outcome == Outcome::fail);
  CHECK(bench.only().finding.reason == "the file system did not answer within 1000 ms");
  bench.loop.run_for(30s);
  CHECK(bench.workers_made == 1);
  bench.loop.run_for(25s);  // it answers at last
  CHECK(bench.only().finding.outcome == Outcome::pass);
}
