// What the DNS `route53` does with what others wrote, and with a service that fails.
#include "tests/contract/route53_world.h"

using namespace edgeherd;
using namespace edgeherd::act;
using Catch::Matchers::Contains;
using test::await;
using test::Route53World;

namespace {

const std::string lon = "lon1.edge.example.org";
const std::string ams = "ams1.edge.example.org";

Status write(Route53World& world, std::vector<NameSet> wanted) {
  return await<Status>(world, [&](auto done) { world.dns().write(std::move(wanted), done); });
}

Result<std::vector<NameSet>> read(Route53World& world, std::vector<NameKey> names) {
  return await<Result<std::vector<NameSet>>>(
      world, [&](auto done) { world.dns().read(std::move(names), done); });
}

void foreign_change(Route53World& world, const std::string& action, const std::string& set) {
  world.foreign("POST",
                "<ChangeResourceRecordSetsRequest "
                "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>"
                "<Change><Action>" +
                    action + "</Action><ResourceRecordSet>" + set +
                    "</ResourceRecordSet></Change></Changes></ChangeBatch>"
                    "</ChangeResourceRecordSetsRequest>");
}

std::string set_of(const std::string& name, const std::string& type, const std::string& value,
                   const std::string& more = "") {
  return "<Name>" + name + "</Name><Type>" + type + "</Type>" + more +
         "<TTL>77</TTL><ResourceRecords><ResourceRecord><Value>" + value +
         "</Value></ResourceRecord></ResourceRecords>";
}

}  // namespace

TEST_CASE("records of others stay as they are, at other names and at ours", "[route53]") {
  Route53World world;
  foreign_change(world, "CREATE", set_of("foreign.edge.example.org", "A", "192.0.2.77"));
  foreign_change(world, "CREATE", set_of(lon, "TXT", "\"not ours\""));
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}, {ams, {"127.64.0.2"}, 30s}}));
  REQUIRE(write(world, {{lon, {}, 30s}, {ams, {"127.64.0.3"}, 30s}}));
  const std::string all = world.foreign("GET", "");
  CHECK_THAT(all, Contains("192.0.2.77") && Contains("not ours") && Contains("127.64.0.3"));
  CHECK_THAT(all, !Contains("127.64.0.1") && !Contains("127.64.0.2"));
}

TEST_CASE("what somebody else changed meanwhile is not overwritten, but read again", "[route53]") {
  Route53World world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  foreign_change(world, "UPSERT", set_of(lon, "A", "192.0.2.77"));
  const Status refused = write(world, {{lon, {"127.64.0.2"}, 30s}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK_THAT(world.foreign("GET", ""), Contains("192.0.2.77"));
  CHECK(read(world, {lon})->front().addresses == std::set<std::string>{"192.0.2.77"});
  REQUIRE(write(world, {{lon, {"127.64.0.2"}, 30s}}));
  CHECK(read(world, {lon})->front().addresses == std::set<std::string>{"127.64.0.2"});
}

TEST_CASE("names change all together or not at all", "[route53]") {
  Route53World world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}, {ams, {"127.64.0.2"}, 30s}}));
  foreign_change(world, "UPSERT", set_of(ams, "A", "192.0.2.77"));
  REQUIRE_FALSE(write(world, {{lon, {"127.64.0.9"}, 30s}, {ams, {"127.64.0.9"}, 30s}}));
  CHECK_THAT(world.foreign("GET", ""), !Contains("127.64.0.9") && Contains("127.64.0.1"));
}

TEST_CASE("a name that is an alias or is routed by somebody is refused, and stays", "[route53]") {
  Route53World world;
  foreign_change(world, "CREATE", set_of(lon, "CNAME", "foreign.example.net."));
  foreign_change(
      world, "CREATE",
      set_of(ams, "A", "192.0.2.77", "<SetIdentifier>one</SetIdentifier><Weight>10</Weight>"));
  for (const std::string& name : {lon, ams}) {
    INFO(name);
    const auto found = read(world, {name});
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::conflict);
    CHECK_THAT(found.error().message, Contains(name));
    CHECK(write(world, {{name, {"127.64.0.1"}, 30s}}).error().code == Errc::conflict);
  }
  CHECK_THAT(world.foreign("GET", ""), Contains("192.0.2.77") && !Contains("127.64.0.1"));
}

TEST_CASE("an alias keeps no other name from being read and written", "[route53]") {
  Route53World world;
  foreign_change(world, "CREATE", set_of(lon, "CNAME", "foreign.example.net."));
  REQUIRE(write(world, {{ams, {"127.64.0.1"}, 30s}}));
  const auto found = read(world, {lon, ams});
  REQUIRE(found);
  REQUIRE(found->front().unread);
  CHECK_THAT(found->front().unread->message, Contains(lon) && Contains("alias"));
  CHECK_FALSE(found->back().unread);
  CHECK(found->back().addresses == std::set<std::string>{"127.64.0.1"});
}

TEST_CASE("a zone of many pages is read whole, and one that breaks off is not read", "[route53]") {
  Route53World world;
  std::vector<NameSet> wanted;
  std::vector<NameKey> names;
  for (int i = 0; i < 12; ++i) {
    names.push_back("z" + std::to_string(i) + ".edge.example.org");
    wanted.push_back({names.back().name, {"127.64.0." + std::to_string(i + 1)}, 30s});
  }
  REQUIRE(write(world, wanted));
  world.options().page_size = 5;
  world.restart();
  const auto found = read(world, names);
  REQUIRE(found);
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK((*found)[i].addresses == wanted[i].addresses);
  }
  for (const auto& [trouble, code] :
       {std::pair("half", Errc::broken), std::pair("noise", Errc::broken),
        std::pair("fail", Errc::unavailable), std::pair("throttle", Errc::throttled)}) {
    INFO(trouble);
    world.strike(std::string("List ") + trouble);
    const auto failed = read(world, names);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == code);
    CHECK_THAT(failed.error().message, !Contains(world.secret()));
  }
}

