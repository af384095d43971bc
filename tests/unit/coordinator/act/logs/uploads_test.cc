// What is granted to a node that asks for a number again.
#include "coordinator/act/logs/uploads.h"

#include <vector>

#include "common/archive/sim_archive.h"
#include "common/crypto/digest.h"
#include "coordinator/act/core/core.h"
#include "coordinator/sim/sim_state_store.h"
#include "tests/support/catch.h"

namespace edgeherd::act {

namespace {

struct Agents final : AgentPort {
  Status send(const AgentKey&, const wire::Message& message) override {
    if (const auto* grant = std::get_if<wire::UploadGrant>(&message)) grants.push_back(*grant);
    if (const auto* verdict = std::get_if<wire::UploadVerdict>(&message)) {
      verdicts.push_back(*verdict);
    }
    return {};
  }
  void admit(const AgentKey&) override {}
  void revoke(const AgentKey&) override {}
  std::vector<wire::UploadGrant> grants;
  std::vector<wire::UploadVerdict> verdicts;
};

// A node in service whose older segments are folded at once.
struct Bench {
  Bench() {
    store.attach(loop);
    history.attach(loop);
    model::Node node;
    node.id = NodeId("n1");
    node.zone = ZoneId("p/z");
    node.provider = ProviderId("p");
    node.state = model::NodeState::in_service;
    node.key = AgentKey("key");
    core.apply(model::NodeRestored{node});
  }
  const model::Node& node() { return *core.fleet().node(NodeId("n1")); }

  // The answer to a request to store this text.
  wire::UploadGrant ask(std::uint64_t seq, const std::string& body) {
    wire::UploadRequest request;
    request.seq = seq;
    request.date = "2026-11-25";
    request.lines = 1;
    request.bytes = body.size();
    request.sha256 = crypto::to_hex(crypto::sha256(body));
    request.md5 = crypto::to_base64(crypto::md5(body));
    const auto before = agents.grants.size();
    uploads.request(node(), request);
    REQUIRE(loop.run_until([&] { return agents.grants.size() > before; }, 1min));
    return agents.grants.back();
  }
  // What its agent says once it has stored this text.
  wire::UploadDone put(std::uint64_t seq, const std::string& body) {
    const wire::UploadGrant grant = ask(seq, body);
    REQUIRE(grant.refusal.empty());
    archive.put({grant.url, grant.headers}, body, [](const Result<int>&) {});
    loop.run_for(1s);
    wire::UploadDone done;
    done.seq = seq;
    done.key = grant.key;
    done.lines = 1;
    done.bytes = body.size();
    done.sha256 = crypto::to_hex(crypto::sha256(body));
    return done;
  }
  void store_segment(std::uint64_t seq, const std::string& body) {
    const wire::UploadDone done = put(seq, body);
    const auto before = agents.verdicts.size();
    uploads.done(node(), done);
    REQUIRE(loop.run_until([&] { return agents.verdicts.size() > before; }, 1min));
    REQUIRE(agents.verdicts.back().stored);
  }

  sim::SimLoop loop;
  sim::SimRandom random{1};
  sim::SimStateStore store{loop, random.fork()};
  sim::SimHistory history;
  sim::SimNotifier notifier;
  archive::SimArchive archive{loop, "logs"};
  Agents agents;
  Core core{{loop, random, store, history, notifier, agents}, model::Policy()};
  UploadLimits limits = [] {
    UploadLimits few;
    few.rows_most = 2;
    few.rows_kept = 1;
    return few;
  }();
  Uploads uploads{core, archive, agents, limits};
};

}  // namespace

TEST_CASE("a number that is stored is not granted again for another content, however old it is") {
  Bench bench;
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    bench.store_segment(seq, "segment " + std::to_string(seq));
  }
  REQUIRE(bench.uploads.newest(NodeId("n1")).size() <= 2);  // the others are folded
  const auto stored = bench.archive.objects();
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    const wire::UploadGrant grant = bench.ask(seq, "of a new ledger " + std::to_string(seq));
    CHECK(grant.url.empty());
    CHECK_THAT(grant.refusal, Catch::Contains("stored already, with another content"));
  }
  CHECK(bench.archive.objects() == stored);
}

TEST_CASE("an agent that did not hear the verdict may store the same content again") {
  Bench bench;
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    bench.store_segment(seq, "segment " + std::to_string(seq));
  }
  bench.store_segment(1, "segment 1");
  bench.archive.set_reach(archive::SimArchive::Reach::away);
  CHECK(bench.ask(2, "segment 2").url.empty());  // nobody can tell now
}

TEST_CASE("a row that is being stored while its node leaves does not outlive it") {
  Bench bench;
  bench.store_segment(1, "segment 1");
  const wire::UploadDone done = bench.put(2, "segment 2");
  bench.store.set_latency(2s, 2s);
  const bool fails = GENERATE(false, true);
  bench.store.fail_commits(fails);
  bench.uploads.done(bench.node(), done);
  REQUIRE(bench.loop.run_until([&] { return bench.core.journal().pending() > 0; }, 10s));
  bench.core.apply(model::Forgotten{NodeId("n1")});
  bench.uploads.forget(NodeId("n1"));
  bench.loop.run_for(5s);
  bench.store.fail_commits(false);
  bench.loop.run_for(10s);
  CHECK(bench.store.load(Table::segment)->empty());
}

TEST_CASE("only what the archive says not to have is called missing") {
  Bench bench;
  wire::UploadDone done;
  done.seq = 1;
  done.key = bench.ask(1, "segment 1").key;
  done.lines = 1;
  done.bytes = 9;
  done.sha256 = crypto::to_hex(crypto::sha256("segment 1"));
  const auto verdict = [&] {
    const auto before = bench.agents.verdicts.size();
    bench.uploads.done(bench.node(), done);
    REQUIRE(bench.loop.run_until([&] { return bench.agents.verdicts.size() > before; }, 1min));
    CHECK_FALSE(bench.agents.verdicts.back().stored);
    return bench.agents.verdicts.back();
  };
  CHECK(verdict().missing);
  bench.archive.set_reach(archive::SimArchive::Reach::away);
  CHECK_FALSE(verdict().missing);
  bench.archive.set_reach(archive::SimArchive::Reach::up);
  bench.store_segment(1, "segment 2");
  CHECK_FALSE(verdict().missing);  // another object is there
}

}  // namespace edgeherd::act
