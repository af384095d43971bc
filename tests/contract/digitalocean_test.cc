// What the provider `digitalocean` does when the cloud is not at its best, and what it leaves
// alone.
#include <set>

#include "tests/contract/digitalocean_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using model::Power;
using model::Vm;
using test::await;
using test::DigitalOceanWorld;
using Listing = DigitalOceanWorld::Listing;

namespace {

CreateRequest request_for(const std::string& node) {
  CreateRequest request;
  request.node = NodeId(node);
  request.fleet = "fleet-a";
  request.place = "lon1";
  request.image = ImageId("1001");
  request.user_data = "quotes \" and\nlines";
  return request;
}

Result<Vm> create(DigitalOceanWorld& world, const CreateRequest& request) {
  return await<Result<Vm>>(world, [&](auto done) { world.provider().create(request, done); });
}

Result<Vm> create(DigitalOceanWorld& world, const std::string& node) {
  return create(world, request_for(node));
}

Status destroy(DigitalOceanWorld& world, const std::string& id) {
  return await<Status>(world, [&](auto done) { world.provider().destroy(VmId(id), done); });
}

Status reboot(DigitalOceanWorld& world, const VmId& id) {
  return await<Status>(world, [&](auto done) { world.provider().reboot(id, done); });
}

std::string on_create(const std::string& trouble) {
  return R"({"method": "POST", "path": "/v2/droplets$", )" + trouble + "}";
}

}  // namespace

TEST_CASE("a creation without an answer is found by its tag, and is not asked for again",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.options().access.timeout = 5s;
  world.restart();
  for (const auto& [node, trouble] : {std::pair("n1", R"("hang": true, "after": true)"),
                                      std::pair("n2", R"("close": true, "after": true)"),
                                      std::pair("n3", R"("status": 500, "after": true)")}) {
    INFO(trouble);
    world.strike(on_create(trouble));
    const auto made = create(world, node);
    REQUIRE(made);
    CHECK(made->node == NodeId(node));
  }
  CHECK(world.droplets().size() == 3);
  CHECK(world.requests("POST /v2/droplets") == 3);
}

TEST_CASE("a creation that shows late is found within the settle window", "[digitalocean]") {
  DigitalOceanWorld world;
  world.options().settle = 5s;
  world.restart();
  world.strike(on_create(R"("status": 502, "after": true, "lag": 1.0)"));
  REQUIRE(create(world, "n1"));
  CHECK(world.requests("POST /v2/droplets") == 1);
}

TEST_CASE("a creation that failed is not asked for again by itself", "[digitalocean]") {
  DigitalOceanWorld world;
  world.strike(on_create(R"("status": 503)"));
  const auto made = create(world, "n1");
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::unavailable);
  CHECK_THAT(made.error().message, Contains("POST /v2/droplets") && Contains("may still come"));
  CHECK(world.requests("POST /v2/droplets") == 1);
}

TEST_CASE("a droplet that vanished after its creation was accepted is made anew when asked again",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.strike(on_create(R"("vanish": true)"));
  const auto vanished = create(world, "n1");
  REQUIRE(vanished);
  CHECK(world.list()->empty());
  const auto again = create(world, "n1");
  REQUIRE(again);
  CHECK(again->id != vanished->id);
  CHECK(world.list()->size() == 1);
}

TEST_CASE("of several droplets of one intent the oldest is the one", "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(R"({"seed": [
    {"created_at": "2026-02-02T00:00:00Z", "tags": ["edgeherd-fleet:fleet-a", "edgeherd-node:n1"]},
    {"created_at": "2026-02-01T00:00:00Z", "tags": ["edgeherd-fleet:fleet-a", "edgeherd-node:n1"]},
    {"created_at": "2026-01-01T00:00:00Z", "tags": ["edgeherd-fleet:other", "edgeherd-node:n1"]}]})");
  const auto made = create(world, "n1");
  REQUIRE(made);
  CHECK(made->id == VmId("3002"));
  CHECK(world.requests("POST") == 0);
}

TEST_CASE("calls for one intent at once are one creation", "[digitalocean]") {
  DigitalOceanWorld world;
  std::vector<VmId> made;
  for (int i = 0; i < 3; ++i) {
    world.provider().create(request_for("n1"), [&](const Result<Vm>& vm) {
      REQUIRE(vm);
      made.push_back(vm->id);
    });
  }
  REQUIRE(world.run_until([&] { return made.size() == 3; }));
  CHECK(std::set<VmId>(made.begin(), made.end()).size() == 1);
  CHECK(world.droplets().size() == 1);
}

