// How an image of EC2 gets to the region where a launch wants it.
#include "tests/contract/aws_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using model::Vm;
using test::await;
using test::AwsWorld;

namespace {

Result<Vm> create(AwsWorld& world, const std::string& node, const std::string& image,
                  const std::string& place = "eu-west-2a") {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.zone = ZoneId("aws/" + place);
  request.place = place;
  request.image = ImageId(image);
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(request, done); });
}

// By another coordinator, which knows nothing of before.
Result<Vm> create_anew(AwsWorld& world, const std::string& node, const std::string& image) {
  world.restart();
  return create(world, node, image);
}

std::size_t copies_asked(AwsWorld& world) {
  const std::string seen = world.seen();
  std::size_t count = 0;
  for (auto at = seen.find("CopyImage"); at != std::string::npos;
       at = seen.find("CopyImage", at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("an image is copied to the region that wants it, and found there by tag and by name",
          "[aws]") {
  AwsWorld world;
  world.distribute();
  world.strike("CopyImage late");
  for (const std::string asked : {"tag:v1", "name:edge-v1"}) {
    INFO(asked);
    const auto waits = create(world, "n1", asked);
    REQUIRE_FALSE(waits);
    CHECK(waits.error().code == Errc::out_of_stock);
    CHECK_THAT(waits.error().message, Contains("image " + world.image() +
                                               " (edge-v1) is on its "
                                               "way to eu-west-2, since 20"));
  }
  CHECK_THAT(create_anew(world, "n1", "tag:v1").error().message, Contains("on its way"));
  CHECK(copies_asked(world) == 1);
  world.copies_arrive();
  for (const std::string asked : {"tag:v1", "name:edge-v1"}) {
    INFO(asked);
    const auto made = create_anew(world, "of-" + asked.substr(0, 3), asked);
    REQUIRE(made);
    CHECK(made->place == "eu-west-2a");
    CHECK(made->image == ImageId(asked));
  }
  // The copy is no newer image than what it is a copy of.
  REQUIRE(create(world, "n2", "tag:v1", "us-east-1a"));
  world.run_for(200ms);
  CHECK(copies_asked(world) == 1);
}

TEST_CASE("a copy whose answer was lost is not made twice", "[aws]") {
  AwsWorld world;
  world.distribute();
  const std::string trouble = GENERATE("half", "noise", "short");
  INFO(trouble);
  world.strike("CopyImage " + trouble);
  const auto lost = create(world, "n1", "tag:v1");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::out_of_stock);
  CHECK_THAT(lost.error().message, Contains("could not be copied there: "));
  CHECK(create_anew(world, "n1", "tag:v1"));
  CHECK(copies_asked(world) == 1);
}

TEST_CASE("a copy that failed is said, and is not asked for again before a pause", "[aws]") {
  AwsWorld world;
  world.distribute();
  const std::string trouble = GENERATE("spoilt", "refuse", "throttle", "fail");
  INFO(trouble);
  world.strike("CopyImage " + trouble);
  CHECK(create(world, "n1", "tag:v1").error().code == Errc::out_of_stock);
  if (trouble != "spoilt") return;
  const auto later = create_anew(world, "n1", "tag:v1");
  CHECK(later.error().code == Errc::out_of_stock);
  CHECK_THAT(later.error().message, Contains("has failed; it is tried again in "));
  CHECK(copies_asked(world) == 1);
}

TEST_CASE("no image is copied unless the options say so, and none that is named by its id",
          "[aws]") {
  AwsWorld world;
  world.distribute();
  world.options().distribution = aws::Distribution::by_hand;
  const auto none = create_anew(world, "n1", "name:edge-v1");
  CHECK(none.error().code == Errc::not_found);
  CHECK_THAT(none.error().message,
             Contains("no image with the name \"edge-v1\" is available in eu-west-2"));
  CHECK(copies_asked(world) == 0);
}
