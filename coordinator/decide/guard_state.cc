#include "coordinator/decide/guard_state.h"

#include <algorithm>

#include "coordinator/decide/placing.h"

namespace edgeherd::decide {

namespace {

using model::Node;
using model::NodeState;

// The entry of `key`; an empty one if there is none.
template <class Map>
typename Map::mapped_type entry(const Map& map, const typename Map::key_type& key) {
  const auto it = map.find(key);
  return it == map.end() ? typename Map::mapped_type{} : it->second;
}

template <class Map>
std::size_t size_at(const Map& map, const typename Map::key_type& key) {
  const auto it = map.find(key);
  return it == map.end() ? 0 : it->second.size();
}

}  // namespace

GuardState::GuardState(const Plan& plan, const model::Fleet& fleet, const model::Policy& policy,
                       MonoTime now)
    : fleet_(fleet), policy_(policy), now_(now), views_(view_zones(fleet, policy)) {
  for (const ZoneDecision& d : plan.zones) decisions_[d.zone] = &d;
  vms_ = static_cast<int>(fleet.nodes().size());
  count_nodes(plan);
  count_adopted();
  count_health_changes(plan);
  count_trouble(plan);
}

void GuardState::count_nodes(const Plan& plan) {
  // What this very plan finds bad carries nothing any more.
  std::set<NodeId> bad;
  for (const VerdictChange& change : plan.verdicts) {
    if (change.verdict == model::Verdict::bad) bad.insert(change.node);
  }
  for (const auto& [id, view] : views_) {
    for (const Node* node : view.in_service) {
      capacity_[id] += is_capacity(*node) && !bad.contains(node->id) ? 1 : 0;
      answering_[id] += answers(*node) ? 1 : 0;
    }
    const auto count = [&, zone = id](const Node* node) {
      ++account_size_[node->provider];
      ++zone_size_[zone];
      if (node->state == NodeState::in_service && !node->key.empty()) ++agents_known_;
    };
    std::for_each(view.in_service.begin(), view.in_service.end(), count);
    std::for_each(view.draining.begin(), view.draining.end(), count);
  }
}

void GuardState::count_adopted() {
  for (const auto& [id, node] : fleet_.nodes()) {
    const bool awaited =
        node.origin == model::Origin::adopted && is_coming(node) && !node.agent.ready;
    if (awaited && now_ - node.requested_at < policy_.timings.boot_deadline) {
      ++adopted_coming_in_[node.zone];
    }
  }
}

void GuardState::count_health_changes(const Plan& plan) {
  for (const model::HealthChange& change : fleet_.health_changes()) {
    if (now_ - change.at > policy_.breakers.window) continue;
    ++changed_in_zone_[change.zone][change.node];
    changed_in_account_[change.provider].insert(change.node);
  }
  // What this very plan finds counts, too: a wave must not take the first one along before it is
  // seen as a wave.
  for (const VerdictChange& change : plan.verdicts) {
    const Node* node = fleet_.node(change.node);
    const bool recovers = node != nullptr && node->verdict == model::Verdict::bad &&
                          change.verdict != model::Verdict::bad;
    if (recovers && !node->cordoned && !node->quarantined && !node->asked_out) {
      ++recovered_in_[node->zone];
    }
    if (node == nullptr || is_good(node->verdict) == is_good(change.verdict)) continue;
    if (!node->judged_at && is_good(change.verdict)) continue;  // so after every restart
    ++changed_in_zone_[node->zone][change.node];
    changed_in_account_[node->provider].insert(change.node);
  }
}

// As long as many are not good at once, nobody knows whether it is they: a zone that only we cannot
// reach looks the same. The provider's word that a server is off is another matter.
void GuardState::count_trouble(const Plan& plan) {
  for (const auto& [zone, nodes] : changed_in_zone_) {
    for (const auto& [node, changes] : nodes) troubled_in_zone_[zone].insert(node);
  }
  troubled_in_account_ = changed_in_account_;
  std::map<NodeId, model::Verdict> found;
  for (const VerdictChange& change : plan.verdicts) found[change.node] = change.verdict;
  for (const auto& [zone, view] : views_) {
    for (const Node* node : view.in_service) {
      const auto now = found.find(node->id);
      const model::Verdict verdict = now == found.end() ? node->verdict : now->second;
      if (is_good(verdict) || node->power == model::Power::stopped) continue;
      troubled_in_zone_[zone].insert(node->id);
      troubled_in_account_[node->provider].insert(node->id);
    }
  }
}

void GuardState::let_through(const Action& action) {
  switch (action.kind) {
    case ActionKind::launch:
      ++launched_in_[action.zone];
      ++launched_by_[action.provider];
      ++launched_at_[placement_of(action)];
      if (action.price) launched_for_[action.zone] += action.price->micros_per_hour;
      ++vms_;
      break;
    case ActionKind::return_to_service:
      ++returned_in_[action.zone];
      break;
    case ActionKind::withdraw: {
      const Node& node = *fleet_.node(action.node);
      ++(action.cause == model::Cause::scale_in ? scaled_in_ : removed_)[action.zone];
      if (node.state != NodeState::in_service) break;
      if (is_capacity(node)) --capacity_[action.zone];
      if (answers(node)) --answering_[action.zone];
      break;
    }
    default:
      break;
  }
}

const ZoneView& GuardState::view(const ZoneId& zone) const {
  static const ZoneView none;
  const auto it = views_.find(zone);
  return it == views_.end() ? none : it->second;
}

const ZoneDecision* GuardState::decision(const ZoneId& zone) const {
  return entry(decisions_, zone);
}

int GuardState::wanted_in(const ZoneId& zone) const {
  return view(zone).have() + entry(launched_in_, zone) + entry(returned_in_, zone) +
         entry(recovered_in_, zone);
}
int GuardState::standing_in(const ZoneId& zone) const {
  const ZoneView& there = view(zone);
  const auto in_service = std::count_if(there.in_service.begin(), there.in_service.end(),
                                        [](const Node* node) { return answers(*node); });
  return static_cast<int>(in_service) + static_cast<int>(there.coming.size()) +
         entry(launched_in_, zone) + entry(returned_in_, zone);
}
int GuardState::adopted_coming_in(const ZoneId& zone) const {
  return entry(adopted_coming_in_, zone);
}
int GuardState::launched_by(const ProviderId& account) const {
  return entry(launched_by_, account);
}
int GuardState::launched_at(const model::PlacementId& id) const {
  return entry(launched_at_, id);
}
model::Price GuardState::cost() const {
  model::Price sum;
  for (const auto& [zone, view] : views_) sum.micros_per_hour += view.cost.micros_per_hour;
  for (const auto& [zone, more] : launched_for_) sum.micros_per_hour += more;
  return sum;
}
model::Price GuardState::cost_in(const ZoneId& zone) const {
  model::Price sum = view(zone).cost;
  sum.micros_per_hour += entry(launched_for_, zone);
  return sum;
}
int GuardState::capacity(const ZoneId& zone) const {
  return entry(capacity_, zone);
}
int GuardState::answering(const ZoneId& zone) const {
  return entry(answering_, zone);
}
int GuardState::scaled_in(const ZoneId& zone) const {
  return entry(scaled_in_, zone);
}
int GuardState::removed(const ZoneId& zone) const {
  return entry(removed_, zone);
}
std::size_t GuardState::changed_in(const ZoneId& zone) const {
  return size_at(changed_in_zone_, zone);
}
const std::map<NodeId, int>& GuardState::changes_in(const ZoneId& zone) const {
  static const std::map<NodeId, int> none;
  const auto it = changed_in_zone_.find(zone);
  return it == changed_in_zone_.end() ? none : it->second;
}
std::size_t GuardState::changed_in(const ProviderId& account) const {
  return size_at(changed_in_account_, account);
}
std::size_t GuardState::troubled_in(const ZoneId& zone) const {
  return size_at(troubled_in_zone_, zone);
}
std::size_t GuardState::troubled_in(const ProviderId& account) const {
  return size_at(troubled_in_account_, account);
}
std::size_t GuardState::size_of(const ZoneId& zone) const {
  return entry(zone_size_, zone);
}
std::size_t GuardState::size_of(const ProviderId& account) const {
  return entry(account_size_, account);
}

}  // namespace edgeherd::decide
