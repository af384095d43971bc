// Which image a droplet is made of, and how one gets to the region where it is wanted.
#include "tests/contract/digitalocean_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using model::Vm;
using test::await;
using test::DigitalOceanWorld;

namespace {

Result<Vm> create(DigitalOceanWorld& world, const std::string& node, const std::string& image,
                  const std::string& place = "lon1") {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.place = place;
  request.image = ImageId(image);
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(request, done); });
}

// With another coordinator, which knows nothing of before.
Result<Vm> create_anew(DigitalOceanWorld& world, const std::string& node, const std::string& image,
                       const std::string& place = "lon1") {
  world.restart();
  return create(world, node, image, place);
}

std::int64_t image_of(DigitalOceanWorld& world, std::size_t droplet) {
  return world.droplets().at(droplet).at("image").at("id").as_int64();
}

ImageId listed_image(DigitalOceanWorld& world) {
  const auto listed =
      await<Result<std::vector<Vm>>>(world, [&](auto done) { world.provider().list(done); });
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  return listed->front().image;
}

constexpr auto some_images = R"({"images": [
    {"id": 11, "name": "old", "tags": ["edge"], "created": "2026-01-01T00:00:00Z"},
    {"id": 12, "name": "good", "tags": ["edge"], "created": "2026-02-01T00:00:00Z"},
    {"id": 13, "name": "elsewhere", "tags": ["edge"], "regions": ["nyc3", "ams3"],
     "created": "2026-03-01T00:00:00Z"},
    {"id": 14, "name": "pending", "tags": ["edge", "new"], "status": "pending",
     "created": "2026-04-01T00:00:00Z"},
    {"id": 15, "name": "good", "tags": ["web"], "created": "2026-01-15T00:00:00Z"},
    {"id": 16, "name": "Edge 1.2_b", "tags": ["far"], "regions": ["nyc3"]}]})";

// An image that is in New York alone, and a provider that brings images to where they are wanted.
struct Distributing : DigitalOceanWorld {
  Distributing() {
    set(R"({"transfer_delay": 3600, "images": [
        {"id": 21, "name": "edge-9", "tags": ["edge"], "regions": ["nyc3"]}]})");
    options().distribution = digitalocean::Distribution::by_launches;
    restart();
  }
  int transfers() { return requests("POST /v2/images/"); }
};

}  // namespace

TEST_CASE("an image by its tag or name is the newest that is available in the region",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(some_images);
  for (const std::string asked : {"tag:edge", "name:good", "12"}) {
    INFO(asked);
    REQUIRE(create_anew(world, "n1", asked));
    CHECK(image_of(world, 0) == 12);
    CHECK(listed_image(world) == ImageId(asked));  // what the launch asked for
    REQUIRE(await<Status>(world, [&](auto done) {
      world.provider().destroy(VmId(std::to_string(world.droplets()[0].at("id").as_int64())), done);
    }));
  }
}

TEST_CASE("an image that is not there is said by its tag, name or id, with the region",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(some_images);
  for (const auto& [asked, what] :
       {std::pair("tag:nothing", "no image with the tag \"nothing\" is in the account"),
        std::pair("name:nothing", "no image with the name \"nothing\" is in the account"),
        std::pair("4711", "no image 4711 is in the account"),
        std::pair("tag:new", "is available in lon1: image 14 (pending) is pending"),
        std::pair("13", "no image 13 is available in lon1: image 13 (elsewhere) is in nyc3, ams3"),
        std::pair("name:Edge 1.2_b", "image 16 (Edge 1.2_b) is in nyc3; transfer it there")}) {
    INFO(asked);
    const auto made = create(world, "n1", asked);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::not_found);
    CHECK_THAT(made.error().message, Contains(what));
  }
  CHECK(world.droplets().empty());
}

TEST_CASE("a name that no tag can hold comes back as it was asked for", "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(some_images);
  REQUIRE(create(world, "n1", "name:Edge 1.2_b", "nyc3"));
  CHECK(image_of(world, 0) == 16);
  CHECK(listed_image(world) == ImageId("name:Edge 1.2_b"));
}

TEST_CASE("an image that was deleted after it was looked up is not chosen twice",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(some_images);
  REQUIRE(create(world, "n1", "tag:edge"));
  world.set(R"({"images": [{"id": 11, "name": "old", "tags": ["edge"]}]})");
  REQUIRE(create(world, "n2", "tag:edge"));
  CHECK(image_of(world, 1) == 11);
  world.set(R"({"images": []})");
  const auto none = create(world, "n3", "tag:edge");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::not_found);
  CHECK_THAT(none.error().message, Contains("no image with the tag \"edge\" is in the account"));
}

