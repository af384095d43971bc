// The coordinator's own proof that a node's logs are stored.
#include "coordinator/act/logs/archive_check.h"

#include "common/archive/manifest.h"
#include "common/archive/sim_archive.h"
#include "common/crypto/digest.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::act;

namespace {

// A node whose segments lie in the archive, with rows as they were confirmed.
struct Stored {
  explicit Stored(int segments) {
    node.id = NodeId("lon1-a");
    node.zone = ZoneId("cloud/lon1");
    node.provider = ProviderId("cloud");
    manifest.node = node.id.str();
    for (int i = 1; i <= segments; ++i) add(static_cast<std::uint64_t>(i));
    archive.set_latency(100ms);
  }

  void put(const archive::PutSpec& spec, const std::string& body) {
    const auto grant = archive.grant_put(spec, loop.clock().wall());
    REQUIRE(grant.ok());
    archive.put(*grant, body, [](const Result<int>& answer) { REQUIRE(answer.ok()); });
    loop.run_for(1s);
  }

  archive::PutSpec spec_of(const std::string& key, const std::string& body) const {
    archive::PutSpec spec;
    spec.key = key;
    spec.object = {body.size(), crypto::to_hex(crypto::sha256(body)),
                   crypto::to_base64(crypto::md5(body))};
    spec.overwrite = archive::Overwrite::allow;
    return spec;
  }

  void add(std::uint64_t seq) {
    const std::string body = "lines of segment " + std::to_string(seq);
    const auto key = archive.object_key(archive_path(node), "2026-01-02", seq);
    REQUIRE(key.ok());
    const archive::PutSpec spec = spec_of(*key, body);
    put(spec, body);
    rows[seq] = {
        node.id, seq, *key, 10, spec.object.bytes, spec.object.sha256_hex, spec.object.md5_base64};
    manifest.segments.push_back({seq, *key, 10, spec.object.bytes, spec.object.sha256_hex});
  }

  // The oldest rows as one.
  void fold_through(std::uint64_t through) {
    for (std::uint64_t seq = 1; seq <= through; ++seq) {
      fold(folded, rows.at(seq));
      rows.erase(seq);
    }
  }

  Result<ArchiveTotals> check() {
    const auto key = archive.manifest_key(archive_path(node));
    REQUIRE(key.ok());
    const std::string text = archive::to_json(manifest);
    put(spec_of(*key, text), text);
    std::optional<Result<ArchiveTotals>> answer;
    started = loop.clock().mono();
    ArchiveCheck::run(owner, archive, verifications, node, rows, folded, 1'000'000,
                      [&](Result<ArchiveTotals> totals) { answer = std::move(totals); });
    REQUIRE(loop.run_until([&] { return answer.has_value(); }, 10min));
    took = loop.clock().mono() - started;
    return *answer;
  }

  sim::SimLoop loop;
  archive::SimArchive archive{loop, "logs"};
  Verifications verifications{archive, 16, 100};
  std::shared_ptr<int> owner = std::make_shared<int>(0);
  model::Node node;
  archive::Manifest manifest;
  Uploads::Rows rows;
  Folded folded;
  MonoTime started{};
  Duration took{};
};

}  // namespace

TEST_CASE("a node's objects are verified several at a time, and all of them") {
  Stored stored(40);
  const auto totals = stored.check();
  REQUIRE(totals.ok());
  CHECK(totals->objects == 40);
  CHECK(totals->lines == 400);
  // The manifest, and five rounds of eight: one by one it would be 4 s.
  CHECK(stored.took <= 1s);
}

TEST_CASE("one object that is missing among many fails the check") {
  Stored stored(40);
  REQUIRE(stored.archive.remove(stored.rows.at(23).key));
  const auto totals = stored.check();
  REQUIRE_FALSE(totals.ok());
  CHECK(totals.error().message.find(stored.rows.at(23).key) != std::string::npos);
}

TEST_CASE("folded segments are proven by their digest, and their objects are verified too") {
  Stored stored(20);
  const std::string key = stored.rows.at(5).key;
  stored.fold_through(15);
  CHECK(stored.folded.segments() == 15);
  CHECK(stored.folded.lines == 150);
  const auto totals = stored.check();
  REQUIRE(totals.ok());
  CHECK(totals->objects == 20);
  REQUIRE(stored.archive.corrupt(key));
  CHECK_FALSE(stored.check().ok());
}

TEST_CASE("a manifest that differs in one folded segment is refused") {
  Stored stored(20);
  stored.fold_through(15);
  stored.manifest.segments.at(3).lines = 11;
  const auto totals = stored.check();
  REQUIRE_FALSE(totals.ok());
  CHECK(totals.error().message == "segments 1 to 15 differ from what we confirmed");
}

TEST_CASE("a manifest that leaves folded segments out is refused") {
  Stored stored(20);
  stored.fold_through(15);
  stored.manifest.segments.resize(10);
  const auto totals = stored.check();
  REQUIRE_FALSE(totals.ok());
  CHECK(totals.error().message ==
        "segments 1 to 15 were stored, but the manifest has not all of them");
}

TEST_CASE("a row of folded segments that contradicts itself is not read") {
  Stored stored(3);
  stored.fold_through(3);
  const auto read = read_folded("lon1-a", folded_body(stored.folded));
  REQUIRE(read.ok());
  CHECK(read->digest == stored.folded.digest);
  CHECK_FALSE(read_folded("lon1-b", folded_body(stored.folded)).ok());
  stored.folded.from = 7;
  CHECK_FALSE(read_folded("lon1-a", folded_body(stored.folded)).ok());
}
