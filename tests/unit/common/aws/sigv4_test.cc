// The first five vectors are the worked examples of the Amazon S3 API Reference ("Authenticating
// Requests"). Those that say botocore were computed with botocore 1.43, an implementation that has
// nothing in common with ours.
#include "common/aws/sigv4.h"

#include "tests/support/catch.h"

namespace edgeherd::aws::sigv4 {
namespace {

constexpr std::string_view empty_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view host = "examplebucket.s3.amazonaws.com";

const Credentials example{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const Scope virginia{"us-east-1", "s3"};
const WallTime may_2013{std::chrono::seconds{1369353600}};  // 2013-05-24T00:00:00Z
const WallTime nov_2026{std::chrono::seconds{1795417689}};  // 2026-11-23T07:08:09Z

std::string value(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, text] : pairs) {
    if (key == name) return text;
  }
  return "(none)";
}

std::string signature_of(const Pairs& added) {
  const std::string text = value(added, "Authorization");
  return text.substr(text.rfind('=') + 1);
}

TEST_CASE("AWS's own example: GET of a range of an object") {
  const auto added =
      sign_headers({"GET", "/test.txt", {}, {{"Host", std::string(host)}, {"Range", "bytes=0-9"}}},
                   example, virginia, empty_hash, may_2013);
  CHECK(value(added, "Authorization") ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(value(added, "x-amz-date") == "20130524T000000Z");
  CHECK(value(added, "x-amz-content-sha256") == empty_hash);
}

TEST_CASE("AWS's own example: PUT of an object whose name needs encoding") {
  const auto added =
      sign_headers({"PUT",
                    "/test$file.text",
                    {},
                    {{"Host", std::string(host)},
                     {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                   example, virginia,
                   "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", may_2013);
  CHECK(signature_of(added) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("AWS's own examples: a query without a value, and a listing") {
  const Pairs headers{{"Host", std::string(host)}};
  CHECK(signature_of(sign_headers({"GET", "/", {{"lifecycle", ""}}, headers}, example, virginia,
                                  empty_hash, may_2013)) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(signature_of(sign_headers({"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, headers},
                                  example, virginia, empty_hash, may_2013)) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("AWS's own example: a presigned GET valid for a day") {
  const auto query = presign({"GET", "/test.txt", {}, {{"Host", std::string(host)}}}, example,
                             virginia, unsigned_payload, may_2013, 24h);
  CHECK(value(query, "X-Amz-Signature") ==
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  CHECK(value(query, "X-Amz-Expires") == "86400");
  CHECK(value(query, "X-Amz-SignedHeaders") == "host");
}

TEST_CASE("botocore agrees: a presigned PUT with signed headers, a token and a key to encode") {
  Credentials session = example;
  session.session_token = "token/with+special==";
  const auto query =
      presign({"PUT",
               "/bucket/a key/\u00fc~+x.gz",
               {},
               {{"host", "s3.example.test:9000"},
                {"content-md5", "XrY7u+Ae7tCTyyK7j1rNww=="},
                {"if-none-match", "*"},
                {"x-amz-checksum-sha256", "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="}}},
              session, {"eu-central-1", "s3"}, unsigned_payload, nov_2026, 300s);
  CHECK(value(query, "X-Amz-Signature") ==
        "c17fe3f849994a17ed5d1f3e41439b1123e555619a5e86e517409365a7a7abd1");
  CHECK(query_string({{"X-Amz-Security-Token", session.session_token}}) ==
        "X-Amz-Security-Token=token%2Fwith%2Bspecial%3D%3D");
}

TEST_CASE("botocore agrees: a listing by session credentials") {
  Credentials session = example;
  session.session_token = "token/with+special==";
  const auto added =
      sign_headers({"GET",
                    "/bucket/",
                    {{"list-type", "2"}, {"prefix", "a b/c"}, {"continuation-token", "1+2="}},
                    {{"host", "s3.example.test:9000"}}},
                   session, {"eu-central-1", "s3"}, empty_hash, nov_2026);
  CHECK(signature_of(added) == "2d3ef96be504277d111520108907b2aaac17a00f58fa3be4979ef67ccddfb51e");
  CHECK(value(added, "x-amz-security-token") == session.session_token);
}

TEST_CASE(
    "botocore agrees: other services sign the path encoded twice and send no payload header") {
  const auto added =
      sign_headers({"GET", "/2013-04-01/a b/c", {}, {{"host", "route53.amazonaws.com"}}}, example,
                   {"us-east-1", "route53"}, empty_hash, nov_2026);
  CHECK(signature_of(added) == "dbc620d017b8cab226c1283f15013e2e80d337d7ba52b7d4aef1ea09c5c040d4");
  CHECK(value(added, "x-amz-content-sha256") == "(none)");
}

TEST_CASE("header values are trimmed and their inner spaces reduced before signing") {
  const Pairs plain{{"host", "h"}, {"x-amz-meta-a", "one two"}};
  const Pairs spaced{{"HOST", " h "}, {"X-Amz-Meta-A", "  one \t  two "}};
  CHECK(signature_of(
            sign_headers({"GET", "/", {}, plain}, example, virginia, empty_hash, nov_2026)) ==
        signature_of(
            sign_headers({"GET", "/", {}, spaced}, example, virginia, empty_hash, nov_2026)));
}

TEST_CASE("any changed part of a presigned request changes its signature") {
  const Request request{"PUT", "/b/k", {}, {{"host", "h"}, {"content-md5", "m"}}};
  const auto sign = [](const Request& r, WallTime now, Duration validity) {
    return value(presign(r, example, virginia, empty_hash, now, validity), "X-Amz-Signature");
  };
  const std::string original = sign(request, nov_2026, 60s);
  Request other = request;
  other.path = "/b/k2";
  CHECK(sign(other, nov_2026, 60s) != original);
  other = request;
  other.headers[1].second = "n";
  CHECK(sign(other, nov_2026, 60s) != original);
  other = request;
  other.method = "GET";
  CHECK(sign(other, nov_2026, 60s) != original);
  CHECK(sign(request, nov_2026 + 1s, 60s) != original);
  CHECK(sign(request, nov_2026, 61s) != original);
  CHECK(sign(request, nov_2026, 60s) == original);
}

}  // namespace
}  // namespace edgeherd::aws::sigv4
