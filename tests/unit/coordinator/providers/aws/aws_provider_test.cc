// What the provider does with a cloud of several regions, in virtual time; the contract test has
// one region of moto's.
#include "coordinator/providers/aws/aws_provider.h"

#include <deque>
#include <optional>

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using Catch::Matchers::Contains;
using model::Vm;

namespace {

// Two regions that answer what they were told to, in order.
struct Cloud {
  sim::SimLoop loop;
  std::map<std::string, std::deque<Result<http::Response>>> answers;  // by host
  std::vector<std::pair<std::string, std::string>> asked;             // host, body
  Duration answers_after{};
  std::unique_ptr<act::Provider> provider;

  explicit Cloud(aws::Distribution distribution = aws::Distribution::by_hand) {
    aws::Options options;
    options.distribution = distribution;
    options.account = ProviderId("aws");
    options.fleet = "f";
    options.instance_type = "t3.micro";
    options.api_share = 1;
    for (const std::string name : {"eu-west-2", "us-east-1"}) {
      aws::Region region;
      region.name = name;
      region.endpoint = "https://" + name + ".test";
      options.regions.push_back(region);
    }
    provider = aws::make_aws_provider(
        options, loop, aws::make_fixed_credentials({"AKIA", "secret", ""}, loop),
        [this](const http::ClientRequest& request, const http::Client::Done& done) {
          const std::string host = request.url.substr(8, request.url.find(".test") - 8);
          asked.emplace_back(host, request.body);
          auto& next = answers[host];
          REQUIRE_FALSE(next.empty());
          const auto answer_now = [done, answer = next.front()] { done(answer); };
          if (answers_after == Duration{}) {
            loop.post(answer_now);
          } else {
            (void)loop.after(answers_after, answer_now);
          }
          next.pop_front();
        });
  }

  void will_answer(const std::string& host, int status, const std::string& body) {
    answers[host].push_back(http::Response{status, {}, body});
  }

  Result<std::vector<Vm>> list() {
    std::optional<Result<std::vector<Vm>>> answer;
    provider->list([&](Result<std::vector<Vm>> found) { answer = std::move(found); });
    REQUIRE_FALSE(answer);
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }
  Status destroy(const std::string& id) {
    return wait([&](auto done) { provider->destroy(VmId(id), done); });
  }
  Status reboot(const std::string& id) {
    return wait([&](auto done) { provider->reboot(VmId(id), done); });
  }
  template <class Call>
  Status wait(Call call) {
    std::optional<Status> answer;
    call([&](Status status) { answer = std::move(status); });
    REQUIRE_FALSE(answer);
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }
};

std::string instance(const std::string& id, const std::string& place, const std::string& fleet,
                     const std::string& state = "running") {
  return "<item><instancesSet><item><instanceId>" + id + "</instanceId><instanceState><name>" +
         state +
         "</name></instanceState><launchTime>2026-01-02T03:04:05.000Z</launchTime><placement>"
         "<availabilityZone>" +
         place + "</availabilityZone></placement><tagSet><item><key>edgeherd:fleet</key><value>" +
         fleet + "</value></item></tagSet></item></instancesSet></item>";
}

std::string listing(const std::string& items, const std::string& next = "") {
  return "<DescribeInstancesResponse><reservationSet>" + items + "</reservationSet>" +
         (next.empty() ? "" : "<nextToken>" + next + "</nextToken>") +
         "</DescribeInstancesResponse>";
}

std::string ended(const std::string& id) {
  return "<TerminateInstancesResponse><instancesSet><item><instanceId>" + id +
         "</instanceId><previousState><name>running</name></previousState></item></instancesSet>"
         "</TerminateInstancesResponse>";
}

std::string refusal(const std::string& code) {
  return "<Response><Errors><Error><Code>" + code + "</Code></Error></Errors></Response>";
}

const std::string london = "i-00000001";
const std::string virginia = "i-00000002";

}  // namespace

