// What the provider `aws` does with a cloud that is late, forgetful, incomplete or unintelligible.
#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include "common/aws/signed_calls.h"
#include "common/crypto/digest.h"
#include "tests/contract/aws_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using model::Vm;
using test::await;
using test::AwsWorld;

namespace {

using Listing = Result<std::vector<Vm>>;

Listing list(AwsWorld& world) {
  return await<Listing>(world, [&](auto done) { world.provider().list(done); });
}

CreateRequest request(AwsWorld& world, const std::string& node) {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.zone = ZoneId("aws/us-east-1a");
  request.place = "us-east-1a";
  request.image = ImageId(world.image());
  request.user_data = "{\"quotes\": \"\\\"\", \"plus\": \"+ /=&\u00e9\"}";
  return request;
}

Result<Vm> create(AwsWorld& world, const CreateRequest& what) {
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(what, done); });
}

Result<Vm> create(AwsWorld& world, const std::string& node) {
  return create(world, request(world, node));
}

Status destroy(AwsWorld& world, const VmId& vm) {
  return await<Status>(world, [&](auto done) { world.provider().destroy(vm, done); });
}

// A question of the test's own to moto, signed.
std::string ask(AwsWorld& world, const std::string& body) {
  http::Client client(world.asio().io(), {});
  const auto calls = std::make_shared<aws::SignedCalls>(
      world.url(), aws::sigv4::Scope{"us-east-1", "ec2"},
      aws::make_fixed_credentials({world.key(), world.secret(), ""}, world.loop()), world.loop(),
      [&client](http::ClientRequest what, http::Client::Done done) {
        client.send(std::move(what), std::move(done));
      });
  aws::SignedCalls::Call call;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  call.body = body + "&Version=2016-11-15";
  const auto answer =
      await<Result<http::Response>>(world, [&](auto done) { calls->send(std::move(call), done); });
  REQUIRE(answer);
  INFO(answer->body);
  REQUIRE(answer->status == 200);
  return answer->body;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  REQUIRE(begin != std::string::npos);
  return text.substr(begin + from.size(), text.find(to, begin) - begin - from.size());
}

}  // namespace

TEST_CASE("signatures are those of botocore, for requests drawn at random", "[aws]") {
  const char* path = std::getenv("EDGEHERD_TEST_SIGV4");
  REQUIRE(path != nullptr);
  std::ifstream cases(path);
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    INFO(line);
    const auto one = boost::json::parse(line).as_object();
    const auto text = [&](const char* key) { return std::string(one.at(key).as_string()); };
    aws::sigv4::Request request{text("method"), text("path"), {}, {}};
    for (const auto& [from, into] :
         {std::pair("query", &request.query), std::pair("headers", &request.headers)}) {
      for (const auto& pair : one.at(from).as_array()) {
        into->emplace_back(pair.at(0).as_string(), pair.at(1).as_string());
      }
    }
    const auto added = aws::sigv4::sign_headers(
        request, {text("key"), text("secret"), text("token")}, {text("region"), text("service")},
        crypto::to_hex(crypto::sha256(text("body"))),
        WallTime{std::chrono::seconds{one.at("time").as_int64()}});
    CHECK_THAT(added.back().second, Contains("Signature=" + text("signature")));
  }
  CHECK(count == 200);
}

TEST_CASE("a server carries its tags and its user data, byte by byte", "[aws]") {
  AwsWorld world;
  // No space: moto reads %20, but verifies the signature of a "+".
  world.options().tags = {{"team", "edge+/&=\u00e9"}};
  world.restart();
  const auto made = create(world, "n1");
  REQUIRE(made);
  const std::string user_data = ask(
      world, "Action=DescribeInstanceAttribute&Attribute=userData&InstanceId=" + made->id.str());
  CHECK(crypto::from_base64(between(user_data, "<value>", "</value>")).value() ==
        request(world, "n1").user_data);
  const std::string all = ask(world, "Action=DescribeInstances&InstanceId.1=" + made->id.str());
  for (const std::string tag :
       {"<key>edgeherd:fleet</key><value>fleet-a</value>",
        "<key>edgeherd:node</key><value>n1</value>",
        "<key>edgeherd:zone</key><value>aws/us-east-1a</value>", "<key>Name</key><value>n1</value>",
        "<key>team</key><value>edge+/&amp;=\u00e9</value>", "<httpTokens>required</httpTokens>"}) {
    CHECK_THAT(all, Contains(tag));
  }
}

