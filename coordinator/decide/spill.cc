#include "coordinator/decide/spill.h"

#include <algorithm>
#include <tuple>

#include "common/core/protection.h"
#include "coordinator/decide/guard.h"
#include "coordinator/decide/placing.h"

namespace edgeherd::decide {

using model::ZonePolicy;

namespace {

const Protection counted("check", "spilled_counted");

class SpillOver {
 public:
  SpillOver(const std::vector<ZoneDecision>& decisions, const std::map<ZoneId, ZoneView>& views,
            const model::Fleet& fleet, const model::Policy& policy, MonoTime now)
      : decisions_(decisions), views_(views), fleet_(fleet), policy_(policy), now_(now) {}

  std::map<ZoneId, Spill> run() {
    for (const ZoneDecision& decision : decisions_) keep(decision);
    for (const ZoneDecision& decision : decisions_) {
      const ZonePolicy* zone = policy_.zone(decision.zone);
      if (zone == nullptr || zone->region.empty() || is_closed(zone)) continue;
      if (in_shadow(decision.zone, policy_)) continue;
      const int lack = lack_of(decision, *zone);
      if (lack <= 0) continue;
      if (const auto why = stuck(*zone, fleet_, policy_, now_)) hand_out(*zone, lack, *why);
    }
    return std::move(spills_);
  }

 private:
  // Of the servers that stand in for this zone, as many as it does not have in service itself: the
  // oldest ones, so that it is always the same.
  void keep(const ZoneDecision& decision) {
    const ZoneView& view = views_.at(decision.zone);
    int lacks = decision.desired - static_cast<int>(view.serving.size());
    for (const model::Node* node : view.borrowed) {
      if (lacks-- <= 0) return;
      spills_[node->zone].kept.push_back(node);
    }
  }

  // Nothing comes of what was asked of an account that is down.
  [[nodiscard]] int lack_of(const ZoneDecision& decision, const ZonePolicy& zone) const {
    const ZoneView& view = views_.at(decision.zone);
    auto have = view.have();
    if (is_down(zone.provider, fleet_, policy_, now_)) {
      have -= static_cast<int>(std::count_if(
          view.coming.begin(), view.coming.end(),
          [](const model::Node* node) { return node->state == model::NodeState::requested; }));
    }
    const int borrowed = counted.on() ? static_cast<int>(view.borrowed.size()) : 0;
    return decision.desired - have - borrowed;
  }

  void hand_out(const ZonePolicy& zone, int lack, const std::string& why) {
    int given = 0;
    while (given < lack) {
      const ZonePolicy* taker = next_for(zone);
      if (taker == nullptr) break;
      spills_[taker->id].more.push_back(zone.id);
      ++given;
    }
    spills_[zone.id].lacking = why + "; " + std::to_string(views_.at(zone.id).borrowed.size()) +
                               " servers of other zones of the region stand in, " +
                               std::to_string(given) + " of " + std::to_string(lack) +
                               " more are launched there";
  }

  // Who takes the next server: by priority, and among equals who has least of this zone's for its
  // weight.
  [[nodiscard]] const ZonePolicy* next_for(const ZonePolicy& lacking) const {
    const ZonePolicy* best = nullptr;
    std::int64_t best_has = 0;
    for (const auto& [id, zone] : policy_.zones) {
      if (zone.region != lacking.region || id == lacking.id || !may_take(zone)) continue;
      const std::int64_t has = taken_from(lacking.id, id);
      const bool lighter = best != nullptr && zone.spill_priority == best->spill_priority &&
                           (has + 1) * best->spill_weight < (best_has + 1) * zone.spill_weight;
      if (best == nullptr || zone.spill_priority < best->spill_priority || lighter) {
        best = &zone;
        best_has = has;
      }
    }
    return best;
  }

  [[nodiscard]] bool may_take(const ZonePolicy& zone) const {
    if (is_closed(&zone) || zone.spill_weight <= 0 || in_shadow(zone.id, policy_)) return false;
    if (!fleet_.account(zone.provider).listed_at || has_no_room(zone)) return false;
    if (stuck(zone, fleet_, policy_, now_)) return false;
    const auto all = placements_of(zone);
    return std::any_of(all.begin(), all.end(), [&](const model::PlacementPolicy& one) {
      const model::PlacementId id{zone.provider, one.place, one.size};
      return !closed_by_boots(id, fleet_, now_) && !closed_by_stock(id, fleet_, 0, now_);
    });
  }

  [[nodiscard]] bool has_no_room(const ZonePolicy& zone) const {
    const auto decision = std::find_if(decisions_.begin(), decisions_.end(),
                                       [&](const ZoneDecision& d) { return d.zone == zone.id; });
    const auto spill = spills_.find(zone.id);
    const int kept = spill == spills_.end() ? 0 : static_cast<int>(spill->second.kept.size());
    const int more = spill == spills_.end() ? 0 : static_cast<int>(spill->second.more.size());
    const int have = views_.at(zone.id).have();
    const int own = std::max(decision->desired, std::min(decision->desired + kept, have));
    return own + more >= zone.max_servers;
  }

  [[nodiscard]] std::int64_t taken_from(const ZoneId& lacking, const ZoneId& taker) const {
    const auto& lent = views_.at(taker).lent;
    std::int64_t number = std::count_if(lent.begin(), lent.end(), [&](const model::Node* node) {
      return node->spilled_for == lacking;
    });
    if (const auto spill = spills_.find(taker); spill != spills_.end()) {
      const auto& more = spill->second.more;
      number += std::count(more.begin(), more.end(), lacking);
    }
    return number;
  }

  const std::vector<ZoneDecision>& decisions_;
  const std::map<ZoneId, ZoneView>& views_;
  const model::Fleet& fleet_;
  const model::Policy& policy_;
  MonoTime now_;
  std::map<ZoneId, Spill> spills_;
};

}  // namespace

std::map<ZoneId, Spill> spill_over(const std::vector<ZoneDecision>& decisions,
                                   const std::map<ZoneId, ZoneView>& views,
                                   const model::Fleet& fleet, const model::Policy& policy,
                                   MonoTime now) {
  return SpillOver(decisions, views, fleet, policy, now).run();
}

}  // namespace edgeherd::decide
