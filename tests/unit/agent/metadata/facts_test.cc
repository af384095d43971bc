#include "agent/metadata/facts.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::agent::metadata;
using Catch::Matchers::Contains;

TEST_CASE("an identity document says instance, region and zone") {
  const auto facts = parse_identity_document(R"({"accountId": "123456789012", "imageId": "ami-1",
      "availabilityZone": "eu-west-2a", "instanceId": "i-0123456789abcdef0", "kernelId": null,
      "region": "eu-west-2", "version": "2017-09-30"})");
  REQUIRE(facts);
  CHECK(*facts == Facts{Cloud::aws, "eu-west-2", "eu-west-2a", "i-0123456789abcdef0"});
}

TEST_CASE("an identity document that is not whole names its field") {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "no JSON object"},
      {"<html>", "no JSON object"},
      {"[]", "no JSON object"},
      {R"({"instanceId": "i-1", "region": "eu)", "no JSON object"},
      {R"({"instanceId": "i-1", "region": "eu"})", "\"availabilityZone\""},
      {R"({"instanceId": "i-1", "availabilityZone": "eua"})", "\"region\""},
      {R"({"instanceId": 7, "region": "eu", "availabilityZone": "eua"})", "\"instanceId\""},
      {R"({"instanceId": "", "region": "eu", "availabilityZone": "eua"})", "\"instanceId\""},
      {R"({"instanceId": "i 1\n", "region": "eu", "availabilityZone": "eua"})", "\"instanceId\""}};
  for (const auto& [text, what] : wrong) {
    INFO(text);
    const auto facts = parse_identity_document(text);
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == Errc::broken);
    CHECK_THAT(facts.error().message, Contains(what));
  }
}

TEST_CASE("a droplet's document says id, region and what it was given") {
  const std::string given = R"("hostname": "edge", "vendor_data": "#!/bin/sh\n", "tags": ["a"],
      "dns": {"nameservers": ["192.0.2.1"]}, "features": {"dhcp_enabled": false})";
  const auto found = parse_droplet(R"({"droplet_id": 2756294, "region": "lon1",
      "user_data": "{\"node\":\"n-1\"}", )" +
                                   given + "}");
  REQUIRE(found);
  CHECK(found->facts == Facts{Cloud::digitalocean, "lon1", "lon1", "2756294"});
  CHECK(found->user_data == R"({"node":"n-1"})");
  // As other descriptions have it: the id as a text; and a droplet that was given nothing.
  const auto text = parse_droplet(R"({"droplet_id": "275", "region": "nyc3", )" + given + "}");
  REQUIRE(text);
  CHECK(text->facts.instance_id == "275");
  CHECK(text->user_data.empty());
  CHECK(parse_droplet(R"({"droplet_id": 1, "region": "a", "user_data": null})")->user_data.empty());
}

TEST_CASE("a droplet's document that is not whole names its field, never the user data") {
  const std::string long_data(most_user_data_bytes + 1, 's');
  const std::pair<std::string, const char*> wrong[] = {
      {"", "no JSON object"},
      {"\"secret\"", "no JSON object"},
      {R"({"droplet_id": 1, "user_data": "secret)", "no JSON object"},
      {R"({"user_data": "secret", "region": "lon1"})", "\"droplet_id\""},
      {R"({"user_data": "secret", "droplet_id": -1, "region": "lon1"})", "\"droplet_id\""},
      {R"({"user_data": "secret", "droplet_id": "a b", "region": "lon1"})", "\"droplet_id\""},
      {R"({"user_data": "secret", "droplet_id": 1})", "\"region\""},
      {R"({"user_data": {"secret": 1}, "droplet_id": 1, "region": "a"})", "\"user_data\""},
      {R"({"droplet_id": 1, "region": "a", "user_data": ")" + long_data + "\"}", "64 KiB"}};
  for (const auto& [text, what] : wrong) {
    INFO(text.substr(0, 100));
    const auto found = parse_droplet(text);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::broken);
    CHECK_THAT(found.error().message, Contains(what) && !Contains("secret"));
  }
}

TEST_CASE("the machine's maker says whom to ask, and where it says nothing both are asked") {
  using Clouds = std::vector<Cloud>;
  CHECK(clouds_to_ask(Wanted::automatic, "Amazon EC2") == Clouds{Cloud::aws});
  CHECK(clouds_to_ask(Wanted::automatic, "DigitalOcean") == Clouds{Cloud::digitalocean});
  CHECK(clouds_to_ask(Wanted::automatic, "Xen") == Clouds{Cloud::aws, Cloud::digitalocean});
  CHECK(clouds_to_ask(Wanted::automatic, "") == Clouds{Cloud::aws, Cloud::digitalocean});
  CHECK(clouds_to_ask(Wanted::aws, "DigitalOcean") == Clouds{Cloud::aws});
  CHECK(clouds_to_ask(Wanted::digitalocean, "") == Clouds{Cloud::digitalocean});
  CHECK(clouds_to_ask(Wanted::none, "Amazon EC2").empty());
}