TEST_CASE("a body that drips in is a time-out when it takes too long", "[digitalocean][raw]") {
  DigitalOceanWorld world;
  world.options().access.timeout = 8s;
  world.restart();
  world.seed(1);
  world.strike(R"({"method": "GET", "path": "/v2/droplets", "slow": 0.2})");
  CHECK(world.list());
  world.strike(R"({"method": "GET", "path": "/v2/droplets", "slow": 20})");
  const auto listed = world.list();
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::timeout);
}

TEST_CASE("every state of a droplet is shown, and counted", "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(R"({"seed": [{"status": "active"}, {"status": "off"}, {"status": "archive"}]})");
  world.set(R"({"boot_delay": 100})");
  REQUIRE(create(world, "n1"));
  const auto listed = world.list();
  REQUIRE(listed);
  REQUIRE(listed->size() == 4);
  CHECK((*listed)[0].power == Power::running);
  CHECK((*listed)[1].power == Power::stopped);
  CHECK((*listed)[2].power == Power::stopped);
  CHECK((*listed)[3].power == Power::starting);
  CHECK((*listed)[3].address.empty());
}

TEST_CASE("what does not carry the fleet's tag is shown, and never touched", "[digitalocean]") {
  DigitalOceanWorld world;
  const bool of_another = GENERATE(false, true);
  world.set(of_another ? R"({"seed": [{"tags": ["edgeherd-fleet:other", "edgeherd-node:n1"]}]})"
                       : R"({"seed": [{"tags": ["web"]}]})");
  const auto listed = world.list();
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().fleet == (of_another ? "other" : ""));
  for (const Status& touched :
       {destroy(world, listed->front().id.str()), reboot(world, listed->front().id)}) {
    REQUIRE_FALSE(touched);
    CHECK(touched.error().code == Errc::refused);
  }
  CHECK(world.droplets().size() == 1);
  CHECK(world.requests("DELETE") + world.requests("POST") == 0);
}

TEST_CASE("after a refusal for too many requests nothing is sent until it is time",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.strike(R"({"method": "GET", "path": "/v2/droplets", "status": 429, "retry_after": 2})");
  const auto listed = world.list();
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::throttled);
  std::optional<Listing> next;
  world.provider().list([&](Listing answer) { next = std::move(answer); });
  world.run_for(1s);
  CHECK(world.requests("GET") == 1);
  REQUIRE(world.run_until([&] { return next.has_value(); }));
  CHECK(next->ok());
}

TEST_CASE("the account's own limit is never met: requests wait for it", "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(R"({"per_minute": 10})");
  world.options().access.limits.per_minute = 10;
  world.restart();
  int answered = 0;
  for (int i = 0; i < 12; ++i) {
    world.provider().list([&](const Listing& listed) {
      CHECK(listed);
      ++answered;
    });
  }
  REQUIRE(world.run_until([&] { return answered == 8; }));
  world.run_for(200ms);
  CHECK(answered == 8);  // the rest of the minute is kept for changes
  REQUIRE(create(world, "n1"));
  CHECK(answered == 8);
}

TEST_CASE("a full quota is out of stock, a wrong order is invalid", "[digitalocean]") {
  DigitalOceanWorld world;
  world.strike(on_create(R"("status": 422,
      "message": "creating this/these droplet(s) will exceed your droplet limit")"));
  CHECK(create(world, "n1").error().code == Errc::out_of_stock);
  auto wrong = request_for("n1");
  wrong.image = ImageId("not a tag");
  CHECK(create(world, wrong).error().code == Errc::invalid);
  CHECK(world.droplets().empty());
}

TEST_CASE("the images are those with the account's tag, in whatever region", "[digitalocean]") {
  DigitalOceanWorld world;
  world.set(R"({"images": [{"id": 11, "name": "one", "tags": ["edge"]},
    {"id": 12, "name": "two", "tags": ["web"]},
    {"id": 13, "name": "three", "tags": ["edge"], "status": "deleted"}]})");
  world.options().image_tag = "edge";
  world.restart();
  const auto images =
      await<Result<std::vector<Image>>>(world, [&](auto done) { world.provider().images(done); });
  REQUIRE(images);
  REQUIRE(images->size() == 1);
  CHECK(images->front().name == "one");
}

