#include "coordinator/decide/guard.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

namespace {

using model::Cause;
using model::Node;
using model::NodeState;

struct Held {
  Brake brake;
  std::string text;
};
using Verdict = std::optional<Held>;

std::string of(int spent, int budget, const char* what) {
  return std::to_string(spent) + " of " + std::to_string(budget) + " " + what;
}

int share(double fraction, std::size_t of_nodes) {
  return static_cast<int>(std::floor(fraction * static_cast<double>(of_nodes) + 1e-9));
}

// One pass over a plan. What is let through is counted, so that the next action sees it spent.
class Guard {
 public:
  Guard(const Plan& plan, const model::Fleet& fleet, const model::Policy& policy, MonoTime now)
      : fleet_(fleet), policy_(policy), now_(now), views_(view_zones(fleet, policy)) {
    for (const ZoneDecision& d : plan.zones) decisions_[d.zone] = &d;
    for (const auto& [id, view] : views_) {
      for (const Node* node : view.in_service) {
        capacity_[id] += is_capacity(*node) ? 1 : 0;
        answering_[id] += answers(*node) ? 1 : 0;
      }
    }
    vms_ = static_cast<int>(fleet.nodes().size());
    count_nodes();
    count_health_changes();
  }

  Verdict check(const Action& action) {
    if (auto held = standing_orders(action)) return held;
    if (auto held = settled(action)) return held;
    if (action.kind == ActionKind::launch) return launch(action);
    if (action.kind == ActionKind::return_to_service) ++returned_in_[action.zone];
    if (action.kind == ActionKind::withdraw) return withdraw(action);
    // Until the agents are back only the list speaks, and it may be another project's.
    if (action.kind == ActionKind::mark_gone && action.cause == Cause::lost) return starting();
    const bool destructive =
        action.kind == ActionKind::terminate || action.kind == ActionKind::reboot;
    if (destructive && fleet_.node(action.node)->cause == Cause::sick) return frozen(action);
    return std::nullopt;
  }

 private:
  void count_nodes() {
    for (const auto& [id, view] : views_) {
      const auto count = [&, zone = id](const Node* node) {
        ++account_size_[node->provider];
        ++zone_size_[zone];
        if (node->state == NodeState::in_service && !node->key.empty()) ++agents_known_;
      };
      std::for_each(view.in_service.begin(), view.in_service.end(), count);
      std::for_each(view.draining.begin(), view.draining.end(), count);
    }
  }

  void count_health_changes() {
    for (const model::HealthChange& change : fleet_.health_changes()) {
      if (now_ - change.at > policy_.breakers.window) continue;
      changed_in_zone_[change.zone].insert(change.node);
      changed_in_account_[change.provider].insert(change.node);
    }
  }

  // -- brakes for everything --
  Verdict standing_orders(const Action& action) const {
    if (fleet_.superseded()) {
      return Held{Brake::superseded,
                  "another coordinator has epoch " + std::to_string(fleet_.highest_epoch_met())};
    }
    if (fleet_.read_only()) return Held{Brake::read_only, fleet_.read_only_reason()};
    if (fleet_.paused() && (is_removal(action.kind) || is_launch(action.kind) || closes(action))) {
      return Held{Brake::paused, "paused by the operator: " + fleet_.pause_reason()};
    }
    const model::ZonePolicy* zone = policy_.zone(action.zone);
    if (policy_.shadow || (zone != nullptr && zone->shadow)) {
      return Held{Brake::shadow, "shadow mode: recorded, not done"};
    }
    return std::nullopt;
  }

  static bool closes(const Action& action) {
    return action.kind == ActionKind::command &&
           (action.verb == "drain" || action.verb == "close_listener");
  }

  Verdict settled(const Action& action) const {
    if (!is_removal(action.kind) && !is_launch(action.kind)) return std::nullopt;
    if (!fleet_.account(action.provider).listed_at) {
      return Held{Brake::account_unsettled,
                  "no complete inventory of " + action.provider.str() + " since the start"};
    }
    return std::nullopt;
  }

  // -- launches --
  Verdict launch(const Action& action) {
    const model::ZonePolicy* zone = policy_.zone(action.zone);
    const ZoneView& view = views_[action.zone];
    const int wanted = view.have() + launched_in_[action.zone] + returned_in_[action.zone];
    if (zone != nullptr && wanted + 1 > zone->max_servers) {
      return Held{Brake::ceiling, of(wanted, zone->max_servers, "servers, the zone's max")};
    }
    if (vms_ + 1 > policy_.budgets.fleet_ceiling) {
      return Held{Brake::fleet_ceiling,
                  of(vms_, policy_.budgets.fleet_ceiling, "servers, the fleet's ceiling")};
    }
    if (auto held = placement(action)) return held;
    if (auto held = launch_budgets(action)) return held;
    ++launched_in_[action.zone];
    ++launched_by_[action.provider];
    ++vms_;
    return std::nullopt;
  }