TEST_CASE("an image is found by its tag, and the server says what was asked for", "[aws]") {
  AwsWorld world;
  const auto first = create(world, "n1");
  REQUIRE(first);
  auto wanted = request(world, "n2");
  wanted.image = ImageId("tag:edge");
  CHECK(create(world, wanted).error().code == Errc::not_found);
  const std::string made =
      ask(world, "Action=CreateImage&Name=edge-1&InstanceId=" + first->id.str());
  const std::string image = between(made, "<imageId>", "</imageId>");
  (void)ask(world, "Action=CreateTags&ResourceId.1=" + image +
                       "&Tag.1.Key=edgeherd%3Aimage&Tag.1.Value=edge");
  world.restart();  // what there was a moment ago is known for a moment
  const auto second = create(world, wanted);
  REQUIRE(second);
  CHECK(second->image == ImageId("tag:edge"));
  CHECK_THAT(ask(world, "Action=DescribeInstances&InstanceId.1=" + second->id.str()),
             Contains("<imageId>" + image + "</imageId>"));
  const auto again = create(world, wanted);
  REQUIRE(again);
  CHECK(again->id == second->id);
}

TEST_CASE("a server without the fleet tag is neither listed nor ever touched", "[aws]") {
  AwsWorld world;
  REQUIRE(create(world, "n1"));
  const std::string run =
      ask(world, "Action=RunInstances&MinCount=1&MaxCount=1&ImageId=" + world.image());
  const VmId foreign(between(run, "<instanceId>", "</instanceId>"));
  CHECK(list(world)->size() == 1);
  const Status refused = destroy(world, foreign);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK_THAT(refused.error().message, Contains("no tag edgeherd:fleet"));
  const Status rebooted =
      await<Status>(world, [&](auto done) { world.provider().reboot(foreign, done); });
  CHECK(rebooted.error().code == Errc::refused);
  CHECK_THAT(world.seen(), !Contains("TerminateInstances") && !Contains("RebootInstances"));

  world.options().inventory = aws::Inventory::account;
  world.restart();
  const auto everything = list(world);
  REQUIRE(everything);
  REQUIRE(everything->size() == 2);
  CHECK(everything->at(0).fleet.empty() != everything->at(1).fleet.empty());
  CHECK(destroy(world, foreign).error().code == Errc::refused);
  CHECK_THAT(world.seen(), !Contains("TerminateInstances"));
}

TEST_CASE("a server of another fleet is listed as such, and never touched", "[aws]") {
  AwsWorld world;
  CreateRequest theirs = request(world, "n1");
  theirs.fleet = "other";
  const auto foreign = create(world, theirs);
  REQUIRE(foreign);
  const bool was_listed = GENERATE(false, true);
  if (was_listed) {
    const auto listed = list(world);
    REQUIRE(listed);
    REQUIRE(listed->size() == 1);
    CHECK(listed->front().fleet == "other");
  }
  const Status refused = destroy(world, foreign->id);
  CHECK(refused.error().code == Errc::refused);
  CHECK_THAT(refused.error().message, Contains("another's tag edgeherd:fleet"));
  const Status rebooted =
      await<Status>(world, [&](auto done) { world.provider().reboot(foreign->id, done); });
  CHECK(rebooted.error().code == Errc::refused);
  CHECK_THAT(world.seen(), !Contains("TerminateInstances") && !Contains("RebootInstances"));
}

TEST_CASE("a list of several pages is whole, and one that breaks off is none", "[aws]") {
  AwsWorld world;
  for (int i = 0; i < 12; ++i) REQUIRE(create(world, "n" + std::to_string(i)));
  const auto listed = list(world);
  REQUIRE(listed);
  CHECK(listed->size() == 12);
  for (const auto& [trouble, code] :
       {std::pair("half", Errc::broken), std::pair("noise", Errc::broken),
        std::pair("other", Errc::broken), std::pair("short", Errc::broken),
        std::pair("fail", Errc::unavailable), std::pair("throttle", Errc::throttled),
        std::pair("refuse", Errc::refused)}) {
    INFO(trouble);
    world.strike(std::string("DescribeInstances ") + trouble);
    const auto failed = list(world);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == code);
    CHECK_THAT(failed.error().message, Contains("us-east-1: DescribeInstances"));
    CHECK_THAT(failed.error().message, !Contains(world.secret()));
  }
  CHECK(list(world)->size() == 12);
}

TEST_CASE("an answer that comes too slowly is a time-out", "[aws]") {
  AwsWorld world;
  REQUIRE(create(world, "n1"));
  world.options().timeout = 1s;
  world.restart();
  world.strike("DescribeInstances slow");
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::timeout);
}

TEST_CASE("a creation is repeated without a second server, whatever became of the answer",
          "[aws]") {
  AwsWorld world;
  for (const std::string trouble : {"half", "noise", "short"}) {
    INFO(trouble);
    world.strike("RunInstances " + trouble);
    const auto lost = create(world, trouble);
    REQUIRE_FALSE(lost);
    CHECK((lost.error().code == Errc::broken || lost.error().code == Errc::unavailable));
    REQUIRE(create(world, trouble));
  }
  CHECK(list(world)->size() == 3);
}