TEST_CASE("a change whose answer is lost is read before the next one", "[route53]") {
  Route53World world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  world.strike("Change half");
  REQUIRE(write(world, {{lon, {"127.64.0.2"}, 30s}}));  // a 200 is enough
  world.options().timeout = 3s;                         // also of the reading before it
  world.restart();
  REQUIRE(read(world, {lon}));
  world.strike("Change lose");
  const Status lost = write(world, {{lon, {"127.64.0.3"}, 30s}});
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::timeout);
  REQUIRE(write(world, {{lon, {"127.64.0.4"}, 30s}}));
  CHECK(read(world, {lon})->front().addresses == std::set<std::string>{"127.64.0.4"});
}

TEST_CASE("names outside of the zone and addresses that are none are not asked for", "[route53]") {
  Route53World world;
  CHECK(read(world, {NameKey("lon1.example.net")}).error().code == Errc::invalid);
  CHECK(write(world, {{"xedge.example.org", {"127.64.0.1"}, 30s}}).error().code == Errc::invalid);
  CHECK(world.seen().empty());
  CHECK(write(world, {{lon, {"not an address"}, 30s}}).error().code == Errc::invalid);
  CHECK_THAT(world.seen(), !Contains("Change"));
}

TEST_CASE("a wrong hosted zone is said so", "[route53]") {
  Route53World world;
  world.options().hosted_zone = "Z0000000NONE";
  world.restart();
  const auto found = read(world, {lon});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::not_found);
  CHECK_THAT(found.error().message, Contains("NoSuchHostedZone"));
}

TEST_CASE("writing what is there already asks for no change", "[route53]") {
  Route53World world;
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  world.restart();
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s}}));
  CHECK(world.seen() == "List\nChange\nList");
}

TEST_CASE("regions have their parts of one name, and those of others stay beside them",
          "[route53]") {
  Route53World world;
  const std::string all = "all.edge.example.org";
  foreign_change(
      world, "CREATE",
      set_of(all, "A", "192.0.2.77", "<SetIdentifier>theirs</SetIdentifier><Weight>10</Weight>"));
  const auto part = [&](const std::string& region, std::set<std::string> addresses, int weight) {
    model::Route route;
    route.weight = weight;
    return NameSet{all, std::move(addresses), 30s, "edgeherd/t/" + region, route};
  };
  const NameSet ams = part("ams", {"127.64.0.2"}, 1);
  REQUIRE(write(world, {part("lon", {"127.64.0.1"}, 1), ams}));
  REQUIRE(write(world, {part("lon", {"127.64.0.1", "127.64.0.3"}, 2)}));
  world.restart();
  const std::vector<NameKey> keys{NameKey(all, "edgeherd/t/lon"), NameKey(all, "edgeherd/t/ams"),
                                  NameKey(all, "edgeherd/t/par")};
  const auto found = read(world, keys);
  REQUIRE(found);
  CHECK((*found)[0].addresses == std::set<std::string>{"127.64.0.1", "127.64.0.3"});
  CHECK((*found)[0].route->weight == 2);
  CHECK((*found)[1].addresses == ams.addresses);
  CHECK((*found)[2].addresses.empty());
  REQUIRE(write(world, {part("lon", {}, 1)}));  // a region without servers
  const std::string listed = world.foreign("GET", "");
  CHECK_THAT(listed, Contains("theirs") && Contains("192.0.2.77") && Contains("127.64.0.2"));
  CHECK_THAT(listed, !Contains("127.64.0.1") && !Contains("edgeherd/t/lon"));
}

TEST_CASE("parts that are answered by latency name a region of AWS", "[route53]") {
  Route53World world;
  model::Route route;
  route.by = model::RouteBy::latency;
  route.aws_region = "eu-west-2";
  REQUIRE(write(world, {{lon, {"127.64.0.1"}, 30s, "edgeherd/t/lon", route}}));
  world.restart();
  const auto found = read(world, {NameKey(lon, "edgeherd/t/lon")});
  REQUIRE(found);
  CHECK((*found)[0].route == route);
  CHECK_THAT(world.foreign("GET", ""), Contains("<Region>eu-west-2</Region>"));
}

TEST_CASE("a record without a routing policy where a part is to be is refused, and stays",
          "[route53]") {
  Route53World world;
  foreign_change(world, "CREATE", set_of(lon, "A", "192.0.2.77"));
  const auto found = read(world, {NameKey(lon, "edgeherd/t/lon")});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::conflict);
  CHECK_THAT(found.error().message, Contains(lon) && Contains("without a routing policy"));
  model::Route route;
  route.weight = 1;
  CHECK(write(world, {{lon, {"127.64.0.1"}, 30s, "edgeherd/t/lon", route}}).error().code ==
        Errc::conflict);
  CHECK_THAT(world.foreign("GET", ""), Contains("192.0.2.77") && !Contains("127.64.0.1"));
}

TEST_CASE("a thousand names of nodes are written within the service's limits", "[route53]") {
  Route53World world;
  std::vector<NameSet> wanted;
  std::vector<NameKey> names;
  for (int i = 0; i < 1000; ++i) {
    names.emplace_back("n" + std::to_string(i) + ".edge.example.org");
    wanted.push_back({names.back().name,
                      {"127.64." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1)},
                      30s});
  }
  REQUIRE(write(world, wanted));
  const auto found = read(world, names);
  REQUIRE(found);
  for (std::size_t i = 0; i < names.size(); ++i) {
    REQUIRE((*found)[i].addresses == wanted[i].addresses);
  }
}
