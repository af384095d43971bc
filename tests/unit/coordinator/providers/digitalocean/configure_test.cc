#include "coordinator/providers/digitalocean/configure.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::digitalocean;
using Catch::Matchers::Contains;

namespace {

struct Read {
  Options options;
  std::string problems;
};

Read read(const std::string& text) {
  const auto value = config::parse_json("do.json", text);
  REQUIRE(value);
  config::Problems problems("do.json");
  config::Section section(*value, problems);
  Read result{read_options(section, ProviderId("do")), ""};
  if (const auto status = problems.status(); !status) result.problems = status.error().message;
  return result;
}

std::string problem_with(const std::string& more) {
  return read("{ \"token_file\": \"/t\",\n" + more + " }").problems;
}

}  // namespace

TEST_CASE("where the token is, is enough", "[digitalocean]") {
  const Read result = read(R"({ "token_file": "/etc/edgeherd/do.token" })");
  CHECK(result.problems.empty());
  CHECK(result.options.account == ProviderId("do"));
  CHECK(result.options.access.api_url == "https://api.digitalocean.com");
  CHECK(result.options.access.limits.per_minute == 250);
  CHECK(result.options.access.limits.per_hour == 5000);
  CHECK(result.options.health_by == HealthBy::public_address);
  CHECK(result.options.distribution == Distribution::by_hand);
  CHECK(read(R"({ "token_environment": "DIGITALOCEAN_TOKEN" })").problems.empty());
}

TEST_CASE("everything of a droplet account can be set", "[digitalocean]") {
  const Read result = read(R"({ "token_file": "/t", "api_url": "https://do.example:8443/",
    "ca_file": "/ca", "size": "s-2vcpu-4gb", "ssh_keys": ["3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa", "512189"],
    "vpcs": { "lon1": "760e09ef-dc84-11e8-981e-3cfdfeaae000" }, "tags": ["team:video"],
    "image_tag": "edge", "distribute_images": true, "health_by": "private", "timeout": "10s", "settle": "20s",
    "reboot_patience": "5s", "calls_per_minute": 100, "calls_per_hour": 2000 })");
  CHECK(result.problems.empty());
  CHECK(result.options.access.api_url == "https://do.example:8443");
  CHECK(result.options.access.ca_file == "/ca");
  CHECK(result.options.size == "s-2vcpu-4gb");
  CHECK(result.options.ssh_keys.size() == 2);
  CHECK(result.options.vpcs.at("lon1") == "760e09ef-dc84-11e8-981e-3cfdfeaae000");
  CHECK(result.options.tags == std::vector<std::string>{"team:video"});
  CHECK(result.options.image_tag == "edge");
  CHECK(result.options.distribution == Distribution::by_launches);
  CHECK(result.options.health_by == HealthBy::private_address);
  CHECK(result.options.access.timeout == 10s);
  CHECK(result.options.settle == 20s);
  CHECK(result.options.reboot_patience == 5s);
  CHECK(result.options.access.limits.per_minute == 100);
  CHECK(result.options.access.limits.per_hour == 2000);
}

TEST_CASE("the token is named once, and never stands in the file itself", "[digitalocean]") {
  CHECK_THAT(read("{}").problems, Contains("do.json:1:1") && Contains("token_file"));
  CHECK_THAT(problem_with(R"("token_environment": "T")"), Contains("token_environment"));
  CHECK_THAT(problem_with(R"("token": "dop_v1_secret")"),
             Contains("do.json:2") && Contains("\"token\"") && !Contains("dop_v1_secret"));
  CHECK_THAT(read(R"({ "token_file": "do.token" })").problems, Contains("from the root"));
  CHECK_THAT(read(R"({ "token_environment": "A=B" })").problems, Contains("variable"));
}

TEST_CASE("what is wrong in the options is named with line and key", "[digitalocean]") {
  for (const auto& [text, what] :
       {std::pair(R"("api_url": "http://api.example")", "in clear"),
        std::pair(R"("api_url": "https://api.example/v2")", "host or port"),
        std::pair(R"("api_url": "api.example")", "URL"),
        std::pair(R"("vpcs": { "lon1": "mine" })", "\"lon1\" must be a UUID"),
        std::pair(R"("vpcs": ["mine"])", "\"vpcs\" must be an object"),
        std::pair(R"("tags": ["a b"])", "\"a b\" is no tag"),
        std::pair(R"("tags": ["edgeherd-fleet:other"])", "Edgeherd's own"),
        std::pair(R"("image_tag": "a/b")", "\"a/b\" is no tag"),
        std::pair(R"("image_tag": "")", "\"\" is no tag"),
        std::pair(R"("tags": [""])", "\"\" is no tag"),
        std::pair(R"("ssh_keys": ["ssh-ed25519 AAAA"])", "neither the id nor the MD5 fingerprint"),
        std::pair(R"("ssh_keys": ["SHA256:abc"])", "\"SHA256:abc\" is neither"),
        std::pair(R"("ssh_keys": ["3b-16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"])", "neither"),
        std::pair(R"("ssh_keys": ["xb:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"])", "neither"),
        std::pair(R"("ssh_keys": [""])", "\"\" is neither"),
        std::pair(R"("health_by": "both")", "health_by"),
        std::pair(R"("distribute_images": "yes")", "distribute_images"),
        std::pair(R"("timeout": "10m")", "timeout"),
        std::pair(R"("calls_per_minute": 0)", "calls_per_minute"),
        std::pair(R"("ssh_key": ["a"])", "did you mean \"ssh_keys\"")}) {
    INFO(text);
    CHECK_THAT(problem_with(text), Contains("do.json:2:") && Contains(what));
  }
}

TEST_CASE("a test's API on this machine may be spoken to in clear", "[digitalocean]") {
  CHECK(problem_with(R"("api_url": "http://127.0.0.1:8080")").empty());
}
