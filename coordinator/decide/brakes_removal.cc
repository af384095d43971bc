// Brakes of removals: leaving service is what spends.
#include <algorithm>
#include <set>

#include "common/core/protection.h"
#include "coordinator/decide/brakes.h"
#include "coordinator/decide/life.h"
#include "coordinator/model/trouble.h"

namespace edgeherd::decide::rules {

namespace {

using model::Cause;
using model::Node;

bool is_scale_in(const Action& action) {
  return action.kind == ActionKind::withdraw && action.cause == Cause::scale_in;
}

// What a wave of changed health stops: leaving service, and the end of the sick.
bool freezes(const Action& action, const GuardState& state) {
  if (action.kind == ActionKind::withdraw) return true;
  const bool destructive =
      action.kind == ActionKind::terminate || action.kind == ActionKind::reboot;
  return destructive && state.fleet().node(action.node)->cause == Cause::sick;
}

const Protection trouble_lasts("check", "freeze_while_trouble_lasts");

// How many of a zone or an account count for its freeze. What the operator names goes ahead once
// the wave is over, though many may still be in trouble: somebody has looked.
template <class Place>
int in_trouble(const Action& action, const GuardState& state, const Place& place) {
  const bool asked = state.fleet().node(action.node)->asked_out || !trouble_lasts.on();
  return static_cast<int>(asked ? state.changed_in(place) : state.troubled_in(place));
}

// What the operator decided, a closed zone or a lower maximum, is no scale-in by figures.
bool is_ordered(const Action& action, const GuardState& state) {
  const model::ZonePolicy* zone = state.policy().zone(action.zone);
  if (model::is_closed(zone)) return true;
  const int serving =
      static_cast<int>(state.view(action.zone).serving.size()) - state.scaled_in(action.zone);
  return serving > zone->max_servers;
}

// Addresses of servers that the newest list has: what answers there is not a missing one.
std::set<std::string> listed_addresses(const GuardState& state, const ProviderId& account) {
  std::set<std::string> addresses;
  for (const auto& [id, node] : state.fleet().nodes()) {
    const bool listed = node.listed_at && node.missing_listings == 0;
    if (listed && node.provider == account) addresses.insert(node.address);
  }
  for (const model::Vm& vm : state.fleet().account(account).strangers) addresses.insert(vm.address);
  return addresses;
}

// Servers in service that complete lists lack.
struct Missing {
  int all = 0;
  int answer = 0;  // of these, on the edge port
};

template <class Of>
Missing count_missing(const GuardState& state, const std::set<std::string>& listed, Of of) {
  Missing missing;
  for (const auto& [id, node] : state.fleet().nodes()) {
    if (node.state != model::NodeState::in_service || !of(node)) continue;
    if (node.missing_listings < Life::missing_to_be_lost) continue;
    ++missing.all;
    const bool answers = node.edge_probe.good && is_recent(node.edge_probe, state.now());
    missing.answer += answers && !listed.contains(node.address) ? 1 : 0;
  }
  return missing;
}

// When the list or its agent last knew of a node. Not seen since the start, it is missing since
// then: nothing is lost before that.
MonoTime last_known(const Node& node, const GuardState& state) {
  const MonoTime started = state.fleet().started_at().value_or(state.now());
  return std::max(
      {started, node.listed_at.value_or(started), node.agent.heard_at.value_or(started)});
}

// Scale-in has a budget of its own; all other reasons share one.
std::optional<std::string> budget_of(const Action& action, const GuardState& state) {
  const model::Budgets& b = state.policy().budgets;
  const bool scale_in = action.cause == Cause::scale_in;
  const Duration window = scale_in ? b.scale_in_window : b.other_window;
  int gone = 0;
  for (const model::Departure& d : state.fleet().departures()) {
    if (d.zone == action.zone && (d.cause == Cause::scale_in) == scale_in &&
        state.now() - d.at < window)
      ++gone;
  }
  const std::size_t zone_size =
      state.view(action.zone).in_service.size() + static_cast<std::size_t>(gone);
  const int budget =
      std::max(1, share(scale_in ? b.scale_in_fraction : b.other_fraction, zone_size));
  const int taken = gone + (scale_in ? state.scaled_in(action.zone) : state.removed(action.zone));
  if (taken < budget) return std::nullopt;
  return of(taken, budget, "removals spent") + " in " +
         std::to_string(static_cast<int>(seconds(window))) + " s";
}

}  // namespace

std::optional<std::string> is_protected(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::withdraw && action.kind != ActionKind::discard)
    return std::nullopt;
  if (!state.fleet().node(action.node)->is_protected) return std::nullopt;
  return "protected by the operator";
}

std::optional<std::string> zone_freeze(const Action& action, const GuardState& state) {
  if (!freezes(action, state)) return std::nullopt;
  const model::Breakers& b = state.policy().breakers;
  const int changed = in_trouble(action, state, action.zone);
  const int most = std::max(b.zone_nodes, share(b.zone_fraction, state.size_of(action.zone)));
  if (changed <= most) return std::nullopt;
  return of(changed, most, "health changes, or servers in trouble, in the zone");
}

std::optional<std::string> account_freeze(const Action& action, const GuardState& state) {
  if (!freezes(action, state)) return std::nullopt;
  const model::Breakers& b = state.policy().breakers;
  const int changed = in_trouble(action, state, action.provider);
  const int most =
      std::max(b.zone_nodes, share(b.account_fraction, state.size_of(action.provider)));
  if (changed <= most) return std::nullopt;
  return of(changed, most, "health changes, or servers in trouble, in the account");
}

