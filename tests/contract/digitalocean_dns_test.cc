// What the DNS of type `digitalocean` does besides the suite: what it leaves alone, and in which
// order it changes what is its own.
#include "tests/contract/digitalocean_dns_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using test::await;
using test::DigitalOceanDnsWorld;

namespace {

const std::string lon = "lon1.edge.example.org";
const std::string ams = "ams1.edge.example.org";

Status write(DigitalOceanDnsWorld& world, std::vector<NameSet> wanted) {
  return await<Status>(world, [&](auto done) { world.dns().write(std::move(wanted), done); });
}

Result<std::vector<NameSet>> read(DigitalOceanDnsWorld& world, std::vector<NameKey> names) {
  return await<Result<std::vector<NameSet>>>(
      world, [&](auto done) { world.dns().read(std::move(names), done); });
}

// How many records there are that begin so.
int records(DigitalOceanDnsWorld& world, const std::string& name, const std::string& data) {
  int count = 0;
  const auto all = world.records();
  for (const auto& record : all) {
    count +=
        record.at("name").as_string() == name && record.at("data").as_string().starts_with(data)
            ? 1
            : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("records of others are never touched, under whatever name", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  const auto before = world.records();
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}, {ams, {"127.64.0.2"}, 30s}}));
  REQUIRE(write(world, {{lon, {}, 30s}, {ams, {}, 30s}}));
  CHECK(world.records() == before);
  const auto outside = write(world, {{"www.example.org", {"127.64.0.1"}, 30s}});
  REQUIRE_FALSE(outside);
  CHECK(outside.error().code == Errc::invalid);
  CHECK(world.records() == before);
}

TEST_CASE("a change adds before it deletes, and ends at the first failure", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.2"}, 30s}}));
  world.strike(R"({"method": "POST", "path": "/records$", "status": 500})");
  REQUIRE_FALSE(write(world, {{lon, {"127.64.0.3"}, 30s}}));
  CHECK(records(world, "lon1.edge", "127.64.0.") == 2);  // nothing was deleted
  world.strike(R"({"method": "DELETE", "path": "/records/", "status": 500, "count": 2})");
  REQUIRE_FALSE(write(world, {{lon, {"127.64.0.3"}, 30s}}));
  CHECK(records(world, "lon1.edge", "127.64.0.") == 3);  // added, and not deleted
  REQUIRE(write(world, {{lon, {"127.64.0.3"}, 30s}}));
  CHECK(records(world, "lon1.edge", "127.64.0.") == 1);
}

TEST_CASE("an addition without an answer leaves no second record behind", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  world.strike(R"({"method": "POST", "path": "/records$", "status": 502, "after": true})");
  REQUIRE_FALSE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  CHECK(records(world, "lon1.edge", "127.64.0.1") == 1);
}

TEST_CASE("two records of one address become one", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  world.set(R"({"records": [{"type": "A", "name": "ams1.edge", "data": "127.64.0.1", "ttl": 30},
                            {"type": "A", "name": "ams1.edge", "data": "127.64.0.1", "ttl": 30}]})");
  CHECK(read(world, {ams})->front().addresses.size() == 1);
  REQUIRE(write(world, {{ams, {"127.64.0.1"}, 30s}}));
  CHECK(records(world, "ams1.edge", "127.64.0.1") == 1);
}

TEST_CASE("another TTL is a change of the records that are there", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.2"}, 30s}}));
  const auto before = world.records();
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.2"}, 60s}}));
  CHECK(read(world, {lon})->front().ttl == 60s);
  CHECK(world.records().size() == before.size());
  CHECK(world.requests("DELETE") == 0);
}

TEST_CASE("many names are read with one list, in pages", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  std::vector<NameKey> names;
  std::string seeds;
  for (int zone = 0; zone < 10; ++zone) {
    const std::string label = "z" + std::to_string(zone) + ".edge";
    names.push_back(label + ".example.org");
    for (int i = 1; i <= 21; ++i) {
      seeds += (seeds.empty() ? "" : ", ") + (R"({"type": "A", "name": ")" + label) +
               R"(", "data": "127.64.)" + std::to_string(zone) + "." + std::to_string(i) + "\"}";
    }
  }
  world.set("{\"records\": [" + seeds + "]}");
  const auto found = read(world, names);
  REQUIRE(found);
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK((*found)[i].name == names[i]);
    CHECK((*found)[i].addresses.size() == 21);
    CHECK((*found)[i].addresses.contains("127.64." + std::to_string(i) + ".7"));
  }
  // 210 records, and one of www: two pages. The first time the first one tells where to begin.
  CHECK(world.requests("GET") == 3);
  REQUIRE(read(world, names));
  CHECK(world.requests("GET") == 5);
}

TEST_CASE(
    "a write rests on the reading just before it, and on a new one when that is not so any more",
    "[digitalocean]") {
  DigitalOceanDnsWorld world;
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.2"}, 30s}}));
  REQUIRE(read(world, {lon, ams}));
  const int before = world.requests("GET");
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.3"}, 30s}}));
  CHECK(world.requests("GET") == before);
  // Once: what was written is not in it.
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.4"}, 30s}}));
  CHECK(world.requests("GET") == before + 1);
  // Nor does it tell of a name that was not asked for.
  REQUIRE(read(world, {lon}));
  REQUIRE(write(world, {{ams, {"127.64.0.5"}, 30s}}));
  CHECK(world.requests("GET") == before + 3);
  // Somebody else has changed it meanwhile.
  REQUIRE(read(world, {lon, ams}));
  world.strike(R"({"method": "PATCH", "path": "/records/", "status": 404, "ident": "not_found"})");
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.4"}, 60s}}));
  CHECK(world.requests("GET") == before + 5);
  CHECK(read(world, {lon})->front().ttl == 60s);
}

TEST_CASE("names that could not be read fail the whole call", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  world.strike(R"({"method": "GET", "path": "/records", "status": 503})");
  const auto failed = read(world, {lon, ams});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::unavailable);
  CHECK_THAT(failed.error().message, Contains("GET /v2/domains/example.org/records"));
  CHECK(read(world, {lon})->front().addresses.size() == 1);
}

TEST_CASE("the names and the droplets of an account share its budget", "[digitalocean]") {
  DigitalOceanDnsWorld world;
  world.set(R"({"per_minute": 10})");
  world.options().access.limits.per_minute = 10;
  world.budget()->tighten(world.options().access.limits);
  for (int i = 0; i < 4; ++i) REQUIRE(read(world, {lon}));
  int listed = 0;
  for (int i = 0; i < 5; ++i) {
    world.provider().list([&](const auto& servers) { listed += servers ? 1 : 100; });
  }
  REQUIRE(world.run_until([&] { return listed >= 4; }));
  world.run_for(300ms);
  CHECK(listed == 4);  // with the four questions for names the lists' share of the minute is used
}
