#include "coordinator/decide/cost.h"

#include <algorithm>
#include <cstdio>

namespace edgeherd::decide {

using model::Price;

namespace {

void raise(std::optional<Price>& most, const std::optional<Price>& price) {
  if (price && (!most || *most < *price)) most = price;
}

}  // namespace

std::optional<Price> dearest(const model::ZonePolicy& zone) {
  std::optional<Price> most;
  if (zone.placements.empty()) return zone.price;
  for (const model::PlacementPolicy& one : zone.placements) raise(most, one.price);
  return most;
}

std::optional<Price> price_of(const model::Node& node, const model::ZonePolicy* zone) {
  if (zone == nullptr) return node.price;
  if (zone->placements.empty() && node.place == zone->place && node.size == zone->size &&
      zone->price)
    return zone->price;
  for (const model::PlacementPolicy& one : zone->placements) {
    if (one.place == node.place && one.size == node.size && one.price) return one.price;
  }
  return node.price ? node.price : dearest(*zone);
}

std::optional<Price> cost_of(const model::Fleet& fleet, const model::Policy& policy) {
  Price sum;
  bool priced = false;
  for (const auto& [id, zone] : policy.zones) priced = priced || dearest(zone);
  for (const auto& [id, node] : fleet.nodes()) {
    const auto price = price_of(node, policy.zone(node.zone));
    if (!price) continue;
    sum.micros_per_hour += price->micros_per_hour;
    priced = true;
  }
  return priced ? std::optional(sum) : std::nullopt;
}

std::string to_text(Price price) {
  constexpr std::int64_t unit = 1'000'000;
  constexpr std::size_t least_decimals = 2;
  char digits[16];
  std::snprintf(digits, sizeof digits, "%06lld",
                static_cast<long long>(price.micros_per_hour % unit));
  std::string decimals = digits;
  while (decimals.size() > least_decimals && decimals.back() == '0') decimals.pop_back();
  return std::to_string(price.micros_per_hour / unit) + "." + decimals;
}

}  // namespace edgeherd::decide
