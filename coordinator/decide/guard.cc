#include "coordinator/decide/guard.h"

#include "coordinator/decide/brakes.h"
#include "coordinator/model/agent_words.h"

namespace edgeherd::decide {

namespace {

// The first brake that holds the action.
const Rule* first_holding(const Action& action, const GuardState& state, std::string& text) {
  for (const Rule& rule : brake_rules()) {
    if (!rule.protection.on()) continue;
    if (auto why = rule.holds(action, state)) {
      text = std::move(*why);
      return &rule;
    }
  }
  return nullptr;
}

}  // namespace

Plan guard(Plan plan, const model::Fleet& fleet, const model::Policy& policy, MonoTime now) {
  if (plan.actions.empty()) return plan;
  std::vector<Action> wanted = std::move(plan.actions);
  plan.actions.clear();
  plan.withheld.reserve(wanted.size());  // they are large
  GuardState state(plan, fleet, policy, now);
  for (Action& action : wanted) {
    std::string text;
    if (const Rule* rule = first_holding(action, state, text)) {
      plan.withheld.push_back({std::move(action), rule->brake, std::move(text)});
    } else {
      state.let_through(action);
      plan.actions.push_back(std::move(action));
    }
  }
  return plan;
}

bool closes(const Action& action) {
  return action.kind == ActionKind::command &&
         (action.verb == model::verb::drain || action.verb == model::verb::close_listener);
}

bool in_shadow(const ZoneId& zone, const model::Policy& policy) {
  const model::ZonePolicy* known = policy.zone(zone);
  return (policy.shadow || (known != nullptr && known->shadow)) && brake_on(Brake::shadow);
}

std::optional<std::string> stale_precondition(const Protection& place, const Action& action,
                                              const model::Fleet& fleet,
                                              const model::Policy& policy) {
  if (!place.on()) return std::nullopt;
  if (in_shadow(action.zone, policy)) return "in shadow mode";
  if (fleet.superseded() && brake_on(Brake::superseded))
    return "superseded by a coordinator of a higher epoch";
  if (fleet.read_only() && brake_on(Brake::read_only)) return "read-only";
  if (fleet.paused() && brake_on(Brake::paused) &&
      (is_removal(action.kind) || is_launch(action.kind) || closes(action)))
    return "paused";
  if (!action.expected_state) return std::nullopt;
  const model::Node* node = fleet.node(action.node);
  if (node == nullptr) return "the node is gone";
  if (action.kind == ActionKind::reboot && node->quarantined) return "the node is quarantined";
  if (node->state != *action.expected_state || node->visit != action.expected_visit) {
    return "the node is " + std::string(model::to_string(node->state)) + " now";
  }
  return std::nullopt;
}

}  // namespace edgeherd::decide
