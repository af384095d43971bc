#include "coordinator/decide/scale.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "common/core/protection.h"
#include "coordinator/model/agent_words.h"

namespace edgeherd::decide {

namespace {

using model::Cause;
using model::Node;

const Protection never_chosen("check", "protected_not_chosen");

Action on_node(ActionKind kind, const Node& node, Cause cause, std::vector<Reason> reasons) {
  Action action;
  action.kind = kind;
  action.node = node.id;
  action.zone = node.zone;
  action.provider = node.provider;
  action.cause = cause;
  action.reasons = std::move(reasons);
  action.expected_state = node.state;
  action.expected_visit = node.visit;
  return action;
}

Reason why(const ZoneDecision& decision) {
  const std::string size = std::to_string(decision.in_service) + " in service, " +
                           std::to_string(decision.coming) + " coming, " +
                           std::to_string(decision.desired) + " wanted";
  return {decision.steps.empty() ? size : size + ": " + decision.steps.back().text, std::nullopt};
}

std::optional<Duration> age_of(const Node& node, MonoTime now) {
  return node.load.sampled_at() ? std::optional(now - *node.load.sampled_at()) : std::nullopt;
}

void remove_sick(const ZoneView& view, MonoTime now, std::vector<Action>& actions) {
  for (const Node* node : view.in_service) {
    if (node->verdict != model::Verdict::bad) continue;
    const auto judged = node->judged_at ? std::optional(now - *node->judged_at) : std::nullopt;
    actions.push_back(on_node(ActionKind::withdraw, *node, Cause::sick,
                              {{"bad: " + node->verdict_reason, judged}}));
  }
}

void remove_asked(const ZoneView& view, std::vector<Action>& actions) {
  for (const Node* node : view.in_service) {
    if (!node->asked_out || node->verdict == model::Verdict::bad) continue;
    actions.push_back(on_node(ActionKind::withdraw, *node, Cause::operator_request,
                              {{"the operator asked for it", std::nullopt}}));
  }
}

// The best to take back: healthy, still listening and not told to end that, drained for size only;
// the newest drain first.
std::vector<const Node*> returnable(const ZoneView& view, const model::Policy& policy,
                                    MonoTime now) {
  std::vector<const Node*> found;
  for (const Node* node : view.draining) {
    if (node->cause == Cause::scale_in && !node->asked_out && !node->cordoned &&
        !node->quarantined && node->agent.drain_state != model::drain_state::closed &&
        node->leaving.asked != model::verb::close_listener && has_data(*node, policy, now) &&
        node->agent.failing.empty()) {
      found.push_back(node);
    }
  }
  std::sort(found.begin(), found.end(), [](const Node* a, const Node* b) {
    return std::tuple(b->state_since, a->id) < std::tuple(a->state_since, b->id);
  });
  return found;
}

void grow(const ZoneDecision& decision, const model::ZonePolicy& zone, const ZoneView& view,
          const model::Policy& policy, MonoTime now, const Spill& spill, Placing& placing,
          std::vector<Action>& actions) {
  int deficit = decision.desired - view.have();
  for (const Node* node : returnable(view, policy, now)) {
    if (deficit <= 0) return;
    actions.push_back(on_node(ActionKind::return_to_service, *node, Cause::none, {why(decision)}));
    --deficit;
  }
  for (; deficit > 0; --deficit) {
    Action launch;
    launch.kind = ActionKind::launch;
    launch.zone = zone.id;
    launch.provider = zone.provider;
    launch.reasons = {why(decision)};
    if (deficit <= static_cast<int>(spill.more.size())) {
      launch.spilled_for = spill.more[static_cast<std::size_t>(deficit - 1)];
      launch.reasons.push_back({"for " + launch.spilled_for.str() + ", which cannot grow", {}});
    }
    placing.place(launch, zone, view);
    actions.push_back(std::move(launch));
  }
}

// Who leaves first: who may be gone already, so that no other one leaves beside it; who stands in
// for nobody that lacks it; an old image; then who carries least, then the youngest (the coldest
// cache).
void shrink(const ZoneDecision& decision, const model::ZonePolicy* zone, const ZoneView& view,
            const model::Policy& policy, MonoTime now, const Spill& spill,
            std::vector<Action>& actions) {
  const int surplus = std::min(view.have() - decision.desired,
                               static_cast<int>(view.serving.size()) - decision.desired);
  if (surplus <= 0) return;
  std::vector<const Node*> order;
  for (const Node* node : view.serving) {
    if (!node->is_protected || !never_chosen.on()) order.push_back(node);
  }
  const auto rank = [&](const Node* node) {
    const bool surely_there = node->missing_listings == 0 && has_data(*node, policy, now);
    const bool stands_in = std::ranges::find(spill.kept, node) != spill.kept.end();
    const bool current =
        zone != nullptr && node->image == model::image_at(*zone, node->place, node->size);
    // Who does not say carries as much as can be.
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    return std::tuple(surely_there, stands_in, current,
                      node->load.rates().connections.value_or(most),
                      -node->state_since.time_since_epoch(), node->id);
  };
  std::sort(order.begin(), order.end(),
            [&](const Node* a, const Node* b) { return rank(a) < rank(b); });
  for (int i = 0; i < surplus && i < static_cast<int>(order.size()); ++i) {
    const Node& node = *order[static_cast<std::size_t>(i)];
    const auto connections = node.load.rates().connections;
    actions.push_back(on_node(
        ActionKind::withdraw, node, Cause::scale_in,
        {why(decision),
         {"carries least: " + (connections ? std::to_string(*connections) : std::string("?")) +
              " connections",
          age_of(node, now)}}));
  }
}

}  // namespace

void scale_zone(const ZoneDecision& decision, const model::ZonePolicy* zone, const ZoneView& view,
                const model::Policy& policy, MonoTime now, const Spill& spill, Placing& placing,
                std::vector<Action>& actions) {
  remove_sick(view, now, actions);
  remove_asked(view, actions);
  if (zone != nullptr && decision.desired > view.have()) {
    grow(decision, *zone, view, policy, now, spill, placing, actions);
  } else {
    shrink(decision, zone, view, policy, now, spill, actions);
  }
}

}  // namespace edgeherd::decide
