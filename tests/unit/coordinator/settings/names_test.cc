// Names of regions and nodes, and the name that is answered by region.
#include <functional>

#include "common/os/real.h"
#include "coordinator/settings/aws_regions.h"
#include "coordinator/settings/settings.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using Catch::Matchers::Contains;
using model::RouteBy;

namespace {

const std::string zone = R"({ "min_servers": 1, "max_servers": 2 })";

struct Place {
  Place() {
    REQUIRE(files->make_directories(directory.file("providers")).ok());
    types.providers["local"] = [](config::Section& s) {
      s.finish();
      return std::vector<settings::Needed>{};
    };
    for (const std::string type : {"file", "route53"}) {
      types.dns[type] = [](config::Section& s) {
        s.ignore("type");
        s.ignore("zone");
        s.ignore("routed");
        s.finish();
        return std::vector<settings::Needed>{};
      };
    }
    types.routing_dns = {"route53"};
    types.least_ttls = {{"route53", 30s}};
  }
  void write(const std::string& file, const std::string& text) {
    REQUIRE(files->write_whole(directory.file(file), text).ok());
  }
  // `more` of the file, and what its regions are.
  void provider(const std::string& id, const std::string& more, const std::string& regions) {
    write("providers/" + id + ".json", "{ \"type\": \"local\", \"image_id\": \"v\"" + more +
                                           ",\n\"regions\": { " + regions + " } }");
  }
  settings::Loaded load(const std::string& dns) {
    write("coordinator.json",
          "{ \"fleet_id\": \"t\",\n\"dns\": { \"zone\": \"e.org\", " + dns + " } }");
    return settings::load(directory.path(), *files, types);
  }
  std::string first_problem(const std::string& dns) {
    const auto loaded = load(dns);
    return loaded.problems.empty() ? "none" : loaded.problems.front();
  }

  test::TempDirectory directory;
  std::unique_ptr<FileSystem> files = os::make_file_system();
  settings::Types types;
};

std::string region(const std::string& id, const std::string& zones, const std::string& more = "") {
  return "\"" + id + "\": { " + more + "\"zones\": { " + zones + " } }";
}
std::string one(const std::string& id, const std::string& more = "") {
  return region(id, "\"" + id + "1\": " + zone, more);
}
std::string at(double latitude, double longitude, const std::string& routed = "") {
  return "\"location\": { \"latitude\": " + std::to_string(latitude) +
         ", \"longitude\": " + std::to_string(longitude) + " }, " +
         (routed.empty() ? "" : "\"routed\": { " + routed + " }, ");
}
std::string routed_by(const std::string& policy) {
  return R"("type": "route53", "routed": { "name": "all.e.org", "policy": ")" + policy + "\" }";
}
const std::string plain = R"("type": "file")";

}  // namespace

TEST_CASE("regions and nodes have names of their own, made of the words that they may hold") {
  Place place;
  const std::string names =
      R"(, "region_dns_name": "{region}.e.org", "node_dns_name": "{node}.{zone}.e.org")";
  place.provider("a", names, one("lon"));
  place.provider("b", names, region("lon", "\"lon2\": " + zone) + ", " + one("ams"));
  const auto loaded = place.load(plain);
  INFO((loaded.problems.empty() ? "" : loaded.problems[0]));
  REQUIRE(loaded.settings);
  const auto& zones = loaded.settings->policy.zones;
  // A region of two accounts has one name.
  CHECK(zones.at(ZoneId("a/lon1")).region_dns_name == "lon.e.org");
  CHECK(zones.at(ZoneId("b/lon2")).region_dns_name == "lon.e.org");
  CHECK(zones.at(ZoneId("b/ams1")).region_dns_name == "ams.e.org");
  CHECK(zones.at(ZoneId("b/lon2")).node_dns_name == "{node}.lon2.e.org");
}

