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
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/event.h"
#include "coordinator/model/ledger.h"
#include "coordinator/model/load.h"
#include "coordinator/model/node.h"
#include "coordinator/model/node_table.h"
#include "coordinator/model/policy.h"

namespace edgeherd::model {

struct Proposal {
  MonoTime at{};
  int nodes = 0;
};

struct Zone {
  Placement placement;
  std::deque<Proposal> proposals;  // of the stabilisation window, oldest first
  LatencyWindow latency;
  std::optional<MonoTime> latency_high_since;
  std::optional<MonoTime> names_read_at;  // newest successful read-back of the zone's name
  std::set<std::string> names;            // what it answered
  std::string names_failure;              // of the newest read; empty after a success
  int confirmed_removals = 0;             // the operator's word for removals beyond the budget
};

struct Account {
  std::optional<MonoTime> listed_at;  // newest complete inventory
  std::string failure;                // of the newest listing; empty after a complete one
  std::vector<Vm> strangers;          // carry our fleet tag, but the journal does not know them
  int foreign = 0;                    // others' servers in the account, only counted
};

// What must be written down since the last time.
struct Changes {
  std::set<NodeId> nodes;  // changed, or gone from nodes()
  std::set<ZoneId> placements;
  bool standing_orders = false;  // paused, read-only
  std::vector<Departure> departures;
  std::vector<Launch> launches;  // made, or marked failed
  std::vector<NodeId> retired;   // launched nodes that are gone
  [[nodiscard]] bool empty() const {
    return nodes.empty() && placements.empty() && !standing_orders && departures.empty() &&
           launches.empty() && retired.empty();
  }
};

class Fleet {
 public:
  // `policy` gives the windows beyond which memory is dropped; it decides nothing here.
  void apply(const Event& event, const Policy& policy, MonoTime now);

  [[nodiscard]] const std::map<NodeId, Node>& nodes() const { return nodes_.in_order(); }
  [[nodiscard]] const Node* node(const NodeId& id) const { return nodes_.find(id); }
  [[nodiscard]] const Node* node_of(const AgentKey& key) const { return nodes_.owner(key); }
  [[nodiscard]] const std::map<ZoneId, Zone>& zones() const { return zones_; }
  [[nodiscard]] const Zone& zone(const ZoneId& id) const;  // an empty one if never heard of
  [[nodiscard]] const std::map<ProviderId, Account>& accounts() const { return accounts_; }
  [[nodiscard]] const Account& account(
      const ProviderId& id) const;  // an empty one if never heard of
  [[nodiscard]] const std::deque<Departure>& departures() const { return departures_; }
  [[nodiscard]] const std::deque<Launch>& launches() const { return launches_; }
  [[nodiscard]] const std::deque<HealthChange>& health_changes() const { return health_changes_; }

  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] const std::string& pause_reason() const { return pause_reason_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] const std::string& read_only_reason() const { return read_only_reason_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t highest_epoch_met() const { return highest_epoch_met_; }
  // Another coordinator acts with a higher epoch: this one stops acting until a takeover.
  [[nodiscard]] bool superseded() const { return highest_epoch_met_ > epoch_; }
  [[nodiscard]] std::optional<MonoTime> started_at() const { return started_at_; }
  // Nodes restored at the start that had an agent: the start-up quorum is taken of them.
  [[nodiscard]] const std::set<NodeId>& awaited() const { return awaited_; }

  [[nodiscard]] Changes take_changes();
  [[nodiscard]] std::vector<Note> take_notes();

 private:
  friend class Fold;  // fold.h: one function per event

  NodeTable nodes_;
  std::map<ZoneId, Zone> zones_;
  std::map<ProviderId, Account> accounts_;
  std::deque<Departure> departures_;
  std::deque<Launch> launches_;
  std::deque<HealthChange> health_changes_;
  std::set<NodeId> awaited_;
  std::set<NodeId> retired_;
  bool paused_ = false;
  std::string pause_reason_;
  bool read_only_ = false;
  std::string read_only_reason_;
  std::uint64_t epoch_ = 0;
  std::uint64_t highest_epoch_met_ = 0;
  std::optional<MonoTime> started_at_;
  Changes changes_;
  std::vector<Note> notes_;
};

}  // namespace edgeherd::model
