#include "coordinator/notify/outbox.h"

#include <boost/json/parse.hpp>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using notify::Outbox;
using notify::OutboxRules;

namespace {

struct Bench {
  sim::SimLoop loop;
  sim::SimRandom random{3};
  std::vector<std::string> tried;
  std::vector<std::string> delivered;
  int failing = 0;  // so many attempts fail first
  Errc failure = Errc::unavailable;
  std::unique_ptr<Outbox> outbox;

  explicit Bench(OutboxRules rules = {}) {
    outbox = std::make_unique<Outbox>(
        loop, random, "test", rules, [this](std::string body, std::function<void(Status)> done) {
          tried.push_back(body);
          const bool fails = failing > 0;
          if (fails) --failing;
          loop.after(10ms, [this, fails, body = std::move(body), done = std::move(done)] {
            if (!fails) delivered.push_back(body);
            done(fails ? Status(fail(failure, "the target is down")) : Status());
          });
        });
  }
  void tell(const std::string& code, model::Severity severity = model::Severity::alarm,
            const std::string& node = "n1", act::Origin origin = act::Origin::coordinator) {
    outbox->notify(
        {1, loop.clock().wall(), {severity, code, "text", NodeId(node), ZoneId("p/z")}, origin});
  }
  void agent_says(const std::string& code) {
    tell(code, model::Severity::alarm, "n1", act::Origin::agent);
  }
};

}  // namespace

TEST_CASE("a record is delivered as JSON that says all of it") {
  Bench bench;
  bench.tell("log_lines_lost");
  bench.loop.run_for(1s);
  REQUIRE(bench.delivered.size() == 1);
  const auto message = boost::json::parse(bench.delivered[0]).as_object();
  CHECK(message.at("schema").as_int64() == 1);
  CHECK(message.at("fleet").as_string() == "test");
  CHECK(message.at("severity").as_string() == "alarm");
  CHECK(message.at("code").as_string() == "log_lines_lost");
  CHECK(message.at("node").as_string() == "n1");
  CHECK(message.at("zone").as_string() == "p/z");
  CHECK(message.at("repeated").to_number<int>() == 0);
}

TEST_CASE("what is below the threshold is not told") {
  Bench bench;
  bench.tell("node_in_service", model::Severity::info);
  bench.loop.run_for(1s);
  CHECK(bench.tried.empty());
  bench.tell("boot_failed", model::Severity::warning);
  bench.loop.run_for(1s);
  CHECK(bench.delivered.size() == 1);
}

TEST_CASE("the same trouble is told once in a while, with the number of repeats") {
  Bench bench;
  for (int i = 0; i < 5; ++i) {
    bench.tell("boot_failed");
    bench.loop.run_for(10s);
  }
  CHECK(bench.delivered.size() == 1);
  bench.tell("boot_failed", model::Severity::alarm, "n2");  // another node is other news
  bench.loop.run_for(5min);
  CHECK(bench.delivered.size() == 2);
  bench.tell("boot_failed");
  bench.loop.run_for(1s);
  REQUIRE(bench.delivered.size() == 3);
  CHECK(boost::json::parse(bench.delivered[2]).at("repeated").to_number<int>() == 4);
  CHECK(bench.outbox->counters().repeated == 4);
}

TEST_CASE("a target that is down is tried again, later and later, and then not any more") {
  Bench bench;
  bench.failing = 3;
  bench.tell("a");
  bench.loop.run_for(5min);
  CHECK(bench.tried.size() == 4);
  CHECK(bench.delivered.size() == 1);
  CHECK(bench.outbox->counters().attempts_failed == 3);
  bench.failing = 1000;
  bench.tell("b");
  bench.loop.run_for(1h);
  CHECK(bench.tried.size() == 4 + 6);
  CHECK(bench.outbox->counters().given_up == 1);
  CHECK(bench.outbox->counters().last_failure == "the target is down");
}

TEST_CASE("a refusal is not repeated: another attempt cannot help") {
  Bench bench;
  bench.failing = 1;
  bench.failure = Errc::refused;
  bench.tell("a");
  bench.tell("b");
  bench.loop.run_for(5min);
  CHECK(bench.tried.size() == 2);
  CHECK(bench.delivered.size() == 1);
  CHECK(bench.outbox->counters().given_up == 1);
}

