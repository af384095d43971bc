#include "coordinator/providers/aws/requests.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;
using Catch::Matchers::Contains;

namespace {

act::CreateRequest request() {
  act::CreateRequest request;
  request.node = NodeId("lon1-abc");
  request.fleet = "fleet-a";
  request.zone = ZoneId("aws/eu-west-2a");
  request.place = "eu-west-2a";
  request.image = ImageId("ami-0a1b2c3d");
  request.user_data = "{\"node\": \"lon1-abc\"}";
  return request;
}

std::string value(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, text] : parameters) {
    if (key == name) return text;
  }
  return "(none)";
}

}  // namespace

TEST_CASE("a form has its spaces as %20 and keeps a tilde, as EC2 wants it") {
  CHECK(form("RunInstances", {{"Tag", "a b+c&/~\u00e9"}}) ==
        "Action=RunInstances&Tag=a%20b%2Bc%26%2F~%C3%A9&Version=2016-11-15");
}

TEST_CASE("an instance is asked for once, hardened, with tags from its first moment on") {
  Options options;
  options.tags = {{"team", "edge"}};
  const auto p = run_instances(request(), request().image, "c7g.large", {}, options);
  CHECK(value(p, "MinCount") == "1");
  CHECK(value(p, "MaxCount") == "1");
  CHECK(value(p, "ImageId") == "ami-0a1b2c3d");
  CHECK(value(p, "InstanceType") == "c7g.large");
  CHECK(value(p, "Placement.AvailabilityZone") == "eu-west-2a");
  CHECK(value(p, "MetadataOptions.HttpTokens") == "required");
  CHECK(value(p, "MetadataOptions.HttpPutResponseHopLimit") == "2");
  CHECK(value(p, "InstanceInitiatedShutdownBehavior") == "terminate");
  CHECK(value(p, "TagSpecification.1.ResourceType") == "instance");
  CHECK(value(p, "TagSpecification.1.Tag.1.Key") == "edgeherd:fleet");
  CHECK(value(p, "TagSpecification.1.Tag.1.Value") == "fleet-a");
  CHECK(value(p, "TagSpecification.1.Tag.2.Value") == "lon1-abc");
  CHECK(value(p, "TagSpecification.1.Tag.3.Value") == "aws/eu-west-2a");
  CHECK(value(p, "TagSpecification.1.Tag.4.Key") == "Name");
  CHECK(value(p, "TagSpecification.1.Tag.5.Key") == "team");
  CHECK(crypto::from_base64(value(p, "UserData")).value() == request().user_data);
  for (const std::string absent : {"SubnetId", "SecurityGroupId.1", "KeyName"}) {
    CHECK(value(p, absent) == "(none)");
  }
}

TEST_CASE("network, key and profile are the region's, the subnet is the place's") {
  Region region;
  region.security_groups = {"sg-0a", "sg-0b"};
  region.subnets = {{"eu-west-2a", "subnet-0a"}, {"eu-west-2b", "subnet-0b"}};
  region.key_name = "ops";
  region.instance_profile = "edge";
  const auto p = run_instances(request(), request().image, "t3.micro", region, {});
  CHECK(value(p, "SubnetId") == "subnet-0a");
  CHECK(value(p, "SecurityGroupId.1") == "sg-0a");
  CHECK(value(p, "SecurityGroupId.2") == "sg-0b");
  CHECK(value(p, "KeyName") == "ops");
  CHECK(value(p, "IamInstanceProfile.Name") == "edge");
}

TEST_CASE("the same intent is the same request, byte by byte") {
  CHECK(form("RunInstances", run_instances(request(), request().image, "t3.micro", {}, {})) ==
        form("RunInstances", run_instances(request(), request().image, "t3.micro", {}, {})));
}

