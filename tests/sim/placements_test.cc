// Clouds that run out of a size, and of all sizes in a place, seen through their real APIs: a fleet
// at Digital Ocean and in EC2 takes the next placement, keeps what it wants, and comes back.
#include <algorithm>
#include <map>
#include <vector>

#include "common/telemetry/log.h"
#include "coordinator/sim/run/play.h"
#include "coordinator/sim/run/scenario_json.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::sim;

namespace {

const ZoneId lon{"ocean/lon1"};
const ZoneId dublin{"amazon/eu-west-1a"};

ZoneScenario zone(const ZoneId& id, const std::string& provider, const std::string& region,
                  const std::string& other_place) {
  ZoneScenario zone;
  zone.id = id;
  zone.provider = ProviderId(provider);
  zone.region = RegionId(region);
  zone.min_servers = 2;
  zone.max_servers = 30;
  zone.mean_rps = 420;  // six servers
  zone.daily_swing = 0;
  zone.fallbacks = 1;
  zone.fallback_places = {other_place};
  return zone;
}

// In both zones, of which faults pick one by its number.
void strike_both(Scenario& scenario, FaultKind kind, Duration at, Duration lasts, double strength) {
  for (std::uint64_t pick = 0; pick < 2; ++pick) {
    scenario.faults.push_back({kind, at, lasts, strength, pick, Scope::node});
  }
}

constexpr double twice_the_load = 0.2;
constexpr double first_size = 0;  // is out of stock
constexpr double all_sizes = 1;

Scenario two_apis() {
  Scenario scenario;
  scenario.seed = 7;
  scenario.length = 2h;
  scenario.zones = {zone(lon, "ocean", "lon", "ams3"),
                    zone(dublin, "amazon", "dub", "eu-central-1b")};
  scenario.apis = {{ProviderId("ocean"), CloudApi::digitalocean},
                   {ProviderId("amazon"), CloudApi::aws}};
  strike_both(scenario, FaultKind::cloud_out_of_stock, 10min, 15min, first_size);
  strike_both(scenario, FaultKind::load_surge, 11min, 14min, twice_the_load);
  strike_both(scenario, FaultKind::load_surge, 50min, 10min, twice_the_load);
  strike_both(scenario, FaultKind::cloud_out_of_stock, 80min, 15min, all_sizes);
  strike_both(scenario, FaultKind::load_surge, 81min, 10min, twice_the_load);
  return scenario;
}

// The servers that the clouds have made, as the clouds know them.
class Births final : public Watcher {
 public:
  struct Birth {
    Duration at;
    std::string place;
    std::string size;
  };
  void second(World& world) override {
    for (const auto& [provider, cloud] : world.clouds) {
      for (const auto& [id, server] : cloud->servers()) {
        if (!seen_.insert(id).second) continue;
        births_[world.zone_of(server.vm)].push_back(
            {world.elapsed(), server.vm.place, server.size});
      }
    }
    refused_by_rate_ = 0;
    for (const auto& [id, front] : world.fronts) refused_by_rate_ += front->meter().refused();
  }
  [[nodiscard]] std::vector<Birth> between(const ZoneId& zone, Duration from, Duration to) const {
    std::vector<Birth> some;
    for (const Birth& birth : births_.at(zone)) {
      if (birth.at >= from && birth.at < to) some.push_back(birth);
    }
    return some;
  }
  [[nodiscard]] std::uint64_t refused_by_rate() const { return refused_by_rate_; }

 private:
  std::set<VmId> seen_;
  std::map<ZoneId, std::vector<Birth>> births_;
  std::uint64_t refused_by_rate_ = 0;
};

bool all(const std::vector<Births::Birth>& births, const std::string& place,
         const std::string& size) {
  return std::all_of(births.begin(), births.end(), [&](const Births::Birth& birth) {
    return birth.place == place && birth.size == size;
  });
}

Births told(const Scenario& scenario) {
  REQUIRE(telemetry::setup_log({telemetry::Level::error, ""}));
  Births births;
  Audience audience;
  audience.watcher = &births;
  const Outcome outcome = play(scenario, audience);
  INFO((outcome.violation ? outcome.violation->promise + ": " + outcome.violation->text : ""));
  REQUIRE_FALSE(outcome.violation);
  CHECK(births.refused_by_rate() == 0);
  return births;
}

}  // namespace

TEST_CASE("through both real APIs a fleet takes the next size and the next place, and comes back") {
  const Births births = told(two_apis());
  for (const auto& [zone, own, other] :
       {std::tuple(lon, "lon1", "ams3"), std::tuple(dublin, "eu-west-1a", "eu-central-1b")}) {
    INFO(zone.str());
    CHECK(all(births.between(zone, 0min, 10min), own, size_name(0)));
    const auto without_first_size = births.between(zone, 10min, 25min);
    CHECK(without_first_size.size() >= 5);
    CHECK(all(without_first_size, own, size_name(1)));
    const auto back = births.between(zone, 50min, 80min);
    REQUIRE(back.size() >= 5);
    CHECK(std::all_of(back.begin(), back.end(), [&](const auto& one) { return one.place == own; }));
    CHECK(back.back().size == size_name(0));  // some still took the next: one alone asks first
    const auto without_place = births.between(zone, 80min, 95min);
    CHECK(without_place.size() >= 5);
    CHECK(all(without_place, other, size_name(0)));
  }
}

TEST_CASE("through both real APIs the zone of another cloud takes what a zone lacks, for so long") {
  Scenario scenario = two_apis();
  scenario.faults.clear();
  for (ZoneScenario& zone : scenario.zones) {
    zone.region = RegionId("west");
    zone.fallbacks = 0;
    zone.fallback_places.clear();
  }
  const std::uint64_t first = 0;
  scenario.faults = {{FaultKind::cloud_out_of_stock, 10min, 15min, all_sizes, first, Scope::node},
                     {FaultKind::load_surge, 11min, 50min, twice_the_load, first, Scope::node}};
  const Births births = told(scenario);
  CHECK(births.between(lon, 10min, 25min).empty());
  CHECK(births.between(dublin, 10min, 25min).size() >= 5);
  const auto back = births.between(lon, 25min, 61min);
  CHECK(back.size() >= 5);
  CHECK(all(back, "lon1", size_name(0)));
}

TEST_CASE("a scenario's fall-back places are read as they were written, and are of one zone each") {
  const Scenario scenario = two_apis();
  const auto again = parse_scenario("again", scenario_text(scenario));
  REQUIRE(again);
  CHECK(*again == scenario);
  const auto wrong = [](const std::string& places, const std::string& api) {
    return parse_scenario("s",
                          "{\"zones\": [{\"id\": \"p/eu-west-1a\", \"provider\": \"p\", "
                          "\"region\": \"r\", \"fallback_places\": " +
                              places + "}], \"apis\": {\"p\": \"" + api + "\"}}")
        .error()
        .message;
  };
  CHECK_THAT(wrong("[\"eu-west-1a\"]", "plain"),
             Catch::Matchers::Contains("\"eu-west-1a\" is a place of this or another zone too"));
  CHECK_THAT(wrong("[\"lon1\"]", "aws"),
             Catch::Matchers::Contains("\"p/lon1\" is called after no availability zone"));
  CHECK_THAT(wrong("[\"LON 1\"]", "plain"), Catch::Matchers::Contains("names of a-z"));
}
