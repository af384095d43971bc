#include <deque>
#include <map>

#include "common/aws/credential_source.h"
#include "common/core/utc.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;
using Catch::Matchers::Contains;

namespace {

// The metadata service of an instance with the role "edge".
struct Metadata {
  sim::SimLoop loop;
  std::vector<std::string> asked;  // "PUT /path"
  std::string role = "edge";
  std::string secret = "one";
  Duration lives = 6h;
  int status = 200;
  int role_status = 200;
  std::shared_ptr<CredentialSource> source = make_role_credentials(
      "http://169.254.169.254", loop,
      [this](const http::ClientRequest& request, const http::Client::Done& done) {
        loop.post([done, answer = answer_to(request)] { done(answer); });
      });

  Result<http::Response> answer_to(const http::ClientRequest& request) {
    const std::string path = request.url.substr(std::string("http://169.254.169.254").size());
    asked.push_back(request.method + " " + path);
    if (status != 200) return http::Response{status, {}, ""};
    if (path == "/latest/api/token") {
      const bool right =
          request.method == "PUT" &&
          !http::header(request.headers, "X-aws-ec2-metadata-token-ttl-seconds").empty();
      return http::Response{right ? 200 : 400, {}, "session-token"};
    }
    if (http::header(request.headers, "X-aws-ec2-metadata-token") != "session-token") {
      return http::Response{401, {}, ""};
    }
    if (path == "/latest/meta-data/iam/security-credentials/") {
      return http::Response{role_status, {}, role};
    }
    CHECK(path == "/latest/meta-data/iam/security-credentials/edge");
    return http::Response{200,
                          {},
                          R"({"Code": "Success", "AccessKeyId": "ASIA", "SecretAccessKey": ")" +
                              secret + R"(", "Token": "t==", "Expiration": ")" +
                              utc_text(loop.clock().wall() + lives) + "\"}"};
  }

  Result<Credentials> get() {
    std::optional<Result<Credentials>> answer;
    source->get([&](Result<Credentials> found) { answer = std::move(found); });
    REQUIRE_FALSE(answer);
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }
};

}  // namespace

TEST_CASE("the role's credentials are asked for with a session token, once until they end") {
  Metadata metadata;
  const auto first = metadata.get();
  REQUIRE(first);
  CHECK(first->access_key_id == "ASIA");
  CHECK(first->session_token == "t==");
  CHECK(metadata.asked ==
        std::vector<std::string>{"PUT /latest/api/token",
                                 "GET /latest/meta-data/iam/security-credentials/",
                                 "GET /latest/meta-data/iam/security-credentials/edge"});
  metadata.loop.run_for(5h + 54min);
  CHECK(metadata.get());
  CHECK(metadata.asked.size() == 3);
  metadata.loop.run_for(2min);
  metadata.secret = "two";
  CHECK(metadata.get()->secret_access_key == "two");
  CHECK(metadata.asked.size() == 6);
}

TEST_CASE(
    "credentials that end soon are used while the service fails, and asked for once a minute") {
  Metadata metadata;
  REQUIRE(metadata.get());
  metadata.loop.run_for(5h + 55min + 30s);
  metadata.status = 500;
  const auto before = metadata.asked.size();
  for (int second = 0; second < 4 * 60; ++second) {
    REQUIRE(metadata.get());
    metadata.loop.run_for(1s);
  }
  CHECK(metadata.asked.size() - before == 4);
  metadata.status = 200;
  metadata.secret = "two";
  CHECK(metadata.get()->secret_access_key == "two");
}

TEST_CASE("credentials that have ended are not used, and asked for by everybody") {
  Metadata metadata;
  REQUIRE(metadata.get());
  metadata.status = 500;
  metadata.loop.run_for(6h - 1s);
  CHECK(metadata.get());
  metadata.loop.run_for(1s);
  CHECK_FALSE(metadata.get());
  metadata.status = 200;
  CHECK(metadata.get());
}

