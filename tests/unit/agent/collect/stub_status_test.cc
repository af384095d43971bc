#include "agent/collect/stub_status.h"

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {

// An nginx that counts what it is asked, by us and by viewers.
class FakeNginx final : public Prober {
 public:
  explicit FakeNginx(EventLoop& loop) : loop_(loop) {}
  std::uint64_t requests = 1000;
  bool answers = true;
  int status = 200;

 private:
  void send(std::string, Duration deadline, http::Client::Done done) override {
    if (!answers) {
      loop_.after(deadline, [done] { done(fail(Errc::timeout, "no answer")); });
      return;
    }
    ++requests;
    const auto page = "Active connections: 3 \nserver accepts handled requests\n 9 9 " +
                      std::to_string(requests) + " \nReading: 1 Writing: 3 Waiting: 0 \n";
    loop_.after(1ms, [this, done, page] { done(http::text_response(status, page)); });
  }
  EventLoop& loop_;
};

struct Bench {
  sim::SimLoop loop;
  FakeNginx nginx{loop};
  StubStatusCollector collector{nginx, loop.clock(), "http://127.0.0.1/stub"};

  Reading second() {
    Reading reading;
    collector.collect(loop.clock().mono(), reading);
    loop.run_for(1s);
    return reading;
  }
};

}  // namespace

TEST_CASE("the agent's own questions are no requests") {
  Bench bench;
  CHECK_FALSE(bench.second().stub_status);
  for (int i = 0; i < 5; ++i) {
    const auto status = bench.second().stub_status;
    REQUIRE(status);
    CHECK(status->requests_total == 0);
  }
  bench.nginx.requests += 40;
  (void)bench.second();
  const auto status = bench.second().stub_status;
  CHECK(status->requests_total == 40);
  CHECK(*status->requests_per_s == Approx(40));
  CHECK(status->active_connections == 3);
}

TEST_CASE("what counts lost lines is told the raw counters and what is in flight besides us") {
  Bench bench;
  (void)bench.second();
  const auto& answer = bench.collector.newest();
  REQUIRE(answer);
  CHECK(answer->requests == 1001);
  CHECK(answer->in_flight == 3);
  CHECK(answer->probes == 1);
}

TEST_CASE("an nginx that was restarted counts from zero, and nothing is lost or doubled") {
  Bench bench;
  (void)bench.second();
  bench.nginx.requests = 10;
  (void)bench.second();
  const auto status = bench.second().stub_status;
  CHECK(status->requests_total == 10);
}

TEST_CASE("without an answer the figures are absent after three seconds, and come back") {
  Bench bench;
  (void)bench.second();
  CHECK(bench.second().stub_status);
  bench.nginx.answers = false;
  CHECK(bench.second().stub_status);
  for (int i = 0; i < 3; ++i) (void)bench.second();
  CHECK_FALSE(bench.second().stub_status);
  CHECK(bench.collector.trouble() == "no answer");
  bench.nginx.answers = true;
  (void)bench.second();
  CHECK(bench.second().stub_status);
  CHECK(bench.collector.trouble().empty());
}

TEST_CASE("a page that is no stub_status is trouble with its status, not a zero") {
  Bench bench;
  bench.nginx.status = 403;
  (void)bench.second();
  CHECK_FALSE(bench.second().stub_status);
  CHECK(bench.collector.trouble() == "http://127.0.0.1/stub: answered 403, no stub_status page");
}