TEST_CASE("an instance that takes no reboot since it is stopped is started") {
  Cloud cloud;
  const std::string started = "<StartInstancesResponse><instancesSet><item><instanceId>" + london +
                              "</instanceId></item></instancesSet></StartInstancesResponse>";
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f", "stopped")));
  cloud.will_answer("us-east-1", 200, listing(""));
  REQUIRE(cloud.list());
  cloud.will_answer("eu-west-2", 400, refusal("IncorrectInstanceState"));
  cloud.will_answer("eu-west-2", 200, started);
  CHECK(cloud.reboot(london));
  CHECK_THAT(cloud.asked.back().second, Contains("Action=StartInstances"));
  // One that is still stopping takes neither: it is asked again later.
  cloud.will_answer("eu-west-2", 400, refusal("IncorrectInstanceState"));
  cloud.will_answer("eu-west-2", 400, refusal("IncorrectInstanceState"));
  CHECK(cloud.reboot(london).error().code == Errc::conflict);
  // Any other refusal is the reboot's own.
  cloud.will_answer("eu-west-2", 403, refusal("UnauthorizedOperation"));
  CHECK(cloud.reboot(london).error().code == Errc::refused);
  cloud.will_answer("eu-west-2", 400, refusal("IncorrectInstanceState"));
  cloud.will_answer("eu-west-2", 200, "<StartInstancesResponse/>");
  CHECK(cloud.reboot(london).error().code == Errc::broken);
}

TEST_CASE("an image that is named by its tag is the newest available one of the launch's region") {
  Cloud cloud;
  act::CreateRequest request;
  request.node = NodeId("n1");
  request.fleet = "f";
  request.place = "us-east-1a";
  request.image = ImageId("tag:edge");
  std::optional<Result<Vm>> made;
  const auto launch = [&] {
    cloud.provider->create(request, [&](Result<Vm> vm) { made = std::move(vm); });
    cloud.loop.settle();
    REQUIRE(made);
  };
  const auto image = [](const std::string& id, const std::string& day) {
    return "<item><imageId>" + id + "</imageId><creationDate>2026-01-" + day +
           "T00:00:00.000Z</creationDate><imageState>available</imageState></item>";
  };
  SECTION("there are some, on several pages") {
    cloud.will_answer("us-east-1", 200,
                      "<DescribeImagesResponse><imagesSet>" + image("ami-1", "03") +
                          image("ami-2", "09") +
                          "</imagesSet><nextToken>more</nextToken></DescribeImagesResponse>");
    cloud.will_answer("us-east-1", 200,
                      "<DescribeImagesResponse><imagesSet>" + image("ami-3", "05") +
                          "</imagesSet></DescribeImagesResponse>");
    cloud.will_answer("us-east-1", 503, "");
    launch();
    REQUIRE(cloud.asked.size() == 3);
    CHECK_THAT(cloud.asked[0].second, Contains("Action=DescribeImages") &&
                                          Contains("tag%3Aedgeherd%3Aimage") && Contains("edge"));
    CHECK_THAT(cloud.asked[2].second,
               Contains("Action=RunInstances") && Contains("ImageId=ami-2&") &&
                   Contains("edgeherd%3Aasked-image") && Contains("tag%3Aedge"));
  }
  SECTION("there is none: nothing is launched") {
    cloud.will_answer("us-east-1", 200,
                      "<DescribeImagesResponse><imagesSet/></DescribeImagesResponse>");
    launch();
    CHECK(made->error().code == Errc::not_found);
    CHECK(made->error().message ==
          "no image with the tag edgeherd:image=edge is available in us-east-1");
    CHECK(cloud.asked.size() == 1);
  }
  SECTION("they cannot be listed: nothing is launched") {
    cloud.will_answer("us-east-1", 503, "");
    launch();
    CHECK(made->error().code == Errc::unavailable);
    CHECK(cloud.asked.size() == 1);
  }
}

