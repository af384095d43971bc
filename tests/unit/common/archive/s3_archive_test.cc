// What a store may answer, word by word: the contract test has a real one, which is never this odd.
#include "common/archive/s3_archive.h"

#include <deque>
#include <optional>

#include "common/crypto/digest.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

const std::string body = "the body";

Expected expected() {
  return {body.size(), crypto::to_hex(crypto::sha256(body)), crypto::to_base64(crypto::md5(body))};
}

// A store that answers what it was told to, in order, and remembers what it was asked.
struct Store {
  sim::SimLoop loop;
  std::deque<Result<http::Response>> answers;
  std::vector<http::ClientRequest> asked;
  std::optional<S3Archive> archive;

  explicit Store(BucketStyle style = BucketStyle::path) {
    S3Config config;
    config.authority = "store.test:9000";
    config.bucket = "edge-logs";
    config.prefix = "logs";
    config.region = "here";
    config.style = style;
    archive.emplace(config, aws::Credentials{"AKIA", "secret", "token"}, loop,
                    [this](http::ClientRequest request, http::Client::Done done) {
                      asked.push_back(std::move(request));
                      REQUIRE_FALSE(answers.empty());
                      loop.post([done = std::move(done), answer = std::move(answers.front())] {
                        done(answer);
                      });
                      answers.pop_front();
                    });
  }

  void will_answer(int status, http::Headers headers, std::string text) {
    answers.push_back(http::Response{status, std::move(headers), std::move(text)});
  }

  Result<Verification> verify(const Expected& what) {
    std::optional<Result<Verification>> answer;
    archive->verify("logs/k", what, [&](Result<Verification> found) { answer = std::move(found); });
    REQUIRE_FALSE(answer);
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }

  Result<std::vector<ObjectInfo>> list() {
    std::optional<Result<std::vector<ObjectInfo>>> answer;
    archive->list("", [&](Result<std::vector<ObjectInfo>> found) { answer = std::move(found); });
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }

  Status check() {
    std::optional<Status> answer;
    archive->check([&](Status status) { answer = std::move(status); });
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }
};

std::string error_xml(const std::string& code) {
  return "<Error><Code>" + code + "</Code><Message>because</Message></Error>";
}

std::string page(const std::string& keys, const std::string& next) {
  std::string xml = "<ListBucketResult>";
  for (const char key : keys) {
    xml += "<Contents><Key>logs/" + std::string(1, key) + "</Key><Size>1</Size></Contents>";
  }
  xml += next.empty() ? "<IsTruncated>false</IsTruncated>"
                      : "<IsTruncated>true</IsTruncated><NextContinuationToken>" + next +
                            "</NextContinuationToken>";
  return xml + "</ListBucketResult>";
}

const std::string empty_page = page("", "");
const std::string length = std::to_string(body.size());

TEST_CASE("a checksum of the store's own is believed, both ways") {
  Store store;
  store.will_answer(200,
                    {{"Content-Length", length},
                     {"x-amz-checksum-sha256", crypto::to_base64(crypto::sha256(body))}},
                    "");
  auto found = store.verify(expected());
  REQUIRE(found.ok());
  CHECK(found->verdict == Verdict::stored);
  CHECK(found->how == Evidence::checksum);
  store.will_answer(200,
                    {{"Content-Length", length},
                     {"x-amz-checksum-sha256", crypto::to_base64(crypto::sha256("x"))},
                     {"ETag", "\"" + crypto::to_hex(crypto::md5(body)) + "\""}},
                    "");
  found = store.verify(expected());
  CHECK(found->verdict == Verdict::different);
  CHECK(store.asked.back().method == "HEAD");
  CHECK(http::header(store.asked.back().headers, "x-amz-checksum-mode") == "ENABLED");
}

