#include "common/archive/reader.h"

#include <optional>

#include <zlib.h>

#include "common/archive/gunzip.h"
#include "common/archive/manifest.h"
#include "common/archive/sim_archive.h"
#include "common/crypto/digest.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("lines are counted as a reader of the log would") {
  CHECK(count_gzip(gzip("a\nb\n"))->lines == 2);
  CHECK(count_gzip(gzip("a\nb"))->lines == 2);
  CHECK(count_gzip(gzip("\n\n"))->lines == 2);
  CHECK(count_gzip(gzip(""))->lines == 0);
  CHECK(count_gzip(gzip("a\n") + gzip("b\n"))->lines == 2);
  CHECK(count_gzip(gzip("a") + gzip("\nb\n"))->lines == 2);
  const auto large = count_gzip(gzip(std::string(1'000'000, '\n')));
  CHECK(large->lines == 1'000'000);
  CHECK(large->bytes == 1'000'000);
}

TEST_CASE("what is not whole gzip is broken") {
  const std::string good = gzip("a line\nanother line\n");
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(count_gzip(std::string_view(good).substr(0, size)).error().code == Errc::broken);
  }
  CHECK(count_gzip(good + "x").error().code == Errc::broken);
  CHECK(count_gzip("plain text\n").error().code == Errc::broken);
  std::string flipped = good;
  flipped[flipped.size() - 6] ^= 1;  // of the CRC
  CHECK(count_gzip(flipped).error().code == Errc::broken);
}

// An archive with one node's three segments and their manifest.
struct World {
  sim::SimLoop loop;
  SimArchive archive{loop, "logs"};
  Manifest manifest{"n1", {}, 4};

  World() {
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      const std::string body = gzip(std::string(seq * 10, '\n'));
      const auto spec = put(*archive.object_key({"p", "z", "n1"}, "2026-11-23", seq), body);
      manifest.segments.push_back({seq, spec.key, seq * 10, body.size(), spec.object.sha256_hex});
    }
    put_manifest();
  }
  PutSpec put(const std::string& key, const std::string& body) {
    PutSpec spec;
    spec.key = key;
    spec.overwrite = Overwrite::allow;
    spec.object = {body.size(), crypto::to_hex(crypto::sha256(body)),
                   crypto::to_base64(crypto::md5(body))};
    const auto grant = archive.grant_put(spec, loop.clock().wall());
    REQUIRE(grant.ok());
    archive.put(*grant, body, [](const Result<int>& status) { REQUIRE(*status == 200); });
    loop.run_for(1s);
    return spec;
  }
  void put_manifest() { put("logs/p/z/n1/manifest.json", to_json(manifest)); }
  Result<ArchiveSummary> read() {
    std::optional<Result<ArchiveSummary>> summary;
    read_archive(archive, "", [&](Result<ArchiveSummary> found) { summary = std::move(found); });
    REQUIRE_FALSE(summary);
    loop.run_for(60s);
    REQUIRE(summary);
    return *summary;
  }
  ArchiveSummary summary() {
    auto found = read();
    if (!found) FAIL(found.error().message);
    return *found;
  }
};

TEST_CASE("a good archive is counted and verified") {
  World world;
  const auto summary = world.summary();
  CHECK(summary.objects == 3);
  CHECK(summary.lines == 60);
  CHECK(summary.manifests == 1);
  CHECK(summary.verified == 3);
  CHECK(summary.lines_lost == 4);
  CHECK(summary.bad == 0);
}

TEST_CASE("each thing that is wrong with an archive is counted and named") {
  World world;
  SECTION("a damaged object") {
    REQUIRE(world.archive.corrupt(world.manifest.segments[1].key));
    const auto summary = world.summary();
    CHECK(summary.objects == 2);
    CHECK(summary.verified == 2);
    CHECK(summary.bad == 2);  // damaged itself, and the manifest wants it
  }
  SECTION("a missing object") {
    REQUIRE(world.archive.remove(world.manifest.segments[1].key));
    const auto summary = world.summary();
    CHECK(summary.bad == 1);
    CHECK(summary.problems.at(0).find("0000000002") != std::string::npos);
  }
  SECTION("another object of the same number of lines") {
    world.put(world.manifest.segments[0].key, gzip(std::string(9, '\n') + "x\n"));
    CHECK(world.summary().bad == 1);
    CHECK(world.summary().lines == 60);
  }
  SECTION("a manifest that counts other lines") {
    ++world.manifest.segments[2].lines;
    world.put_manifest();
    const auto summary = world.summary();
    CHECK(summary.bad == 1);
    CHECK(summary.problems.at(0).find("30 lines, the manifest says 31") != std::string::npos);
  }
  SECTION("a manifest with a gap") {
    world.manifest.segments.erase(world.manifest.segments.begin());
    world.put_manifest();
    const auto summary = world.summary();
    CHECK(summary.manifests == 0);
    CHECK(summary.bad == 1);
  }
  SECTION("a manifest of another node, and one that is no JSON") {
    world.put("logs/p/z/n2/manifest.json", to_json(world.manifest));
    world.put("logs/p/z/n3/manifest.json", "{");
    CHECK(world.summary().bad == 2);
  }
  SECTION("a manifest that claims another node's segments") {
    Manifest thief{"n2", {world.manifest.segments[0]}, 0};
    world.put("logs/p/z/n2/manifest.json", to_json(thief));
    CHECK(world.summary().bad == 1);
  }
  SECTION("a foreign object") {
    world.put("logs/p/notes.txt", "hello");
    CHECK(world.summary().bad == 1);
    CHECK(world.summary().objects == 3);
  }
}

TEST_CASE("an archive that is away gives an error, not an empty summary") {
  World world;
  world.archive.set_reach(SimArchive::Reach::away);
  CHECK(world.read().error().code == Errc::unavailable);
}

TEST_CASE("the simulated archive misbehaves as it is told") {
  World world;
  const std::string key = "logs/p/z/n1/2026-11-23/0000000009.log.gz";
  PutSpec spec;
  spec.key = key;
  spec.object = {4, crypto::to_hex(crypto::sha256("body")), crypto::to_base64(crypto::md5("body"))};
  const auto put = [&](SimArchive::PutFault fault) {
    world.archive.remove(key);
    world.archive.fail_puts(fault, 1);
    std::optional<Result<int>> status;
    const auto grant = world.archive.grant_put(spec, world.loop.clock().wall());
    world.archive.put(*grant, "body", [&](Result<int> got) { status = std::move(got); });
    world.loop.run_for(1s);
    return *status;
  };
  const auto verdict = [&] {
    std::optional<Verdict> found;
    world.archive.verify(key, spec.object,
                         [&](const Result<Verification>& got) { found = got->verdict; });
    world.loop.run_for(1s);
    return *found;
  };
  CHECK(*put(SimArchive::PutFault::torn) == 200);
  CHECK(verdict() == Verdict::different);
  CHECK(*put(SimArchive::PutFault::altered) == 200);
  CHECK(verdict() == Verdict::different);
  CHECK(*put(SimArchive::PutFault::lost) == 200);
  CHECK(verdict() == Verdict::missing);
  CHECK(put(SimArchive::PutFault::lost_answer).error().code == Errc::timeout);
  CHECK(verdict() == Verdict::stored);
  CHECK(*put(SimArchive::PutFault::full) == 507);
  CHECK(*put(SimArchive::PutFault::slow_down) == 503);
  CHECK(verdict() == Verdict::missing);
}

}  // namespace
}  // namespace edgeherd::archive