TEST_CASE("a client token is short, ASCII, and another one for another intent, size or place") {
  const std::string token = client_token(request(), "t3.micro");
  CHECK(token.size() <= 64);
  CHECK(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  CHECK(client_token(request(), "t3.small") != token);
  auto other = request();
  other.place = "eu-west-2b";
  CHECK(client_token(other, "t3.micro") != token);
  other = request();
  other.node = NodeId("lon1-abd");
  CHECK(client_token(other, "t3.micro") != token);
  other = request();
  other.user_data = "changed";
  CHECK(client_token(other, "t3.micro") == token);
}

TEST_CASE("the inventory is asked for in pages, by the presence of the fleet tag or whole") {
  Options options;
  CHECK(form("DescribeInstances", inventory_page(options, "")) ==
        "Action=DescribeInstances&Filter.1.Name=tag-key&Filter.1.Value.1=edgeherd%3Afleet&"
        "MaxResults=1000&Version=2016-11-15");
  options.inventory = Inventory::account;
  CHECK(form("DescribeInstances", inventory_page(options, "a+b=")) ==
        "Action=DescribeInstances&MaxResults=1000&NextToken=a%2Bb%3D&Version=2016-11-15");
}

TEST_CASE("images are ours, tagged and available") {
  const auto p = image_page({}, "");
  CHECK(value(p, "Owner.1") == "self");
  CHECK(value(p, "Filter.1.Value.1") == "edgeherd:image");
  CHECK(value(p, "Filter.2.Value.1") == "available");
}

TEST_CASE("what cannot be the id of an instance is told") {
  CHECK(is_instance_id("i-0123abcd"));
  CHECK(is_instance_id("i-0123456789abcdef0"));
  for (const std::string no : {"", "i-", "i-0123abc", "i-0123456789abcdef01", "i-0123ABCD", "*",
                               "i-0123abcd&x=1", "vol-0123abcd", "../i-0123abcd"}) {
    INFO(no);
    CHECK_FALSE(is_instance_id(no));
  }
}

TEST_CASE("a place is of the region whose name it begins with") {
  Options options;
  options.regions.resize(2);
  options.regions[0].name = "us-east-1";
  options.regions[1].name = "eu-west-2";
  const auto name = [&](std::string_view place) {
    const Region* region = region_of(options, place);
    return region == nullptr ? std::string("(none)") : region->name;
  };
  CHECK(name("us-east-1a") == "us-east-1");
  CHECK(name("us-east-1-bos-1a") == "us-east-1");
  CHECK(name("eu-west-2c") == "eu-west-2");
  CHECK(name("us-east-10a") == "(none)");
  CHECK(name("us-east-1") == "(none)");
  CHECK(name("eu-west-1a") == "(none)");
}

TEST_CASE("a copy is asked for with the original's name and tags, under the token of its attempt") {
  CloudImage image;
  image.image.id = ImageId("ami-1");
  image.image.name = "edge-7";
  image.original = "eu-west-2/ami-0";
  image.tags = {{"edgeherd:image", "edge"}, {"aws:made-by", "x"}, {"edgeherd:copy-of", "old"}};
  const auto p = copy_image(image, "eu-west-2", "us-east-1", 0);
  CHECK(value(p, "SourceRegion") == "eu-west-2");
  CHECK(value(p, "SourceImageId") == "ami-1");
  CHECK(value(p, "Name") == "edge-7");
  CHECK(value(p, "TagSpecification.1.ResourceType") == "image");
  CHECK(value(p, "TagSpecification.1.Tag.1.Key") == "edgeherd:copy-of");
  CHECK(value(p, "TagSpecification.1.Tag.1.Value") == "eu-west-2/ami-0/1970-01-01T00:00:00.000Z");
  CHECK(value(p, "TagSpecification.1.Tag.2.Value") == "edge");
  CHECK(value(p, "TagSpecification.1.Tag.3.Key") == "(none)");
  const auto token = [&](const std::string& to, std::size_t attempt) {
    return value(copy_image(image, "eu-west-2", to, attempt), "ClientToken");
  };
  CHECK(token("us-east-1", 0) == value(p, "ClientToken"));
  CHECK(token("us-east-1", 0).size() <= 64);
  CHECK(token("us-east-1", 0) != token("us-east-1", 1));
  CHECK(token("us-east-1", 0) != token("us-east-2", 0));
  image.tags.assign(60, {"k", "v"});
  const auto many = copy_image(image, "eu-west-2", "us-east-1", 0);
  CHECK(value(many, "TagSpecification.1.Tag.50.Key") == "k");
  CHECK(value(many, "TagSpecification.1.Tag.51.Key") == "(none)");
}