  Verdict placement(const Action& action) const {
    int stopped = 0;
    for (const auto& [id, zone] : fleet_.zones()) {
      const bool waits = zone.placement.not_before && *zone.placement.not_before > now_;
      if (waits && zone.placement.consecutive_failures >= policy_.breakers.failed_boots_stop)
        ++stopped;
    }
    if (stopped >= policy_.breakers.stopped_freeze) {
      return Held{Brake::launches_frozen,
                  std::to_string(stopped) + " placements are stopped by failed boots"};
    }
    const model::Placement& here = fleet_.zone(action.zone).placement;
    if (here.not_before && *here.not_before > now_) {
      return Held{Brake::placement_backoff,
                  std::to_string(here.consecutive_failures) + " failed boots, next try in " +
                      std::to_string(static_cast<long long>(seconds(*here.not_before - now_)) + 1) +
                      " s: " + here.last_failure};
    }
    return std::nullopt;
  }

  Verdict launch_budgets(const Action& action) {
    const model::Budgets& b = policy_.budgets;
    int launched = launched_by_[action.provider];
    int failed = 0;
    for (const model::Launch& launch : fleet_.launches()) {
      if (launch.provider != action.provider) continue;
      if (now_ - launch.at < b.launch_window) ++launched;
      if (launch.failed && now_ - launch.at < b.failed_boot_window) ++failed;
    }
    if (launched >= b.launches)
      return Held{Brake::launch_budget, of(launched, b.launches, "launches of the account spent")};
    if (failed >= b.failed_boots)
      return Held{Brake::failed_boot_budget, of(failed, b.failed_boots, "failed boots spent")};
    return std::nullopt;
  }

  // Whether the zone's name may give its address: of sick ones too, when there is no other.
  static bool answers(const Node& node) { return !node.cordoned && !node.quarantined; }

  // -- leaving service: what spends --
  Verdict withdraw(const Action& action) {
    const Node& node = *fleet_.node(action.node);
    if (node.is_protected) return Held{Brake::is_protected, "protected by the operator"};
    if (auto held = starting()) return held;
    if (auto held = frozen(action)) return held;
    if (action.cause == Cause::scale_in) {
      if (auto held = doubtful(action)) return held;
    }
    if (auto held = floor(node, action)) return held;
    if (auto held = removal_budget(action)) return held;
    ++(action.cause == Cause::scale_in ? scaled_in_ : removed_in_)[action.zone];
    if (is_capacity(node)) --capacity_[action.zone];
    if (answers(node)) --answering_[action.zone];
    return std::nullopt;
  }

  Verdict starting() const {
    const auto started = fleet_.started_at();
    if (!started) return Held{Brake::start_up, "not started"};
    if (now_ - *started >= policy_.timings.start_up) return std::nullopt;
    const std::size_t known = agents_known_;
    const std::size_t away = fleet_.awaited().size();
    if (static_cast<double>(known - std::min(known, away)) >=
        policy_.timings.start_up_quorum * static_cast<double>(known)) {
      return std::nullopt;
    }
    return Held{Brake::start_up,
                std::to_string(away) + " of " + std::to_string(known) + " agents are not back yet"};
  }

  Verdict frozen(const Action& action) {
    const model::Breakers& b = policy_.breakers;
    const int in_zone = static_cast<int>(changed_in_zone_[action.zone].size());
    const int zone_most = std::max(b.zone_nodes, share(b.zone_fraction, zone_size_[action.zone]));
    if (in_zone > zone_most)
      return Held{Brake::zone_freeze, of(in_zone, zone_most, "health changes in the zone")};
    const int in_account = static_cast<int>(changed_in_account_[action.provider].size());
    const int account_most =
        std::max(b.zone_nodes, share(b.account_fraction, account_size_[action.provider]));
    if (in_account > account_most) {
      return Held{Brake::account_freeze,
                  of(in_account, account_most, "health changes in the account")};
    }
    return std::nullopt;
  }

  // Scale-in wants complete data, and the operator's word where the configuration asks for much.
  Verdict doubtful(const Action& action) const {
    const auto found = decisions_.find(action.zone);
    const ZoneDecision* decision = found == decisions_.end() ? nullptr : found->second;
    if (decision != nullptr && decision->without_data > 0) {
      return Held{Brake::stale_evidence,
                  std::to_string(decision->without_data) + " nodes are without fresh data"};
    }
    const model::ZonePolicy* zone = policy_.zone(action.zone);
    const ZoneView& view = views_.at(action.zone);
    const int confirmed =
        fleet_.zone(action.zone).confirmed_removals - spent(scaled_in_, action.zone);
    const bool closing = zone == nullptr || zone->activity == model::ZoneActivity::inactive;
    const int over =
        zone == nullptr ? 0 : static_cast<int>(view.serving.size()) - zone->max_servers;
    const bool much =
        over > std::max(1, share(policy_.budgets.scale_in_fraction, view.in_service.size()));
    if ((closing || much) && confirmed <= 0) {
      return Held{Brake::unconfirmed,
                  closing ? "the zone is closed; confirm with `edgeherd config apply`"
                          : "the new maximum removes " + std::to_string(over) +
                                " servers; confirm with `edgeherd config apply`"};
    }
    return std::nullopt;
  }