TEST_CASE("a launch whose image was found too late for the coordinator is never sent") {
  Cloud cloud;
  act::CreateRequest request;
  request.node = NodeId("n1");
  request.fleet = "f";
  request.place = "us-east-1a";
  request.image = ImageId("tag:edge");
  std::optional<Result<Vm>> made;
  cloud.answers_after = 25s;
  cloud.will_answer("us-east-1", 200,
                    "<DescribeImagesResponse><imagesSet/><nextToken>more</nextToken>"
                    "</DescribeImagesResponse>");
  cloud.will_answer(
      "us-east-1", 200,
      "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId><creationDate>"
      "2026-01-02T00:00:00.000Z</creationDate><imageState>available</imageState></item>"
      "</imagesSet></DescribeImagesResponse>");
  cloud.provider->create(request, [&](Result<Vm> vm) { made = std::move(vm); });
  cloud.loop.run_for(2min);
  REQUIRE(made);
  CHECK(made->error().code == Errc::throttled);
  CHECK_THAT(made->error().message, Contains("us-east-1: RunInstances: never sent"));
  CHECK(cloud.asked.size() == 2);
}

TEST_CASE("a server that was looked for too long is not ended any more") {
  Cloud cloud;
  cloud.answers_after = 26s;
  cloud.will_answer("eu-west-2", 200, listing(""));
  cloud.will_answer("us-east-1", 200, listing(instance(virginia, "us-east-1a", "f")));
  std::optional<Status> ended;
  cloud.provider->destroy(VmId(virginia), [&](Status status) { ended = std::move(status); });
  cloud.loop.run_for(2min);
  REQUIRE(ended);
  CHECK(ended->error().code == Errc::throttled);
  CHECK(cloud.asked.size() == 2);
}

TEST_CASE("a list is that of all regions and all their pages") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f"), "next"));
  cloud.will_answer("eu-west-2", 200, listing(instance("i-00000003", "eu-west-2b", "f")));
  cloud.will_answer("us-east-1", 200, listing(instance(virginia, "us-east-1a", "f")));
  const auto listed = cloud.list();
  REQUIRE(listed);
  CHECK(listed->size() == 3);
  CHECK_THAT(cloud.asked[2].second, Contains("NextToken=next"));
}

TEST_CASE("one region that fails makes the whole list fail, and is named") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f")));
  cloud.will_answer("us-east-1", 503, refusal("Unavailable"));
  const auto listed = cloud.list();
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::unavailable);
  CHECK_THAT(listed.error().message, Contains("us-east-1: DescribeInstances"));
}

TEST_CASE("a list with a server twice, or pages without an end, is broken") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f"), "next"));
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f")));
  cloud.will_answer("us-east-1", 200, listing(""));
  CHECK_THAT(cloud.list().error().message, Contains("i-00000001 is listed twice"));
  cloud.will_answer("eu-west-2", 200, listing("", "next"));
  cloud.will_answer("eu-west-2", 200, listing("", "next"));
  cloud.will_answer("us-east-1", 200, listing(""));
  const auto endless = cloud.list();
  CHECK(endless.error().code == Errc::broken);
  CHECK_THAT(endless.error().message, Contains("the pages never end"));
}

TEST_CASE("terminated servers are not listed, those that are ending are") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 200,
                    listing(instance(london, "eu-west-2a", "f", "terminated") +
                            instance("i-00000003", "eu-west-2a", "f", "shutting-down")));
  cloud.will_answer("us-east-1", 200, listing(""));
  const auto listed = cloud.list();
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().id == VmId("i-00000003"));
}

TEST_CASE("a server is ended in the region that listed it, by its id alone") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f")));
  cloud.will_answer("us-east-1", 200, listing(instance(virginia, "us-east-1a", "f")));
  REQUIRE(cloud.list());
  cloud.asked.clear();
  cloud.will_answer("us-east-1", 200, ended(virginia));
  REQUIRE(cloud.destroy(virginia));
  REQUIRE(cloud.asked.size() == 1);
  CHECK(cloud.asked[0] ==
        std::pair(std::string("us-east-1"),
                  "Action=TerminateInstances&InstanceId.1=" + virginia + "&Version=2016-11-15"));
}

