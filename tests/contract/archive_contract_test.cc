// What every LogArchive holds: the one in a directory behind a real HTTP server, the one on a real
// S3 store that checks signatures, hashes and clocks, and the simulated one.
#include <zlib.h>

#include "common/archive/archive.h"
#include "common/archive/manifest.h"
#include "common/archive/reader.h"
#include "common/crypto/digest.h"
#include "tests/contract/archive_benches.h"
#include "tests/support/catch.h"

namespace edgeherd::test {
namespace {

using namespace archive;

#define EVERY_ARCHIVE                                           \
  const std::string kind = GENERATE(from_range(bench_kinds())); \
  CAPTURE(kind);                                                \
  const auto bench = make_bench(kind)

Expected expected_of(const std::string& body) {
  return {body.size(), crypto::to_hex(crypto::sha256(body)), crypto::to_base64(crypto::md5(body))};
}

PutSpec spec_of(Bench& bench, std::uint64_t seq, const std::string& body) {
  PutSpec spec;
  spec.key = *bench.archive().object_key(bench.node(), "2026-11-23", seq);
  spec.object = expected_of(body);
  return spec;
}

Grant grant(Bench& bench, const PutSpec& spec) {
  auto granted = bench.archive().grant_put(spec, bench.now());
  if (!granted) FAIL(granted.error().message);
  return *granted;
}

int put(Bench& bench, const PutSpec& spec, const std::string& body) {
  const auto status = bench.put(grant(bench, spec), body);
  if (!status) FAIL(status.error().message);
  return *status;
}

Verdict verdict(Bench& bench, const PutSpec& spec) {
  const auto found = bench.verify(spec.key, spec.object);
  if (!found) FAIL(found.error().message);
  return found->verdict;
}

// Refused for good: changing nothing and trying again would not help.
bool refused(const Result<int>& status) {
  return status.ok() && (*status == 403 || *status == 400);
}

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

TEST_CASE("what was put is stored, reads the same and is listed") {
  EVERY_ARCHIVE;
  const std::string body = "the body of a segment";
  const auto spec = spec_of(*bench, 1, body);
  CHECK(verdict(*bench, spec) == Verdict::missing);
  CHECK(put(*bench, spec, body) == 200);
  CHECK(verdict(*bench, spec) == Verdict::stored);
  const auto read = bench->read(spec.key, 1000);
  REQUIRE(read.ok());
  CHECK(*read == body);
  const std::string root = spec.key.substr(0, spec.key.find("2026"));
  const auto listed = bench->list(root);
  REQUIRE(listed.ok());
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().key == spec.key);
  CHECK(listed->front().bytes == body.size());
}

TEST_CASE("a second put under a key is refused, and the first object stays") {
  EVERY_ARCHIVE;
  const auto first = spec_of(*bench, 1, "first");
  const auto second = spec_of(*bench, 1, "other");
  const auto unused = grant(*bench, first);
  CHECK(put(*bench, first, "first") == 200);
  CHECK(put(*bench, second, "other") == 412);
  CHECK(*bench->put(unused, "first") == 412);
  CHECK(verdict(*bench, first) == Verdict::stored);
  CHECK(verdict(*bench, second) == Verdict::different);
}

TEST_CASE("a grant that allows overwriting replaces the object") {
  EVERY_ARCHIVE;
  PutSpec spec = spec_of(*bench, 1, "one");
  spec.key = *bench->archive().manifest_key(bench->node());
  spec.overwrite = Overwrite::allow;
  CHECK(put(*bench, spec, "one") == 200);
  const auto before = spec;
  spec.object = expected_of("two");
  CHECK(put(*bench, spec, "two") == 200);
  CHECK(verdict(*bench, spec) == Verdict::stored);
  CHECK(verdict(*bench, before) == Verdict::different);
}

TEST_CASE("a body other than the granted one is refused and leaves nothing behind") {
  EVERY_ARCHIVE;
  const std::string body = "the body of a segment";
  const auto spec = spec_of(*bench, 1, body);
  std::string tampered = body;
  tampered[3] ^= 1;
  CHECK(refused(bench->put(grant(*bench, spec), tampered)));
  CHECK(refused(bench->put(grant(*bench, spec), body + "x")));
  CHECK(refused(bench->put(grant(*bench, spec), "")));
  CHECK(verdict(*bench, spec) == Verdict::missing);
}

TEST_CASE("a granted sha256 or MD5 that is not the body's is refused") {
  EVERY_ARCHIVE;
  const std::string body = "the body of a segment";
  auto spec = spec_of(*bench, 1, body);
  spec.object.sha256_hex = crypto::to_hex(crypto::sha256("another"));
  CHECK(refused(bench->put(grant(*bench, spec), body)));
  spec = spec_of(*bench, 1, body);
  spec.object.md5_base64 = crypto::to_base64(crypto::md5("another"));
  CHECK(refused(bench->put(grant(*bench, spec), body)));
  CHECK(verdict(*bench, spec_of(*bench, 1, body)) == Verdict::missing);
}

TEST_CASE("a grant cannot be bent: every header and every part of the URL is signed") {
  EVERY_ARCHIVE;
  const std::string body = "the body of a segment";
  const auto spec = spec_of(*bench, 1, body);
  const Grant good = grant(*bench, spec);
  for (std::size_t i = 0; i < good.headers.size(); ++i) {
    CAPTURE(good.headers[i].first);
    Grant bent = good;
    bent.headers.erase(bent.headers.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(refused(bench->put(bent, body)));
    bent = good;
    bent.headers[i].second =
        bent.headers[i].second == "*" ? "\"x\"" : "AAAA" + bent.headers[i].second;
    CHECK(refused(bench->put(bent, body)));
  }
  const auto replaced = [&good](const std::string& from, const std::string& to) {
    Grant bent = good;
    const auto at = bent.url.find(from);
    REQUIRE(at != std::string::npos);
    bent.url.replace(at, from.size(), to);
    return bent;
  };
  CHECK(refused(bench->put(replaced("0000000001", "0000000002"), body)));
  CHECK(refused(bench->put(replaced("/lon1/", "/lon2/"), body)));
  if (kind != "sim") {
    Grant bent = good;
    bent.url.back() = bent.url.back() == '0' ? '1' : '0';  // of the signature
    CHECK(refused(bench->put(bent, body)));
    bent = good;
    bent.url.resize(bent.url.rfind('&'));
    CHECK(refused(bench->put(bent, body)));
    CHECK(refused(bench->put(replaced(kind == "file" ? "expires=" : "X-Amz-Expires=",
                                      kind == "file" ? "expires=9" : "X-Amz-Expires=9"),
                             body)));
  }
  CHECK(verdict(*bench, spec) == Verdict::missing);
  CHECK(*bench->put(good, body) == 200);
}

TEST_CASE("a grant that has expired is refused") {
  EVERY_ARCHIVE;
  auto spec = spec_of(*bench, 1, "body");
  spec.validity = 60s;
  const auto old = bench->archive().grant_put(spec, bench->now() - 61s);
  REQUIRE(old.ok());
  CHECK(refused(bench->put(*old, "body")));
  CHECK(verdict(*bench, spec) == Verdict::missing);
  const auto young = bench->archive().grant_put(spec, bench->now() - 30s);
  REQUIRE(young.ok());
  CHECK(*bench->put(*young, "body") == 200);
}

TEST_CASE("a clock that is off is refused until the archive's own clock was heard") {
  EVERY_ARCHIVE;
  const Duration offset = GENERATE(Duration(2h), Duration(-2h));
  if (!bench->shift_clock(offset)) return;  // it signs and checks by the same clock
  const auto spec = spec_of(*bench, 1, "body");
  // radosgw takes presigned requests from the future, unlike AWS; signed headers it does not.
  const bool lenient = kind.starts_with("s3") && offset < Duration{};
  if (!lenient) CHECK(refused(bench->put(grant(*bench, spec), "body")));
  CHECK(bench->check().ok());
  CHECK(*bench->put(grant(*bench, spec), "body") == 200);
  CHECK(verdict(*bench, spec) == Verdict::stored);
}

TEST_CASE("an object of the same length but another content is different, by every evidence") {
  EVERY_ARCHIVE;
  const auto spec = spec_of(*bench, 1, "body 1");
  REQUIRE(put(*bench, spec, "body 1") == 200);
  Expected other = expected_of("body 2");
  CHECK(bench->verify(spec.key, other)->verdict == Verdict::different);
  other.md5_base64.clear();
  CHECK(bench->verify(spec.key, other)->verdict == Verdict::different);
  Expected known = spec.object;
  known.md5_base64.clear();
  CHECK(bench->verify(spec.key, known)->verdict == Verdict::stored);
  CHECK(bench->verify(spec.key, known)->how != Evidence::length);
  Expected longer = spec.object;
  ++longer.bytes;
  CHECK(bench->verify(spec.key, longer)->verdict == Verdict::different);
  CHECK(bench->verify(spec.key, longer)->how == Evidence::length);
}

TEST_CASE("what was never put is missing to verify and not found to read") {
  EVERY_ARCHIVE;
  const auto spec = spec_of(*bench, 7, "body");
  const auto found = bench->verify(spec.key, spec.object);
  REQUIRE(found.ok());
  CHECK(found->verdict == Verdict::missing);
  CHECK(found->how == Evidence::none);
  const auto read = bench->read(spec.key, 100);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == Errc::not_found);
  CHECK(bench->list(spec.key)->empty());
}

TEST_CASE("keys with spaces, accents and reserved characters come back as they went") {
  EVERY_ARCHIVE;
  NodePath node = bench->node();
  node.node += " \u00fc \u65e5\u672c +&=?#%41~'(*)!:@,;$";
  PutSpec spec = spec_of(*bench, 1, "body");
  spec.key = *bench->archive().object_key(node, "2026-11-23", 1);
  CHECK(put(*bench, spec, "body") == 200);
  CHECK(verdict(*bench, spec) == Verdict::stored);
  CHECK(*bench->read(spec.key, 100) == "body");
  const auto listed = bench->list(spec.key.substr(0, spec.key.size() - 5));
  REQUIRE(listed.ok());
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().key == spec.key);
}

