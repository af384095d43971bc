#include "coordinator/observe/prober.h"

#include <algorithm>
#include <map>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/observe/tokens.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using observe::Prober;
using observe::ProbeSettings;

namespace {

// A prober on virtual time whose requests are answered by the test.
struct Bench {
  struct Asked {
    MonoTime at{};
    http::ClientRequest request;
    http::Client::Done done;
  };

  sim::SimLoop loop;
  sim::SimRandom random{7};
  std::vector<Asked> asked;
  std::vector<model::Probed> reports;
  std::map<ZoneId, ProbeSettings> settings{
      {ZoneId("p/z"), {9180, 8080, "/probe", "edge.example.org", "edge"}}};
  model::Fleet fleet;
  model::Policy policy;
  int answer_status = 200;  // 0: not answered
  std::string answer_body = "edge here";
  std::unique_ptr<Prober> prober = std::make_unique<Prober>(
      loop, random, "key",
      [this](http::ClientRequest request, http::Client::Done done) {
        asked.push_back({loop.clock().mono(), std::move(request), std::move(done)});
        if (answer_status == 0) return;
        loop.after(1ms, [this, done = asked.back().done] {
          done(http::Response{answer_status, {}, answer_body});
        });
      },
      [this](const model::Probed& probed) { reports.push_back(probed); });

  void add(const std::string& id, model::NodeState state) {
    model::Node node;
    node.id = NodeId(id);
    node.zone = ZoneId("p/z");
    node.provider = ProviderId("p");
    node.state = state;
    node.address = "127.1.1.1";
    node.private_address = "10.0.0.1";
    fleet.apply(model::NodeRestored{node}, policy, loop.clock().mono());
  }
  void run_for(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      prober->update(fleet, settings);
      loop.run_for(1s);
    }
  }
  std::size_t count(const std::string& url) const {
    std::size_t found = 0;
    for (const Asked& one : asked) found += one.request.url == url ? 1 : 0;
    return found;
  }
};

constexpr auto health_url = "http://10.0.0.1:9180/readyz";
constexpr auto edge_url = "http://127.1.1.1:8080/probe";

}  // namespace

TEST_CASE("a node that is verified is asked every 150 ms, at its private and its public address") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.run_for(20);
  CHECK(bench.count(health_url) >= 120);
  CHECK(bench.count(health_url) <= 140);
  CHECK(bench.count(edge_url) >= 120);
  for (const auto& report : bench.reports) CHECK_FALSE(report.error);
}

TEST_CASE("a node that is held although it has answered well for long is asked once a second") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  const auto answered = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const MonoTime now = bench.loop.clock().mono();
      for (const auto kind : {model::ProbeKind::health, model::ProbeKind::edge}) {
        bench.fleet.apply(model::Probed{NodeId("n1"), kind, std::nullopt}, bench.policy, now);
      }
    }
    bench.run_for(1);  // what was due goes out
    bench.asked.clear();
    bench.run_for(20);
    return bench.count(edge_url);
  };
  CHECK(answered(99) >= 120);  // as many as may be asked of it
  CHECK(answered(1) <= 24);
  CHECK(bench.count(edge_url) >= 16);

  const auto bad = fail(Errc::unavailable, "refused");
  bench.fleet.apply(model::Probed{NodeId("n1"), model::ProbeKind::edge, bad}, bench.policy,
                    bench.loop.clock().mono());
  CHECK(answered(0) >= 120);
  CHECK(bench.count(health_url) <= 24);
}

TEST_CASE("the health page is asked with the node's own token, the edge by its host's name") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.run_for(2);
  for (const auto& one : bench.asked) {
    const std::string_view token = http::header(one.request.headers, "Authorization");
    if (one.request.url == health_url) {
      CHECK(token == "Bearer " + observe::probe_token("key", NodeId("n1")));
    } else {
      CHECK(token.empty());
      CHECK(http::header(one.request.headers, "Host") == "edge.example.org");
    }
  }
}

TEST_CASE("a health page with TLS is asked by https alone, and the edge as before") {
  Bench bench;
  bench.settings.begin()->second.health = observe::PageTransport::https;
  bench.add("n1", model::NodeState::verifying);
  bench.run_for(2);
  CHECK(bench.count("https://10.0.0.1:9180/readyz") > 0);
  CHECK(bench.count(edge_url) > 0);
  for (const auto& one : bench.asked) {
    const bool has_token = !http::header(one.request.headers, "Authorization").empty();
    CHECK(has_token == one.request.url.starts_with("https://"));
  }
}