TEST_CASE("without a checksum the ETag counts only when it is the MD5; else the object is read") {
  Store store;
  store.will_answer(
      200, {{"Content-Length", length}, {"ETag", "\"" + crypto::to_hex(crypto::md5(body)) + "\""}},
      "");
  CHECK(store.verify(expected())->how == Evidence::etag);

  store.will_answer(200, {{"Content-Length", length}, {"ETag", "\"a-kms-etag\""}}, "");
  store.will_answer(200, {}, body);
  auto found = store.verify(expected());
  CHECK(found->how == Evidence::read);
  CHECK(found->verdict == Verdict::stored);

  store.will_answer(200, {{"Content-Length", length}, {"x-amz-checksum-sha256", "AAAA-3"}}, "");
  store.will_answer(200, {}, "the bodY");
  found = store.verify(expected());
  CHECK(found->how == Evidence::read);
  CHECK(found->verdict == Verdict::different);
}

TEST_CASE("a length proves a difference, never an equality") {
  Store store;
  store.will_answer(200, {{"Content-Length", "9"}}, "");
  auto found = store.verify(expected());
  CHECK(found->verdict == Verdict::different);
  CHECK(found->how == Evidence::length);
  store.will_answer(200, {{"Content-Length", length}}, "");
  store.will_answer(200, {}, "another!");
  found = store.verify(expected());
  CHECK(found->verdict == Verdict::different);
  CHECK(found->how == Evidence::read);
}

TEST_CASE("a missing object is missing; a missing bucket is an error, not a missing object") {
  Store store;
  store.will_answer(404, {}, "");
  store.will_answer(404, {}, error_xml("NoSuchKey"));
  auto found = store.verify(expected());
  REQUIRE(found.ok());
  CHECK(found->verdict == Verdict::missing);

  store.will_answer(404, {}, "");
  store.will_answer(404, {}, error_xml("NoSuchBucket"));
  found = store.verify(expected());
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().message.find("NoSuchBucket") != std::string::npos);
}

TEST_CASE("a refused HEAD is asked again for its reason, and names bucket and host") {
  Store store;
  store.will_answer(403, {}, "");
  store.will_answer(403, {}, error_xml("AccessDenied"));
  const auto found = store.verify(expected());
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().code == Errc::refused);
  CHECK(found.error().message ==
        "s3://edge-logs at store.test:9000: the store answered 403 AccessDenied: because");
  CHECK(store.asked.back().method == "GET");
}

TEST_CASE("a store that contradicts itself is asked again later, not believed") {
  Store store;
  store.will_answer(404, {}, "");
  store.will_answer(206, {}, "t");
  CHECK(store.verify(expected()).error().code == Errc::unavailable);
}

TEST_CASE("a busy store is throttled or unavailable and is not asked for more") {
  Store store;
  store.will_answer(429, {}, "");
  CHECK(store.verify(expected()).error().code == Errc::throttled);
  store.will_answer(500, {}, "");
  CHECK(store.verify(expected()).error().code == Errc::unavailable);
  store.answers.push_back(fail(Errc::timeout, "no answer within 10 s"));
  CHECK(store.verify(expected()).error().code == Errc::timeout);
  CHECK(store.asked.size() == 3);
}

TEST_CASE("a wrong clock is corrected from the Date header, once per request") {
  Store store;
  const http::Headers date{{"Date", "Thu, 01 Jan 2026 02:00:00 GMT"}};  // the loop's is 00:00
  store.will_answer(403, date, error_xml("RequestTimeTooSkewed"));
  store.will_answer(200, date, empty_page);
  CHECK(store.check().ok());
  REQUIRE(store.asked.size() == 2);
  CHECK(http::header(store.asked[0].headers, "x-amz-date") == "20260101T000000Z");
  CHECK(http::header(store.asked[1].headers, "x-amz-date") == "20260101T020000Z");

  // From now on grants are signed in the store's time as well.
  const auto grant = store.archive->grant_put({"logs/k", expected(), Overwrite::forbid, 5min},
                                              store.loop.clock().wall());
  REQUIRE(grant.ok());
  CHECK(grant->url.find("X-Amz-Date=20260101T020000Z") != std::string::npos);

  // The same answer again is no reason to sign again.
  store.will_answer(403, date, error_xml("RequestTimeTooSkewed"));
  CHECK(store.check().error().code == Errc::refused);
  CHECK(store.asked.size() == 3);
}

