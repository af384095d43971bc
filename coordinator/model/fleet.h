// Fleet: everything the coordinator knows, as a fold over events. apply() is the only way to change
// it.
//
// No I/O and no clock: `now` comes with each event. Thread: one owner, the coordinator's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/event.h"
#include "coordinator/model/ledger.h"
#include "coordinator/model/load.h"
#include "coordinator/model/node.h"
#include "coordinator/model/node_table.h"
#include "coordinator/model/policy.h"
#include "coordinator/model/trouble.h"

namespace edgeherd::model {

struct Proposal {
  MonoTime at{};
  int nodes = 0;
};

// Between two proposals that are of one run, at most.
inline constexpr Duration longest_proposal_gap = 30s;

struct Zone {
  // Of the stabilisation window, oldest first, each smaller than the one before it.
  std::deque<Proposal> proposals;
  std::optional<MonoTime> sized_since;  // since then proposals came without a gap
  LatencyWindow latency;
  std::optional<MonoTime> latency_high_since;
  std::optional<MonoTime> names_read_at;  // newest successful read-back of its names
  std::set<std::string> names;            // what they answered together
  Duration names_ttl{};                   // likewise, for how long; at most longest_dns_ttl
  MonoTime names_cached_until{};          // caches may hold what any read before the newest had
  std::string names_failure;              // of the newest read; empty after a success
  Trouble names_trouble;                  // what was told of it
  std::optional<MonoTime> names_failing_since;  // without a success
  // When they were last not as viewers should find them, and how: what is measured then is not all
  // that viewers ask.
  std::optional<MonoTime> names_off_at;
  std::string names_off;
  int confirmed_removals = 0;        // the operator's word for removals beyond the budget
  std::optional<int> confirmed_for;  // what the configuration asked then: asked_maximum()
  // Oldest first: those within Scaling::flap_window, and the one before them.
  std::deque<Turn> turns;
};

struct Account {
  std::optional<MonoTime> listed_at;  // newest complete inventory
  std::string failure;                // of the newest listing; empty after a complete one
  Trouble trouble;                    // what was told of it
  std::vector<Vm> strangers;          // carry our fleet tag, but the journal does not know them
  std::set<VmId> foreign;             // others' servers in the account: never touched
  // Of the newest complete inventory:
  bool lists_none = false;  // it has none of our servers in service
  int listed_bare = 0;      // so many of them it gives as running, without an address
};

// All that a fleet remembers, as one value: the same memory makes the same plan. A new member has
// its place here, and the compiler then asks coordinator/evidence to record it.
struct FleetMemory {
  NodeTable nodes;
  std::map<ZoneId, Zone> zones;
  std::map<ProviderId, Account> accounts;
  std::map<PlacementId, Placement> placements;  // those with something to remember
  std::deque<Departure> departures;
  std::deque<Launch> launches;
  std::deque<HealthChange> health_changes;
  std::set<NodeId> awaited;
  std::set<NodeId> retired;
  bool paused = false;
  std::string pause_reason;
  bool read_only = false;
  std::string read_only_reason;
  std::uint64_t epoch = 0;
  std::uint64_t highest_epoch_met = 0;
  std::optional<MonoTime> started_at;
  std::optional<MonoTime> writes_allowed_at;  // the operator ended read-only mode; not durable
  // When the archive vouched for a segment of anybody: the newest time, and the first one after it
  // had not for half of a flush deadline. Not durable.
  std::optional<MonoTime> archive_confirmed_at;
  std::optional<MonoTime> archive_back_at;
  // The highest visit of a node that is not there any more. Not durable: with a start comes another
  // epoch, and with that other action ids.
  std::uint64_t visits_spent = 0;
};

// What must be written down since the last time.
struct Changes {
  std::set<NodeId> nodes;            // changed, or gone from nodes()
  std::vector<Node> gone;            // those that left the fleet, as they last were
  std::set<ZoneId> confirmed;        // their removals were, or less so than before
  std::set<PlacementId> placements;  // changed, or gone from placements()
  bool standing_orders = false;      // paused, read-only, superseded
  std::vector<Departure> departures;
  std::vector<Launch> launches;  // made, or marked failed
  std::vector<HealthChange> health_changes;
  std::vector<Turn> turns;
  std::vector<NodeId> retired;  // launched nodes that are gone
  [[nodiscard]] bool empty() const {
    return nodes.empty() && confirmed.empty() && placements.empty() && !standing_orders &&
           departures.empty() && launches.empty() && health_changes.empty() && turns.empty() &&
           retired.empty();
  }
};

class Fleet {
 public:
  Fleet() = default;
  // As it was when `memory` was noted.
  explicit Fleet(FleetMemory memory) : memory_(std::move(memory)) {}