TEST_CASE("a creation without an answer may have happened, and is found when it is repeated",
          "[aws]") {
  AwsWorld world;
  world.options().timeout = 1s;
  world.restart();
  world.strike("RunInstances lose");
  const auto lost = create(world, "n1");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::timeout);
  world.options().timeout = 30s;
  world.restart();
  const auto again = create(world, "n1");
  REQUIRE(again);
  const auto listed = list(world);
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().id == again->id);
}

TEST_CASE("an intent whose server has ended makes no other one", "[aws]") {
  AwsWorld world;
  const auto made = create(world, "n1");
  REQUIRE(made);
  REQUIRE(destroy(world, made->id));
  const auto again = create(world, "n1");
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::conflict);
  CHECK_THAT(again.error().message, Contains("IdempotentInstanceTerminated"));
  CHECK(world.run_until([&] { return list(world)->empty(); }));
}

TEST_CASE("a configuration that changed between two attempts still finds the first one's server",
          "[aws]") {
  AwsWorld world;
  const auto made = create(world, "n1");
  REQUIRE(made);
  world.options().tags = {{"team", "edge"}};
  world.restart();
  const auto again = create(world, "n1");
  REQUIRE(again);
  CHECK(again->id == made->id);
  CHECK(list(world)->size() == 1);
}

TEST_CASE("a changed configuration finds no server of another fleet", "[aws]") {
  AwsWorld world;
  CreateRequest theirs = request(world, "n1");
  theirs.fleet = "other";
  REQUIRE(create(world, theirs));
  world.options().tags = {{"team", "edge"}};
  world.restart();
  const auto ours = create(world, "n1");
  REQUIRE_FALSE(ours);
  CHECK(ours.error().code == Errc::conflict);
}

TEST_CASE("a server that EC2 does not know yet is not taken for one that is gone", "[aws]") {
  AwsWorld world;
  REQUIRE(list(world)->empty());
  const auto made = create(world, "n1");
  REQUIRE(made);
  world.strike("any stale 3");
  CHECK(list(world)->empty());  // late, as EC2 may be
  const Status rebooted =
      await<Status>(world, [&](auto done) { world.provider().reboot(made->id, done); });
  REQUIRE_FALSE(rebooted);
  CHECK(rebooted.error().code == Errc::unavailable);
  const Status early = destroy(world, made->id);
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Errc::unavailable);
  CHECK(list(world)->size() == 1);
  CHECK(destroy(world, made->id));
}

TEST_CASE("a clock that is off is set by the refusal's date, once", "[aws]") {
  AwsWorld world;
  world.strike("DescribeInstances skew");
  CHECK(list(world));
  CHECK_THAT(world.seen(), Contains("DescribeInstances\nDescribeInstances"));
}

TEST_CASE("a wrong key is refused by its name, without the secret; a new file is found by itself",
          "[aws]") {
  AwsWorld world;
  world.write_credentials(world.key(), "wrong-secret-of-someone");
  world.restart();
  const auto refused = list(world);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK_THAT(refused.error().message,
             Contains("AuthFailure") && !Contains("wrong-secret-of-someone"));
  world.write_credentials(world.key(), world.secret());
  CHECK(list(world));
}

TEST_CASE("a credentials file that is not there is named, and nothing is asked", "[aws]") {
  AwsWorld world;
  world.options().credentials.file = "/no/such/credentials";
  world.restart();
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK_THAT(listed.error().message, Contains("/no/such/credentials"));
  CHECK(world.seen().empty());
}

TEST_CASE("what cannot be asked for is said, and is not asked", "[aws]") {
  AwsWorld world;
  auto elsewhere = request(world, "n1");
  elsewhere.place = "eu-west-1a";
  CHECK_THAT(create(world, elsewhere).error().message, Contains("\"eu-west-1a\" is in none of"));
  auto large = request(world, "n2");
  large.user_data.assign(20'000, 'x');
  CHECK_THAT(create(world, large).error().message, Contains("EC2 takes 16384"));
  world.options().instance_type.clear();
  world.restart();
  CHECK_THAT(create(world, "n3").error().message, Contains("has no \"size\""));
  CHECK(world.seen().empty());
}

TEST_CASE("nothing is answered once the provider is gone", "[aws]") {
  AwsWorld world;
  int answered = 0;
  for (int i = 0; i < 5; ++i) world.provider().list([&](const Listing&) { ++answered; });
  world.provider().destroy(VmId("i-0123456789abcdef0"), [&](const Status&) { ++answered; });
  world.restart();
  world.run_for(200ms);
  CHECK(answered == 0);
}
