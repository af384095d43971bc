#include "agent/metadata/finder.h"

#include <map>

#include "common/sim/sim_random.h"
#include "tests/support/catch.h"
#include "tests/support/sim_service.h"

using namespace edgeherd;
using namespace edgeherd::agent::metadata;
using Catch::Matchers::Contains;
using test::says;
using test::status;

namespace {

const std::string identity = "/latest/dynamic/instance-identity/document";
const std::string droplet = "/metadata/v1.json";

struct World {
  sim::SimLoop loop;
  sim::SimRandom random{1};
  test::SimService service{loop};
  std::map<std::string, Result<http::Response>> answers;  // by path; else 404
  std::vector<Found> found;
  std::vector<std::string> failed;
  std::optional<Found> remembered;
  std::unique_ptr<Finder> finder;

  World() {
    service.answer = [this](const std::string& path, const http::ClientRequest&) {
      const auto answer = answers.find(path);
      return answer == answers.end() ? status(404) : answer->second;
    };
  }

  void aws() {
    answers.insert_or_assign("/latest/api/token", says("token"));
    answers.insert_or_assign(
        identity, says(R"({"instanceId": "i-1", "region": "eu-1", "availabilityZone": "eu-1a"})"));
    answers.insert_or_assign("/latest/user-data", says("{}"));
  }
  void digitalocean() {
    answers.insert_or_assign(droplet,
                             says(R"({"droplet_id": 7, "region": "lon1", "user_data": "{}"})"));
  }

  void start(const std::vector<Cloud>& clouds) {
    finder = std::make_unique<Finder>(clouds, test::SimService::endpoint,
                                      FinderSeams{loop, random, service.transport()});
    finder->start([this](const Found& one) { found.push_back(one); },
                  [this](const Error& error) { failed.push_back(error.message); }, remembered);
    CHECK(service.asked.empty());
    loop.run_for(100ms);
  }
};

}  // namespace

TEST_CASE("AWS says who an instance is and what it was given") {
  World world;
  world.aws();
  world.start({Cloud::aws});
  REQUIRE(world.found.size() == 1);
  CHECK(world.found[0].facts == Facts{Cloud::aws, "eu-1", "eu-1a", "i-1"});
  CHECK(world.found[0].user_data == "{}");
  CHECK(world.found[0].user_data_from == "http://169.254.169.254/latest/user-data");
  CHECK(world.service.asked == std::vector<std::string>{"PUT /latest/api/token", "GET " + identity,
                                                        "GET /latest/user-data"});
}

TEST_CASE("an instance without user data is found, with none") {
  World world;
  world.aws();
  world.answers.erase("/latest/user-data");
  world.start({Cloud::aws});
  REQUIRE(world.found.size() == 1);
  CHECK(world.found[0].user_data.empty());
}

TEST_CASE("user data that could not be asked for is not the same as none") {
  World world;
  world.aws();
  world.answers.insert_or_assign("/latest/user-data", status(500));
  world.start({Cloud::aws});
  CHECK(world.found.empty());
  REQUIRE(world.failed.size() == 1);
  CHECK_THAT(world.failed[0],
             Contains("GET http://169.254.169.254/latest/user-data: it answered 500"));
}

TEST_CASE("Digital Ocean says it all in one answer") {
  World world;
  world.digitalocean();
  world.start({Cloud::digitalocean});
  REQUIRE(world.found.size() == 1);
  CHECK(world.found[0].facts == Facts{Cloud::digitalocean, "lon1", "lon1", "7"});
  CHECK(world.found[0].user_data_from == "http://169.254.169.254/metadata/v1.json (\"user_data\")");
  CHECK(world.service.asked == std::vector<std::string>{"GET " + droplet});
}

