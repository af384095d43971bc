// Images of several regions in virtual time: what is chosen, what is copied, and when again.
#include "coordinator/providers/aws/images.h"

#include <deque>
#include <optional>

#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;
using Catch::Matchers::Contains;

namespace {

std::string image(const std::string& id, const std::string& day, const std::string& state,
                  const std::string& copy_of = "") {
  return "<item><imageId>" + id + "</imageId><name>edge-7</name><creationDate>2026-01-" + day +
         "T00:00:00.000Z</creationDate><imageState>" + state + "</imageState><tagSet>" +
         (copy_of.empty()
              ? ""
              : "<item><key>edgeherd:copy-of</key><value>" + copy_of + "</value></item>") +
         "</tagSet></item>";
}

// Two regions; each shows its images, and copies as it is told.
struct Cloud {
  sim::SimLoop loop;
  Options options;
  std::map<std::string, std::string> shown;  // by region
  std::set<std::string> down;
  http::Response copied{200, {}, "<CopyImageResponse><imageId>ami-c</imageId></CopyImageResponse>"};
  std::vector<std::string> looks;   // regions
  std::vector<std::string> copies;  // bodies
  std::shared_ptr<CredentialSource> source;
  Images::Regions regions;
  std::unique_ptr<Images> images;

  explicit Cloud(Distribution distribution = Distribution::by_launches) {
    options.distribution = distribution;
    options.api_share = 1;
    source = make_fixed_credentials({"AKIA", "secret", ""}, loop);
    for (const std::string name : {"eu-west-2", "us-east-1"}) {
      Region region;
      region.name = name;
      region.endpoint = "https://" + name + ".test";
      regions.push_back(std::make_unique<Ec2>(
          region, options, source, loop,
          [this, name](const http::ClientRequest& request, const http::Client::Done& done) {
            loop.post([done, answer = answer_to(name, request.body)] { done(answer); });
          }));
    }
    images = std::make_unique<Images>(options, regions, loop);
  }

  http::Response answer_to(const std::string& region, const std::string& body) {
    if (body.find("Action=CopyImage") != std::string::npos) {
      copies.push_back(region + " " + body);
      return copied;
    }
    looks.push_back(region);
    if (down.contains(region)) return {503, {}, ""};
    return {200,
            {},
            "<DescribeImagesResponse><imagesSet>" + shown[region] +
                "</imagesSet></DescribeImagesResponse>"};
  }
  Result<ImageId> find(const std::string& asked = "tag:edge") {
    std::optional<Result<ImageId>> answer;
    images->find(*regions[1], ImageId(asked), [&](const Result<ImageId>& id) { answer = id; });
    loop.settle();
    REQUIRE(answer);
    return *answer;
  }
  Result<ImageId> find_later(Duration later) {
    loop.run_for(later);
    return find();
  }
};

const std::string london = "eu-west-2";
const std::string virginia = "us-east-1";

}  // namespace

TEST_CASE("a burst of launches asks one region once, and no other one", "[aws]") {
  Cloud cloud(Distribution::by_hand);
  cloud.shown[virginia] = image("ami-1", "03", "available") + image("ami-2", "09", "available") +
                          image("ami-3", "20", "pending") + image("ami-4", "21", "failed");
  for (int i = 0; i < 100; ++i) CHECK(cloud.find().value() == ImageId("ami-2"));
  CHECK(cloud.find("ami-9").value() == ImageId("ami-9"));
  CHECK(cloud.looks == std::vector{virginia});
}

TEST_CASE("a name or tag that EC2's filters would take for others is refused", "[aws]") {
  Cloud cloud;
  for (const std::string asked : {"tag:edge*", "name:?", "name:a\\", "tag:"}) {
    CHECK(cloud.find(asked).error().code == Errc::invalid);
  }
  CHECK(cloud.looks.empty());
}

TEST_CASE("an image of another region is copied once for a burst of launches", "[aws]") {
  Cloud cloud;
  cloud.shown[london] = image("ami-1", "03", "available");
  for (int i = 0; i < 50; ++i) {
    const auto waits = cloud.find();
    CHECK(waits.error().code == Errc::out_of_stock);
    CHECK(waits.error().message ==
          "image ami-1 (edge-7) is on its way to us-east-1, since 2026-01-01T00:00:00.000Z");
  }
  REQUIRE(cloud.copies.size() == 1);
  CHECK_THAT(cloud.copies[0], Contains("us-east-1 Action=CopyImage") &&
                                  Contains("SourceRegion=eu-west-2&") &&
                                  Contains("SourceImageId=ami-1&"));
  CHECK(cloud.looks.size() == 2);
}

