#include "coordinator/dns/route53/configure.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using Catch::Matchers::Contains;

namespace {

struct Read {
  dns::Route53Options options;
  std::string problems;
};

Read read(const std::string& text) {
  const auto value = config::parse_json("coordinator.json", text);
  REQUIRE(value);
  config::Problems problems("coordinator.json");
  config::Section section(*value, problems);
  Read result{dns::read_route53_options(section), ""};
  for (const std::string& line : problems.lines()) result.problems += line + "\n";
  return result;
}

}  // namespace

TEST_CASE("zone, hosted zone and credentials are enough") {
  const Read result = read(R"({ "type": "route53", "zone": "edge.example.org",
                                "hosted_zone": "Z0123ABC", "credentials": "environment" })");
  CHECK(result.problems.empty());
  CHECK(result.options.hosted_zone == "Z0123ABC");
  CHECK(result.options.endpoint == "https://route53.amazonaws.com");
}

TEST_CASE("what is wrong is named with its place") {
  const std::pair<std::string, std::string> wrong[] = {
      {R"({ "zone": "a", "credentials": "environment" })", "hosted_zone"},
      {R"({ "zone": "a", "hosted_zone": "/hostedzone/Z1", "credentials": "environment" })",
       "coordinator.json:1:31: \"hosted_zone\" is the id of a hosted zone"},
      {R"({ "zone": "a", "hosted_zone": "Z1", "credentials": "environment",
            "endpoint": "http://route53.amazonaws.com" })",
       "in clear"},
      {R"({ "zone": "a", "hosted_zone": "Z1" })", "credentials"},
      {R"({ "zone": "a", "hosted_zone": "Z1", "credentials": "file" })", "credentials_file"},
      {R"({ "zone": "a", "hosted_zone": "Z1", "credentials": "environment", "ttl": 3 })", "ttl"}};
  for (const auto& [text, what] : wrong) {
    INFO(text);
    CHECK_THAT(read(text).problems, Contains(what));
  }
}
