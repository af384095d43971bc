#include "common/aws/instance_metadata.h"

#include "tests/support/catch.h"
#include "tests/support/sim_service.h"

using namespace edgeherd;
using namespace edgeherd::aws;
using Catch::Matchers::Contains;
using test::says;
using test::status;

namespace {

constexpr std::size_t limit = 100;

struct Service {
  sim::SimLoop loop;
  test::SimService service{loop};
  std::string token = "token-1";
  Result<http::Response> text = says("i-1");
  std::shared_ptr<InstanceMetadata> metadata =
      InstanceMetadata::make(test::SimService::endpoint, loop, service.transport());

  Service() {
    service.answer = [this](const std::string& path, const http::ClientRequest& request) {
      if (path == "/latest/api/token") {
        const bool right =
            request.method == "PUT" &&
            http::header(request.headers, "X-aws-ec2-metadata-token-ttl-seconds") == "60";
        return right ? says(token) : status(400);
      }
      if (http::header(request.headers, "X-aws-ec2-metadata-token") != token) return status(401);
      return text;
    };
  }

  Result<std::string> get(const std::string& path = "/latest/meta-data/instance-id") {
    std::optional<Result<std::string>> answer;
    metadata->get(path, limit, [&](Result<std::string> found) { answer = std::move(found); });
    REQUIRE_FALSE(answer);
    loop.run_for(10s);
    REQUIRE(answer);
    return *answer;
  }
  Error refusal() {
    const auto answer = get();
    REQUIRE_FALSE(answer);
    return answer.error();
  }
};

}  // namespace

TEST_CASE("questions carry a session token, which is asked for once while it lives") {
  Service aws;
  CHECK(*aws.get("/latest/a") == "i-1");
  CHECK(*aws.get("/latest/b") == "i-1");
  CHECK(aws.service.asked ==
        std::vector<std::string>{"PUT /latest/api/token", "GET /latest/a", "GET /latest/b"});
  aws.loop.run_for(1min);
  CHECK(aws.get());
  CHECK(aws.service.asked[3] == "PUT /latest/api/token");
}

TEST_CASE("a token that is not taken any more is renewed once, and then that is an answer") {
  Service aws;
  CHECK(aws.get());
  aws.token = "token-2";
  CHECK(*aws.get() == "i-1");
  CHECK(aws.service.asked.size() == 5);  // with the old one, a new one, with that
  aws.text = status(401);
  const auto refused = aws.refusal();
  CHECK(refused.code == Errc::refused);
  CHECK_THAT(refused.message, Contains("169.254.169.254/latest/meta-data/instance-id") &&
                                  Contains("it answered 401"));
  CHECK(aws.service.asked.size() == 8);
}

TEST_CASE("each refusal of the service has its kind, and names what was asked") {
  Service aws;
  const std::pair<int, Errc> answers[] = {{400, Errc::broken},      {403, Errc::refused},
                                          {404, Errc::not_found},   {429, Errc::throttled},
                                          {500, Errc::unavailable}, {503, Errc::unavailable},
                                          {204, Errc::broken}};
  for (const auto& [number, code] : answers) {
    INFO(number);
    aws.text = status(number);
    const auto refused = aws.refusal();
    CHECK(refused.code == code);
    CHECK_THAT(refused.message,
               Contains("GET http://169.254.169.254/latest/meta-data/instance-id: it answered " +
                        std::to_string(number)));
  }
}

TEST_CASE("a redirect of the metadata service is not followed") {
  Service aws;
  aws.text = http::Response{302, {{"Location", "http://198.51.100.1/"}}, ""};
  const auto refused = aws.refusal();
  CHECK(refused.code == Errc::broken);
  CHECK_THAT(refused.message, Contains("it answered 302, a redirect, which is not followed"));
  CHECK(aws.service.asked.size() == 2);
}

TEST_CASE("without a token path there is no such service, and version 1 is never spoken") {
  Service aws;
  aws.service.answer = [](const std::string& path, const http::ClientRequest&) {
    return path == "/latest/api/token" ? status(404) : says("i-1");
  };
  const auto refused = aws.refusal();
  CHECK(refused.code == Errc::unavailable);
  CHECK_THAT(refused.message,
             Contains("PUT http://169.254.169.254/latest/api/token: it answered 404"));
  CHECK(aws.service.asked == std::vector<std::string>{"PUT /latest/api/token"});
}

TEST_CASE("what cannot be a token never goes into a header") {
  Service aws;
  for (const std::string token : {"", "a\r\nHost: b"}) {
    aws.token = token;
    const auto refused = aws.refusal();
    CHECK(refused.code == Errc::broken);
    CHECK_THAT(refused.message, Contains("no session token"));
  }
}

TEST_CASE("an answer that is too long or too late is an error") {
  Service aws;
  aws.text = says(std::string(limit + 1, 'x'));
  CHECK(aws.refusal().code == Errc::exhausted);
  aws.service.takes = 6s;
  CHECK(aws.refusal().code == Errc::timeout);
}

TEST_CASE("nobody is called back once the object is gone") {
  Service aws;
  bool called = false;
  aws.metadata->get("/latest/a", limit, [&](const Result<std::string>&) { called = true; });
  aws.metadata.reset();
  aws.loop.run_for(10s);
  CHECK_FALSE(called);
}
