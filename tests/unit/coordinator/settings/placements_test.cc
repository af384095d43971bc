// Placements, prices and budgets in the configuration.
#include "tests/unit/coordinator/settings/directory.h"

using namespace edgeherd;
using settings::Loaded;
using tests::all;
using tests::Directory;
using tests::has;

TEST_CASE("a zone's placements take from the zone what they leave out") {
  Directory at;
  const Loaded loaded = at.provider(R"({ "image_id": "v1", "size": "s", "price_per_hour": 0.5,
      "spill_weight": 3, "regions": { "lon": { "zones": { "a": { "min_servers": 1, "max_servers": 9,
        "spill_priority": 2, "budget_per_hour": 20, "placements": [ {},
          { "size": "m", "price_per_hour": 0.007125, "priority": 1, "weight": 4 },
          { "place": "b", "image_id": "v2", "image_version": "2" } ] },
        "c": { "min_servers": 0, "max_servers": 1 } } } } })");
  INFO(all(loaded.problems));
  REQUIRE(loaded.settings);
  const model::ZonePolicy& zone = *loaded.settings->policy.zone(ZoneId("local/a"));
  REQUIRE(zone.placements.size() == 3);
  CHECK(zone.placements[0].place == "a");
  CHECK(zone.placements[0].size == "s");
  CHECK(zone.placements[0].image == ImageId("v1"));
  CHECK(zone.placements[0].price == model::Price{500'000});
  CHECK(zone.placements[1].price == model::Price{7'125});
  CHECK(zone.placements[1].priority == 1);
  CHECK(zone.placements[1].weight == 4);
  CHECK(zone.placements[2].place == "b");
  CHECK(zone.placements[2].image == ImageId("v2"));
  CHECK(zone.placements[2].image_version == "2");
  CHECK(zone.placements[2].price == model::Price{500'000});
  CHECK(zone.spill_priority == 2);
  CHECK(zone.spill_weight == 3);
  CHECK(zone.budget_per_hour == model::Price{20'000'000});
  const model::ZonePolicy& other = *loaded.settings->policy.zone(ZoneId("local/c"));
  CHECK(other.placements.empty());
  CHECK(other.price == model::Price{500'000});
}

TEST_CASE("placements that contradict each other are problems with their place") {
  Directory at;
  const auto problems = [&](const std::string& placements) {
    return at
        .provider(R"({ "regions": { "lon": { "zones": { "a": { "min_servers": 1,
        "max_servers": 9, "placements": )" +
                  placements + " } } } } }")
        .problems;
  };
  CHECK(has(problems("[]"), "\"placements\": must have at least one, or be left out"));
  CHECK(has(problems(R"([ { "image_id": "v1" }, { "image_id": "v2" } ])"),
            "place \"a\" with size \"\" stands there twice"));
  CHECK(has(problems(R"([ { "size": "m" } ])"), "one has no \"image_id\""));
  CHECK(has(problems(R"([ { "image_id": "v1", "weight": 0 } ])"), "weight"));
  CHECK(has(problems(R"([ { "image_id": "v1", "prize_per_hour": 1 } ])"), "prize_per_hour"));
  std::string many = "[ ";
  for (int i = 0; i < 51; ++i) {
    many += (i > 0 ? ", " : "") + std::string(R"({ "image_id": "v1", "size": ")") +
            std::to_string(i) + "\" }";
  }
  CHECK(has(problems(many + " ]"), "must be at most 50"));
}

TEST_CASE(
    "a budget is refused when the minima at their dearest do not fit, or a price is missing") {
  Directory at;
  const auto loaded = [&](const std::string& budget, const std::string& zone) {
    at.write("coordinator.json",
             R"({ "fleet_id": "t", "budgets": { "per_hour": )" + budget + " } }");
    return at.provider(R"({ "image_id": "v1", "regions": { "lon": { "zones": { "a": {
        "min_servers": 3, "max_servers": 9, )" +
                       zone + " } } } } }");
  };
  const std::string dear = R"("placements": [ { "price_per_hour": 1 },
      { "size": "m", "price_per_hour": 2 } ])";
  CHECK(loaded("6", dear).settings);
  CHECK(has(loaded("5.5", dear).problems,
            "\"per_hour\": the zones' \"min_servers\" at their dearest placements cost 6.0000 an "
            "hour, which is more"));
  CHECK(has(loaded("6", R"("size": "s")").problems,
            "zone local/a has a placement without \"price_per_hour\""));
  CHECK(loaded("5", dear + R"(, "state": "inactive")").settings);
  CHECK(loaded("6", dear + R"(, "budget_per_hour": 6)").settings);
  CHECK(has(loaded("6", dear + R"(, "budget_per_hour": 5)").problems,
            "\"budget_per_hour\": \"min_servers\" at the dearest placement cost 6.0000"));
  CHECK(has(loaded("6", R"("budget_per_hour": 5)").problems,
            "\"budget_per_hour\": a placement of the zone has no \"price_per_hour\""));
}

TEST_CASE(
    "the back-off after a stock-out is set with the breakers, and its first not above its most") {
  Directory at;
  const Loaded loaded = at.main(R"({ "fleet_id": "t",
      "breakers": { "stock_backoff": "2m", "stock_backoff_most": "10m" } })");
  REQUIRE(loaded.settings);
  CHECK(loaded.settings->policy.breakers.stock_backoff == 2min);
  CHECK(loaded.settings->policy.breakers.stock_backoff_most == 10min);
  CHECK(has(at.main(R"({ "fleet_id": "t", "breakers": { "stock_backoff": "2h" } })").problems,
            "stock_backoff"));
}
