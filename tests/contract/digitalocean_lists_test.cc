// Lists of droplets: whole, or an error, whatever comes and goes while they are read.
#include <set>
#include <tuple>

#include "tests/contract/digitalocean_world.h"

using namespace edgeherd;
using Catch::Matchers::Contains;
using model::Vm;
using test::DigitalOceanWorld;

TEST_CASE("a list costs its pages, the first time one more", "[digitalocean]") {
  DigitalOceanWorld world;
  world.seed(450);
  for (const int requests : {4, 7, 10}) {
    const auto listed = world.list();
    REQUIRE(listed);
    CHECK(listed->size() == 450);
    CHECK(world.requests("GET /v2/droplets") == requests);
  }
}

TEST_CASE("a list that is not whole is broken, never a smaller account", "[digitalocean][raw]") {
  DigitalOceanWorld world;
  world.seed(210);
  for (const auto& [trouble, what] :
       {std::pair(R"("short": 1)", "of a total of 210"), std::pair(R"("twice": true)", "different"),
        std::pair(R"("elsewhere": true)", "links.pages.next"), std::pair(R"("half": true)", ""),
        std::pair(R"("junk": "<html>")", "no JSON"),
        std::pair(R"("junk": "{\"droplets\": []}")", "meta"),
        std::pair(R"("junk": "{\"droplets\": [{}], \"meta\": {\"total\": 1}}")", "droplets[0]")}) {
    INFO(trouble);
    world.strike(R"({"method": "GET", "path": "/v2/droplets", "count": 9, )" +
                 std::string(trouble) + "}");
    const auto listed = world.list();
    REQUIRE_FALSE(listed);
    CHECK((listed.error().code == Errc::broken || listed.error().code == Errc::unavailable));
    CHECK_THAT(listed.error().message, Contains("/v2/droplets") && Contains(what));
  }
  world.set(R"({"troubles": []})");
  CHECK(world.list()->size() == 210);
}

TEST_CASE("a list whose pages did not fit together once is read again", "[digitalocean]") {
  DigitalOceanWorld world;
  world.seed(210);
  world.strike(R"({"method": "GET", "path": "page=2", "short": 1})");
  const auto listed = world.list();
  REQUIRE(listed);
  CHECK(listed->size() == 210);
}

TEST_CASE("a droplet that goes between two pages takes no other one with it", "[digitalocean]") {
  for (const int count : {201, 450}) {
    DigitalOceanWorld world;
    world.seed(count);
    world.strike(R"({"method": "GET", "path": "per_page=200$", "delete": 1})");
    const auto listed = world.list();
    REQUIRE(listed);
    std::set<std::string> ids;
    for (const Vm& vm : *listed) ids.insert(vm.id.str());
    std::set<std::string> living;
    for (const auto& droplet : world.droplets()) {
      living.insert(std::to_string(droplet.at("id").as_int64()));
    }
    CHECK(living.size() == static_cast<std::size_t>(count) - 1);
    CHECK(ids == living);
    // Nor does any of those that go one after the other.
    world.strike(R"({"method": "GET", "path": "/v2/droplets", "count": 9, "delete": 1})");
    const auto again = world.list();
    REQUIRE(again);
    std::set<std::string> listed_again;
    for (const Vm& vm : *again) listed_again.insert(vm.id.str());
    const auto still = world.droplets();
    for (const auto& droplet : still) {
      CHECK(listed_again.contains(std::to_string(droplet.at("id").as_int64())));
    }
  }
}

TEST_CASE("a droplet that goes and one that comes between two pages hide none", "[digitalocean]") {
  DigitalOceanWorld world;
  world.seed(450);
  const auto shown = [&](int count, const std::string& trouble) {
    if (!trouble.empty()) {
      world.strike(R"({"method": "GET", "path": "/v2/droplets", "count": )" +
                   std::to_string(count) + ", " + trouble + "}");
    }
    const auto ids = [&] {
      std::set<std::string> all;
      const auto droplets = world.droplets();
      for (const auto& one : droplets) all.insert(std::to_string(one.at("id").as_int64()));
      return all;
    };
    const int before = world.requests("GET /v2/droplets");
    std::set<std::string> missing = ids();
    const auto listed = world.list();
    const std::set<std::string> living = ids();
    std::erase_if(missing, [&](const std::string& id) { return !living.contains(id); });
    if (listed) {
      for (const Vm& vm : *listed) missing.erase(vm.id.str());
    }
    return std::tuple(listed.ok(), missing.size(), world.requests("GET /v2/droplets") - before);
  };
  CHECK(shown(1, R"("delete": 1, "come": 1)") == std::tuple(true, 0, 4));
  CHECK(shown(1, "") == std::tuple(true, 0, 3));
  CHECK(shown(1, R"("delete": 1, "come": 1)") == std::tuple(true, 0, 3));
  world.set(R"({"seed": [{}]})");
  CHECK(shown(1, "") == std::tuple(true, 0, 3));
  world.vanish(VmId(std::to_string(world.droplets()[7].at("id").as_int64())));
  CHECK(shown(1, "") == std::tuple(true, 0, 3));
  CHECK(shown(50, R"("delete": 1, "come": 1)") == std::tuple(true, 0, 3));
  // More that come than go: the last page is read once more.
  CHECK(shown(1, R"("come": 2)") == std::tuple(true, 0, 4));
}
