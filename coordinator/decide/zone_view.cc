#include "coordinator/decide/zone_view.h"

#include "coordinator/decide/cost.h"

namespace edgeherd::decide {

namespace {

// Only a zone that is configured can lack a server.
void note_spilled(const model::Node& node, ZoneView& here, std::map<ZoneId, ZoneView>& views) {
  const bool stands = is_coming(node) || (is_capacity(node) && !node.asked_out);
  const auto lacking = views.find(node.spilled_for);
  if (!stands || lacking == views.end() || node.spilled_for == node.zone) return;
  here.lent.push_back(&node);
  lacking->second.borrowed.push_back(&node);
}

}  // namespace

std::map<ZoneId, ZoneView> view_zones(const model::Fleet& fleet, const model::Policy& policy) {
  std::map<ZoneId, ZoneView> views;
  for (const auto& [id, zone] : policy.zones) views[id];
  // Ids begin with their zone, so neighbours mostly share one: the last view found is tried first.
  auto last = views.begin();
  const model::ZonePolicy* zone = last == views.end() ? nullptr : policy.zone(last->first);
  for (const auto& [id, node] : fleet.nodes()) {
    if (last == views.end() || last->first != node.zone) {
      last = views.try_emplace(node.zone).first;
      zone = policy.zone(node.zone);
    }
    ZoneView& view = last->second;
    if (const auto price = price_of(node, zone))
      view.cost.micros_per_hour += price->micros_per_hour;
    if (!node.spilled_for.empty()) note_spilled(node, view, views);
    if (node.state == model::NodeState::in_service) {
      view.in_service.push_back(&node);
      if (is_capacity(node) && !node.asked_out) view.serving.push_back(&node);
    } else if (is_coming(node)) {
      // An adopted server without a good agent is no promise of capacity, nor one that is kept
      // back.
      const bool promises = node.origin == model::Origin::launched || node.agent.ready;
      if (promises && !node.quarantined) view.coming.push_back(&node);
    } else if (is_leaving(node)) {
      view.leaving.push_back(&node);
      if (node.state == model::NodeState::draining) view.draining.push_back(&node);
    }
  }
  return views;
}

bool has_data(const model::Node& node, const model::Policy& policy, MonoTime now) {
  const auto at = node.load.sampled_at();
  return at && now - *at <= policy.timings.sample_period * policy.timings.evidence_periods;
}

bool heard_within(const model::Node& node, MonoTime now, Duration limit) {
  return node.agent.heard_at && now - *node.agent.heard_at <= limit;
}

bool is_recent(const model::ProbeView& probe, MonoTime now) {
  constexpr Duration memory = 15s;
  return probe.asked_at && now - *probe.asked_at <= memory;
}

}  // namespace edgeherd::decide