TEST_CASE("an image is transferred when a launch wants it, and the launch is told since when",
          "[digitalocean]") {
  Distributing world;
  for (const std::string asked : {"tag:edge", "name:edge-9", "21"}) {
    INFO(asked);
    const auto waits = create(world, "n1", asked);
    REQUIRE_FALSE(waits);
    CHECK(waits.error().code == Errc::out_of_stock);
    CHECK_THAT(waits.error().message,
               Contains("image 21 (edge-9) is on its way to lon1, since 20"));
  }
  CHECK(world.transfers() == 1);
  CHECK_FALSE(create_anew(world, "n1", "tag:edge"));  // and a restart asks for no second one
  CHECK(world.transfers() == 1);
  CHECK(world.droplets().empty());
}

TEST_CASE("launches go on as soon as the image has arrived", "[digitalocean]") {
  Distributing world;
  world.set(R"({"transfer_delay": 0})");
  CHECK_FALSE(create(world, "n1", "tag:edge"));
  REQUIRE(create_anew(world, "n1", "tag:edge"));
  CHECK(image_of(world, 0) == 21);
  CHECK(world.transfers() == 1);
}

TEST_CASE("no image is transferred unless the options say so", "[digitalocean]") {
  Distributing world;
  world.options().distribution = digitalocean::Distribution::by_hand;
  CHECK(create_anew(world, "n1", "tag:edge").error().code == Errc::not_found);
  CHECK(world.requests("POST") == 0);
}

TEST_CASE("a region that has an older image launches from it while the newer one is on its way",
          "[digitalocean]") {
  Distributing world;
  world.set(some_images);
  REQUIRE(create(world, "n1", "tag:edge"));
  CHECK(image_of(world, 0) == 12);
  REQUIRE(world.run_until([&] { return world.transfers() == 1; }));
  CHECK(world.requests("POST /v2/images/13/actions") == 1);
}

TEST_CASE("a transfer that fails, or whose answer is lost, is not asked for again at once",
          "[digitalocean]") {
  Distributing world;
  world.options().access.timeout = 5s;
  const auto [trouble, then] = GENERATE(table<std::string, std::string>(
      {{R"("status": 500)", "status 500"},
       {R"("close": true, "after": true)", "on its way to lon1"},
       {R"("hang": true, "after": true)", "on its way to lon1"},
       {R"("status": 422, "message": "Image has a pending event")", "pending event"}}));
  INFO(trouble);
  world.restart();
  world.strike(R"({"method": "POST", "path": "/v2/images/21/actions", )" + trouble + "}");
  const auto waits = create(world, "n1", "tag:edge");
  REQUIRE_FALSE(waits);
  CHECK(waits.error().code == Errc::out_of_stock);
  CHECK_THAT(waits.error().message, Contains("could not be copied there: "));
  // Of the next coordinator, or after the answer is forgotten, only what is not under way is asked.
  const auto later = create_anew(world, "n1", "tag:edge");
  CHECK(later.error().code == Errc::out_of_stock);
  CHECK_THAT(later.error().message, Contains("on its way to lon1"));
  CHECK(world.transfers() == (Contains("on its way").match(then) ? 1 : 2));
}

TEST_CASE("a transfer that ended in failure is not asked for again before a pause",
          "[digitalocean]") {
  Distributing world;
  world.set(R"({"transfer_delay": 0})");
  world.strike(R"({"method": "POST", "path": "/v2/images/21/actions", "errored": true})");
  CHECK_FALSE(create(world, "n1", "tag:edge"));
  const auto later = create_anew(world, "n1", "tag:edge");
  CHECK(later.error().code == Errc::out_of_stock);
  CHECK_THAT(later.error().message, Contains("has failed; it is tried again in 299 s") ||
                                        Contains("has failed; it is tried again in 300 s"));
  CHECK(world.transfers() == 1);
}

TEST_CASE("what cannot be known of a transfer is no reason to ask for one", "[digitalocean]") {
  Distributing world;
  world.strike(R"({"method": "GET", "path": "/v2/images/21/actions", "status": 503})");
  const auto waits = create(world, "n1", "tag:edge");
  CHECK(waits.error().code == Errc::out_of_stock);
  CHECK_THAT(waits.error().message, Contains("whether it is on its way is not known") &&
                                        Contains("GET /v2/images/21/actions: status 503"));
  CHECK(world.transfers() == 0);
}
