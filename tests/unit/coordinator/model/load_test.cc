// Rates from cumulative counters that may reset, double, jump or be missing.
#include "coordinator/model/load.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::model;

namespace {

Sample sample(std::uint64_t seq) {
  Sample s;
  s.boot_id = "a";
  s.seq = seq;
  s.uptime_ms = seq * 1000;
  s.cpus = 2;
  return s;
}

MonoTime at(std::uint64_t second) {
  return MonoTime(std::chrono::seconds(second));
}

}  // namespace

TEST_CASE("rates need two samples of one boot") {
  NodeLoad load;
  Sample s = sample(1);
  s.stub_requests = 100;
  (void)load.apply(s, at(1));
  CHECK_FALSE(load.rates().requests_per_s);
  s = sample(2);
  s.stub_requests = 150;
  (void)load.apply(s, at(2));
  CHECK(*load.rates().requests_per_s == Approx(50));
  s = sample(3);
  s.boot_id = "b";
  s.stub_requests = 1000000;
  (void)load.apply(s, at(3));
  CHECK_FALSE(load.rates().requests_per_s);
}

TEST_CASE("a lost sample loses nothing, a doubled or overtaken one adds nothing") {
  NodeLoad load;
  for (const std::uint64_t seq : {1, 2, 5}) {
    Sample s = sample(seq);
    s.stub_requests = seq * 10;
    (void)load.apply(s, at(seq));
  }
  CHECK(*load.rates().requests_per_s == Approx(10));
  Sample old = sample(3);
  old.stub_requests = 30;
  (void)load.apply(old, at(6));
  CHECK(load.duplicates() == 1);
  CHECK(*load.rates().requests_per_s == Approx(10));
  CHECK(load.sampled_at() == at(5));
}

TEST_CASE("a counter that went backwards gives no rate, and the others are unharmed") {
  NodeLoad load;
  Sample s = sample(1);
  s.net_tx_bytes = 5000;
  s.cpu_busy_ms = 100;
  (void)load.apply(s, at(1));
  s = sample(2);
  s.net_tx_bytes = 10;
  s.cpu_busy_ms = 1100;
  (void)load.apply(s, at(2));
  CHECK_FALSE(load.rates().egress_bits_per_s);
  CHECK(*load.rates().cpu == Approx(0.5));  // one of two CPUs
}

TEST_CASE("absent counters stay absent") {
  NodeLoad load;
  (void)load.apply(sample(1), at(1));
  (void)load.apply(sample(2), at(2));
  CHECK_FALSE(load.rates().requests_per_s);
  CHECK_FALSE(load.rates().cpu);
  CHECK_FALSE(load.rates().disk_busy);
  CHECK_FALSE(load.rates().connections);
}

TEST_CASE("logged requests are timed by the log, so that nginx's buffering makes no bursts") {
  NodeLoad load;
  // nginx writes 1,000 lines of exactly one second at irregular arrivals.
  const std::uint64_t until_ms[] = {900, 900, 2900, 3900, 4900};
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    Sample s = sample(seq);
    s.requests_until_ms = 1000000 + until_ms[seq - 1];
    s.requests = until_ms[seq - 1];
    (void)load.apply(s, at(seq));
  }
  CHECK(*load.rates().requests_per_s == Approx(1000));
}

TEST_CASE("an idle node's logged rate falls to zero") {
  NodeLoad load;
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    Sample s = sample(seq);
    s.requests = 500;
    s.requests_until_ms = 1000000;
    (void)load.apply(s, at(seq));
  }
  CHECK(*load.rates().requests_per_s == 0);
}

TEST_CASE("latency counts before our time are a baseline, later growth is news once") {
  NodeLoad load;
  Sample s = sample(1);
  s.latency = {{10, 1000}};
  CHECK(load.apply(s, at(1)).empty());
  s = sample(2);
  s.latency = {{10, 1003}, {20, 1}};
  CHECK(load.apply(s, at(2)) == std::vector<BucketCount>{{10, 3}, {20, 1}});
  s = sample(3);
  CHECK(load.apply(s, at(3)).empty());
  s = sample(4);
  s.latency = {{10, 1003}, {20, 1}};  // the full repetition
  CHECK(load.apply(s, at(4)).empty());
}

TEST_CASE("a zone's latencies are forgotten after the window") {
  LatencyWindow window;
  window.add({{100, 7}}, at(100));
  CHECK(window.merged(at(101)).total() == 7);
  CHECK(window.merged(at(125)).total() == 7);
  CHECK(window.merged(at(131)).total() == 0);
}

TEST_CASE("without a number of CPUs, or with none, there is no share of them") {
  for (const std::optional<std::uint32_t> cpus :
       {std::optional<std::uint32_t>(), std::optional(0U)}) {
    NodeLoad load;
    for (const std::uint64_t seq : {1, 2, 3}) {
      Sample s = sample(seq);
      s.cpus = cpus;
      s.cpu_busy_ms = seq * 500;
      (void)load.apply(s, at(seq));
    }
    CHECK_FALSE(load.rates().cpu);
  }
}

TEST_CASE("a sample without latencies opens no slot of the window") {
  LatencyWindow window;
  window.add({{100, 7}}, at(100));
  window.add({}, at(100 + 6 * 5));  // the same place in the ring
  CHECK(window.merged(at(101)).total() == 7);
}
