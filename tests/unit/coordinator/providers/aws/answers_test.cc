#include "coordinator/providers/aws/answers.h"

#include "common/core/utc.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;
using Catch::Matchers::Contains;

namespace {

std::string instance(const std::string& state, const std::string& more = "") {
  return "<item><instanceId>i-0123abcd</instanceId><imageId>ami-1</imageId><instanceState><code>16"
         "</code><name>" +
         state +
         "</name></instanceState><launchTime>2026-01-02T03:04:05.000Z</launchTime>"
         "<placement><availabilityZone>eu-west-2a</availabilityZone></placement>"
         "<privateIpAddress>10.0.0.5</privateIpAddress><ipAddress>192.0.2.5</ipAddress>" +
         more + "</item>";
}

std::string listing(const std::string& items, const std::string& next = "") {
  return "<?xml version=\"1.0\"?><DescribeInstancesResponse "
         "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><reservationSet><item>"
         "<instancesSet>" +
         items + "</instancesSet></item></reservationSet>" +
         (next.empty() ? "" : "<nextToken>" + next + "</nextToken>") +
         "</DescribeInstancesResponse>";
}

std::string refusal(const std::string& code, const std::string& message = "because") {
  return "<Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
         "</Message></Error></Errors><RequestID>1</RequestID></Response>";
}

}  // namespace

TEST_CASE("an instance is read with its addresses, place, moment and tags") {
  const auto page = parse_instances(
      listing(instance("running",
                       "<tagSet><item><key>team</key><value>x</value></item><item><key>"
                       "edgeherd:fleet</key><value>f &amp; g</value></item><item><key>"
                       "edgeherd:node</key><value>n1</value></item></tagSet>"),
              "more=="),
      Address::public_address);
  REQUIRE(page);
  CHECK(page->next == "more==");
  REQUIRE(page->items.size() == 1);
  const model::Vm& vm = page->items[0].vm;
  CHECK(vm.id == VmId("i-0123abcd"));
  CHECK(vm.fleet == "f & g");
  CHECK(vm.node == NodeId("n1"));
  CHECK(vm.place == "eu-west-2a");
  CHECK(vm.address == "192.0.2.5");
  CHECK(vm.private_address == "10.0.0.5");
  CHECK(vm.image == ImageId("ami-1"));
  CHECK(utc_text(vm.created) == "2026-01-02T03:04:05.000Z");
  CHECK(parse_instances(listing(instance("running")), Address::private_address)
            ->items[0]
            .vm.address == "10.0.0.5");
}

TEST_CASE("every state of EC2 is known for what it is") {
  const std::tuple<const char*, Alive, model::Power> states[] = {
      {"pending", Alive::yes, model::Power::starting},
      {"running", Alive::yes, model::Power::running},
      {"stopping", Alive::yes, model::Power::stopped},
      {"stopped", Alive::yes, model::Power::stopped},
      {"shutting-down", Alive::ending, model::Power::stopped},
      {"terminated", Alive::terminated, model::Power::stopped}};
  for (const auto& [name, alive, power] : states) {
    INFO(name);
    const auto page = parse_instances(listing(instance(name)), Address::public_address);
    REQUIRE(page);
    CHECK(page->items[0].alive == alive);
    CHECK(page->items[0].vm.power == power);
  }
}

TEST_CASE("an account without servers is a reservation set without items, and nothing less is") {
  const auto none =
      parse_instances("<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
                      Address::public_address);
  REQUIRE(none);
  CHECK(none->items.empty());
  CHECK(none->next.empty());
}