// Many that a list lacks at once, and that nobody hears, may be a region that neither the provider
// nor we can reach: they are given up when both have lasted. Where most of them answer on the edge
// port, the list is another account's, or lacks a region, however long it has.
std::optional<std::string> many_missing(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::mark_gone || action.cause != Cause::lost) return std::nullopt;
  const Node& node = *state.fleet().node(action.node);
  if (node.state != model::NodeState::in_service) return std::nullopt;
  const model::Breakers& b = state.policy().breakers;
  const std::set<std::string> listed = listed_addresses(state, node.provider);
  const Missing in_zone =
      count_missing(state, listed, [&](const Node& other) { return other.zone == node.zone; });
  const Missing in_account = count_missing(
      state, listed, [&](const Node& other) { return other.provider == node.provider; });
  const bool answer = 2 * in_account.answer > in_account.all;
  if (!answer && state.now() - last_known(node, state) >= b.window) return std::nullopt;
  const int most_in_zone = std::max(b.zone_nodes, share(b.zone_fraction, state.size_of(node.zone)));
  const int most_in_account =
      std::max(b.zone_nodes, share(b.account_fraction, state.size_of(node.provider)));
  const std::string but =
      answer ? "; " + std::to_string(in_account.answer) + " of the account's answer viewers" : "";
  if (in_zone.all > most_in_zone)
    return of(in_zone.all, most_in_zone, "servers missing in the zone") + but;
  if (in_account.all <= most_in_account) return std::nullopt;
  return of(in_account.all, most_in_account, "servers missing in the account") + but;
}

// Scale-in by figures wants complete ones: of every server, and of every viewer.
std::optional<std::string> stale_evidence(const Action& action, const GuardState& state) {
  if (!is_scale_in(action) || is_ordered(action, state)) return std::nullopt;
  const model::Zone& zone = state.fleet().zone(action.zone);
  if (zone.names_off_at &&
      state.now() - *zone.names_off_at < state.policy().scaling.scale_in_stabilisation) {
    return "not all that viewers ask was measured: " + zone.names_off + ", " +
           model::words_of(state.now() - *zone.names_off_at) + " ago";
  }
  const ZoneDecision* decision = state.decision(action.zone);
  if (decision == nullptr || decision->without_data <= 0) return std::nullopt;
  return std::to_string(decision->without_data) + " nodes are without fresh data";
}

// The operator's word is wanted where the configuration asks for much.
std::optional<std::string> unconfirmed(const Action& action, const GuardState& state) {
  if (!is_scale_in(action)) return std::nullopt;
  const model::ZonePolicy* zone = state.policy().zone(action.zone);
  const ZoneView& view = state.view(action.zone);
  const int confirmed =
      state.fleet().zone(action.zone).confirmed_removals - state.scaled_in(action.zone);
  const bool closing = model::is_closed(zone);
  const int over = zone == nullptr ? 0 : static_cast<int>(view.serving.size()) - zone->max_servers;
  const bool much =
      over > std::max(1, share(state.policy().budgets.scale_in_fraction, view.in_service.size()));
  if ((!closing && !much) || confirmed > 0) return std::nullopt;
  if (closing) return "the zone is closed; confirm with `edgeherd config apply`";
  return "the new maximum removes " + std::to_string(over) +
         " servers; confirm with `edgeherd config apply`";
}

// A size that goes up and down in turns serves nobody: it stays up.
std::optional<std::string> flap_guard(const Action& action, const GuardState& state) {
  if (!is_scale_in(action) || is_ordered(action, state)) return std::nullopt;
  const model::Scaling& s = state.policy().scaling;
  const std::deque<model::Turn>& turns = state.fleet().zone(action.zone).turns;
  int turned = 0;
  for (std::size_t i = 1; i < turns.size(); ++i) {
    turned += state.now() - turns[i].at < s.flap_window ? 1 : 0;
  }
  // The last turn may be the one that goes on.
  const bool goes_on = !turns.empty() && turns.back().direction == model::Direction::down;
  if (turned >= s.flap_turns && !goes_on) {
    return "its size turned " + std::to_string(turned) + " times in " +
           std::to_string(static_cast<int>(seconds(s.flap_window))) + " s";
  }
  for (const auto& [node, changes] : state.changes_in(action.zone)) {
    if (changes < s.flap_verdicts) continue;
    return "node " + node.str() + " changed health " + std::to_string(changes) + " times in " +
           std::to_string(static_cast<int>(seconds(state.policy().breakers.window))) + " s";
  }
  return std::nullopt;
}

std::optional<std::string> floor(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::withdraw) return std::nullopt;
  const Node& node = *state.fleet().node(action.node);
  const model::ZonePolicy* zone = state.policy().zone(action.zone);
  if (model::is_closed(zone)) return std::nullopt;
  if (!is_capacity(node)) {
    const bool serves = node.state == model::NodeState::in_service && answers(node);
    const bool last = serves && state.answering(action.zone) == 1 && zone->min_servers > 0;
    if (!last) return std::nullopt;  // it carries nothing that would be missed
    return "the last server that the zone's name gives: its replacement first";
  }
  const int left = state.capacity(action.zone) - 1;
  if (left >= zone->min_servers) return std::nullopt;
  return std::to_string(left) + " would be left of a minimum of " +
         std::to_string(zone->min_servers);
}

std::optional<std::string> scale_in_budget(const Action& action, const GuardState& state) {
  return is_scale_in(action) ? budget_of(action, state) : std::nullopt;
}

std::optional<std::string> removal_budget(const Action& action, const GuardState& state) {
  const bool other = action.kind == ActionKind::withdraw && !is_scale_in(action);
  return other ? budget_of(action, state) : std::nullopt;
}

}  // namespace edgeherd::decide::rules
