// An image that has its servers ask the cloud's metadata service who they are.
#include "agent/app/box_identity.h"
#include "agent/app/config.h"
#include "agent/app/options.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/collect/fixture_tree.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using Catch::Matchers::Contains;
using metadata::Cloud;
using metadata::Wanted;

namespace {

struct Image {
  test::FixtureTree folder;
  std::string path = folder.root() + "/agent.json";

  explicit Image(const std::string& text) { folder.write("agent.json", text); }

  Result<AgentConfig> before(const std::string& user_data_file = "") {
    return load_config(path, user_data_file);
  }
  Result<AgentConfig> after(const std::string& user_data, const std::string& file = "") {
    return load_config(path, file,
                       {{Cloud::aws, "eu-1", "eu-1a", "i-7"}, user_data, "http://m/user-data"});
  }
  std::string wrong(const std::string& user_data) {
    const auto config = after(user_data);
    REQUIRE_FALSE(config);
    return config.error().message;
  }
};

const std::string key(40, 'k');
const std::string user_data = R"({"schema": 1, "node": "n-1", "enrolment_token": "aa",
  "probe_token": "bb", "zone": "aws/eu-1a", "coordinators": [ { "endpoint": "tcp://10.0.0.1:7400",
  "enroll_endpoint": "tcp://10.0.0.1:7401", "public_key": ")" +
                              key + "\" } ]}";
const std::string image =
    R"({"metadata": "auto", "listen": "0.0.0.0:9180", "access_log": "/var/log/e.log",
        "hooks": {"reopen_logs": ["nginx", "-s", "reopen"]}})";

}  // namespace

TEST_CASE("what the metadata service said fills in what the image leaves open") {
  Image edge(image);
  const auto config = edge.after(user_data);
  INFO((config ? std::string() : config.error().message));
  REQUIRE(config);
  CHECK(config->node == "n-1");
  CHECK(config->vm_id == "i-7");
  CHECK(config->probe_token == "bb");
  REQUIRE(config->coordinators.size() == 1);
  CHECK(config->coordinators[0].enroll_endpoint == "tcp://10.0.0.1:7401");
  REQUIRE(config->cloud);
  CHECK(config->cloud->zone == "eu-1a");
}

TEST_CASE("an instance id that the user data states is not replaced") {
  Image edge(image);
  auto stated = user_data;
  stated.insert(1, R"("vm_id": "vm-3", )");
  CHECK(edge.after(stated)->vm_id == "vm-3");
}

TEST_CASE("before the service has answered enough is known to wait for it") {
  Image edge(image);
  const auto config = edge.before();
  REQUIRE(config);
  CHECK(config->metadata.wanted == Wanted::automatic);
  CHECK(config->metadata.url == "http://169.254.169.254");
  CHECK(config->listen.host == "0.0.0.0");
  CHECK_FALSE(config->cloud);
  Image none("{}");
  CHECK(none.before()->metadata.wanted == Wanted::none);
  Image word(R"({"metadata": "digitalocean", "metadata_url": "http://127.0.0.1:8080/"})");
  CHECK(word.before()->metadata.wanted == Wanted::digitalocean);
  CHECK(word.before()->metadata.url == "http://127.0.0.1:8080");
}

TEST_CASE("what is wrong in an image is told at once, not when metadata has come") {
  CHECK_THAT(Image(R"({"metadata": "azure"})").before().error().message,
             Contains("agent.json:1:14: ") && Contains("\"digitalocean\""));
  CHECK_THAT(
      Image(R"({"metadata": "aws", "metadata_url": "http://h/latest"})").before().error().message,
      Contains("agent.json:1:37: ") && Contains("\"metadata_url\""));
  CHECK_THAT(Image(R"({"metadata": "aws", "edge_prots": [80]})").before().error().message,
             Contains("edge_prots"));
}

TEST_CASE("texts with variables wait for the user data, but not those that waiting needs") {
  Image edge(R"({"metadata": "aws", "listen": "127.0.0.1:9180", "edge_address": "${address}"})");
  CHECK(edge.before());
  CHECK(edge.after(R"({"variables": {"address": "127.9.0.1"}})")->edge_address == "127.9.0.1");
  CHECK_THAT(edge.wrong("{}"), Contains("unknown variable \"address\""));
  for (const std::string text :
       {R"("listen": "${address}:9180")", R"("state_dir": "/${address}")",
        R"("tls": {"certificate": "/${address}.pem", "key": "/key.pem"})"}) {
    INFO(text);
    CHECK_THAT(Image("{\"metadata\": \"aws\", " + text + "}").before().error().message,
               Contains("agent.json:1:") && Contains("may hold no ${name}"));
  }
}

TEST_CASE("wrong user data of the service is told with its URL and place, never with a secret") {
  Image edge(image);
  CHECK_THAT(edge.wrong("#!/bin/sh\nsecret"), Contains("http://m/user-data:1:1: "));
  CHECK_THAT(edge.wrong("#!/bin/sh\nsecret"), !Contains("secret"));
  CHECK_THAT(edge.wrong("{\"node\": \"n\",\n \"probe_token\": 5}"),
             Contains("http://m/user-data:2:17: \"probe_token\""));
  CHECK_THAT(edge.wrong(R"({"coordinators": [{"endpoint": "tcp://a:1"}]})"),
             Contains("http://m/user-data:1:19: ") && Contains("\"public_key\""));
  CHECK_THAT(edge.wrong(""), Contains("probe_token"));  // none: the image alone must do
}

TEST_CASE("a user data file is read in place of the service's") {
  Image edge(image);
  edge.folder.write("user.json", R"({"node": "by-file", "probe_token": "p"})");
  const auto file = edge.folder.root() + "/user.json";
  const auto config = edge.after(user_data, file);
  REQUIRE(config);
  CHECK(config->node == "by-file");
  CHECK(config->coordinators.empty());
  CHECK(config->vm_id == "i-7");
  edge.folder.write("user.json", R"({"node": 5})");
  CHECK_THAT(edge.before(file).error().message, Contains("user.json:1:10: "));
}

TEST_CASE("where the service is does not belong to the image's digest, that it is asked does") {
  const auto digest = [](const std::string& text) { return Image(text).before()->digest; };
  CHECK(digest(R"({"metadata": "aws"})") ==
        digest(R"({"metadata": "aws", "metadata_url": "http://127.0.0.1:1"})"));
  CHECK(digest(R"({"metadata": "aws"})") != digest("{}"));
}

TEST_CASE("the machine's maker is what its firmware says, in one line") {
  test::FixtureTree box;
  CHECK(machine_vendor(box.root()).empty());
  box.write("sys/class/dmi/id/sys_vendor", "DigitalOcean\n");
  CHECK(machine_vendor(box.root()) == "DigitalOcean");
}
