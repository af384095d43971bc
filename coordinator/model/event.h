// Events: the facts and decisions that the fleet is folded from. Plain values; `now` comes beside
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/result.h"
#include "coordinator/model/ledger.h"
#include "coordinator/model/load.h"
#include "coordinator/model/node.h"
#include "coordinator/model/vm.h"

namespace edgeherd::model {

// Something to tell people, with a stable code ("node_in_service", "log_lines_lost").
enum class Severity { info, warning, alarm };
[[nodiscard]] std::string_view to_string(Severity severity);
struct Note {
  Severity severity = Severity::info;
  std::string code;
  std::string text;
  NodeId node;
  ZoneId zone;
};

// -- start-up and standing orders
struct Started {
  std::uint64_t epoch = 0;
};  // after the restored state was applied
struct NodeRestored {
  Node node;
};  // as the store had it; windows clamped by the reader
struct PlacementRestored {
  PlacementId id;
  Placement placement;
};
// What failed or was refused there may be tried again at once.
struct PlacementOpened {
  ZoneId zone;
  PlacementId id;
  std::string why;  // "another image is wanted"
};
struct DepartureRestored {
  Departure departure;
};
struct LaunchRestored {
  Launch launch;
};
struct HealthChangeRestored {
  HealthChange change;
};
struct TurnRestored {
  Turn turn;
};
// A launched node that is gone: its ghost is destroyed.
struct RetiredRestored {
  NodeId node;
};
// It is too long ago for a server of it to appear.
struct RetiredForgotten {
  NodeId node;
};
// No launches, no removals; survives all but Resumed.
struct Paused {
  std::string reason;
};
struct Resumed {};
struct ReadOnlySet {
  bool on = false;
  std::string reason;
};
struct EpochMet {
  std::uint64_t epoch = 0;
};  // enough agents have obeyed a coordinator of this epoch
// `edgeherd config apply`. The word is for what the configuration asks then, and for nothing else.
struct RemovalsConfirmed {
  ZoneId zone;
  int count = 0;
  std::optional<int> asked = {};  // asked_maximum()
};

// -- the provider
struct InventoryListed {  // complete: every page, counts agree
  ProviderId provider;
  std::string fleet;    // our tag
  std::vector<Vm> vms;  // of the whole account
};
struct InventoryFailed {
  ProviderId provider;
  Error error;
};

// -- decisions carried out by coordinator/act

// The journal holds the launch: from here the node counts.
struct LaunchIntended {
  NodeId node;
  ZoneId zone;
  ProviderId provider;
  ImageId image;
  std::string image_version;
  std::string size;
  std::string place = {};
  std::optional<Price> price = {};
  ZoneId spilled_for = {};
};
struct CallStarted {
  NodeId node;
  Call call = Call::none;
};
struct CreateAnswered {
  NodeId node;
  std::optional<Vm> vm;
  std::optional<Error> error;
};
struct DestroyAnswered {
  NodeId node;
  std::optional<Error> error;
};
struct RebootAnswered {
  NodeId node;
  std::optional<Error> error;
  bool late = false;  // the call was given up before; another may be under way
};
struct ArchiveChecked {
  NodeId node;
  std::uint64_t visit = 0;  // the node's when the check began: of another one nothing is taken
  std::optional<Error> error;
};
struct ArchiveConfirmed {};  // it vouched for a segment of some node, which is kept
struct StateEntered {
  NodeId node;
  NodeState state = NodeState::requested;
  Cause cause = Cause::none;
  std::string text;
};
struct CommandDecided {
  NodeId node;
};  // it waits for the store
struct CommandSent {
  NodeId node;
  std::string verb;
  ActionId action;
};  // towards the agent, after all that it rests on had become durable
struct NodeHeld {
  NodeId node;
  std::string text;
};  // flush failed, policy `hold`
struct FlushGivenUp {
  NodeId node;
  std::string text;
};  // flush failed, policy `terminate`, or operator
struct ProposalMade {
  ZoneId zone;
  int nodes = 0;
};  // for the stabilisation window
struct LatencyJudged {
  ZoneId zone;
  bool high = false;
};
struct VerdictGiven {
  NodeId node;
  Verdict verdict = Verdict::unknown;
  std::string reason;
  bool failing = false;
};

// -- the agent
struct KeyBound {
  NodeId node;
  AgentKey key;
};  // enrolment
struct HelloHeard {
  NodeId node;
  std::string vm_id, boot_id, image_version, config_digest, drain_state;
  std::uint64_t highest_epoch = 0;
};
struct SampleHeard {
  NodeId node;
  Sample sample;
};
struct CommandAnswered {
  NodeId node;
  ActionId action;
  enum class Outcome { accepted, done, failed, refused } outcome = Outcome::accepted;
  std::string message;
};
struct AgentSpoke {
  NodeId node;
  Note note;
};  // an EVENT message

// -- probes and DNS
enum class ProbeKind { health, edge };
struct Probed {
  NodeId node;
  ProbeKind kind = ProbeKind::edge;
  std::optional<Error> error;
};
struct NamesRead {
  ZoneId zone;
  std::set<std::string> addresses;
  Duration ttl = {};  // the longest for which one of them is answered
};                    // what the names of the zone answer now, together
struct NamesFailed {
  ZoneId zone;
  Error error;
};

// -- the operator
enum class Flag { cordoned, is_protected, quarantined, asked_out, drop_now };
struct FlagSet {
  NodeId node;
  Flag flag = Flag::cordoned;
  bool on = false;
};
struct Adopted {
  NodeId node;
  ZoneId zone;
  ProviderId provider;
  Vm vm;
};
struct Forgotten {
  NodeId node;
};  // the record is dropped, the VM untouched

using Event =
    std::variant<Started, NodeRestored, PlacementRestored, PlacementOpened, DepartureRestored,
                 LaunchRestored, HealthChangeRestored, TurnRestored, RetiredRestored,
                 RetiredForgotten, Paused, Resumed, ReadOnlySet, EpochMet, RemovalsConfirmed,
                 InventoryListed, InventoryFailed, LaunchIntended, CallStarted, CreateAnswered,
                 DestroyAnswered, RebootAnswered, ArchiveChecked, ArchiveConfirmed, StateEntered,
                 CommandDecided, CommandSent, NodeHeld, FlushGivenUp, ProposalMade, LatencyJudged,
                 VerdictGiven, KeyBound, HelloHeard, SampleHeard, CommandAnswered, AgentSpoke,
                 Probed, NamesRead, NamesFailed, FlagSet, Adopted, Forgotten>;

// "<node>-<verb>-<epoch>.<visit>": the same for every retry until it is answered; never one that an
// agent may remember from another coordinator, from one with another database, or from before its
// server was forgotten, or lost, and adopted again.
[[nodiscard]] ActionId action_id(const Node& node, std::string_view verb, std::uint64_t epoch);

}  // namespace edgeherd::model