  // `policy` gives the windows beyond which memory is dropped; it decides nothing here.
  void apply(const Event& event, const Policy& policy, MonoTime now);

  [[nodiscard]] const std::map<NodeId, Node>& nodes() const { return memory_.nodes.in_order(); }
  [[nodiscard]] const Node* node(const NodeId& id) const { return memory_.nodes.find(id); }
  [[nodiscard]] const Node* node_of(const AgentKey& key) const { return memory_.nodes.owner(key); }
  // The same, for who keeps a bookmark with the key.
  [[nodiscard]] const Node* node_of(const AgentKey& key, Bookmark& mark) const {
    return memory_.nodes.owner(key, mark);
  }
  // A hint that this agent speaks soon, or next.
  void expect(const AgentKey& key, Bookmark& mark, Nearness nearness) const {
    memory_.nodes.expect(key, mark, nearness);
  }
  [[nodiscard]] const std::map<ZoneId, Zone>& zones() const { return memory_.zones; }
  [[nodiscard]] const Zone& zone(const ZoneId& id) const;  // an empty one if never heard of
  [[nodiscard]] const std::map<ProviderId, Account>& accounts() const { return memory_.accounts; }
  [[nodiscard]] const Account& account(
      const ProviderId& id) const;  // an empty one if never heard of
  [[nodiscard]] const std::map<PlacementId, Placement>& placements() const {
    return memory_.placements;
  }
  [[nodiscard]] const Placement& placement(
      const PlacementId& id) const;  // an empty one if nothing is remembered
  [[nodiscard]] const std::deque<Departure>& departures() const { return memory_.departures; }
  [[nodiscard]] const std::deque<Launch>& launches() const { return memory_.launches; }
  [[nodiscard]] const std::deque<HealthChange>& health_changes() const {
    return memory_.health_changes;
  }

  [[nodiscard]] bool paused() const { return memory_.paused; }
  [[nodiscard]] const std::string& pause_reason() const { return memory_.pause_reason; }
  [[nodiscard]] bool read_only() const { return memory_.read_only; }
  [[nodiscard]] const std::string& read_only_reason() const { return memory_.read_only_reason; }
  [[nodiscard]] std::uint64_t epoch() const { return memory_.epoch; }
  [[nodiscard]] std::uint64_t highest_epoch_met() const { return memory_.highest_epoch_met; }
  // Another coordinator acts with a higher epoch: this one stops acting until a takeover.
  [[nodiscard]] bool superseded() const { return memory_.highest_epoch_met > memory_.epoch; }
  [[nodiscard]] std::optional<MonoTime> started_at() const { return memory_.started_at; }
  // Nodes restored at the start that had an agent: the start-up quorum is taken of them.
  [[nodiscard]] const std::set<NodeId>& awaited() const { return memory_.awaited; }

  [[nodiscard]] const FleetMemory& memory() const { return memory_; }
  // Another fleet with the same memory, to ask what would be if.
  [[nodiscard]] Fleet copy() const;

  [[nodiscard]] Changes take_changes();
  [[nodiscard]] std::vector<Note> take_notes();

 private:
  friend class Fold;  // fold.h: one function per event

  FleetMemory memory_;
  Changes changes_;
  std::vector<Note> notes_;
};

// The node whose server this stranger is: two accounts list it. Null: none.
[[nodiscard]] const Node* node_of_stranger(const Fleet& fleet, const Vm& stranger);

}  // namespace edgeherd::model