TEST_CASE("whatever goes wrong is told with the URL that was asked, and asked again") {
  World world;
  const std::string url = "http://169.254.169.254" + droplet;
  const std::pair<Result<http::Response>, std::string> troubles[] = {
      {status(401), url + ": it answered 401"},
      {status(404), url + ": it answered 404"},
      {status(429), url + ": it answered 429"},
      {status(502), url + ": it answered 502"},
      {status(301), url + ": it answered 301, a redirect, which is not followed"},
      {says("<html>"), url + ": that is no JSON object"},
      {says(R"({"droplet_id": 7, "reg)"), url + ": that is no JSON object"},
      {says(R"({"droplet_id": 7})"), url + ": \"region\" must be"},
      {says(std::string(2 << 20, ' ')), url + ": too long"}};
  world.answers.insert_or_assign(droplet, status(403));
  world.start({Cloud::digitalocean});
  for (const auto& [answer, why] : troubles) {
    world.answers.insert_or_assign(droplet, answer);
    world.failed.clear();
    world.loop.run_for(16s);
    REQUIRE_FALSE(world.failed.empty());
    CHECK_THAT(world.failed.back(), Contains(why));
  }
  CHECK(world.found.empty());
  world.digitalocean();
  world.loop.run_for(16s);
  CHECK(world.found.size() == 1);
}

TEST_CASE("a service that answers too late is asked again") {
  World world;
  world.digitalocean();
  world.service.takes = 6s;
  world.start({Cloud::digitalocean});
  world.loop.run_for(5s);
  REQUIRE(world.failed.size() == 1);
  CHECK_THAT(world.failed[0], Contains("no answer within its time"));
  world.service.takes = 1s;
  world.loop.run_for(3s);
  CHECK(world.found.size() == 1);
}

TEST_CASE("of two clouds the one that answers is the server's, and the reasons of both are told") {
  World world;
  world.start({Cloud::aws, Cloud::digitalocean});
  REQUIRE(world.failed.size() == 1);
  CHECK_THAT(world.failed[0], Contains("/latest/api/token: it answered 404; ") &&
                                  Contains("/metadata/v1.json: it answered 404"));
  world.digitalocean();
  world.loop.run_for(2s);
  REQUIRE(world.found.size() == 1);
  CHECK(world.found[0].facts.cloud == Cloud::digitalocean);
}

TEST_CASE("the waits between two rounds grow, and what is found ends them") {
  World world;
  world.start({Cloud::digitalocean});
  world.loop.run_for(10s);
  const auto early = world.service.asked.size();
  CHECK(early >= 4);
  world.loop.run_for(2min);
  const auto late = world.service.asked.size();
  world.loop.run_for(60s);
  CHECK(world.service.asked.size() - late <= 60);  // uniform between 0.25 and 15 s
  CHECK(world.service.asked.size() - late >= 4);
  world.digitalocean();
  world.loop.run_for(15s);
  REQUIRE(world.found.size() == 1);
  const auto all = world.service.asked.size();
  world.loop.run_for(5min);
  CHECK(world.service.asked.size() == all);
}

TEST_CASE("what is of no use is asked for anew after a wait") {
  World world;
  world.digitalocean();
  world.start({Cloud::digitalocean});
  REQUIRE(world.found.size() == 1);
  world.finder->ask_again();
  CHECK(world.service.asked.size() == 1);
  world.loop.run_for(1s);
  CHECK(world.found.size() == 2);
  CHECK(world.failed.empty());
}

TEST_CASE("after half a minute without an answer what was found the last time must do") {
  World world;
  world.remembered = Found{{Cloud::aws, "eu-1", "eu-1a", "i-1"}, "{}", "http://m/user-data"};
  world.service.takes = 6s;  // a question is under way all the time
  world.start({Cloud::digitalocean});
  world.loop.run_for(29s);
  CHECK(world.found.empty());
  world.loop.run_for(1s);
  REQUIRE(world.found.size() == 1);
  CHECK(world.found[0].facts.instance_id == "i-1");
  const auto asked = world.service.asked.size();
  world.service.takes = 0s;
  world.digitalocean();
  world.loop.run_for(5min);
  CHECK(world.found.size() == 1);
  CHECK(world.service.asked.size() == asked);
}

TEST_CASE(
    "what was found the last time is of no use once there is an answer, or if it is refused") {
  World world;
  world.remembered = Found{{Cloud::aws, "eu-1", "eu-1a", "i-1"}, "{}", "http://m/user-data"};
  world.digitalocean();
  world.start({Cloud::digitalocean});
  REQUIRE(world.found.size() == 1);
  CHECK(world.found[0].facts.instance_id == "7");
  world.loop.run_for(1min);
  CHECK(world.found.size() == 1);

  World other;
  other.remembered = world.remembered;
  other.start({Cloud::digitalocean});
  other.loop.run_for(30s);
  REQUIRE(other.found.size() == 1);
  other.finder->ask_again();
  other.loop.run_for(1min);
  CHECK(other.found.size() == 1);
  other.digitalocean();
  other.loop.run_for(16s);
  REQUIRE(other.found.size() == 2);
  CHECK(other.found[1].facts.instance_id == "7");
}

TEST_CASE("a finder that is gone calls nobody and asks nobody") {
  for (const Cloud cloud : {Cloud::aws, Cloud::digitalocean}) {
    World world;
    world.aws();
    world.digitalocean();
    world.service.takes = 1s;
    world.start({cloud});
    const auto asked = world.service.asked.size();
    world.finder.reset();
    world.loop.run_for(1min);
    CHECK(world.found.empty());
    CHECK(world.failed.empty());
    CHECK(world.service.asked.size() == asked);
  }
}