TEST_CASE("each answer that is not as EC2 has it is broken, and says where") {
  const std::string whole = listing(instance("running"));
  const std::pair<std::string, std::string> wrong[] = {
      {"", "no whole XML"},
      {whole.substr(0, whole.size() - 4), "no whole XML"},
      {whole.substr(0, whole.size() / 2), "no whole XML"},
      {"<html><body>Log in</body></html>", "no DescribeInstancesResponse"},
      {"<DescribeInstancesResponse/>", "without reservationSet"},
      {"<DescribeInstancesResponse><reservationSet><item/></reservationSet>"
       "</DescribeInstancesResponse>",
       "without instancesSet"},
      {listing("<item><instanceState><name>running</name></instanceState></item>"),
       "without an id"},
      {listing(instance("dreaming")), "i-0123abcd: instanceState \"dreaming\""},
      {listing("<item><instanceId>i-0123abcd</instanceId><instanceState><name>running</name>"
               "</instanceState></item>"),
       "i-0123abcd: no availabilityZone"},
      {listing("<item><instanceId>i-0123abcd</instanceId><instanceState><name>running</name>"
               "</instanceState><placement><availabilityZone>a</availabilityZone></placement>"
               "<launchTime>now</launchTime></item>"),
       "i-0123abcd: launchTime"}};
  for (const auto& [xml, what] : wrong) {
    INFO(xml);
    const auto page = parse_instances(xml, Address::public_address);
    REQUIRE_FALSE(page);
    CHECK(page.error().code == Errc::broken);
    CHECK_THAT(page.error().message, Contains(what));
  }
}

TEST_CASE("an entity that is none of XML's own is not looked up") {
  const auto page = parse_instances(
      "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" +
          listing(instance("running",
                           "<tagSet><item><key>edgeherd:fleet</key><value>&x;</value>"
                           "</item></tagSet>")),
      Address::public_address);
  if (page) CHECK(page->items[0].vm.fleet == "&x;");
}

TEST_CASE("a creation is one instance, no more and no less") {
  const auto run = [](const std::string& items) {
    return parse_run(
        "<RunInstancesResponse><instancesSet>" + items + "</instancesSet></RunInstancesResponse>",
        Address::public_address);
  };
  CHECK(run(instance("pending"))->vm.power == model::Power::starting);
  CHECK_THAT(run("").error().message, Contains("0 are in the answer"));
  CHECK_THAT(run(instance("pending") + instance("pending")).error().message,
             Contains("2 are in the answer"));
}

TEST_CASE("an end tells what was there before, of the instance that was meant") {
  const auto ended = [](const std::string& id, const std::string& before) {
    return parse_termination(
        "<TerminateInstancesResponse><instancesSet><item><instanceId>" + id +
            "</instanceId><previousState><name>" + before +
            "</name></previousState></item></instancesSet></TerminateInstancesResponse>",
        VmId("i-0123abcd"));
  };
  CHECK(*ended("i-0123abcd", "running") == Alive::yes);
  CHECK(*ended("i-0123abcd", "terminated") == Alive::terminated);
  CHECK_THAT(ended("i-9999abcd", "running").error().message, Contains("not about i-0123abcd"));
  CHECK(ended("i-0123abcd", "").error().code == Errc::broken);
}

TEST_CASE("EC2's errors are sorted by what may be done about them") {
  const std::tuple<int, const char*, Errc> known[] = {
      {503, "RequestLimitExceeded", Errc::throttled},
      {500, "InsufficientInstanceCapacity", Errc::out_of_stock},
      {400, "InstanceLimitExceeded", Errc::out_of_stock},
      {400, "VcpuLimitExceeded", Errc::out_of_stock},
      {400, "Unsupported", Errc::out_of_stock},
      {401, "AuthFailure", Errc::refused},
      {403, "UnauthorizedOperation", Errc::refused},
      {400, "RequestExpired", Errc::refused},
      {400, "IdempotentParameterMismatch", Errc::conflict},
      {400, "IdempotentInstanceTerminated", Errc::conflict},
      {400, "InvalidInstanceID.NotFound", Errc::not_found},
      {400, "InvalidInstanceID.Malformed", Errc::not_found},
      {400, "InvalidAMIID.NotFound", Errc::not_found},
      {400, "InvalidParameterValue", Errc::invalid},
      {500, "InternalError", Errc::unavailable},
      {503, "Unavailable", Errc::unavailable},
      {503, "SomethingNew", Errc::unavailable}};
  for (const auto& [status, code, errc] : known) {
    INFO(code);
    const Refusal read = parse_refusal(status, refusal(code));
    CHECK(read.code == code);
    CHECK(read.error.code == errc);
    CHECK(read.error.message ==
          "EC2 answered " + std::to_string(status) + " " + code + ": because");
  }
}

