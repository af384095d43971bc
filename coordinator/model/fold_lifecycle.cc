#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/model/asking.h"
#include "coordinator/model/fold.h"
#include "coordinator/model/named_still.h"

namespace edgeherd::model {

namespace {

const Protection lost_is_no_ghost("check", "lost_is_no_ghost");

}  // namespace

void Fold::enter(Node& node, NodeState state) {
  node.state = state;
  node.state_since = now_;
  ++node.visit;
  const Leaving before = std::exchange(node.leaving, Leaving{});
  node.leaving.reboots = before.reboots;
  node.leaving.rebooted = before.rebooted;
  node.leaving.rebooted_at = before.rebooted_at;
  node.leaving.archive_checked = before.archive_checked && state > NodeState::flushing;
  node.call_failure.clear();
  node.call_failed_at.reset();
  touch(node);
}

// Notes a change of direction; more of the same is none.
void Fold::go(const ZoneId& zone, Direction direction) {
  std::deque<Turn>& turns = fleet_.memory_.zones[zone].turns;
  if (!turns.empty() && turns.back().direction == direction) return;
  // A row is called after its moment, in milliseconds: no two of a zone have the same.
  const MonoTime at = turns.empty() ? now_ : std::max<MonoTime>(now_, turns.back().at + 1ms);
  turns.push_back({zone, direction, at});
  fleet_.changes_.turns.push_back(turns.back());
  while (turns.size() > 1 && now_ - turns[1].at > policy_.scaling.flap_window) turns.pop_front();
}

void Fold::retire(const NodeId& id) {
  Node* node = find(id);
  if (node == nullptr) return;
  touch(*node);
  // What only the list lost may be listed again: then it is a stranger, not a ghost to destroy.
  const bool ghosts =
      node->cause != Cause::duplicate && (node->cause != Cause::lost || !lost_is_no_ghost.on());
  if (node->origin == Origin::launched && ghosts) {
    fleet_.memory_.retired.insert(id);
    fleet_.changes_.retired.push_back(id);
  }
  leave(*node);
}

// Its server may be adopted under the same name, with an agent that remembers what it was told.
void Fold::leave(Node& node) {
  const NodeId id = node.id;
  fleet_.memory_.visits_spent = std::max(fleet_.memory_.visits_spent, node.visit);
  fleet_.memory_.awaited.erase(id);
  fleet_.changes_.gone.push_back(node);
  fleet_.memory_.nodes.erase(id);
}

// Beyond the drain nobody waits for its names any more: then it must be told.
std::string Fold::and_named_still(const Node& node, NodeState next) const {
  if (next != NodeState::flushing && next != NodeState::terminating) return "";
  Node then = node;
  then.state = next;
  const auto still = named_still(then, fleet_.zone(node.zone), policy_.zone(node.zone), now_);
  return still ? "; " + *still : "";
}

void Fold::depart(const Node& node, Cause cause) {
  std::deque<Departure>& departures = fleet_.memory_.departures;
  departures.push_back({node.id, node.zone, cause, now_});
  fleet_.changes_.departures.push_back(departures.back());
  const Duration kept = std::max(policy_.budgets.scale_in_window, policy_.budgets.other_window);
  while (now_ - departures.front().at > kept) departures.pop_front();
}

void Fold::operator()(const StateEntered& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  const NodeState from = node->state;
  if (e.state == NodeState::in_service && from == NodeState::draining)
    go(node->zone, Direction::up);
  // Also of those that serve by a name's word alone, which an older database takes for coming.
  if (e.state == NodeState::draining) depart(*node, e.cause);
  if (e.state == NodeState::draining && from == NodeState::in_service) {
    if (e.cause == Cause::scale_in) go(node->zone, Direction::down);
    int& confirmed = fleet_.memory_.zones[node->zone].confirmed_removals;
    if (confirmed > 0) {
      --confirmed;
      fleet_.changes_.confirmed.insert(node->zone);
    }
  }
  const std::string text = e.text + and_named_still(*node, e.state);
  if (e.cause != Cause::none) {
    node->cause = e.cause;
    node->cause_text = text;
  }
  // One that was never made says nothing of boots: the account could not be reached, or would not.
  // One that was made and vanished before it served has failed as one that came up wrong.
  const bool made = from != NodeState::requested;
  const bool vanished = e.state == NodeState::gone && is_coming(*node);
  const bool ends = e.state == NodeState::terminating || vanished;
  if (ends && e.cause == Cause::failed_boot && made) boot_failed(*node, e.text);
  if (e.state == NodeState::in_service) {
    if (from == NodeState::verifying) boot_succeeded(*node);
    node->cause = Cause::none;
    node->cause_text.clear();
    node->bad_seconds.clear();
    node->verdict = Verdict::healthy;
    node->verdict_reason = e.text;
  }
  const bool alarming = e.cause == Cause::lost;
  const bool warning = e.cause == Cause::sick || e.cause == Cause::failed_boot;
  note(alarming  ? Severity::alarm
       : warning ? Severity::warning
                 : Severity::info,
       "node_" + std::string(to_string(e.state)), text, *node);
  if (e.state == NodeState::gone) {
    retire(e.node);
    return;
  }
  enter(*node, e.state);
  if (e.state == NodeState::terminating) node->missing_listings = 0;
  if (e.state == NodeState::flushed) node->held = false;
}

// The same is not decided again meanwhile. Its agent is not asked by that.
void Fold::operator()(const CommandDecided& e) {
  if (Node* node = find(e.node)) node->leaving.command_sent_at = now_;
}

void Fold::operator()(const CommandSent& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  Leaving& leaving = node->leaving;
  const bool goes_on = leaving.asked == e.verb && is_asked(*node, policy_.timings, now_);
  leaving.command_sent_at = leaving.asked_until = now_;
  if (goes_on) return;
  leaving.asked = e.verb;
  leaving.asked_since = now_;
}

// What kept it from being asked ends or begins here: silence, a call.
void Fold::asks_on(Node& node) {
  Leaving& leaving = node.leaving;
  if (!leaving.asked_since) return;
  if (is_asked(node, policy_.timings, now_)) {
    leaving.asked_until = now_;
  } else {
    leaving.asked_since.reset();
  }
}

void Fold::operator()(const NodeHeld& e) {
  Node* node = find(e.node);
  if (node == nullptr || node->held) return;
  node->held = true;
  touch(*node);
  note(Severity::alarm, "node_held", e.text, *node);
}

void Fold::operator()(const FlushGivenUp& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  node->skip_flush = true;
  node->held = false;                                              // its place is another one's
  if (node->call == Call::check_archive) node->call = Call::none;  // nobody waits for it any more
  note(Severity::alarm, "logs_given_up", e.text, *node);
  enter(*node, NodeState::flushed);
}

void Fold::operator()(const ProposalMade& e) {
  // A zone that the configuration lost is not sized: when it comes back, its window is empty.
  if (policy_.zone(e.zone) == nullptr) return;
  Zone& zone = fleet_.memory_.zones[e.zone];
  const bool gap = zone.proposals.empty() || now_ - zone.proposals.back().at > longest_proposal_gap;
  if (gap || !zone.sized_since) zone.sized_since = now_;
  // The largest of a window is asked for alone: who is no larger than a newer one says nothing more.
  while (!zone.proposals.empty() && zone.proposals.back().nodes <= e.nodes)
    zone.proposals.pop_back();
  zone.proposals.push_back({now_, e.nodes});
  while (now_ - zone.proposals.front().at > policy_.scaling.scale_in_stabilisation)
    zone.proposals.pop_front();
}

void Fold::operator()(const LatencyJudged& e) {
  Zone& zone = fleet_.memory_.zones[e.zone];
  if (!e.high) {
    zone.latency_high_since.reset();
  } else if (!zone.latency_high_since) {
    zone.latency_high_since = now_;
  }
}

void Fold::operator()(const VerdictGiven& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  if (e.failing) node->bad_seconds.push_back(now_);
  while (!node->bad_seconds.empty() &&
         now_ - node->bad_seconds.front() > policy_.timings.health_period) {
    node->bad_seconds.pop_front();
  }
  const bool first = !node->judged_at;
  node->judged_at = now_;
  node->verdict_reason = e.reason;
  if (node->verdict == e.verdict) return;
  const bool good_before = is_good(node->verdict);
  const bool good_now = is_good(e.verdict);
  node->verdict = e.verdict;
  // Verdicts do not outlive a restart: that a node turns out to be well is then no change.
  if (good_before != good_now && !(first && good_now)) {
    fleet_.memory_.health_changes.push_back({node->id, node->zone, node->provider, now_});
    fleet_.changes_.health_changes.push_back(fleet_.memory_.health_changes.back());
    while (now_ - fleet_.memory_.health_changes.front().at > policy_.breakers.window)
      fleet_.memory_.health_changes.pop_front();
  }
  note(e.verdict == Verdict::bad ? Severity::warning : Severity::info,
       "verdict_" + std::string(to_string(e.verdict)), e.reason, *node);
}

}  // namespace edgeherd::model
