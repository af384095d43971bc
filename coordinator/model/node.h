// A node: one server from the intent to create it until the provider no longer lists it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/load.h"
#include "coordinator/model/placement.h"
#include "coordinator/model/vm.h"

namespace edgeherd::model {

enum class NodeState {
  requested,
  booting,
  verifying,
  in_service,
  draining,
  flushing,
  flushed,
  terminating,
  gone,
};
[[nodiscard]] std::string_view to_string(NodeState state);
[[nodiscard]] std::optional<NodeState> node_state_from(std::string_view text);

// Why a node leaves service; what its removal is charged to.
enum class Cause { none, scale_in, sick, operator_request, rotation, failed_boot, lost, duplicate };
[[nodiscard]] std::string_view to_string(Cause cause);
[[nodiscard]] std::optional<Cause> cause_from(std::string_view text);

enum class Verdict { healthy, degraded, bad, unknown };
[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] inline bool is_good(Verdict verdict) {
  return verdict == Verdict::healthy || verdict == Verdict::degraded;
}

enum class Origin { launched, adopted };

// An outside call for this node that is under way (never durable: a restart asks the provider).
enum class Call { none, create, destroy, reboot, check_archive };

// What the node's agent last said of itself.
struct AgentView {
  std::optional<MonoTime> heard_at;  // any message
  std::string vm_id;
  std::string boot_id;
  std::string image_version;
  std::string config_digest;
  std::string drain_state;  // agent_words.h
  std::uint64_t highest_epoch = 0;
  bool ready = false;
  std::vector<std::string> failing;
  std::uint64_t spool_segments = 0;
  std::uint64_t log_lines_lost = 0;
};

// One kind of probe by the coordinator: the health page, or the edge port.
struct ProbeView {
  std::optional<MonoTime> asked_at;  // the newest answer, good or not
  bool good = false;
  int good_in_a_row = 0;
  std::string failure;  // of the newest answer, when not good
};

// How far the way out has come. Durable unless said otherwise. Entering a state resets it, except
// the reboots and, beyond FLUSHING, archive_checked (Fold::enter).
struct Leaving {
  std::optional<MonoTime>
      name_gone_at;     // first read-back of all names without our address (kept so long)
  Duration name_ttl{};  // so long after it caches may hold what names answered before
  std::optional<MonoTime> command_sent_at;  // or decided, while it waits for the store; not durable
  std::string asked;                        // the newest command's verb; not durable
  // Since when, and until when so far, it was asked without a gap (asking.h); not durable.
  std::optional<MonoTime> asked_since;
  std::optional<MonoTime> asked_until;
  bool command_done = false;    // the state's command was answered `done`
  std::string command_failure;  // the newest failure or refusal
  bool archive_checked = false;
  std::string archive_failure;
  int reboots = 0;                            // tries that were done, or may have been
  bool rebooted = false;                      // it was done, or will never be
  std::optional<MonoTime> rebooted_at;        // the newest of them
  std::optional<MonoTime> reboot_refused_at;  // a try that was surely not one; not durable
  std::string reboot_failure;                 // what it was answered; not durable
};

struct Node {
  NodeId id;
  ZoneId zone;
  ProviderId provider;
  Origin origin = Origin::launched;
  ImageId image;              // asked for
  std::string image_version;  // what the agent must report; empty: not compared
  std::string size;
  std::string place;           // asked for, as the provider names it; of adopted ones where it is
  std::optional<Price> price;  // when it was launched
  ZoneId spilled_for;          // the zone that lacked it; empty: its own

  NodeState state = NodeState::requested;
  MonoTime state_since{};
  // Rises with every state entered and every command id that is spent: part of each ActionId, and
  // of an action's precondition.
  std::uint64_t visit = 0;
  MonoTime requested_at{};

  VmId vm;
  std::string address;
  std::string private_address;
  std::string address_before;  // of one that is stopped and has none now; not durable
  Power power = Power::unknown;
  std::optional<MonoTime> powered_on_at;  // listed as running again after stopped; not durable
  AgentKey key;

  bool cordoned = false;  // no new viewers: its name is withdrawn, it is not counted as capacity
  bool is_protected = false;  // never a victim
  bool quarantined = false;   // out of service, kept for a post-mortem
  bool held = false;          // its logs could not be stored; kept by policy
  bool skip_flush = false;    // the operator or the policy gave the logs up; recorded as a loss
  bool asked_out = false;     // the operator wants it terminated, within the budgets
  bool drop_now = false;      // the operator's --now: waits for nothing

  Cause cause = Cause::none;
  std::string cause_text;
  Leaving leaving;

  // Observed, not durable.
  AgentView agent;
  ProbeView health_probe;
  ProbeView edge_probe;
  NodeLoad load;
  std::optional<MonoTime> listed_at;  // the newest complete inventory with it
  // When its provider told of this server: by the creation's answer, or first by a list.
  std::optional<MonoTime> known_since;
  int missing_listings = 0;  // complete inventories in a row without it
  Call call = Call::none;
  std::optional<MonoTime> call_failed_at;
  // When the provider last accepted its destruction, or answered that it knows no such server
  // (then not durable).
  std::optional<MonoTime> destroyed_at;
  bool destroy_not_found = false;  // that answer was "no such server"; not durable
  int destroys_accepted = 0;       // by a provider that goes on listing it; not durable
  int destroys_refused = 0;        // in a row, and surely not done; not durable
  std::string call_failure;
  Verdict verdict = Verdict::unknown;
  std::string verdict_reason;
  std::deque<MonoTime> bad_seconds;  // within the health period
  std::optional<MonoTime> judged_at;
};

// The name under which a second server of one launch is known until it is destroyed.
[[nodiscard]] NodeId double_of(const NodeId& launch, const VmId& vm);

[[nodiscard]] inline PlacementId placement_of(const Node& n) {
  return {n.provider, n.place, n.size};
}
[[nodiscard]] inline bool is_coming(const Node& n) {
  return n.state == NodeState::requested || n.state == NodeState::booting ||
         n.state == NodeState::verifying;
}
[[nodiscard]] inline bool is_leaving(const Node& n) {
  return n.state == NodeState::draining || n.state == NodeState::flushing ||
         n.state == NodeState::flushed || n.state == NodeState::terminating;
}
// In service and able to carry traffic, as far as is known.
[[nodiscard]] inline bool is_capacity(const Node& n) {
  return n.state == NodeState::in_service && n.verdict != Verdict::bad && !n.quarantined &&
         !n.cordoned;
}

}  // namespace edgeherd::model