TEST_CASE("a copy under way is waited for however long it takes, whoever asked for it", "[aws]") {
  Cloud cloud;
  cloud.shown[london] = image("ami-1", "03", "available");
  cloud.shown[virginia] = image("ami-c", "05", "pending", "eu-west-2/ami-1/2026-01-03T00:00:00Z");
  for (int i = 0; i < 12; ++i) {
    CHECK_THAT(cloud.find_later(10min).error().message,
               Contains("on its way to us-east-1, since 2026-01-05T00:00:00"));
  }
  CHECK(cloud.copies.empty());
}

TEST_CASE("a copy is as old as its original, and is not copied back", "[aws]") {
  Cloud cloud;
  cloud.shown[london] = image("ami-c", "05", "available", "us-east-1/ami-1/2026-01-03T00:00:00Z");
  cloud.shown[virginia] = image("ami-1", "03", "available");
  CHECK(cloud.find().value() == ImageId("ami-1"));
  CHECK(cloud.copies.empty());
  // A late copy of an older one is not the newest.
  cloud.shown[virginia] = image("ami-2", "09", "available") +
                          image("ami-d", "20", "available", "eu-west-2/ami-0/2026-01-01T00:00:00Z");
  CHECK(cloud.find_later(1min).value() == ImageId("ami-2"));
}

TEST_CASE("a launch takes the older image of its region while the newer one is copied", "[aws]") {
  Cloud cloud;
  cloud.shown[virginia] = image("ami-1", "03", "available");
  cloud.shown[london] = image("ami-2", "04", "available");
  CHECK(cloud.find().value() == ImageId("ami-1"));
  CHECK(cloud.copies.size() == 1);
}

TEST_CASE("a copy that failed is asked for again under another token, after a pause", "[aws]") {
  Cloud cloud;
  cloud.shown[london] = image("ami-1", "03", "available");
  CHECK_FALSE(cloud.find());
  cloud.shown[virginia] = image("ami-c", "05", "failed", "eu-west-2/ami-1/2026-01-03T00:00:00Z");
  CHECK_THAT(cloud.find_later(1min).error().message,
             Contains("copy ami-c has failed; it is tried"));
  CHECK(cloud.copies.size() == 1);
  CHECK_THAT(cloud.find_later(5min).error().message, Contains("on its way"));
  REQUIRE(cloud.copies.size() == 2);
  CHECK(cloud.copies[0] != cloud.copies[1]);
}

TEST_CASE("a refused copy is repeated under its token; one that was lost is made anew", "[aws]") {
  Cloud cloud;
  cloud.shown[london] = image("ami-1", "03", "available");
  const http::Response good = cloud.copied;
  cloud.copied = {503, {}, ""};
  CHECK_THAT(cloud.find().error().message,
             Contains("could not be copied there") && Contains("tried again in 300 s"));
  cloud.copied = good;
  CHECK_FALSE(cloud.find_later(5min));
  REQUIRE(cloud.copies.size() == 2);
  CHECK(cloud.copies[0] == cloud.copies[1]);
  CHECK_THAT(cloud.find_later(1min).error().message, Contains("its copy ami-c is not shown yet"));
  CHECK_FALSE(cloud.find_later(10min));  // somebody has taken it away
  REQUIRE(cloud.copies.size() == 3);
  CHECK(cloud.copies[1] != cloud.copies[2]);
}

TEST_CASE("an image that is nowhere is not found; a region that is down may have it", "[aws]") {
  Cloud cloud;
  CHECK(cloud.find().error().message ==
        "no image with the tag edgeherd:image=edge is available in any region of the options");
  CHECK(cloud.find("name:edge-7").error().code == Errc::not_found);
  cloud.down = {london};
  CHECK(cloud.find_later(1min).error().code == Errc::unavailable);
  cloud.shown[virginia] = image("ami-1", "03", "available");
  CHECK(cloud.find_later(1min).value() == ImageId("ami-1"));
}