TEST_CASE("those who ask at the same time share one question") {
  Metadata metadata;
  int answered = 0;
  for (int i = 0; i < 5; ++i) {
    metadata.source->get([&](const Result<Credentials>& found) { answered += found ? 1 : 0; });
  }
  metadata.loop.settle();
  CHECK(answered == 5);
  CHECK(metadata.asked.size() == 3);
}

TEST_CASE("refused credentials are renewed, at most once a minute") {
  Metadata metadata;
  const auto first = metadata.get();
  REQUIRE(first);
  CHECK(metadata.source->refused(*first) == Renewal::pointless);
  metadata.loop.run_for(2min);
  CHECK(metadata.source->refused(*first) == Renewal::possible);
  metadata.secret = "two";
  CHECK(metadata.get()->secret_access_key == "two");
  // Somebody else's refusal of the old ones needs no question any more.
  CHECK(metadata.source->refused(*first) == Renewal::possible);
  CHECK(metadata.get()->secret_access_key == "two");
  CHECK(metadata.asked.size() == 6);
}

TEST_CASE("an instance without a role, or no service at all, is said so") {
  Metadata metadata;
  metadata.role = "";
  CHECK_THAT(metadata.get().error().message,
             Contains("169.254.169.254") && Contains("the instance has no role"));
  metadata.role = "../../user-data";
  CHECK_THAT(metadata.get().error().message, Contains("the instance has no role"));
  metadata.role_status = 404;
  CHECK_THAT(metadata.get().error().message, Contains("the instance has no role"));
  metadata.status = 404;
  metadata.loop.run_for(1min);  // the session token ends
  CHECK_THAT(metadata.get().error().message, Contains("/latest/api/token: it answered 404"));
  metadata.status = 500;
  CHECK_THAT(metadata.get().error().message, Contains("it answered 500"));
  metadata.status = metadata.role_status = 200;
  metadata.role = "edge";
  CHECK(metadata.get());
}

TEST_CASE("an answer of the service that is not whole names the field, never its value") {
  const std::pair<std::string, std::string> wrong[] = {
      {"", "no JSON"},
      {"[]", "no JSON object"},
      {R"({"AccessKeyId": "A", "SecretAccessKey": "hidden", "Expiration": "2026-01-02T03:04:05Z"})",
       "Token is missing"},
      {R"({"AccessKeyId": "A\n", "SecretAccessKey": "hidden", "Token": "t",
           "Expiration": "2026-01-02T03:04:05Z"})",
       "AccessKeyId is missing or wrong"},
      {R"({"AccessKeyId": "A", "SecretAccessKey": "hidden", "Token": "t", "Expiration": "soon"})",
       "Expiration is missing or wrong"}};
  for (const auto& [text, what] : wrong) {
    INFO(text);
    const auto parsed = parse_role_credentials(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::broken);
    CHECK_THAT(parsed.error().message, Contains(what) && !Contains("hidden"));
  }
}

TEST_CASE("stored credentials are read once, and again after a refusal or a failure") {
  sim::SimLoop loop;
  std::map<std::string, std::string> variables;
  sim::SimFileSystem files(loop.clock());
  CredentialsSource from;
  from.environment = [&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  const auto source = make_stored_credentials(from, files, loop);
  const auto get = [&] {
    std::optional<Result<Credentials>> answer;
    source->get([&](Result<Credentials> found) { answer = std::move(found); });
    REQUIRE_FALSE(answer);
    loop.settle();
    REQUIRE(answer);
    return *answer;
  };
  CHECK_THAT(get().error().message, Contains("AWS_ACCESS_KEY_ID"));
  variables = {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "one"}};
  const auto first = get();
  REQUIRE(first);
  CHECK(source->refused(*first) == Renewal::pointless);
  variables["AWS_SECRET_ACCESS_KEY"] = "two";
  CHECK(get()->secret_access_key == "one");
  CHECK(source->refused(*first) == Renewal::possible);
  CHECK(get()->secret_access_key == "two");
}