TEST_CASE("a refusal by a store whose clock agrees is not tried again") {
  Store store;
  store.will_answer(403, {{"Date", "Thu, 01 Jan 2026 00:00:20 GMT"}}, error_xml("AccessDenied"));
  CHECK(store.check().error().code == Errc::refused);
  store.will_answer(403, {{"Date", "yesterday"}}, error_xml("AccessDenied"));
  CHECK(store.check().error().code == Errc::refused);
  CHECK(store.asked.size() == 2);
}

TEST_CASE("a listing follows every page and is sorted") {
  Store store;
  store.will_answer(200, {}, page("ca", "t+1"));
  store.will_answer(200, {}, page("", "t2"));
  store.will_answer(200, {}, page("b", ""));
  const auto found = store.list();
  REQUIRE(found.ok());
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].key == "logs/a");
  CHECK((*found)[2].key == "logs/c");
  CHECK(store.asked[0].url.find("prefix=logs%2F") != std::string::npos);
  CHECK(store.asked[1].url.find("continuation-token=t%2B1") != std::string::npos);
}

TEST_CASE("a listing with one bad page is an error, not what was there until then") {
  Store store;
  store.will_answer(200, {}, page("a", "t1"));
  store.will_answer(503, {}, error_xml("SlowDown"));
  CHECK(store.list().error().code == Errc::throttled);
  store.will_answer(200, {}, page("a", "t1"));
  store.will_answer(200, {}, "<html>");
  CHECK(store.list().error().code == Errc::broken);
  store.will_answer(200, {},
                    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>"
                    "other/x</Key><Size>1</Size></Contents></ListBucketResult>");
  CHECK(store.list().error().code == Errc::broken);
}

TEST_CASE("a bucket in another region says so") {
  Store store;
  store.will_answer(301, {{"x-amz-bucket-region", "there"}}, error_xml("PermanentRedirect"));
  const auto status = store.check();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == Errc::invalid);
  CHECK(status.error().message.find("'there', not 'here'") != std::string::npos);
}

TEST_CASE("path and host style differ in URL alone, and both sign the token") {
  Store path;
  path.will_answer(200, {}, empty_page);
  CHECK(path.check().ok());
  CHECK(path.asked[0].url.starts_with("https://store.test:9000/edge-logs/?"));
  CHECK(http::header(path.asked[0].headers, "x-amz-security-token") == "token");
  Store host(BucketStyle::host);
  host.will_answer(200, {}, empty_page);
  CHECK(host.check().ok());
  CHECK(host.asked[0].url.starts_with("https://edge-logs.store.test:9000/?"));
}

TEST_CASE("a grant signs every hash of the body in, and forbids replacing unless it is allowed") {
  Store store;
  const WallTime now = store.loop.clock().wall();
  const auto grant =
      store.archive->grant_put({"logs/a b", expected(), Overwrite::forbid, 5min}, now);
  REQUIRE(grant.ok());
  CHECK(grant->url.starts_with("https://store.test:9000/edge-logs/logs/a%20b?"));
  CHECK(grant->url.find("X-Amz-Expires=300") != std::string::npos);
  CHECK(grant->url.find("X-Amz-SignedHeaders=content-md5%3Bhost%3Bif-none-match%3B"
                        "x-amz-checksum-sha256%3Bx-amz-content-sha256") != std::string::npos);
  CHECK(http::header(grant->headers, "If-None-Match") == "*");
  CHECK(http::header(grant->headers, "Content-MD5") == expected().md5_base64);
  CHECK(http::header(grant->headers, "x-amz-content-sha256") == expected().sha256_hex);
  const auto replacing =
      store.archive->grant_put({"logs/m", expected(), Overwrite::allow, 5min}, now);
  CHECK(http::header(replacing->headers, "If-None-Match").empty());
  CHECK(grant->url.find("secret") == std::string::npos);
}

TEST_CASE("an archive that is gone calls nobody back") {
  Store store;
  int called = 0;
  store.will_answer(200, {}, empty_page);
  store.archive->check([&](const Status&) { ++called; });
  store.archive->verify("..", expected(), [&](const Result<Verification>&) { ++called; });
  store.archive.reset();
  store.loop.settle();
  CHECK(called == 0);
}

}  // namespace
}  // namespace edgeherd::archive
