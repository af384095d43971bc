#include "coordinator/providers/aws/configure.h"

#include <algorithm>

#include "coordinator/providers/aws/requests.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using Catch::Matchers::Contains;

namespace {

struct Read {
  aws::Options options;
  std::string problems;
};

Read read(const std::string& text) {
  const auto value = config::parse_json("aws.json", text);
  REQUIRE(value);
  config::Problems problems("aws.json");
  config::Section section(*value, problems);
  Read result{aws::read_options(section, ProviderId("aws")), ""};
  for (const std::string& line : problems.lines()) result.problems += line + "\n";
  return result;
}

}  // namespace

TEST_CASE("regions and where the credentials come from are enough") {
  const Read result = read(R"({ "credentials": "environment", "regions": { "eu-west-2": {} } })");
  CHECK(result.problems.empty());
  REQUIRE(result.options.regions.size() == 1);
  CHECK(result.options.regions[0].endpoint == "https://ec2.eu-west-2.amazonaws.com");
  CHECK(result.options.inventory == aws::Inventory::tagged);
  CHECK(result.options.timeout == 30s);
}

TEST_CASE("everything can be set, and what a region says goes before what is said for all") {
  const Read result = read(R"({
    "credentials": "file", "credentials_file": "/etc/edgeherd/aws", "profile": "edge",
    "key_name": "ops", "instance_profile": "edge",
    "regions": {
      "eu-west-2": { "security_groups": ["sg-0a1b"], "subnets": { "eu-west-2a": "subnet-0a1b" },
                     "key_name": "london" },
      "cn-north-1": { "endpoint": "https://127.0.0.1:8443/" } },
    "instance_type": "t3.micro", "tags": { "team": "edge" }, "image_tag": "edge-image",
    "distribute_images": true,
    "inventory": "account", "address": "private", "timeout": "10s", "api_share": 0.5,
    "ca_file": "/etc/ca.pem" })");
  CHECK(result.problems.empty());
  const aws::Options& o = result.options;
  REQUIRE(o.regions.size() == 2);
  CHECK(o.regions[0].key_name == "london");
  CHECK(o.regions[0].instance_profile == "edge");
  CHECK(o.regions[0].subnets.at("eu-west-2a") == "subnet-0a1b");
  CHECK(o.regions[1].key_name == "ops");
  CHECK(o.regions[1].endpoint == "https://127.0.0.1:8443");
  CHECK(o.tags.at("team") == "edge");
  CHECK(o.api_share == 0.5);
  CHECK(o.distribution == aws::Distribution::by_launches);
  CHECK(o.address == aws::Address::private_address);
}

TEST_CASE("China has endpoints of its own") {
  CHECK(read(R"({ "credentials": "environment", "regions": { "cn-north-1": {} } })")
            .options.regions[0]
            .endpoint == "https://ec2.cn-north-1.amazonaws.com.cn");
}

TEST_CASE("what is wrong is named with its place") {
  const std::string good = R"("credentials": "environment", "regions": { "eu-west-2": {} })";
  const std::pair<std::string, std::string> wrong[] = {
      {R"({ "regions": { "eu-west-2": {} } })", "credentials"},
      {R"({ "credentials": "environment" })", "regions"},
      {R"({ "credentials": "environment", "regions": {} })", "must name at least one"},
      {R"({ "credentials": "environment", "regions": { "London": {} } })",
       "\"London\" is not the name of a region"},
      {R"({ "credentials": "environment", "regions": { "eu-west-2a": {} } })",
       "\"eu-west-2a\" is not the name of a region"},
      {R"({ "credentials": "file", "regions": { "eu-west-2": {} } })",
       "needs \"credentials_file\", a path from the root"},
      {"{ \"profile\": \"x\", " + good + "}", "\"profile\" needs \"credentials\": \"file\""},
      {"{ \"metadata\": \"http://127.0.0.1\", " + good + "}",
       "\"metadata\" needs \"credentials\": \"instance_role\""},
      {"{ \"tags\": { \"aws:x\": \"y\" }, " + good + "}", "\"aws:x\" is not for you to set"},
      {"{ \"tags\": { \"Name\": \"y\" }, " + good + "}", "\"Name\" is not for you to set"},
      {"{ \"tags\": { \"a\": 7 }, " + good + "}", "aws.json:1:18: \"tags\""},
      {"{ \"tags\": [], " + good + "}", "an object of texts"},
      {"{ \"image_tag\": \"\", " + good + "}", "must not be empty"},
      {"{ \"api_share\": 2, " + good + "}", "api_share"},
      {"{ \"security_group\": \"sg-1\", " + good + "}", "security_group"},
      {R"({ "credentials": "environment",
            "regions": { "eu-west-2": { "security_groups": ["web"] } } })",
       "aws.json:2:"},
      {R"({ "credentials": "environment",
            "regions": { "eu-west-2": { "subnets": { "eu-west-1a": "subnet-0a" } } } })",
       "\"eu-west-1a\" is not an availability zone of eu-west-2"},
      {R"({ "credentials": "environment",
            "regions": { "eu-west-2": { "subnets": { "eu-west-2a": "default" } } } })",
       "\"default\" is not the id of a subnet"},
      {R"({ "credentials": "environment", "regions": { "eu-west-2": { "endpoint": "ec2" } } })",
       "not a valid URL"},
      {R"({ "credentials": "environment",
            "regions": { "eu-west-2": { "endpoint": "https://h/path" } } })",
       "has no path"},
      {R"({ "credentials": "environment",
            "regions": { "eu-west-2": { "endpoint": "http://ec2.eu-west-2.amazonaws.com" } } })",
       "in clear"},
      {R"({ "credentials": "instance_role", "metadata": "http://8.8.8.8",
            "regions": { "eu-west-2": {} } })",
       "in clear"}};
  for (const auto& [text, what] : wrong) {
    INFO(text);
    CHECK_THAT(read(text).problems, Contains(what));
  }
}

TEST_CASE("as many tags are taken as fit beside ours") {
  const auto with = [](int count) {
    std::string tags;
    for (int i = 0; i < count; ++i) {
      tags += (i == 0 ? "\"t" : ", \"t") + std::to_string(i) + "\": \"v\"";
    }
    return read(R"({ "credentials": "environment", "regions": { "eu-west-2": {} }, "tags": { )" +
                tags + " } }");
  };
  CHECK_THAT(with(46).problems, Contains("at most 45 tags"));
  const auto most = with(45);
  CHECK(most.problems.empty());
  act::CreateRequest request;
  request.image = ImageId("tag:edge");  // which is the one that needs another tag
  const auto asked = aws::run_instances(request, ImageId("ami-1"), "t3.micro",
                                        most.options.regions[0], most.options);
  CHECK(std::ranges::count_if(asked, [](const auto& one) {
          return one.first.starts_with("TagSpecification.1.Tag.") && one.first.ends_with(".Key");
        }) == 50);
}
