// Cases of AWS's own signing test suite (version 4, headers): credentials "AKIDEXAMPLE", region
// us-east-1, service "service", 2015-08-30 12:36 UTC. The suite's requests with a payload header
// ("sign_body") are those of services that have it; here it is given as any other header.
#include "common/aws/sigv4.h"
#include "common/crypto/digest.h"
#include "tests/support/catch.h"

namespace edgeherd::aws::sigv4 {
namespace {

const Credentials suite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const WallTime then{std::chrono::seconds{1440938160}};
const Scope service{"us-east-1", "service"};

std::string sign(const std::string& method, const std::string& path, const Pairs& query = {},
                 const Pairs& more = {}, const Credentials& credentials = suite,
                 std::string_view body = "") {
  Request request{method, path, query, {{"Host", "example.amazonaws.com"}}};
  request.headers.insert(request.headers.end(), more.begin(), more.end());
  const auto added =
      sign_headers(request, credentials, service, crypto::to_hex(crypto::sha256(body)), then);
  const std::string& text = added.back().second;
  return text.substr(text.rfind('=') + 1);
}

}  // namespace

TEST_CASE("the suite's plain requests") {
  CHECK(sign("GET", "/") == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  CHECK(sign("POST", "/") == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_CASE("the suite's paths are normalised: no empty segments, no dots") {
  const std::string root = sign("GET", "/");
  for (const std::string path : {"//", "/./", "/example/..", "/example1/example2/../.."}) {
    INFO(path);
    CHECK(sign("GET", path) == root);
  }
  CHECK(sign("GET", "/./example") ==
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5");
  CHECK(sign("GET", "//example//") ==
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84");
  CHECK(sign("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

TEST_CASE("the suite's queries are sorted as they are encoded") {
  CHECK(sign("GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}) ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  CHECK(sign("GET", "/", {{"Param-3", "Value3"}, {"Param", "Value2"}, {"\u1234", "Value1"}}) ==
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac");
  CHECK(sign("GET", "/", {{"\u1234", "bar"}}) ==
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
  const std::string unreserved =
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  CHECK(sign("GET", "/", {{unreserved, unreserved}}) ==
        "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197");
  CHECK(sign("POST", "/", {{"Param1", "value1"}}) ==
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11");
}

TEST_CASE("the suite's headers: sorted by name, joined in order, trimmed, case kept in values") {
  CHECK(sign("GET", "/", {},
             {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}) ==
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
  CHECK(sign("GET", "/", {},
             {{"My-Header1", "value4"},
              {"My-Header1", "value1"},
              {"My-Header1", "value3"},
              {"My-Header1", "value2"}}) ==
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01");
  CHECK(sign("GET", "/", {}, {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}) ==
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  CHECK(sign("POST", "/", {}, {{"My-Header1", "VALUE1"}}) ==
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d");
  CHECK(sign("POST", "/", {}, {{"My-Header1", "value1"}}) ==
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c");
}

TEST_CASE("the suite's session token is a signed header") {
  Credentials session = suite;
  session.session_token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
  CHECK(sign("GET", "/", {}, {}, session) ==
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

TEST_CASE("the suite's form is signed with the hash of its body") {
  const std::string_view body = "Param1=value1";
  const Pairs form{{"Content-Length", "13"},
                   {"x-amz-content-sha256", crypto::to_hex(crypto::sha256(body))}};
  Pairs plain = form;
  plain.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  CHECK(sign("POST", "/", {}, plain, suite, body) ==
        "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b");
  Pairs with_charset = form;
  with_charset.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  CHECK(sign("POST", "/", {}, with_charset, suite, body) ==
        "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422");
}

TEST_CASE("what a name or a path needs is encoded twice but for S3, whose dots are names") {
  CHECK(canonical_path("/a b/\u00fc", {"r", "ec2"}) == "/a%2520b/%25C3%25BC");
  CHECK(canonical_path("/a b/\u00fc", {"r", "s3"}) == "/a%20b/%C3%BC");
  CHECK(canonical_path("/a/../b//c/.", {"r", "s3"}) == "/a/../b//c/.");
  CHECK(canonical_path("/a/../b//c/.", {"r", "ec2"}) == "/b/c/");
  CHECK(canonical_path("", {"r", "ec2"}) == "/");
  CHECK(canonical_path("/../..", {"r", "ec2"}) == "/");
}

}  // namespace edgeherd::aws::sigv4
