// Images in virtual time: bursts, and what time does to copies. The contract test has the rest.
#include "coordinator/providers/digitalocean/images.h"

#include <algorithm>

#include "common/sim/sim_loop.h"
#include "coordinator/providers/digitalocean/order.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::digitalocean;
using Catch::Matchers::Contains;

namespace {

// An account with one image, in New York, that can be transferred.
struct Cloud {
  sim::SimLoop loop;
  Options options;
  std::shared_ptr<budget::AccountBudget> budget =
      std::make_shared<budget::AccountBudget>(loop, budget::Limits{});
  std::string regions = R"("nyc3")";
  std::string actions;  // of the image
  int actions_shown = 0;
  int transfer_status = 201;
  std::vector<std::string> asked;
  Api api{{"https://do.test", 20s, [] { return Result<std::string>("token"); }},
          budget,
          [this](const http::ClientRequest& request, const http::Client::Done& done) {
            const std::string target = request.url.substr(15);
            asked.push_back(request.method + " " + target.substr(0, target.find('?')));
            loop.post([done, answer = answer_to(asked.back())] { done(answer); });
          }};
  std::unique_ptr<Images> images;

  explicit Cloud(Distribution distribution = Distribution::by_launches) {
    options.distribution = distribution;
    images = std::make_unique<Images>(options, api, loop);
  }

  http::Response answer_to(const std::string& request) const {
    if (request == "GET /v2/images") {
      return {200, {}, R"({"images": [)" + image() + R"(], "meta": {"total": 1}})"};
    }
    if (request == "GET /v2/images/21") return {200, {}, R"({"image": )" + image() + "}"};
    if (request == "GET /v2/images/21/actions") {
      return {200,
              {},
              R"({"actions": [)" + actions + R"(], "meta": {"total": )" +
                  std::to_string(actions_shown) + "}}"};
    }
    if (request == "POST /v2/images/21/actions") {
      return {transfer_status, {}, R"({"action": {"id": 5, "status": "in-progress"}})"};
    }
    return {404, {}, R"({"id": "not_found"})"};
  }
  [[nodiscard]] std::string image() const {
    return R"({"id": 21, "name": "edge-9", "created_at": "2026-01-01T00:00:00Z",
               "status": "available", "regions": [)" +
           regions + "]}";
  }
  void show_transfer(const std::string& status) {
    actions = R"({"id": 5, "type": "transfer", "status": ")" + status +
              R"(", "region_slug": "lon1", "started_at": "2026-01-01T00:00:00Z"})";
    actions_shown = 1;
  }
  int count(const std::string& request) const {
    return static_cast<int>(std::count(asked.begin(), asked.end(), request));
  }
  Result<ImageId> find(const std::string& what = "tag:edge", const std::string& region = "lon1") {
    std::optional<Result<ImageId>> answer;
    images->find(ImageId(what), region, [&](const Result<ImageId>& found) { answer = found; });
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }
};

constexpr auto transfer = "POST /v2/images/21/actions";

}  // namespace

TEST_CASE("a burst of launches into many regions looks at the images once", "[digitalocean]") {
  Cloud cloud(Distribution::by_hand);
  cloud.regions = R"("nyc3", "lon1", "ams3")";
  for (int i = 0; i < 100; ++i) {
    for (const std::string region : {"nyc3", "lon1", "ams3"}) {
      CHECK(cloud.find("tag:edge", region).value() == ImageId("21"));
    }
  }
  CHECK(cloud.asked.size() == 1);
  cloud.loop.run_for(10s);
  CHECK(cloud.find().value() == ImageId("21"));
  CHECK(cloud.asked.size() == 2);
}

TEST_CASE("an id and a slug are ordered without a look", "[digitalocean]") {
  Cloud cloud;
  CHECK(cloud.find("21").value() == ImageId("21"));
  CHECK(cloud.find("debian-12-x64").value() == ImageId("debian-12-x64"));
  CHECK(cloud.asked.empty());
}

TEST_CASE("a burst of launches asks for one transfer, and each is refused for want of it",
          "[digitalocean]") {
  Cloud cloud;
  for (int i = 0; i < 50; ++i) {
    const auto waits = cloud.find();
    CHECK(waits.error().code == Errc::out_of_stock);
    CHECK(waits.error().message ==
          "image 21 (edge-9) is on its way to lon1, since 2026-01-01T00:00:00.000Z");
  }
  CHECK(cloud.asked.size() == 3);
  CHECK(cloud.count(transfer) == 1);
}

