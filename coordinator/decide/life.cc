#include "coordinator/decide/life.h"

#include <algorithm>
#include <utility>

#include "common/core/protection.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

using model::Call;
using model::Cause;
using model::NodeState;

namespace {

const Protection lost_twice("check", "lost_listed_twice");
const Protection lost_silent("check", "lost_silent");
const Protection silence_counts("check", "silence_counts_from_start");

constexpr Duration longest_retry = 10min;

}  // namespace

std::optional<Action> Life::step() const {
  switch (node_.state) {
    case NodeState::requested:
      return requested();
    case NodeState::booting:
      return booting();
    case NodeState::verifying:
      return verifying();
    case NodeState::in_service:
      return in_service();
    case NodeState::draining:
      return draining();
    case NodeState::flushing:
      return flushing();
    case NodeState::flushed:
      return flushed();
    case NodeState::terminating:
      return terminating();
    case NodeState::gone:
      return std::nullopt;
  }
  return std::nullopt;
}

Action Life::act(ActionKind kind, Cause cause, std::string text,
                 std::optional<Duration> age) const {
  Action action;
  action.kind = kind;
  action.node = node_.id;
  action.zone = node_.zone;
  action.provider = node_.provider;
  action.cause = cause;
  action.reasons.push_back({std::move(text), age});
  action.expected_state = node_.state;
  action.expected_visit = node_.visit;
  return action;
}

std::optional<Action> Life::command(std::string verb, std::string text) const {
  const auto& sent = node_.leaving.command_sent_at;
  if (sent && now_ - *sent < t_.resend_command) return std::nullopt;
  Action action = act(ActionKind::command, node_.cause, std::move(text));
  action.verb = std::move(verb);
  return action;
}

// What was refused will be refused again, mostly: each refusal doubles the wait.
bool Life::may_call() const {
  const int doubled = std::clamp(node_.destroys_refused - 1, 0, 10);
  const Duration wait = std::min(t_.retry_call * (1 << doubled), longest_retry);
  return node_.call == Call::none &&
         (!node_.call_failed_at || now_ - *node_.call_failed_at >= wait);
}

bool Life::past(Duration limit) const {
  return now_ - node_.state_since > limit;
}

bool Life::reachable() const {
  return heard_within(node_, now_, t_.agent_away);
}

// Not heard, though it had the time: after a start agents take a while to come back.
bool Life::gone_silent() const {
  const auto started = fleet_.started_at();
  const bool had_time = !started || !silence_counts.on() || now_ - *started > 4 * t_.agent_away;
  return !reachable() && had_time;
}

// A server that speaks is there, or that shows its health page for its own token, whatever the
// provider says: the credentials of another project list none of ours, and are complete.
bool Life::shows_life() const {
  const bool shows_page = node_.health_probe.good && is_recent(node_.health_probe, now_);
  return (reachable() || shows_page) && lost_silent.on();
}

// Listed before, now missing from complete inventories: somebody else deleted it. Lists that may lag
// behind its creation are not counted (Fold::miss).
std::optional<Action> Life::vanished(Cause cause) const {
  const int enough = lost_twice.on() ? missing_to_be_lost : 1;
  if (node_.vm.empty() || node_.missing_listings < enough) return std::nullopt;
  if (shows_life()) return std::nullopt;
  return act(ActionKind::mark_gone, cause, "the provider no longer lists VM " + node_.vm.str());
}

}  // namespace edgeherd::decide
