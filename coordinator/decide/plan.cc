#include "coordinator/decide/plan.h"

#include <set>

#include "coordinator/decide/guard.h"
#include "coordinator/decide/health.h"
#include "coordinator/decide/lifecycle.h"
#include "coordinator/decide/listing.h"
#include "coordinator/decide/scale.h"
#include "coordinator/decide/sizing.h"
#include "coordinator/decide/spill.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

namespace {

// A zone that the configuration no longer names, but that still has nodes.
ZoneDecision orphaned(const ZoneId& id, const ZoneView& view) {
  ZoneDecision decision;
  decision.zone = id;
  decision.in_service = static_cast<int>(view.in_service.size());
  decision.coming = static_cast<int>(view.coming.size());
  decision.leaving = static_cast<int>(view.leaving.size());
  if (view.cost > model::Price{}) decision.cost = view.cost;
  decision.steps.push_back({"removed", static_cast<double>(view.have()), 0,
                            "the configuration no longer names the zone"});
  return decision;
}

std::map<ZoneId, int> count_held(const model::Fleet& fleet) {
  std::map<ZoneId, int> held;
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.held) ++held[node.zone];
  }
  return held;
}

// Bad nodes that viewers are still sent to are told with their reason.
void tell_listing(ZoneDecision& decision, const ZoneView& view, const model::Policy& policy) {
  const Listing listing = list_nodes(view.in_service, policy);
  if (listing.bad_kept == 0) return;
  const auto all = static_cast<double>(listing.nodes.size());
  decision.steps.push_back({"names", all - listing.bad_kept, all,
                            "too many are bad at once: the bad ones keep their place in the name"});
}

// A node has one next step: what is wanted back in service goes no further on its way out.
void drop_contradicted(std::vector<Action>& actions) {
  std::set<NodeId> wanted_back;
  for (const Action& action : actions) {
    if (action.kind == ActionKind::return_to_service) wanted_back.insert(action.node);
  }
  if (wanted_back.empty()) return;
  std::erase_if(actions, [&](const Action& action) {
    return action.kind != ActionKind::return_to_service && wanted_back.contains(action.node);
  });
}

// One line per zone: what is done, else what holds it back, else why there is nothing to do.
void name_outcomes(Plan& plan) {
  std::map<ZoneId, std::string> done;
  std::map<ZoneId, std::string> held;
  for (const Action& action : plan.actions) {
    std::string& line = done[action.zone];
    line += (line.empty() ? "" : ", ") + std::string(to_string(action.kind)) +
            (action.node.empty() ? "" : " " + action.node.str());
  }
  for (const Withheld& w : plan.withheld) {
    std::string& line = held[w.action.zone];
    if (line.empty()) {
      line = std::string(to_string(w.action.kind)) + " withheld by " +
             std::string(to_string(w.brake)) + ": " + w.text;
    }
  }
  for (ZoneDecision& zone : plan.zones) {
    if (const auto it = done.find(zone.zone); it != done.end()) {
      zone.outcome = it->second;
    } else if (const auto kept = held.find(zone.zone); kept != held.end()) {
      zone.outcome = kept->second;
    } else if (zone.desired == zone.in_service + zone.coming) {
      zone.outcome = "nothing to do: as many as wanted";
    } else if (zone.desired < zone.in_service + zone.coming) {
      zone.outcome =
          "more than wanted: what is protected, cordoned, quarantined or on its way is not chosen";
    } else {
      zone.outcome = "waiting: nodes are on their way";
    }
  }
}

}  // namespace

Plan plan(const model::Fleet& fleet, const model::Policy& policy, MonoTime now) {
  Plan result;
  result.verdicts = judge(fleet, policy, now);

  auto held = count_held(fleet);
  for (const auto& [id, node] : fleet.nodes()) {
    const int held_in_zone = held.empty() ? 0 : held[node.zone];
    if (auto action = next_step(node, fleet, policy, held_in_zone, now)) {
      if (action->kind == ActionKind::hold) ++held[node.zone];
      result.actions.push_back(std::move(*action));
    }
  }
  const auto views = view_zones(fleet, policy);
  const Spill none;
  for (const auto& [id, view] : views) {
    const model::ZonePolicy* zone = policy.zone(id);
    result.zones.push_back(zone != nullptr ? size_zone(id, *zone, view, fleet, policy, now, none)
                                           : orphaned(id, view));
  }
  const auto spills = spill_over(result.zones, views, fleet, policy, now);
  Placing placing(fleet, now);
  for (ZoneDecision& decision : result.zones) {
    const ZoneView& view = views.at(decision.zone);
    const model::ZonePolicy* zone = policy.zone(decision.zone);
    const auto spill = spills.find(decision.zone);
    const Spill& does = spill == spills.end() ? none : spill->second;
    if (zone != nullptr && (!does.kept.empty() || !does.more.empty())) {
      decision = size_zone(decision.zone, *zone, view, fleet, policy, now, does);
    }
    scale_zone(decision, zone, view, policy, now, does, placing, result.actions);
    const auto size = static_cast<double>(decision.desired);
    if (!does.lacking.empty()) decision.steps.push_back({"spill_over", size, size, does.lacking});
    tell_listing(decision, view, policy);
  }
  drop_contradicted(result.actions);
  result = guard(std::move(result), fleet, policy, now);
  name_outcomes(result);
  return result;
}

}  // namespace edgeherd::decide