  Verdict floor(const Node& node, const Action& action) const {
    const model::ZonePolicy* zone = policy_.zone(action.zone);
    if (zone == nullptr || zone->activity == model::ZoneActivity::inactive || node.drop_now)
      return std::nullopt;
    if (!is_capacity(node)) {
      const bool last = answers(node) && answering_.at(action.zone) == 1 && zone->min_servers > 0;
      if (!last) return std::nullopt;  // it carries nothing that would be missed
      return Held{Brake::floor,
                  "the last server that the zone's name gives: its replacement first"};
    }
    const int left = capacity_.at(action.zone) - 1;
    if (left >= zone->min_servers) return std::nullopt;
    return Held{Brake::floor, std::to_string(left) + " would be left of a minimum of " +
                                  std::to_string(zone->min_servers)};
  }

  Verdict removal_budget(const Action& action) const {
    const model::Budgets& b = policy_.budgets;
    const bool scale_in = action.cause == Cause::scale_in;
    const Duration window = scale_in ? b.scale_in_window : b.other_window;
    int gone = 0;
    for (const model::Departure& d : fleet_.departures()) {
      if (d.zone == action.zone && (d.cause == Cause::scale_in) == scale_in && now_ - d.at < window)
        ++gone;
    }
    const std::size_t zone_size =
        views_.at(action.zone).in_service.size() + static_cast<std::size_t>(gone);
    const int budget =
        std::max(1, share(scale_in ? b.scale_in_fraction : b.other_fraction, zone_size));
    const int taken = gone + spent(scale_in ? scaled_in_ : removed_in_, action.zone);
    if (taken < budget) return std::nullopt;
    const std::string in = " in " + std::to_string(static_cast<int>(seconds(window))) + " s";
    return Held{scale_in ? Brake::scale_in_budget : Brake::removal_budget,
                of(taken, budget, "removals spent") + in};
  }

  static int spent(const std::map<ZoneId, int>& ledger, const ZoneId& zone) {
    const auto it = ledger.find(zone);
    return it == ledger.end() ? 0 : it->second;
  }

  const model::Fleet& fleet_;
  const model::Policy& policy_;
  MonoTime now_;
  std::map<ZoneId, ZoneView> views_;
  std::map<ZoneId, const ZoneDecision*> decisions_;
  std::map<ZoneId, int> capacity_;
  std::map<ZoneId, int> answering_;
  std::map<ZoneId, int> launched_in_;
  std::map<ZoneId, int> returned_in_;
  std::map<ProviderId, int> launched_by_;
  std::map<ZoneId, int> scaled_in_;
  std::map<ZoneId, int> removed_in_;
  std::map<ZoneId, std::set<NodeId>> changed_in_zone_;
  std::map<ProviderId, std::set<NodeId>> changed_in_account_;
  std::map<ZoneId, std::size_t> zone_size_;
  std::map<ProviderId, std::size_t> account_size_;
  std::size_t agents_known_ = 0;
  int vms_ = 0;
};

}  // namespace

Plan guard(Plan plan, const model::Fleet& fleet, const model::Policy& policy, MonoTime now) {
  if (plan.actions.empty()) return plan;
  std::vector<Action> wanted = std::move(plan.actions);
  plan.actions.clear();
  Guard pass(plan, fleet, policy, now);
  for (Action& action : wanted) {
    if (auto held = pass.check(action)) {
      plan.withheld.push_back({std::move(action), held->brake, std::move(held->text)});
    } else {
      plan.actions.push_back(std::move(action));
    }
  }
  return plan;
}

std::optional<std::string> stale_precondition(const Action& action, const model::Fleet& fleet) {
  if (fleet.superseded()) return "superseded by a coordinator of a higher epoch";
  if (fleet.read_only()) return "read-only";
  if (fleet.paused() && (is_removal(action.kind) || is_launch(action.kind))) return "paused";
  if (!action.expected_state) return std::nullopt;
  const Node* node = fleet.node(action.node);
  if (node == nullptr) return "the node is gone";
  if (node->state != *action.expected_state || node->visit != action.expected_visit) {
    return "the node is " + std::string(model::to_string(node->state)) + " now";
  }
  return std::nullopt;
}

}  // namespace edgeherd::decide
