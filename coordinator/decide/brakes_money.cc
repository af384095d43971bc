// The hourly budget: no launch lifts what all servers cost together above it.
#include <algorithm>

#include "coordinator/decide/brakes.h"
#include "coordinator/decide/cost.h"

namespace edgeherd::decide::rules {

namespace {

using model::Price;

std::string over(Price now, Price more, Price budget, const std::string& whose) {
  return to_text(now) + " an hour spent, " + to_text(more) + " more, " + to_text(budget) + " is " +
         whose;
}

// What the zones' minima may cost beyond what the zones cost now. As it and the costs together only
// grow by launches above a minimum, a launch to a minimum finds its money; but for a server that
// still leaves its own is found only when that is gone, and a reload may ask for more.
Price kept_for_minima(const Action& launch, const GuardState& state) {
  Price kept;
  for (const auto& [id, zone] : state.policy().zones) {
    if (model::is_closed(&zone)) continue;
    std::int64_t there = state.cost_in(id).micros_per_hour;
    if (id == launch.zone) there += launch.price->micros_per_hour;
    const std::int64_t minimum = zone.min_servers * dearest(zone).value_or(Price{}).micros_per_hour;
    kept.micros_per_hour += std::max<std::int64_t>(0, minimum - there);
  }
  return kept;
}

}  // namespace

std::optional<std::string> hourly_budget(const Action& action, const GuardState& state) {
  const model::ZonePolicy* zone = state.policy().zone(action.zone);
  if (action.kind != ActionKind::launch || zone == nullptr) return std::nullopt;
  const auto& fleet_budget = state.policy().budgets.per_hour;
  if (!fleet_budget && !zone->budget_per_hour) return std::nullopt;
  if (!action.price) return "what a server costs there is not known";
  const std::int64_t more = action.price->micros_per_hour;
  if (zone->budget_per_hour) {
    const Price now = state.cost_in(action.zone);
    if (now.micros_per_hour + more > zone->budget_per_hour->micros_per_hour)
      return over(now, *action.price, *zone->budget_per_hour, "the zone's budget");
  }
  if (!fleet_budget) return std::nullopt;
  const Price now = state.cost();
  if (now.micros_per_hour + more > fleet_budget->micros_per_hour)
    return over(now, *action.price, *fleet_budget, "the fleet's budget");
  if (state.wanted_in(action.zone) < zone->min_servers) return std::nullopt;
  const Price kept = kept_for_minima(action, state);
  if (now.micros_per_hour + more + kept.micros_per_hour <= fleet_budget->micros_per_hour)
    return std::nullopt;
  return over(now, *action.price, *fleet_budget, "the fleet's budget") + ", of which " +
         to_text(kept) + " is kept for what zones lack to their minimum";
}

}  // namespace edgeherd::decide::rules