TEST_CASE("a transfer that takes hours is asked for once", "[digitalocean]") {
  Cloud cloud;
  CHECK_FALSE(cloud.find());
  cloud.show_transfer("in-progress");
  for (int i = 0; i < 12; ++i) {
    cloud.loop.run_for(10min);
    CHECK_THAT(cloud.find().error().message,
               Contains("on its way to lon1, since 2026-01-01T00:00"));
  }
  CHECK(cloud.count(transfer) == 1);
  cloud.regions = R"("nyc3", "lon1")";
  cloud.loop.run_for(10min);
  CHECK(cloud.find().value() == ImageId("21"));
}

TEST_CASE("a transfer that failed is asked for again after a pause that doubles",
          "[digitalocean]") {
  Cloud cloud;
  cloud.transfer_status = 503;
  CHECK_THAT(cloud.find().error().message, Contains("status 503; it is tried again in 300 s"));
  cloud.loop.run_for(4min);
  CHECK_THAT(cloud.find().error().message, Contains("status 503; it is tried again in 60 s"));
  CHECK(cloud.count(transfer) == 1);
  cloud.loop.run_for(1min);
  CHECK_THAT(cloud.find().error().message, Contains("status 503; it is tried again in 600 s"));
  CHECK(cloud.count(transfer) == 2);
}

TEST_CASE("a transfer that has ended without the image there is not repeated at once",
          "[digitalocean]") {
  for (const auto& [status, words] : {std::pair("errored", "transfer 5 has failed"),
                                      std::pair("completed", "not shown there yet")}) {
    Cloud cloud;
    cloud.show_transfer(status);
    const auto waits = cloud.find();
    CHECK(waits.error().code == Errc::out_of_stock);
    CHECK_THAT(waits.error().message, Contains(words));
    CHECK(cloud.count(transfer) == 0);
    cloud.loop.run_for(5min);
    CHECK_THAT(cloud.find().error().message, Contains("on its way"));
    CHECK(cloud.count(transfer) == 1);
  }
}

TEST_CASE("an id that was refused is looked at, and only what the look says better is told",
          "[digitalocean]") {
  Cloud cloud(Distribution::by_hand);
  const auto instead = [&](const std::string& image, Errc code) {
    std::optional<Result<ImageId>> answer;
    cloud.images->find_instead(ImageId(image), "lon1", cloud.loop.clock().mono(),
                               fail(code, "the cloud's words"),
                               [&](const Result<ImageId>& found) { answer = found; });
    cloud.loop.settle();
    REQUIRE(answer);
    return *answer;
  };
  CHECK_THAT(instead("21", Errc::invalid).error().message,
             Contains("no image 21 is available in lon1: image 21 (edge-9) is in nyc3"));
  CHECK_THAT(instead("4711", Errc::invalid).error().message, Contains("no image 4711"));
  CHECK(instead("21", Errc::out_of_stock).error().message == "the cloud's words");
  CHECK(instead("21", Errc::refused).error().message == "the cloud's words");
  CHECK(instead("a-slug", Errc::invalid).error().message == "the cloud's words");
  CHECK(instead("tag:edge", Errc::out_of_stock).error().message == "the cloud's words");
  CHECK(cloud.asked.size() == 2);
}

TEST_CASE("what a launch asked for by its name is a tag that keeps its case", "[digitalocean]") {
  for (const std::string name : {"edge-7", "Edge 7.1_b", "\u00e9/?", "a_20b", ""}) {
    const std::string tag = image_tag(ImageId("name:" + name));
    INFO(tag);
    CHECK(is_tag(tag));
    CHECK(std::none_of(tag.begin(), tag.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
    CHECK(image_in_tag(tag.substr(image_prefix.size())) == ImageId("name:" + name));
  }
  CHECK(image_tag(ImageId("tag:Edge_1")) == "edgeherd-image:tag:Edge_1");
  CHECK(image_in_tag("tag:Edge_41") == ImageId("tag:Edge_41"));
  CHECK(image_in_tag("name:a_2") == ImageId("name:a_2"));
  CHECK(image_in_tag("name:a_zz") == ImageId("name:a_zz"));
}