TEST_CASE("an object larger than the reader's limit is refused, one of its size is not") {
  EVERY_ARCHIVE;
  const std::string body(100'000, 'x');
  const auto spec = spec_of(*bench, 1, body);
  REQUIRE(put(*bench, spec, body) == 200);
  CHECK(*bench->read(spec.key, body.size()) == body);
  const auto read = bench->read(spec.key, body.size() - 1);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == Errc::exhausted);
}

TEST_CASE("an empty object and a large one are stored and verified") {
  EVERY_ARCHIVE;
  const auto empty = spec_of(*bench, 1, "");
  CHECK(put(*bench, empty, "") == 200);
  CHECK(verdict(*bench, empty) == Verdict::stored);
  std::string large(20'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>(i);
  const auto spec = spec_of(*bench, 2, large);
  CHECK(put(*bench, spec, large) == 200);
  CHECK(verdict(*bench, spec) == Verdict::stored);
  Expected without_md5 = spec.object;
  without_md5.md5_base64.clear();
  CHECK(bench->verify(spec.key, without_md5)->verdict == Verdict::stored);
}

TEST_CASE("lists are sorted, and by prefix as text") {
  EVERY_ARCHIVE;
  for (const std::uint64_t seq : {3, 1, 2, 11}) {
    REQUIRE(put(*bench, spec_of(*bench, seq, "x"), "x") == 200);
  }
  const std::string root = spec_of(*bench, 1, "x").key;
  const auto all = bench->list(root.substr(0, root.rfind('/')));
  REQUIRE(all.ok());
  REQUIRE(all->size() == 4);
  for (std::size_t i = 1; i < all->size(); ++i) CHECK((*all)[i - 1].key < (*all)[i].key);
  CHECK(bench->list(root.substr(0, root.size() - 8))->size() == 3);  // "000000000", not 11
  CHECK(bench->list("")->size() >= 4);
  CHECK(bench->list("logs/nobody")->empty());
}

TEST_CASE("an archive that is away is unavailable, and one that is silent a time-out") {
  EVERY_ARCHIVE;
  const auto spec = spec_of(*bench, 1, "body");
  const auto signed_put = grant(*bench, spec);
  const bool away = GENERATE(true, false);
  away ? bench->go_away() : bench->go_silent();
  const Errc code = away ? Errc::unavailable : Errc::timeout;
  const auto answer = bench->put(signed_put, "body");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == code);
  if (kind == "file") return;  // the coordinator reads its own disk, whoever else is away
  CHECK(bench->verify(spec.key, spec.object).error().code == code);
  CHECK(bench->read(spec.key, 100).error().code == code);
  CHECK(bench->list("").error().code == code);
  CHECK(bench->check().error().code == code);
}