TEST_CASE("a name that cannot be is told where it stands") {
  const auto told = [](const std::string& more, const std::string& in_region = "",
                       const std::string& in_zone = "") {
    Place place;
    std::string of_zone = zone;
    of_zone.insert(1, in_zone);
    place.provider("a", more, region("lon", "\"lon1\": " + of_zone, in_region));
    return place.first_problem(plain);
  };
  CHECK_THAT(told(R"(, "node_dns_name": "n.e.org")"),
             Contains("a.json:1:54: \"node_dns_name\": \"n.e.org\" must hold \"{node}\" once"));
  CHECK_THAT(told(R"(, "node_dns_name": "{node}.{node}.e.org")"), Contains("must hold"));
  CHECK_THAT(told(R"(, "node_dns_name": "{node}.e.net")"), Contains("not inside e.org"));
  CHECK_THAT(told(R"(, "region_dns_name": "r.e.net")"),
             Contains("region lon has the name r.e.net"));
  CHECK_THAT(told("", R"("region_dns_name": "-.e.org", )"), Contains("is not a DNS name"));
  CHECK_THAT(told(R"(, "node_dns_name": "{node}.{regoin}.e.org")"),
             Contains("\"{regoin}\" is none of {provider}, {region}, {zone}"));
  CHECK_THAT(told("", R"("region_dns_name": "{region.e.org", )"),
             Contains("\"{region.e.org\" is none of"));
  CHECK_THAT(told("", R"("region_dns_name": "{zone}.e.org", )"),
             Contains("a region's name cannot hold"));
  CHECK_THAT(told("", "", R"("region_dns_name": "r.e.org", )"),
             Contains("belongs to the region, or to the file"));
}

TEST_CASE("names of all kinds are distinct, and no node can have another's name") {
  const auto told = [](const std::string& more, const std::string& regions) {
    Place place;
    place.provider("a", more, regions);
    return place.first_problem(plain);
  };
  CHECK_THAT(told(R"(, "region_dns_name": "x.e.org")", one("lon") + ", " + one("ams")),
             Contains("is the name of region ") && Contains("\"{region}\" in the name"));
  CHECK_THAT(told(R"(, "region_dns_name": "x.e.org", "dns_name": "x.e.org")", one("lon")),
             Contains("\"x.e.org\" is the name of zone a/lon1 already"));
  CHECK_THAT(told(R"(, "dns_name": "x.e.org", "node_dns_name": "{node}.e.org")", one("lon")),
             Contains("could be the name of zone a/lon1, x.e.org, too"));
  CHECK(told(R"(, "dns_name": "x.y.e.org", "node_dns_name": "{node}.e.org")", one("lon")) ==
        "none");
  Place place;
  place.provider("a", R"(, "node_dns_name": "{node}.e.org")", one("lon", at(51.5, -0.1)));
  CHECK_THAT(place.first_problem(routed_by("latency")),
             Contains("could be the name of all regions together"));
}

TEST_CASE("a routed name is refused by services that have none, and for want of what it needs") {
  Place place;
  place.provider("a", "", one("lon"));
  CHECK_THAT(
      place.first_problem(
          R"("type": "file", "routed": { "name": "all.e.org", "policy": "latency" })"),
      Contains("coordinator.json:2:") && Contains("\"file\" has no names that are answered by "
                                                  "region; \"route53\" has"));
  CHECK_THAT(place.first_problem(routed_by("nearest")), Contains("\"policy\""));
  CHECK_THAT(place.first_problem(R"("type": "route53", "routed": { "policy": "latency" })"),
             Contains("\"name\""));
  for (const std::string by : {"latency", "geoproximity"}) {
    CHECK_THAT(place.first_problem(routed_by(by)),
               Contains("a.json:2:") && Contains("region lon needs a \"location\""));
  }
  place.provider("a", "", one("lon", R"("routed": { "aws_region": "eu-wast-2" }, )"));
  CHECK_THAT(place.first_problem(routed_by("latency")), Contains("no region \"eu-wast-2\" of AWS"));
  place.provider("a", "", one("lon", at(91, 0)));
  CHECK_THAT(place.first_problem(routed_by("latency")), Contains("\"latitude\""));
}

TEST_CASE("latency goes to the nearest region of AWS, and two regions cannot share it") {
  Place place;
  place.provider("a", "", one("lon", at(51.5, -0.1)) + ", " + one("syd", at(-33.9, 151.2)));
  const auto loaded = place.load(routed_by("latency"));
  REQUIRE(loaded.settings);
  const auto& zones = loaded.settings->policy.zones;
  const model::RoutedPart& lon = zones.at(ZoneId("a/lon1")).routed;
  CHECK(lon.name == "all.e.org");
  CHECK(lon.part == "edgeherd/t/lon");
  CHECK(lon.route.by == RouteBy::latency);
  CHECK(lon.route.aws_region == "eu-west-2");
  CHECK(zones.at(ZoneId("a/syd1")).routed.route.aws_region == "ap-southeast-2");

  place.provider("a", "", one("lon", at(51.5, -0.1)) + ", " + one("man", at(51.9, -1)));
  CHECK_THAT(place.first_problem(routed_by("latency")),
             Contains("region man and region lon are both nearest to eu-west-2"));
  place.provider(
      "a", "",
      one("lon", at(51.5, -0.1)) + ", " + one("man", at(51.9, -1, R"("aws_region": "eu-west-1")")));
  CHECK(place.first_problem(routed_by("latency")) == "none");
}

TEST_CASE("geoproximity takes the place as it is, with its bias") {
  Place place;
  place.provider("a", "",
                 one("lon", at(51.506, -0.124, R"("bias": -20)")) + ", " +
                     one("ams", R"("routed": { "aws_region": "eu-central-1" }, )"));
  const auto loaded = place.load(routed_by("geoproximity"));
  REQUIRE(loaded.settings);
  const auto& zones = loaded.settings->policy.zones;
  const model::Route& lon = zones.at(ZoneId("a/lon1")).routed.route;
  CHECK(lon.latitude_hundredths == 5151);
  CHECK(lon.longitude_hundredths == -12);
  CHECK(lon.bias == -20);
  CHECK(zones.at(ZoneId("a/ams1")).routed.route.aws_region == "eu-central-1");
  place.provider("a", "", one("lon", at(51.5, 0)) + ", " + one("man", at(51.5, 0)));
  CHECK_THAT(place.first_problem(routed_by("geoproximity")), Contains("both at one place"));
}

TEST_CASE("weights are the servers', or as configured; a region of two files is one region") {
  Place place;
  place.provider("a", "", one("lon", R"("routed": { "weight": 9 }, )"));
  place.provider("b", "", region("lon", R"("lon2": { "min_servers": 1, "max_servers": 300 })"));
  const auto loaded = place.load(routed_by("weighted"));
  REQUIRE(loaded.settings);
  for (const auto& [id, zone] : loaded.settings->policy.zones) {
    CHECK(zone.routed.part == "edgeherd/t/lon");
    CHECK(zone.routed.route.weight == 9);
    CHECK(zone.routed.servers_per_weight == 2);  // 300 servers are more than the largest weight
  }
  place.provider("b", "", region("lon", "\"lon2\": " + zone, R"("routed": { "weight": 8 }, )"));
  CHECK_THAT(place.first_problem(routed_by("weighted")),
             Contains("b.json:2:") && Contains("\"weight\" of region lon is another one at"));
}

TEST_CASE("the distance between two places goes along the globe, also over the date line") {
  CHECK(settings::distance_km({51.5, -0.1}, {51.5, -0.1}) == 0);
  CHECK(settings::distance_km({0, 0}, {0, 90}) == Approx(10'007).epsilon(0.001));
  CHECK(settings::nearest_aws_region({-17, 179.9}) == settings::nearest_aws_region({-17, -179.9}));
  CHECK(settings::nearest_aws_region({40.7, -74}) == "us-east-1");
  CHECK_FALSE(settings::is_aws_region("mars-1"));
}

TEST_CASE("the case of a name, and a dot at its end, make no other name of it") {
  Place place;
  place.provider("a", R"(, "region_dns_name": "{region}.E.org.")",
                 region("Lon", R"("Lon1": { "min_servers": 1, "max_servers": 2,
                                  "dns_name": "{zone}.e.ORG" })"));
  const auto loaded = place.load(plain);
  REQUIRE(loaded.settings);
  const auto& zone = loaded.settings->policy.zones.at(ZoneId("a/Lon1"));
  CHECK(zone.dns_name == "lon1.e.org");
  CHECK(zone.region_dns_name == "lon.e.org");
  place.provider("a", R"(, "dns_name": "One.e.org")",
                 region("lon", R"("lon1": { "min_servers": 1, "max_servers": 2 },
    "lon2": { "min_servers": 1, "max_servers": 2, "dns_name": "oNE.e.org." })"));
  CHECK_THAT(place.first_problem(plain), Contains("\"one.e.org\" is the name of zone a/lon1"));
  place.provider("a", R"(, "node_dns_name": "{node}.N.e.org")", one("lon"));
  CHECK(place.load(plain).settings->policy.zones.at(ZoneId("a/lon1")).node_dns_name ==
        "{node}.n.e.org");
}

TEST_CASE("a TTL is whole seconds, and not shorter than the DNS takes, where there is a name") {
  Place place;
  const std::string named = R"(, "dns_name": "{zone}.e.org")";
  const std::string zones = one("lon") + ", " + one("ams");
  const auto problems = [&](const std::string& more, const std::string& dns) {
    place.provider("a", more, zones);
    return place.load(dns).problems;
  };
  const std::string route53 = R"("type": "route53")";
  const auto half = problems(named + ",\n\"dns_ttl\": \"1500ms\"", plain);
  REQUIRE(half.size() == 1);
  CHECK_THAT(half.front(), Contains("a.json:2:") && Contains("\"dns_ttl\": the DNS counts whole"));
  CHECK(problems(named + R"(, "dns_ttl": 5)", plain).empty());
  const auto low = problems(named + ",\n\"dns_ttl\": 29", route53);
  REQUIRE(low.size() == 1);  // of two zones, once
  CHECK_THAT(low.front(), Contains("a.json:2:") && Contains("\"route53\" takes 30s at least"));
  CHECK(problems(named + R"(, "dns_ttl": 30)", route53).empty());
  CHECK(problems(named, route53).empty());
  CHECK(problems(R"(, "dns_ttl": 5)", route53).empty());  // of the list of endpoints alone
}