TEST_CASE("of a server that no listing showed the tag is asked for first, region by region") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 400, refusal("InvalidInstanceID.NotFound"));
  cloud.will_answer("us-east-1", 200, listing(instance(virginia, "us-east-1a", "f")));
  cloud.will_answer("us-east-1", 200, ended(virginia));
  CHECK(cloud.destroy(virginia));
  CHECK(cloud.asked.size() == 3);

  cloud.will_answer("eu-west-2", 400, refusal("InvalidInstanceID.NotFound"));
  cloud.will_answer("us-east-1", 200, listing(instance(virginia, "us-east-1a", "")));
  CHECK(cloud.destroy(virginia).error().code == Errc::refused);

  cloud.will_answer("eu-west-2", 400, refusal("InvalidInstanceID.NotFound"));
  cloud.will_answer("us-east-1", 400, refusal("InvalidInstanceID.NotFound"));
  CHECK(cloud.destroy(virginia).error().code == Errc::not_found);

  cloud.will_answer("eu-west-2", 503, refusal("RequestLimitExceeded"));
  CHECK(cloud.destroy(virginia).error().code == Errc::throttled);
}

TEST_CASE("an end whose answer is about another server is not taken for done") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 200, listing(instance(london, "eu-west-2a", "f")));
  cloud.will_answer("us-east-1", 200, listing(""));
  REQUIRE(cloud.list());
  cloud.will_answer("eu-west-2", 200, ended(virginia));
  CHECK(cloud.destroy(london).error().code == Errc::broken);
}

TEST_CASE("after EC2 asked for fewer calls, the next ones of that kind wait") {
  Cloud cloud;
  for (const std::string host : {"eu-west-2", "us-east-1"}) {
    cloud.will_answer(host, 503, refusal("RequestLimitExceeded"));
  }
  CHECK(cloud.list().error().code == Errc::throttled);
  std::optional<Result<std::vector<Vm>>> answer;
  for (const std::string host : {"eu-west-2", "us-east-1"})
    cloud.will_answer(host, 200, listing(""));
  cloud.provider->list([&](Result<std::vector<Vm>> found) { answer = std::move(found); });
  cloud.loop.run_for(10ms);
  CHECK(cloud.asked.size() == 2);
  cloud.loop.run_for(100ms);
  REQUIRE(answer);
  CHECK(answer->ok());
}

TEST_CASE("three hundred launches at once stay within the rate of each region") {
  Cloud cloud;
  int made = 0;
  int throttled = 0;
  for (int i = 0; i < 300; ++i) {
    cloud.will_answer("eu-west-2", 500, refusal("InsufficientInstanceCapacity"));
    act::CreateRequest request;
    request.node = NodeId("n" + std::to_string(i));
    request.fleet = "f";
    request.place = i % 2 == 0 ? "eu-west-2a" : "eu-west-2b";
    request.image = ImageId("ami-1");
    cloud.provider->create(request, [&](const Result<Vm>& vm) {
      REQUIRE_FALSE(vm);
      if (vm.error().code == Errc::out_of_stock) ++made;
      if (vm.error().code == Errc::throttled) ++throttled;
    });
  }
  cloud.loop.run_for(30s);
  CHECK(made == 45);  // five at once, then two a second for twenty seconds
  CHECK(made + throttled == 300);
  CHECK(cloud.asked.size() == 45);
}

TEST_CASE("no error holds the secret or the signature") {
  Cloud cloud;
  cloud.will_answer("eu-west-2", 403, refusal("UnauthorizedOperation"));
  cloud.will_answer("us-east-1", 403, refusal("UnauthorizedOperation"));
  const auto refused = cloud.list();
  CHECK_THAT(refused.error().message, !Contains("secret") && !Contains("Signature"));
}