TEST_CASE("requests that can never be right are refused before anybody is asked") {
  EVERY_ARCHIVE;
  bench->go_away();
  CHECK(bench->verify("logs/../x", expected_of("x")).error().code == Errc::invalid);
  CHECK(bench->verify("logs/x", Expected{1, "", ""}).error().code == Errc::invalid);
  CHECK(bench->read("logs//x", 1).error().code == Errc::invalid);
  auto spec = spec_of(*bench, 1, "body");
  spec.key = "elsewhere/x.log.gz";
  CHECK_FALSE(bench->archive().grant_put(spec, bench->now()).ok());
}

TEST_CASE("an archive is read back and held against its manifest") {
  EVERY_ARCHIVE;
  Manifest manifest{bench->node().node, {}, 0};
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    std::string text;
    for (std::uint64_t line = 0; line < seq * 10; ++line) text += "a line\n";
    const std::string body = gzip(text);
    const auto spec = spec_of(*bench, seq, body);
    REQUIRE(put(*bench, spec, body) == 200);
    manifest.segments.push_back({seq, spec.key, seq * 10, body.size(), spec.object.sha256_hex});
  }
  PutSpec spec = spec_of(*bench, 1, to_json(manifest));
  spec.key = *bench->archive().manifest_key(bench->node());
  REQUIRE(put(*bench, spec, to_json(manifest)) == 200);

  const std::string root = spec.key.substr(0, spec.key.rfind('/') + 1);
  const auto summary = await<Result<ArchiveSummary>>(
      *bench, [&](auto done) { read_archive(bench->archive(), root, done); });
  REQUIRE(summary.ok());
  CHECK(summary->objects == 3);
  CHECK(summary->lines == 60);
  CHECK(summary->manifests == 1);
  CHECK(summary->verified == 3);
  CHECK(summary->bad == 0);
}

TEST_CASE("a listing of more than one page is complete", "[s3]") {
  if (!has_s3()) return;
  const auto bench = make_bench("s3 path");
  constexpr std::uint64_t count = 1003;
  std::uint64_t answered = 0;
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    bench->start_put(grant(*bench, spec_of(*bench, seq, "x")), "x", [&](const Result<int>& status) {
      answered += status.ok() && *status == 200 ? 1 : 0;
    });
    if (seq % 50 == 0) REQUIRE(bench->run_until([&] { return answered == seq; }));
  }
  REQUIRE(bench->run_until([&] { return answered == count; }));
  const std::string key = spec_of(*bench, 1, "x").key;
  const auto listed = bench->list(key.substr(0, key.rfind('/')));
  REQUIRE(listed.ok());
  CHECK(listed->size() == count);
}

}  // namespace
}  // namespace edgeherd::test
