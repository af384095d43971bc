// Brakes of launches.
#include <algorithm>

#include "coordinator/decide/brakes.h"
#include "coordinator/decide/placing.h"
#include "coordinator/model/trouble.h"

namespace edgeherd::decide::rules {

namespace {

struct Spent {
  int launched = 0;
  int failed = 0;
};

// Of one account within its windows; `launched` with those of this pass.
Spent spent_by(const ProviderId& account, const GuardState& state) {
  const model::Budgets& b = state.policy().budgets;
  Spent spent{state.launched_by(account), 0};
  for (const model::Launch& launch : state.fleet().launches()) {
    if (launch.provider != account) continue;
    if (state.now() - launch.at < b.launch_window) ++spent.launched;
    if (launch.failed && state.now() - launch.at < b.failed_boot_window) ++spent.failed;
  }
  return spent;
}

}  // namespace

// Those that serve, up to the maximum; with the sick ones, so many more as may be sick before
// removals freeze. Else servers that turn sick one generation after the other, none of which may
// leave, would be replaced without end.
std::optional<std::string> ceiling(const Action& action, const GuardState& state) {
  const model::ZonePolicy* zone = state.policy().zone(action.zone);
  if (action.kind != ActionKind::launch || zone == nullptr) return std::nullopt;
  const int wanted = state.wanted_in(action.zone);
  if (wanted + 1 > zone->max_servers)
    return of(wanted, zone->max_servers, "servers, the zone's max");
  const model::Breakers& b = state.policy().breakers;
  const int most =
      zone->max_servers +
      std::max(b.zone_nodes,
               share(b.zone_fraction, static_cast<std::size_t>(std::max(0, zone->max_servers))));
  const int standing = state.standing_in(action.zone);
  if (standing + 1 <= most) return std::nullopt;
  return of(standing, most, "servers with the sick ones, what the zone's max allows");
}

std::optional<std::string> fleet_ceiling(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::launch) return std::nullopt;
  const int most = state.policy().budgets.fleet_ceiling;
  if (state.vms() + 1 <= most) return std::nullopt;
  return of(state.vms(), most, "servers, the fleet's ceiling");
}

// Servers of ours that may soon be back: adopted ones whose agents are awaited, and, for a while
// after a start (the database may be an older one), a takeover or read-only mode, those that nobody
// has adopted yet. What they will carry is not launched.
std::optional<std::string> adoption(const Action& action, const GuardState& state) {
  const model::ZonePolicy* zone = state.policy().zone(action.zone);
  const ZoneDecision* decision = state.decision(action.zone);
  if (action.kind != ActionKind::launch || zone == nullptr || decision == nullptr)
    return std::nullopt;
  const int adopted = state.adopted_coming_in(action.zone);
  int strangers = 0;
  const auto begun = std::max(state.fleet().started_at(), state.fleet().memory().writes_allowed_at);
  const Duration rest = begun ? *begun + state.policy().timings.start_up - state.now() : Duration{};
  if (rest > Duration{}) {
    for (const model::Vm& vm : state.fleet().account(action.provider).strangers) {
      strangers += model::has_place(*zone, vm.place) && vm.power != model::Power::stopped ? 1 : 0;
    }
  }
  if (adopted + strangers == 0) return std::nullopt;
  if (state.wanted_in(action.zone) + adopted + strangers < decision->desired) return std::nullopt;
  return std::to_string(adopted) + " adopted servers are on their way, " +
         std::to_string(strangers) + " wait to be adopted" +
         (strangers > 0 ? ", for " + model::words_of(rest) + " at most" : "");
}

std::optional<std::string> launches_frozen(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::launch) return std::nullopt;
  const model::Breakers& b = state.policy().breakers;
  int stopped = 0;
  for (const auto& [id, placement] : state.fleet().placements()) {
    const bool waits = placement.not_before && *placement.not_before > state.now();
    if (waits && placement.consecutive_failures >= b.failed_boots_stop) ++stopped;
  }
  if (stopped < b.stopped_freeze) return std::nullopt;
  return std::to_string(stopped) + " placements are stopped by failed boots";
}

std::optional<std::string> placement_backoff(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::launch) return std::nullopt;
  return closed_by_boots(placement_of(action), state.fleet(), state.now());
}

// What has none, or refused, is not asked again before its time, and then by one launch first.
std::optional<std::string> placement_closed(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::launch) return std::nullopt;
  const model::PlacementId id = placement_of(action);
  return closed_by_stock(id, state.fleet(), state.launched_at(id), state.now());
}

std::optional<std::string> launch_budget(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::launch) return std::nullopt;
  const int budget = state.policy().budgets.launches;
  const int spent = spent_by(action.provider, state).launched;
  if (spent < budget) return std::nullopt;
  return of(spent, budget, "launches of the account spent");
}

std::optional<std::string> failed_boot_budget(const Action& action, const GuardState& state) {
  if (action.kind != ActionKind::launch) return std::nullopt;
  const int budget = state.policy().budgets.failed_boots;
  const int spent = spent_by(action.provider, state).failed;
  if (spent < budget) return std::nullopt;
  return of(spent, budget, "failed boots spent");
}

}  // namespace edgeherd::decide::rules
