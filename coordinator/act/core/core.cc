#include "coordinator/act/core/core.h"

#include <algorithm>
#include <utility>

#include "coordinator/decide/brakes.h"

namespace edgeherd::act {

namespace {

const Protection epoch_kept("journal", "epoch");
const Protection key_kept("journal", "agent_key");

constexpr std::size_t most_codes = 200;  // about four times as many as there are

constexpr double agent_notes_per_s = 1;
constexpr double agent_note_burst = 20;
constexpr Duration report_loud_again = 10min;

// The node whose agent's words an event is, or null.
const NodeId* speaker(const model::Event& event) {
  return std::visit(
      []<class E>(const E& e) -> const NodeId* {
        if constexpr (std::is_same_v<E, model::AgentSpoke> ||
                      std::is_same_v<E, model::CommandAnswered> ||
                      std::is_same_v<E, model::SampleHeard> ||
                      std::is_same_v<E, model::HelloHeard>) {
          return &e.node;
        } else {
          return nullptr;
        }
      },
      event);
}

// What a turn's key says beside its moment.
std::string_view zone_of(std::string_view turn_key) {
  return turn_key.substr(turn_key.find('/') + 1);
}

}  // namespace

Core::Core(CoreSeams seams, model::Policy policy)
    : seams_(seams),
      policy_(std::move(policy)),
      clock_(first_clock("", seams.loop.clock())),
      journal_(seams.loop, seams.store),
      intents_(journal_) {}

void Core::restore(const Restored& restored) {
  clock_ = restored.clock;
  orders_ = restored.orders;
  began_empty_ = restored.empty;
  departures_.assign(restored.departures.begin(), restored.departures.end());
  launches_.assign(restored.launches.begin(), restored.launches.end());
  health_changes_.assign(restored.health_changes.begin(), restored.health_changes.end());
  turns_.assign(restored.turns.begin(), restored.turns.end());
  for (const Intent& intent : restored.intents) intents_.restore(intent);
  for (const model::Event& event : restored.events) {
    fleet_.apply(event, policy_, now());
    ++events_;
  }
  // The store has all of this, and people were told when it happened.
  (void)fleet_.take_changes();
  (void)fleet_.take_notes();
  for (const auto& [id, node] : fleet_.nodes()) {
    if (!node.key.empty()) keys_changed_.insert(id);
  }
}

void Core::apply(const model::Event& event) {
  ++events_;
  applied_at_ = now();
  fleet_.apply(event, policy_, applied_at_);
  const model::Changes changes = fleet_.take_changes();
  if (!changes.empty()) keep(changes);
  for (const model::Note& said : fleet_.take_notes()) {
    // What such words mean for more than the node itself is our own finding.
    const NodeId* of = speaker(event);
    tell(said, of != nullptr && *of == said.node ? Origin::agent : Origin::coordinator);
  }
  if (on_event_) on_event_(event);
}

void Core::take_back(const model::Event& undo) {
  ++events_;
  applied_at_ = now();
  fleet_.apply(undo, policy_, applied_at_);
  const model::Changes changes = fleet_.take_changes();
  if (!changes.empty()) keep(changes);
  (void)fleet_.take_notes();
  if (on_event_) on_event_(undo);
}

model::Changes Core::keep_ahead(const std::vector<model::Event>& events) {
  model::Fleet then = fleet_.copy();
  for (const model::Event& event : events) then.apply(event, policy_, now());
  model::Changes changes = then.take_changes();
  keep_rows(then, changes);
  return changes;
}

void Core::keep_as_is(const model::Changes& changes) {
  keep_rows(fleet_, changes);
}

// What operators' orders change: nodes, zones, placements, and what stands for all.
void Core::keep_rows(const model::Fleet& fleet, const model::Changes& changes) {
  const Instant at = clock_.at(now());
  for (const NodeId& id : changes.nodes) {
    if (const model::Node* node = fleet.node(id)) {
      journal_.put(Table::node, id.str(), node_body(*node, at));
    } else {
      journal_.erase(Table::node, id.str());
    }
  }
  keep_zones(fleet, changes);
  keep_placements(fleet, changes);
  if (changes.standing_orders) keep_orders(fleet);
  keep_clock();
}

void Core::keep_zones(const model::Fleet& fleet, const model::Changes& changes) {
  for (const ZoneId& id : changes.confirmed) {
    const model::Zone& zone = fleet.zone(id);
    journal_.put(Table::zone, id.str(), zone_body({zone.confirmed_removals, zone.confirmed_for}));
  }
}

void Core::keep_placements(const model::Fleet& fleet, const model::Changes& changes) {
  const Instant at = clock_.at(now());
  for (const model::PlacementId& id : changes.placements) {
    const auto known = fleet.placements().find(id);
    if (known == fleet.placements().end()) {
      journal_.erase(Table::placement, placement_key(id));
    } else {
      journal_.put(Table::placement, placement_key(id), placement_body(id, known->second, at));
    }
  }
}

void Core::note(model::Note said) {
  tell(said, Origin::coordinator);
}

bool Core::may_speak(const NodeId& node) {
  Voice& voice =
      voices_.try_emplace(node, Voice{TokenBucket(agent_notes_per_s, agent_note_burst), {}})
          .first->second;
  if (voice.budget.take(now(), 1)) return true;
  if (!voice.reported_at || now() - *voice.reported_at >= report_loud_again) {
    voice.reported_at = now();
    const model::Node* known = fleet_.node(node);
    tell({model::Severity::warning, "agent_too_loud",
          "its agent says more than one event a second: what is beyond that is not recorded", node,
          known != nullptr ? known->zone : ZoneId()},
         Origin::coordinator);
  }
  return false;
}

void Core::tell(const model::Note& said, Origin origin) {
  // Agents choose the codes of theirs: past the limit new ones are counted together.
  const bool counted_alone = notes_.size() < most_codes || notes_.contains(said.code);
  ++notes_[counted_alone ? said.code : "other"];
  if (origin == Origin::agent && !may_speak(said.node)) {
    ++notes_["not_recorded"];
    return;
  }
  EventRecord record;
  record.at = wall();
  record.note = said;
  record.origin = origin;
  seams_.notifier.notify(record);
  seams_.history.append(std::move(record));
}

void Core::keep(const model::Changes& changes) {
  const Instant at = clock_.at(now());
  for (const NodeId& id : changes.nodes) {
    const model::Node* node = fleet_.node(id);
    const auto admitted = admitted_.find(id);
    const bool same_key =
        node != nullptr && admitted != admitted_.end()
            ? admitted->second == node->key
            : (node == nullptr || node->key.empty()) && admitted == admitted_.end();
    if (!same_key) keys_changed_.insert(id);
    if (node != nullptr) {
      journal_.put(Table::node, id.str(), node_body(*node, at));
      if (node->state != model::NodeState::requested) {
        intents_.close(id, IntentKind::launch, "there", at.stored);
      }
      continue;
    }
    journal_.erase(Table::node, id.str());
    const bool retired =
        std::find(changes.retired.begin(), changes.retired.end(), id) != changes.retired.end();
    intents_.node_gone(id, retired, at.stored);
  }
  for (const model::Node& node : changes.gone) {
    voices_.erase(node.id);
    if (on_gone_) on_gone_(node);
  }
  keep_zones(fleet_, changes);
  keep_placements(fleet_, changes);
  for (const model::Departure& departure : changes.departures) {
    const std::string key = departure_key(departure, at);
    journal_.put(Table::departure, key, departure_body(departure, at));
    departures_.push_back({key, departure.at});
  }
  for (const model::Launch& launch : changes.launches) {
    journal_.put(Table::launch, launch.node.str(), launch_body(launch, at));
    if (!launch.failed) launches_.push_back({launch.node.str(), launch.at});
  }
  for (const model::HealthChange& change : changes.health_changes) {
    const std::string key = health_change_key(change, at);
    journal_.put(Table::health_change, key, health_change_body(change, at));
    health_changes_.push_back({key, change.at});
  }
  for (const model::Turn& turn : changes.turns) {
    const std::string key = turn_key(turn, at);
    journal_.put(Table::turn, key, turn_body(turn, at));
    turns_.push_back({key, turn.at});
  }
  if (changes.standing_orders) keep_orders(fleet_);
  keep_clock();
}

// With what is kept anyway.
void Core::keep_clock() {
  if (clock_kept_at_ && now() - *clock_kept_at_ < clock_kept_every) return;
  clock_kept_at_ = now();
  journal_.put(Table::order, std::string(clock_key), clock_body(clock_, now()));
}

void Core::keep_orders(const model::Fleet& fleet) {
  orders_.paused = fleet.paused();
  orders_.pause_reason = fleet.pause_reason();
  orders_.read_only = fleet.read_only();
  orders_.read_only_reason = fleet.read_only_reason();
  journal_.put(Table::order, std::string(orders_key), orders_body(orders_));
  if (const std::uint64_t met = fleet_.highest_epoch_met(); met > 0) {
    journal_.put(Table::order, std::string(met_key), met_body(met));
  }
}

void Core::accept_strangers(bool accepted) {
  orders_.strangers_accepted = accepted;
  keep_orders(fleet_);
}

void Core::when_durable(const Protection& place, Journal::Then then) {
  journal_.when_durable(place, lifetime_.bind([this, then = std::move(then)](const Status& status) {
    commits(status.ok() ? "" : status.error().message);
    then(status);
  }));
}

void Core::commits(const std::string& failure) {
  if (!failure.empty() && !commit_failing_) {
    tell({model::Severity::alarm, "store_failed",
          "nothing is done until the state can be stored: " + failure, NodeId(), ZoneId()},
         Origin::coordinator);
  }
  commit_failing_ = !failure.empty();
}

void Core::begin_epoch(std::uint64_t epoch, Journal::Then then) {
  const std::uint64_t before = std::exchange(orders_.epoch, epoch);
  keep_orders(fleet_);
  keep_clock();
  when_durable(epoch_kept, [this, epoch, before, then = std::move(then)](const Status& status) {
    if (status.ok()) {
      apply(model::Started{epoch});
    } else if (orders_.epoch == epoch) {
      orders_.epoch = before;
      keep_orders(fleet_);
    }
    then(status);
  });
}

// A store that hangs answers nobody who waits. The tick after a standstill of ours comes before the
// answer that it held up: the second look counts.
void Core::watch_store() {
  const std::string failure = journal_.failure();
  if (failure.empty() || store_suspect_) commits(failure);
  store_suspect_ = !failure.empty();
}

void Core::tick() {
  watch_store();
  sync_keys();
  if (clock_kept_at_ && now() - *clock_kept_at_ >= clock_kept_alone_every) keep_clock();
  const model::Budgets& budgets = policy_.budgets;
  prune(departures_, Table::departure, departures_kept);
  prune(launches_, Table::launch, std::max(budgets.launch_window, budgets.failed_boot_window));
  prune(health_changes_, Table::health_change, policy_.breakers.window);
  if (now() >= prune_turns_at_) {
    prune_turns();
    prune_turns_at_ = now() + 1min;
  }
  if (now() < prune_intents_at_) return;
  for (const NodeId& node : intents_.prune(stored())) apply(model::RetiredForgotten{node});
  prune_intents_at_ = now() + 1h;
}

// Of each zone the newest turn that has left the window stays: the one after it is a turn only
// against that.
void Core::prune_turns() {
  const Duration window = policy_.scaling.flap_window;
  for (auto row = turns_.begin(); row != turns_.end() && now() - row->at > window;) {
    const auto next = std::find_if(row + 1, turns_.end(), [&](const DatedRow& other) {
      return zone_of(other.key) == zone_of(row->key);
    });
    if (next == turns_.end() || now() - next->at <= window) {
      ++row;
      continue;
    }
    journal_.erase(Table::turn, row->key);
    row = turns_.erase(row);
  }
}

// Rows come in the order of their moments, restored ones first and clamped.
void Core::prune(std::deque<DatedRow>& rows, Table table, Duration window) {
  while (!rows.empty() && now() - rows.front().at > window) {
    journal_.erase(table, rows.front().key);
    rows.pop_front();
  }
}

// An agent may speak once its key is durable, and until its node's end is.
void Core::sync_keys() {
  if (keys_changed_.empty()) return;
  when_durable(key_kept, [this, changed = std::exchange(keys_changed_, {})](const Status& status) {
    if (!status.ok()) {
      keys_changed_.insert(changed.begin(), changed.end());
      return;
    }
    for (const NodeId& id : changed) {
      const model::Node* node = fleet_.node(id);
      const AgentKey wanted = node != nullptr ? node->key : AgentKey();
      const auto had = admitted_.find(id);
      if (had != admitted_.end() && had->second != wanted) {
        seams_.agents.revoke(had->second);
        admitted_.erase(had);
      }
      if (!wanted.empty() && !admitted_.contains(id)) {
        seams_.agents.admit(wanted);
        admitted_[id] = wanted;
      }
    }
  });
}

bool Core::may_act() const {
  using decide::Brake;
  if (fleet_.read_only() && decide::brake_on(Brake::read_only)) return false;
  if (fleet_.superseded() && decide::brake_on(Brake::superseded)) return false;
  if (policy_.shadow && decide::brake_on(Brake::shadow)) return false;
  return fleet_.started_at().has_value();
}

}  // namespace edgeherd::act