TEST_CASE("anything but 200 with the expected text is a failure with a reason") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.answer_status = 503;
  bench.run_for(3);
  REQUIRE_FALSE(bench.reports.empty());
  for (const auto& report : bench.reports) {
    REQUIRE(report.error);
    CHECK(report.error->message == "answered 503 Service Unavailable");
  }
  bench.reports.clear();
  bench.answer_status = 200;
  bench.answer_body = "welcome to nginx";
  bench.run_for(3);
  bool edge_failed = false;
  for (const auto& report : bench.reports) {
    if (report.kind == model::ProbeKind::health) CHECK_FALSE(report.error);
    if (report.kind == model::ProbeKind::edge) {
      edge_failed = true;
      REQUIRE(report.error);
      CHECK(report.error->code == Errc::broken);
    }
  }
  CHECK(edge_failed);
}

TEST_CASE("a node that does not answer has one request under way and no more") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.answer_status = 0;
  bench.run_for(30);
  CHECK(bench.asked.size() == 2);  // health and edge
}

TEST_CASE("states that nobody can judge by a probe are left alone") {
  for (const auto state : {model::NodeState::requested, model::NodeState::booting,
                           model::NodeState::flushed, model::NodeState::terminating}) {
    Bench bench;
    bench.add("n1", state);
    bench.run_for(5);
    CHECK(bench.asked.empty());
  }
}

TEST_CASE("the answer to a node that left meanwhile is dropped") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.answer_status = 0;
  bench.run_for(2);
  REQUIRE_FALSE(bench.asked.empty());
  bench.settings.clear();
  bench.run_for(1);
  CHECK(bench.prober->targets() == 0);
  for (auto& one : bench.asked) one.done(http::Response{200, {}, "edge"});
  bench.loop.settle();
  CHECK(bench.reports.empty());
}

TEST_CASE("an answer after the prober's end does nothing") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.answer_status = 0;
  bench.run_for(2);
  bench.prober.reset();
  for (auto& one : bench.asked) one.done(http::Response{200, {}, "edge"});
  bench.loop.run_for(10s);
  CHECK(bench.reports.empty());
}

TEST_CASE("the third good answer of a node comes within half a second of its first look") {
  Bench bench;
  bench.add("n1", model::NodeState::verifying);
  bench.prober->update(bench.fleet, bench.settings);
  bench.loop.run_for(500ms);
  for (const auto kind : {model::ProbeKind::health, model::ProbeKind::edge}) {
    const auto good = std::count_if(bench.reports.begin(), bench.reports.end(),
                                    [&](const auto& report) { return report.kind == kind; });
    CHECK(good >= 3);
  }
}

TEST_CASE("many nodes that are verified at a time share one budget evenly") {
  Bench bench;
  for (int i = 0; i < 100; ++i) bench.add("n" + std::to_string(i), model::NodeState::verifying);
  bench.run_for(20);
  CHECK(bench.asked.size() <= 20 * Prober::verify_per_second * 1.15);
  std::map<std::string, int> per_node;
  for (const auto& report : bench.reports) ++per_node[report.node.str()];
  CHECK(per_node.size() == 100);
  for (const auto& [node, count] : per_node) CHECK(count >= 2 * 20 * 1.6);  // every half second
  CHECK(bench.prober->counters().late == 0);
}

TEST_CASE("nodes in service are asked in their cadence while hundreds of others are verified") {
  Bench bench;
  for (int i = 0; i < 400; ++i) bench.add("n" + std::to_string(i), model::NodeState::verifying);
  for (int i = 0; i < 100; ++i) bench.add("s" + std::to_string(i), model::NodeState::in_service);
  bench.run_for(30);
  std::map<std::string, int> per_node;
  for (const auto& report : bench.reports) ++per_node[report.node.str()];
  for (const auto& [node, count] : per_node) {
    CAPTURE(node);
    // Of unknown health: every two seconds, by both questions. Those verified: every second.
    CHECK(count >= (node.front() == 's' ? 2 * 12 : 2 * 24));
  }
  CHECK(per_node.size() == 500);
  CHECK(bench.prober->counters().late == 0);
}

TEST_CASE("a large fleet is asked evenly and never above the rate") {
  Bench bench;
  for (int i = 0; i < 5000; ++i) bench.add("n" + std::to_string(i), model::NodeState::verifying);
  bench.run_for(30);
  std::map<long long, int> per_second;
  std::map<std::string, int> per_node;
  for (const auto& one : bench.asked) {
    ++per_second[millis(one.at.time_since_epoch()) / 1000];
  }
  for (const auto& [second, count] : per_second) CHECK(count <= 1100);
  for (const auto& report : bench.reports) ++per_node[report.node.str()];
  CHECK(per_node.size() == 5000);  // 10,000 questions fit into 10 s
  for (const auto& [node, count] : per_node) CHECK(count >= 2);
  CHECK(bench.prober->counters().late > 0);
}