TEST_CASE("user data, keys, network and tags arrive as they were given", "[digitalocean]") {
  DigitalOceanWorld world;
  world.options().ssh_keys = {"3b:16:bf:e4", "512189"};
  world.options().vpcs["lon1"] = "760e09ef-dc84-11e8-981e-3cfdfeaae000";
  world.options().tags = {"team:video"};
  world.restart();
  REQUIRE(create(world, "n1"));
  const auto droplet = world.droplets()[0].as_object();
  CHECK(droplet.at("name") == "n1");
  CHECK(droplet.at("_user_data") == "quotes \" and\nlines");
  CHECK(droplet.at("_keys") == boost::json::parse(R"(["3b:16:bf:e4", 512189])"));
  CHECK(droplet.at("vpc_uuid") == "760e09ef-dc84-11e8-981e-3cfdfeaae000");
  CHECK(droplet.at("tags") == boost::json::parse(R"(["edgeherd-fleet:fleet-a", "edgeherd-node:n1",
                               "edgeherd-image:1001", "team:video"])"));
}

TEST_CASE("the private address is given only when health is asked for there", "[digitalocean]") {
  DigitalOceanWorld world;
  world.seed(1);
  CHECK(world.list()->front().private_address.empty());
  world.options().health_by = digitalocean::HealthBy::private_address;
  world.restart();
  CHECK(world.list()->front().private_address.starts_with("10.20."));
  CHECK(world.list()->front().address.starts_with("198.18."));
}

TEST_CASE("a reboot that fails becomes a power cycle", "[digitalocean]") {
  DigitalOceanWorld world;
  world.seed(1);
  world.strike(R"({"method": "POST", "path": "/actions$", "errored": true})");
  REQUIRE(reboot(world, world.list()->front().id));
  CHECK(world.requests("POST") == 2);
}

TEST_CASE("a reboot that was accepted may have been done, whatever is answered after it",
          "[digitalocean]") {
  DigitalOceanWorld world;
  world.seed(1);
  const std::string status = GENERATE("401", "422", "404");
  world.strike(R"({"method": "GET", "path": "/actions/[0-9]+$", "status": )" + status + "}");
  const Status said = reboot(world, world.list()->front().id);
  REQUIRE_FALSE(said);
  CHECK(said.error().code == Errc::unavailable);
  CHECK_THAT(said.error().message, Contains("accepted, but: "));
}

TEST_CASE("a refused token is said, never shown, and read again from its file", "[digitalocean]") {
  DigitalOceanWorld world;
  world.write_token("wrong-token-1");
  world.restart();
  const auto refused = world.list();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK_THAT(refused.error().message, Contains("401") && !Contains("wrong-token-1"));
  world.write_token(world.token());
  CHECK(world.list());
  world.write_token("two words");
  world.restart();
  const auto unread = world.list();
  REQUIRE_FALSE(unread);
  CHECK_THAT(unread.error().message, Contains("token_file") && !Contains("two words"));
}

TEST_CASE("a request whose token was replaced meanwhile is sent again, once", "[digitalocean]") {
  DigitalOceanWorld world;
  const auto strike = [&](const std::string& method) {
    world.strike(R"({"method": ")" + method + R"(", "path": "/v2/droplets", "status": 401})");
  };
  REQUIRE(world.list());
  strike("GET");
  CHECK(world.list().error().code == Errc::refused);
  CHECK(world.requests("GET /v2/droplets") == 2);  // the same token again would be of no use
  REQUIRE(world.list());
  strike("POST");
  world.write_token(world.token() + "-renewed");
  CHECK(create(world, "n1"));
  CHECK(world.list()->size() == 1);  // of the account of the new one
  CHECK(world.requests("POST") == 1);
}

TEST_CASE("an API that cannot be reached is unavailable, for creations too",
          "[digitalocean][raw]") {
  DigitalOceanWorld world;
  world.options().access.api_url = "http://127.0.0.1:1";
  world.restart();
  CHECK(world.list().error().code == Errc::unavailable);
  CHECK(create(world, "n1").error().code == Errc::unavailable);
  CHECK(destroy(world, "1").error().code == Errc::unavailable);
}

TEST_CASE("nothing is answered once the provider of droplets is gone", "[digitalocean]") {
  DigitalOceanWorld world;
  world.strike(on_create(R"("status": 503)"));
  int answered = 0;
  world.provider().create(request_for("n1"), [&](const Result<Vm>&) { ++answered; });
  for (int i = 0; i < 5; ++i) world.provider().list([&](const Listing&) { ++answered; });
  world.provider().destroy(VmId("x"), [&](const Status&) { ++answered; });
  world.restart();
  world.run_for(500ms);
  CHECK(answered == 0);
}

TEST_CASE("an answer that is not as the cloud describes it does not pass", "[described]") {
  DigitalOceanWorld world;
  CHECK(world.list());
  CHECK(world.take_violations().empty());
  world.strike(R"({"method": "GET", "path": "/v2/droplets", "junk": "{\"meta\": {}}"})");
  CHECK_FALSE(world.list());
  CHECK_THAT(world.take_violations(), Contains("total"));
}
