// A zone's placements, prices and budgets.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Section;
using model::Price;

constexpr double most_price = 1e6;  // an hour; a year's price in its place is a slip
constexpr double micros = 1e6;
constexpr std::size_t most_placements = 50;
constexpr int most_weight = 1000;

void read_text(Section& s, std::string_view key, std::optional<std::string>& into) {
  if (!s.has(key)) return;
  into.emplace();
  s.text(key, *into, Need::optional);
}

PlacementText read_placement(Section& s) {
  PlacementText one;
  read_text(s, "place", one.place);
  read_text(s, "size", one.size);
  read_text(s, "image_id", one.image_id);
  read_text(s, "image_version", one.image_version);
  read_price(s, "price_per_hour", one.price);
  s.integer("priority", one.priority, 0, most_weight, Need::optional);
  s.integer("weight", one.weight, 1, most_weight, Need::optional);
  s.finish();
  return one;
}

std::string money(std::int64_t micros_per_hour) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4f", static_cast<double>(micros_per_hour) / micros);
  return text;
}

struct Floor {
  std::int64_t micros_per_hour = 0;
  bool unpriced = false;
};

// What a zone's minimum costs at its dearest placement.
Floor floor_of(const model::ZonePolicy& zone) {
  Floor floor;
  std::int64_t dearest = 0;
  for (const model::PlacementPolicy& one : placements_of(zone)) {
    if (!one.price) floor.unpriced = true;
    dearest = std::max(dearest, one.price.value_or(Price{}).micros_per_hour);
  }
  floor.micros_per_hour = dearest * zone.min_servers;
  return floor;
}

}  // namespace

void read_price(Section& s, std::string_view key, std::optional<Price>& price) {
  if (!s.has(key)) return;
  double amount = 0;
  s.number(key, amount, 0, most_price, Need::optional);
  price = Price{std::llround(amount * micros)};
}

void read_placements(Section& s, Layer& layer) {
  read_price(s, "price_per_hour", layer.price);
  s.integer("spill_priority", layer.spill_priority, 0, most_weight, Need::optional);
  s.integer("spill_weight", layer.spill_weight, 0, most_weight, Need::optional);
  if (!s.has("placements")) return;
  layer.placements.clear();
  if (const config::Value* list = s.raw("placements")) layer.placements_at = list->at;
  for (Section& one : s.section_list("placements", Need::optional)) {
    layer.placements.push_back(read_placement(one));
  }
  if (layer.placements.empty()) s.problem("placements", "must have at least one, or be left out");
  if (layer.placements.size() > most_placements) {
    s.problem("placements", "must be at most " + std::to_string(most_placements));
    layer.placements.resize(most_placements);
  }
}

void set_placements(const Layer& layer, config::Problems& problems, model::ZonePolicy& zone) {
  zone.price = layer.price;
  zone.spill_priority = layer.spill_priority;
  zone.spill_weight = layer.spill_weight;
  for (const PlacementText& text : layer.placements) {
    model::PlacementPolicy one;
    one.place = text.place.value_or(zone.place);
    one.size = text.size.value_or(zone.size);
    one.image = text.image_id ? ImageId(*text.image_id) : zone.image;
    one.image_version = text.image_version.value_or(zone.image_version);
    one.priority = text.priority;
    one.weight = text.weight;
    // What the zone's size costs says nothing of another one.
    one.price = text.price || text.size ? text.price : layer.price;
    const std::string name = "\"placements\" of zone " + zone.id.str() + ": ";
    if (model::placement_at(zone, one.place, one.size) && !zone.placements.empty()) {
      problems.add(layer.placements_at, name + "place \"" + one.place + "\" with size \"" +
                                            one.size + "\" stands there twice");
    }
    if (one.image.empty() && zone.activity == model::ZoneActivity::active) {
      problems.add(layer.placements_at, name + "one has no \"image_id\"");
    }
    zone.placements.push_back(std::move(one));
  }
}

std::optional<std::string> zone_budget_problem(const model::ZonePolicy& zone) {
  if (!zone.budget_per_hour || zone.activity != model::ZoneActivity::active) return std::nullopt;
  const Floor floor = floor_of(zone);
  if (floor.unpriced) return "a placement of the zone has no \"price_per_hour\"";
  if (floor.micros_per_hour <= zone.budget_per_hour->micros_per_hour) return std::nullopt;
  return "\"min_servers\" at the dearest placement cost " + money(floor.micros_per_hour) +
         " an hour, which is more";
}

std::optional<std::string> fleet_budget_problem(const model::Policy& policy) {
  if (!policy.budgets.per_hour) return std::nullopt;
  std::int64_t sum = 0;
  for (const auto& [id, zone] : policy.zones) {
    if (zone.activity != model::ZoneActivity::active) continue;
    const Floor floor = floor_of(zone);
    if (floor.unpriced) return "zone " + id.str() + " has a placement without \"price_per_hour\"";
    sum += floor.micros_per_hour;
  }
  if (sum <= policy.budgets.per_hour->micros_per_hour) return std::nullopt;
  return "the zones' \"min_servers\" at their dearest placements cost " + money(sum) +
         " an hour, which is more";
}

}  // namespace edgeherd::settings
