// The plan: what should be done now, and why; and what is held back, and by which brake.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::decide {

enum class ActionKind {
  launch,        // a new node in `zone` (no node yet)
  create_again,  // REQUESTED, not listed, no call under way: ask the provider again, same intent
  admit,         // VERIFYING -> IN_SERVICE
  withdraw,      // IN_SERVICE -> DRAINING; spends a removal budget
  return_to_service,  // DRAINING -> IN_SERVICE (un-drain)
  command,            // send (again) the command of the node's present state
  begin_flush,        // DRAINING -> FLUSHING
  check_archive,      // FLUSHING: compare the stored objects with the manifest
  finish_flush,       // FLUSHING -> FLUSHED
  hold,               // FLUSHING past its deadline, policy `hold`: keep the VM, alarm
  give_up_flush,      // FLUSHING past its deadline, policy `terminate`: record the loss
  terminate,          // FLUSHED -> TERMINATING, and destroy
  discard,            // a node that never was in service -> TERMINATING, and destroy
  destroy_again,      // TERMINATING, still listed, no call under way
  reboot,             // a silent node, once, so that its logs can ship
  mark_gone,          // TERMINATING or lost: a complete inventory no longer lists it
};
[[nodiscard]] std::string_view to_string(ActionKind kind);

// Whether an action takes a server away (now or as its end), and is therefore guarded as a removal.
[[nodiscard]] bool is_removal(ActionKind kind);
[[nodiscard]] bool is_launch(ActionKind kind);

// One link of the chain of reasons. `age` is how old the evidence was, when it has an age.
struct Reason {
  std::string text;
  std::optional<Duration> age;
};

struct Action {
  ActionKind kind = ActionKind::launch;
  NodeId node;  // empty for launch
  ZoneId zone;
  ProviderId provider;
  model::Cause cause = model::Cause::none;
  std::string verb;  // of `command`
  // Of `launch`: which placement, what it costs there, and the zone that lacks the server, if it is
  // another one.
  std::string place;
  std::string size;
  std::optional<model::Price> price;
  ZoneId spilled_for;
  std::vector<Reason> reasons;
  // Preconditions, checked again just before the call: the node is still in this state and visit.
  std::optional<model::NodeState> expected_state;
  std::uint64_t expected_visit = 0;
};

// What holds an action back, whatever speaks for it. brakes.cc has the table; docs/coordinator.md
// the keys.
enum class Brake {
  floor,               // the zone would have fewer than its minimum, or no server that answers
  ceiling,             // it would have more than its maximum
  scale_in_budget,     // so many left it for its size within the window
  removal_budget,      // so many left it for all other reasons
  zone_freeze,         // many of the zone changed health, or are in trouble
  account_freeze,      // many of the account
  stale_evidence,      // figures of some servers, or of some viewers, are missing
  paused,              // the operator's pause
  read_only,           // the database was empty while servers of ours exist
  superseded,          // another coordinator has a higher epoch
  start_up,            // agents are not back since the start
  account_unsettled,   // the account was not listed completely since the start
  launch_budget,       // launches of the account
  hourly_budget,       // what servers cost together
  fleet_ceiling,       // servers of the fleet
  failed_boot_budget,  // failed boots of the account
  placement_backoff,   // the placement's last boots failed
  placement_closed,    // it has none, or refuses
  launches_frozen,     // boots fail at several placements
  is_protected,        // the operator protects the node
  unconfirmed,         // the configuration removes many: the operator's word is wanted
  flap_guard,          // the zone, or a node's health, goes up and down
  adoption,            // servers of ours that exist may soon be back
  many_missing,        // a list lacks many at once
  shadow,              // decided and recorded, not done. The last one: brake_count is taken from it
};
inline constexpr std::size_t brake_count = static_cast<std::size_t>(Brake::shadow) + 1;
[[nodiscard]] std::string_view to_string(Brake brake);

struct Withheld {
  Action action;
  Brake brake = Brake::floor;
  std::string text;  // figures: "2 of 2 removals spent in the last 10 min"
};

// One step of a zone's sizing: "tolerance: 4 -> 4, 0.96 of target is within 0.10".
struct Step {
  std::string name;
  double from = 0;
  double to = 0;
  std::string text;
};

struct ZoneDecision {
  ZoneId zone;
  int in_service = 0;  // capacity now
  int coming = 0;
  int leaving = 0;
  int desired = 0;
  // Of the metrics, before stabilisation and without the tolerance: remembered for the former.
  int proposal = 0;
  std::optional<double> requests_per_s;
  std::optional<double> cpu;  // mean share over nodes with data
  std::optional<double> egress_bits_per_s;
  std::optional<double> disk_busy;  // mean share
  std::optional<double> p99_seconds;
  std::uint64_t latency_requests = 0;
  bool latency_high = false;
  int without_data = 0;  // nodes in service whose evidence is stale
  int lent = 0;          // servers here, serving or coming, that were launched for other zones
  int borrowed = 0;      // and those of other zones for this one
  std::optional<model::Price> cost;  // an hour, of all its servers; absent: it has no prices
  std::vector<Step> steps;
  std::string outcome;  // one line: what is done, or the named reason for doing nothing
};

struct VerdictChange {
  NodeId node;
  model::Verdict verdict = model::Verdict::unknown;
  std::string reason;
  bool failing = false;  // counts as one bad second
};

struct Plan {
  std::vector<Action> actions;  // in the order in which they are to be carried out
  std::vector<Withheld> withheld;
  std::vector<ZoneDecision> zones;
  std::vector<VerdictChange> verdicts;
};

// Pure. Plans, then applies every brake (guard.h).
[[nodiscard]] Plan plan(const model::Fleet& fleet, const model::Policy& policy, MonoTime now);

}  // namespace edgeherd::decide
