// Brakes for everything: standing orders, and what must be known before anything is done.
#include <algorithm>

#include "coordinator/decide/brakes.h"
#include "coordinator/decide/guard.h"

namespace edgeherd::decide::rules {

namespace {

using model::Cause;

const Protection wait_bounded("check", "start_up_bounded");

}  // namespace

std::optional<std::string> superseded(const Action&, const GuardState& state) {
  if (!state.fleet().superseded()) return std::nullopt;
  return "another coordinator has epoch " + std::to_string(state.fleet().highest_epoch_met());
}

std::optional<std::string> read_only(const Action&, const GuardState& state) {
  if (!state.fleet().read_only()) return std::nullopt;
  return state.fleet().read_only_reason();
}

std::optional<std::string> paused(const Action& action, const GuardState& state) {
  if (!state.fleet().paused()) return std::nullopt;
  if (!is_removal(action.kind) && !is_launch(action.kind) && !closes(action)) return std::nullopt;
  return "paused by the operator: " + state.fleet().pause_reason();
}

std::optional<std::string> shadow(const Action& action, const GuardState& state) {
  if (!in_shadow(action.zone, state.policy())) return std::nullopt;
  return "shadow mode: recorded, not done";
}

std::optional<std::string> account_unsettled(const Action& action, const GuardState& state) {
  if (!is_removal(action.kind) && !is_launch(action.kind)) return std::nullopt;
  const model::Account& account = state.fleet().account(action.provider);
  if (!account.listed_at) {
    return "no complete inventory of " + action.provider.str() + " since the start";
  }
  if (!is_launch(action.kind) || !account.lists_none) return std::nullopt;
  return "the newest inventory of " + action.provider.str() + " has none of its servers in service";
}

std::optional<std::string> start_up(const Action& action, const GuardState& state) {
  // Until the agents are back only the list speaks, and it may be another project's.
  const bool lost = action.kind == ActionKind::mark_gone && action.cause == Cause::lost;
  if (action.kind != ActionKind::withdraw && !lost) return std::nullopt;
  const auto started = state.fleet().started_at();
  if (!started) return "not started";
  const model::Timings& timings = state.policy().timings;
  if (state.now() - *started >= timings.start_up && wait_bounded.on()) return std::nullopt;
  const std::size_t known = state.agents_known();
  const std::size_t away = state.fleet().awaited().size();
  if (static_cast<double>(known - std::min(known, away)) >=
      timings.start_up_quorum * static_cast<double>(known)) {
    return std::nullopt;
  }
  return std::to_string(away) + " of " + std::to_string(known) + " agents are not back yet";
}

}  // namespace edgeherd::decide::rules