TEST_CASE("whoever answers in EC2's place is not believed that nothing is there") {
  const std::pair<int, Errc> anybody[] = {{404, Errc::broken},      {302, Errc::broken},
                                          {400, Errc::broken},      {401, Errc::refused},
                                          {403, Errc::refused},     {429, Errc::throttled},
                                          {502, Errc::unavailable}, {503, Errc::unavailable}};
  for (const auto& [status, errc] : anybody) {
    INFO(status);
    CHECK(parse_refusal(status, "<html>no</html>").error.code == errc);
    CHECK(parse_refusal(status, "").code.empty());
  }
}

TEST_CASE("what a refusal says fits into one line of bounded length") {
  const std::string long_text = "two\nlines " + std::string(1000, 'x');
  const Refusal read = parse_refusal(400, refusal("InvalidParameterValue", long_text));
  CHECK(read.error.message.find('\n') == std::string::npos);
  CHECK(read.error.message.size() < 400);
}

TEST_CASE("images are read with their moment, their state and their tags") {
  const auto list = [](const std::string& items) {
    return "<DescribeImagesResponse><imagesSet>" + items + "</imagesSet></DescribeImagesResponse>";
  };
  const auto page = parse_images(
      list("<item><imageId>ami-1</imageId><name>edge</name><imageState>available</imageState>"
           "<creationDate>2026-01-02T03:04:05.000Z</creationDate><tagSet><item><key>a</key>"
           "<value>b</value></item></tagSet></item>"
           "<item><imageId>ami-2</imageId><creationDate>2026-01-03T00:00:00.000Z</creationDate>"
           "<imageState>failed</imageState><stateReason><message>no key</message></stateReason>"
           "</item>"),
      "eu-west-2");
  REQUIRE(page);
  CHECK(page->items[0].image.id == ImageId("ami-1"));
  CHECK(page->items[0].image.name == "edge");
  CHECK(page->items[0].state == ImageState::available);
  CHECK(page->items[0].original == "eu-west-2/ami-1");
  CHECK(page->items[0].original_created == page->items[0].image.created);
  CHECK(page->items[0].tags == std::vector{std::pair<std::string, std::string>("a", "b")});
  CHECK(page->items[1].state == ImageState::other);
  CHECK(page->items[1].why == "no key");
  CHECK_FALSE(parse_images("<DescribeImagesResponse/>", "x"));
  CHECK_FALSE(parse_images(list("<item/>"), "x"));
  CHECK_FALSE(parse_images(list("<item><imageId>ami-1</imageId></item>"), "x"));
}

TEST_CASE("a copy says of what it is one, if its tag is one of ours") {
  const auto read = [](const std::string& tag) {
    return parse_images(
               "<DescribeImagesResponse><imagesSet><item><imageId>ami-2</imageId><creationDate>"
               "2026-02-01T00:00:00.000Z</creationDate><tagSet><item><key>edgeherd:copy-of</key>"
               "<value>" +
                   tag +
                   "</value></item></tagSet></item></imagesSet>"
                   "</DescribeImagesResponse>",
               "us-east-1")
        ->items[0];
  };
  const auto copy = read("eu-west-2/ami-1/2026-01-01T00:00:00.000Z");
  CHECK(copy.original == "eu-west-2/ami-1");
  CHECK(copy.original_created < copy.image.created);
  for (const std::string strange :
       {"", "eu-west-2/ami-1", "eu-west-2/ami-1/yesterday", "ami-1/2026-01-01T00:00:00.000Z"}) {
    INFO(strange);
    CHECK(read(strange).original == "us-east-1/ami-2");
  }
  CHECK(parse_copy("<CopyImageResponse><imageId>ami-3</imageId></CopyImageResponse>").value() ==
        ImageId("ami-3"));
  CHECK(parse_copy("<CopyImageResponse/>").error().code == Errc::broken);
  CHECK_FALSE(parse_copy("<Other/>"));
}
