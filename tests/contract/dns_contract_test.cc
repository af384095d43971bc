// What every DnsProvider must do, real or simulated.
#include <type_traits>

#include "tests/contract/digitalocean_dns_world.h"
#include "tests/contract/dns_worlds.h"
#include "tests/contract/route53_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using test::await;

namespace {

// A build of this file may name other worlds.
#ifdef DNS_WORLDS
#define TTL_WORLDS DNS_WORLDS
#else
#define DNS_WORLDS \
  test::ZoneFileWorld, test::BindWorld, test::KnotWorld, test::PowerDnsWorld, test::SimDnsWorld
#define TTL_WORLDS test::ZoneFileWorld, test::SimDnsWorld
#endif

template <class World>
Status write(World& world, std::vector<NameSet> wanted) {
  return await<Status>(world, [&](auto done) { world.dns().write(std::move(wanted), done); });
}

template <class World>
std::vector<NameSet> read(World& world, std::vector<NameKey> names) {
  auto found = await<Result<std::vector<NameSet>>>(
      world, [&](auto done) { world.dns().read(std::move(names), done); });
  REQUIRE(found);
  return std::move(*found);
}

const std::string lon = "lon1.edge.example.org";
const std::string ams = "ams1.edge.example.org";

}  // namespace

TEMPLATE_TEST_CASE("a name that was never written is read back empty", "[dns]", DNS_WORLDS) {
  TestType world;
  const auto found = read(world, {lon});
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == lon);
  CHECK(found[0].addresses.empty());
}

TEMPLATE_TEST_CASE("what was written is read back, in the order asked for", "[dns]", TTL_WORLDS) {
  TestType world;
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.2"}, 30s}, {ams, {"127.64.0.3"}, 60s}}));
  const auto found = read(world, {ams, lon});
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == ams);
  CHECK(found[0].addresses == std::set<std::string>{"127.64.0.3"});
  CHECK(found[0].ttl == 60s);
  CHECK(found[1].name == lon);
  CHECK(found[1].addresses == std::set<std::string>{"127.64.0.1", "127.64.0.2"});
  CHECK(found[1].ttl == 30s);
}

TEMPLATE_TEST_CASE("writing a name replaces its addresses and leaves other names", "[dns]",
                   TTL_WORLDS) {
  TestType world;
  REQUIRE(write(world, {{lon, {"127.64.0.1", "127.64.0.2"}, 30s}, {ams, {"127.64.0.3"}, 30s}}));
  REQUIRE(write(world, {{lon, {"127.64.0.2", "127.64.0.9"}, 30s}}));
  const auto found = read(world, {lon, ams});
  CHECK(found[0].addresses == std::set<std::string>{"127.64.0.2", "127.64.0.9"});
  CHECK(found[1].addresses == std::set<std::string>{"127.64.0.3"});
}

TEMPLATE_TEST_CASE("a name without addresses exists no more", "[dns]", DNS_WORLDS) {
  TestType world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}, {ams, {"127.64.0.3"}, 30s}}));
  REQUIRE(write(world, {{lon, {}, 30s}}));
  CHECK(read(world, {lon})[0].addresses.empty());
  CHECK(read(world, {ams})[0].addresses.size() == 1);
}

TEMPLATE_TEST_CASE("names that the service cannot have are unread by themselves, and none alone",
                   "[dns]", DNS_WORLDS) {
  if (std::is_same_v<TestType, test::SimDnsWorld>) return;  // has names of all zones
  TestType world;
  const NameKey other("lon1.elsewhere.org");
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  const auto found = read(world, {other, lon});
  REQUIRE(found.size() == 2);
  CHECK(key_of(found[0]) == other);
  REQUIRE(found[0].unread);
  CHECK(found[0].unread->code == Errc::invalid);
  CHECK(found[0].unread->message == "lon1.elsewhere.org is not in the zone edge.example.org");
  CHECK_FALSE(found[1].unread);
  CHECK(found[1].addresses == std::set<std::string>{"127.64.0.1"});
  const auto none = await<Result<std::vector<NameSet>>>(
      world, [&](auto done) { world.dns().read({other}, done); });
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::invalid);
}

TEMPLATE_TEST_CASE("writing the same again is fine", "[dns]", DNS_WORLDS) {
  TestType world;
  for (int i = 0; i < 3; ++i) REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  CHECK(read(world, {lon})[0].addresses.size() == 1);
}

TEMPLATE_TEST_CASE("of writes at once the last one stands", "[dns]", DNS_WORLDS) {
  TestType world;
  int answered = 0;
  for (int i = 1; i <= 20; ++i) {
    world.dns().write({{lon, {"127.64.0." + std::to_string(i)}, 30s}}, [&](Status status) {
      CHECK(status);
      ++answered;
    });
  }
  REQUIRE(world.run_until([&] { return answered == 20; }));
  CHECK(read(world, {lon})[0].addresses == std::set<std::string>{"127.64.0.20"});
}