TEST_CASE("a storm is bounded: queue, rate, and the rest is counted") {
  OutboxRules rules;
  rules.queue = 100;
  rules.burst = 20;
  rules.per_minute = 60;
  Bench bench(rules);
  for (int i = 0; i < 1000; ++i) bench.tell("code" + std::to_string(i));
  CHECK(bench.outbox->counters().dropped == 900);
  bench.loop.run_for(10s);
  CHECK(bench.tried.size() >= 20);
  CHECK(bench.tried.size() <= 32);
  bench.loop.run_for(3min);
  CHECK(bench.delivered.size() == 100);
  CHECK(bench.outbox->counters().waiting == 0);
}

TEST_CASE(
    "what the coordinator has to tell overtakes all that agents say, and is never dropped for it") {
  OutboxRules rules;
  rules.queue = 100;
  Bench bench(rules);
  for (int i = 0; i < 1000; ++i) bench.agent_says("code" + std::to_string(i));
  bench.loop.run_for(1min);  // the rate budget is used up
  const std::size_t before = bench.delivered.size();
  CHECK(before < 100);
  bench.tell("node_held");
  bench.loop.run_for(3s);
  std::size_t at = before;
  while (at < bench.delivered.size() &&
         bench.delivered[at].find("node_held") == std::string::npos) {
    ++at;
  }
  CHECK(at <= before + 1);
}

TEST_CASE("an agent that says what the coordinator would say does not make that a repeat") {
  Bench bench;
  bench.agent_says("node_held");
  bench.loop.run_for(10s);
  bench.tell("node_held");
  bench.loop.run_for(10s);
  CHECK(bench.delivered.size() == 2);
}

TEST_CASE(
    "what waits for a target that is changed goes to the changed one, at once, and is counted on") {
  Bench bench;
  bench.failing = 1000;
  bench.tell("a");
  bench.tell("b");
  bench.agent_says("c");
  bench.loop.run_for(3s);  // it waits for its next attempt
  const auto failed = bench.outbox->counters().attempts_failed;
  std::vector<std::string> got;
  bench.outbox->change({}, [&](std::string body, std::function<void(Status)> done) {
    got.push_back(std::move(body));
    bench.loop.after(10ms, [done = std::move(done)] { done({}); });
  });
  CHECK(bench.outbox->counters().waiting == 3);
  CHECK(bench.outbox->counters().last_failure.empty());
  bench.loop.run_for(100ms);
  CHECK(got.size() == 3);
  CHECK(bench.outbox->counters().attempts_failed == failed);
  CHECK(bench.outbox->counters().delivered == 3);
  CHECK(bench.outbox->counters().given_up == 0);
  bench.tell("a");  // told already, wherever
  bench.loop.run_for(1s);
  CHECK(got.size() == 3);
}

TEST_CASE("a target is changed while it delivers: that ends first, and what failed is told anew") {
  Bench bench;
  const bool fails = GENERATE(true, false);
  bench.failing = fails ? 1 : 0;
  bench.failure = Errc::refused;
  bench.tell("a");
  bench.loop.run_for(5ms);
  REQUIRE(bench.tried.size() == 1);
  std::vector<std::string> got;
  bench.outbox->change({}, [&](std::string body, std::function<void(Status)> done) {
    got.push_back(std::move(body));
    bench.loop.after(10ms, [done = std::move(done)] { done({}); });
  });
  bench.loop.run_for(1s);
  CHECK(bench.tried.size() == 1);
  CHECK(got.size() == (fails ? 1 : 0));
  CHECK(bench.outbox->counters().delivered == 1);
  CHECK(bench.outbox->counters().given_up == 0);
  bench.tell("b");
  bench.loop.run_for(1s);
  CHECK(got.size() == (fails ? 2 : 1));
}

TEST_CASE("destroyed with a delivery under way, nothing happens any more") {
  Bench bench;
  bench.tell("a");
  bench.tell("b");
  bench.loop.run_for(5ms);
  bench.outbox.reset();
  bench.loop.run_for(1min);
  CHECK(bench.tried.size() == 1);
}
