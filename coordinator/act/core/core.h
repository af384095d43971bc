// Core: the fleet with its journal. What every part of act stands on; private to coordinator/act.
//
// apply() folds an event, puts the rows that changed into the journal, and tells history and
// notifier what is to be told. Thread: the loop's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/lifetime.h"
#include "common/core/random.h"
#include "common/core/token_bucket.h"
#include "coordinator/act/core/intents.h"
#include "coordinator/act/core/journal.h"
#include "coordinator/act/core/recovery.h"
#include "coordinator/act/seams/agent_port.h"
#include "coordinator/act/seams/history.h"
#include "coordinator/act/seams/notifier.h"
#include "coordinator/act/seams/state_store.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

struct CoreSeams {
  EventLoop& loop;
  Random& random;
  StateStore& store;
  History& history;
  Notifier& notifier;
  AgentPort& agents;
};

class Core {
 public:
  Core(CoreSeams seams, model::Policy policy);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Takes over what the store remembers. Once, before anything else.
  void restore(const Restored& restored);

  // What an agent's words make us note is bounded per agent: beyond that it is counted, but neither
  // recorded nor told.
  void apply(const model::Event& event);
  // Folds what undoes an order that could not be stored: its rows replace the order's. Nobody is
  // told as if an operator had said it.
  void take_back(const model::Event& undo);
  // Puts the rows that these events would change as if they had been applied; none of them is.
  // What they are of is returned: keep_as_is() puts them as they really are.
  [[nodiscard]] model::Changes keep_ahead(const std::vector<model::Event>& events);
  void keep_as_is(const model::Changes& changes);
  void note(model::Note note);
  // See Journal::when_durable. A failure is alarmed, once until commits succeed again.
  void when_durable(const Protection& place, Journal::Then then);

  // A new epoch for this coordinator, durable before `then` gets success and Started is applied.
  void begin_epoch(std::uint64_t epoch, Journal::Then then);
  // That of this coordinator, or the one that it is about to begin.
  [[nodiscard]] std::uint64_t newest_epoch() const {
    return std::max(fleet_.epoch(), orders_.epoch);
  }
  // The operator's word after an empty database met servers of ours.
  void accept_strangers(bool accepted);
  [[nodiscard]] bool strangers_accepted() const { return orders_.strangers_accepted; }
  // The store remembered no node when this coordinator started.
  [[nodiscard]] bool began_empty() const { return began_empty_; }

  // Each tick: alarms a store that hangs, admits and revokes agents whose binding has become
  // durable, and erases rows that have left every window.
  void tick();

  void set_policy(model::Policy policy) {
    policy_ = std::move(policy);
    ++policies_;
  }
  // After each event, and for each node that left the fleet, as it last was.
  void on_event(std::function<void(const model::Event&)> listener) {
    on_event_ = std::move(listener);
  }
  void on_gone(std::function<void(const model::Node&)> listener) { on_gone_ = std::move(listener); }
  // Admits and revokes agents whose binding changed, once it is durable. Part of tick().
  void sync_keys();

  [[nodiscard]] const model::Fleet& fleet() const { return fleet_; }
  [[nodiscard]] const model::Policy& policy() const { return policy_; }
  [[nodiscard]] EventLoop& loop() { return seams_.loop; }
  [[nodiscard]] Random& random() { return seams_.random; }
  [[nodiscard]] AgentPort& agents() { return seams_.agents; }
  [[nodiscard]] History& history() { return seams_.history; }
  [[nodiscard]] Journal& journal() { return journal_; }
  [[nodiscard]] const Journal& journal() const { return journal_; }
  [[nodiscard]] Intents& intents() { return intents_; }
  [[nodiscard]] MonoTime now() const { return seams_.loop.clock().mono(); }
  // Of the newest event: the moment that its changes bear.
  [[nodiscard]] MonoTime applied_at() const { return applied_at_; }
  // By the store's clock; `wall` is for people.
  [[nodiscard]] WallTime stored() const { return clock_.at(now()).stored; }
  [[nodiscard]] WallTime wall() const { return seams_.loop.clock().wall(); }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  // Another one whenever the fleet or the policy may have changed.
  [[nodiscard]] std::uint64_t revision() const { return events_ + policies_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& notes() const { return notes_; }

  // Whether anything may be changed outside: started, not read-only, not superseded, not in shadow.
  [[nodiscard]] bool may_act() const;

 private:
  void keep(const model::Changes& changes);
  void keep_zones(const model::Fleet& fleet, const model::Changes& changes);
  void keep_placements(const model::Fleet& fleet, const model::Changes& changes);
  void keep_rows(const model::Fleet& fleet, const model::Changes& changes);
  void keep_orders(const model::Fleet& fleet);
  void keep_clock();
  void tell(const model::Note& note, Origin origin);
  void commits(const std::string& failure);  // empty: they succeed
  void watch_store();
  // Whether this agent may fill the record further. Says so, now and then, when it may not.
  bool may_speak(const NodeId& node);
  void prune(std::deque<DatedRow>& rows, Table table, Duration window);
  void prune_turns();

  CoreSeams seams_;
  model::Policy policy_;
  model::Fleet fleet_;
  StoreClock clock_;
  std::optional<MonoTime> clock_kept_at_;
  Journal journal_;
  Intents intents_;
  Orders orders_;
  bool began_empty_ = true;
  bool commit_failing_ = false;
  bool store_suspect_ = false;  // at the tick before
  std::uint64_t events_ = 0;
  MonoTime applied_at_{};
  std::uint64_t policies_ = 0;
  std::map<std::string, std::uint64_t> notes_;
  struct Voice {
    TokenBucket budget;
    std::optional<MonoTime> reported_at;
  };
  std::map<NodeId, Voice> voices_;  // of the agents whose words were noted
  std::deque<DatedRow> departures_;
  std::deque<DatedRow> launches_;
  std::deque<DatedRow> health_changes_;
  std::deque<DatedRow> turns_;
  MonoTime prune_intents_at_{};
  MonoTime prune_turns_at_{};
  std::set<NodeId> keys_changed_;
  std::map<NodeId, AgentKey> admitted_;
  std::function<void(const model::Event&)> on_event_;
  std::function<void(const model::Node&)> on_gone_;
  Lifetime lifetime_;
};

}  // namespace edgeherd::act
