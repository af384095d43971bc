#include "coordinator/decide/placing.h"

#include <algorithm>

#include "coordinator/decide/cost.h"

namespace edgeherd::decide {

using model::PlacementId;
using model::PlacementPolicy;

namespace {

constexpr int periods_until_down = 4;  // of the listing

std::string in_seconds(Duration rest) {
  return std::to_string(static_cast<long long>(seconds(rest)) + 1) + " s";
}

// Launches under way that were asked for since the placement has waited its time.
int tries(const PlacementId& id, const model::Fleet& fleet, MonoTime since) {
  int found = 0;
  for (const auto& [node_id, node] : fleet.nodes()) {
    const bool asked = node.state == model::NodeState::requested && node.requested_at >= since;
    found += asked && model::placement_of(node) == id ? 1 : 0;
  }
  return found;
}

}  // namespace

std::optional<std::string> closed_by_boots(const PlacementId& id, const model::Fleet& fleet,
                                           MonoTime now) {
  const model::Placement& here = fleet.placement(id);
  if (!here.not_before || *here.not_before <= now) return std::nullopt;
  return std::to_string(here.consecutive_failures) + " failed boots, next try in " +
         in_seconds(*here.not_before - now) + ": " + here.last_failure;
}

std::optional<std::string> closed_by_stock(const PlacementId& id, const model::Fleet& fleet,
                                           int tried, MonoTime now) {
  const model::Placement& here = fleet.placement(id);
  if (!here.stock_not_before) return std::nullopt;
  if (*here.stock_not_before > now) {
    return model::to_string(id) + ", next try in " + in_seconds(*here.stock_not_before - now) +
           ": " + here.stock_failure;
  }
  if (tried + tries(id, fleet, *here.stock_not_before) == 0) return std::nullopt;
  return model::to_string(id) + ", one launch tries whether there is stock again";
}

bool is_down(const ProviderId& account, const model::Fleet& fleet, const model::Policy& policy,
             MonoTime now) {
  const model::Account& seen = fleet.account(account);
  if (seen.failure.empty()) return false;
  const auto since = seen.listed_at ? seen.listed_at : fleet.started_at();
  return since && now - *since > periods_until_down * policy.timings.inventory_period;
}

std::optional<std::string> stuck(const model::ZonePolicy& zone, const model::Fleet& fleet,
                                 const model::Policy& policy, MonoTime now) {
  if (is_down(zone.provider, fleet, policy, now)) {
    return "its account cannot be listed: " + fleet.account(zone.provider).failure;
  }
  std::string lacking;
  for (const PlacementPolicy& one : placements_of(zone)) {
    const PlacementId id{zone.provider, one.place, one.size};
    if (closed_by_stock(id, fleet, 0, now)) {
      lacking += (lacking.empty() ? "" : ", ") + model::to_string(id);
    } else if (!closed_by_boots(id, fleet, now)) {
      return std::nullopt;
    }
  }
  if (lacking.empty()) return std::nullopt;
  return "out of stock: " + lacking;
}

std::vector<PlacementId> closed_placements(const model::ZonePolicy& zone, const model::Fleet& fleet,
                                           MonoTime now) {
  std::vector<PlacementId> closed;
  for (const PlacementPolicy& one : placements_of(zone)) {
    PlacementId id{zone.provider, one.place, one.size};
    if (closed_by_boots(id, fleet, now) || closed_by_stock(id, fleet, 0, now)) {
      closed.push_back(std::move(id));
    }
  }
  return closed;
}

std::vector<model::PlacementOpened> made_otherwise(const model::Fleet& fleet,
                                                   const model::Policy& policy) {
  std::vector<model::PlacementOpened> found;
  for (const auto& [id, placement] : fleet.placements()) {
    if (placement.made_of.empty()) continue;
    ZoneId concerned;
    bool still_wanted = false;
    for (const auto& [zone_id, zone] : policy.zones) {
      if (zone.provider != id.provider) continue;
      const auto one = model::placement_at(zone, id.place, id.size);
      if (!one) continue;
      concerned = zone_id;
      const std::string now = model::made_of(one->image, one->image_version, &zone);
      still_wanted = still_wanted || now == placement.made_of;
    }
    if (!concerned.empty() && !still_wanted)
      found.push_back({concerned, id, "another image is wanted"});
  }
  return found;
}

void Placing::place(Action& launch, const model::ZonePolicy& zone, const ZoneView& view) {
  const std::vector<PlacementPolicy> all = placements_of(zone);
  const auto servers_at = [&](const PlacementId& id) {
    const auto there = [&](const model::Node* node) { return model::placement_of(*node) == id; };
    const auto standing = std::count_if(view.serving.begin(), view.serving.end(), there) +
                          std::count_if(view.coming.begin(), view.coming.end(), there);
    return standing + given_[{zone.id, id}];
  };
  const PlacementPolicy* taken = nullptr;
  std::int64_t taken_servers = 0;
  std::string closed;
  for (const PlacementPolicy& one : all) {
    const PlacementId id{zone.provider, one.place, one.size};
    if (closed_by_boots(id, fleet_, now_) || closed_by_stock(id, fleet_, tried_[id], now_)) {
      closed += (closed.empty() ? "" : ", ") + model::to_string(id);
      continue;
    }
    const std::int64_t servers = servers_at(id);
    const bool lighter = taken != nullptr && one.priority == taken->priority &&
                         (servers + 1) * taken->weight < (taken_servers + 1) * one.weight;
    if (taken == nullptr || one.priority < taken->priority || lighter) {
      taken = &one;
      taken_servers = servers;
    }
  }
  const bool open = taken != nullptr;
  if (!open) {
    taken = &*std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.priority < b.priority;
    });
  }
  launch.place = taken->place;
  launch.size = taken->size;
  launch.price = taken->price;
  const PlacementId id = placement_of(launch);
  ++given_[{zone.id, id}];
  ++tried_[id];
  if (all.size() == 1) return;
  std::string why = model::to_string(id) + ", priority " + std::to_string(taken->priority);
  if (taken->price) why += ", " + to_text(*taken->price) + " an hour";
  if (!open) why += "; none is open";
  if (open && !closed.empty()) why += "; closed for now: " + closed;
  launch.reasons.push_back({std::move(why), std::nullopt});
}

}  // namespace edgeherd::decide
