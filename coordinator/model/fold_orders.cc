#include <algorithm>
#include <functional>
#include <vector>

#include "common/core/protection.h"
#include "coordinator/model/epoch.h"
#include "coordinator/model/fold.h"

namespace edgeherd::model {

namespace {

const Protection epoch_obeyed("check", "higher_epoch_obeyed");
const Protection epoch_credible("check", "epoch_credible");
const Protection epoch_witnessed("check", "epoch_witnessed");

}  // namespace

void Fold::note(Severity severity, std::string code, std::string text, const Node& node) {
  fleet_.notes_.push_back({severity, std::move(code), std::move(text), node.id, node.zone});
}

void Fold::note_zone(Severity severity, std::string code, std::string text, const ZoneId& zone) {
  fleet_.notes_.push_back({severity, std::move(code), std::move(text), NodeId(), zone});
}

// What was seen before says nothing of now: the fleet may have been another's meanwhile, and so may
// the addresses of its servers. Each is to be listed, and heard of, anew.
void Fold::operator()(const Started& e) {
  fleet_.memory_.started_at = now_;
  fleet_.memory_.epoch = e.epoch;
  for (auto& [id, account] : fleet_.memory_.accounts) account.listed_at.reset();
  for (auto& [id, zone] : fleet_.memory_.zones) zone.names_read_at.reset();
  fleet_.memory_.nodes.each([](Node& node) {
    node.agent.heard_at.reset();
    node.health_probe = node.edge_probe = {};
    node.missing_listings = 0;
  });
  fleet_.memory_.awaited.clear();
  for (const auto& [id, node] : fleet_.nodes()) {
    if (!node.key.empty() && node.state == NodeState::in_service) fleet_.memory_.awaited.insert(id);
  }
}

void Fold::operator()(const NodeRestored& e) {
  fleet_.memory_.nodes.put(e.node);
}

void Fold::operator()(const PlacementRestored& e) {
  fleet_.memory_.placements[e.id] = e.placement;
}

void Fold::operator()(const PlacementOpened& e) {
  const Placement& placement = fleet_.placement(e.id);
  if (placement.consecutive_failures == 0 && !placement.stock_not_before) return;
  keep(e.id, Placement{});
  // What failed there is not held against the next one: else the account's budget of failed boots
  // would hold it back all the same.
  for (Launch& launch : fleet_.memory_.launches) {
    const ZonePolicy* zone = policy_.zone(launch.zone);
    const bool there = zone != nullptr && launch.provider == e.id.provider &&
                       placement_at(*zone, e.id.place, e.id.size);
    if (there) mark_failed(launch, false);
  }
  note_zone(Severity::info, "placement_opened",
            to_string(e.id) + ": " + e.why + ": launches are tried again", e.zone);
}

void Fold::operator()(const DepartureRestored& e) {
  fleet_.memory_.departures.push_back(e.departure);
}

void Fold::operator()(const LaunchRestored& e) {
  fleet_.memory_.launches.push_back(e.launch);
}

void Fold::operator()(const HealthChangeRestored& e) {
  fleet_.memory_.health_changes.push_back(e.change);
}

void Fold::operator()(const TurnRestored& e) {
  fleet_.memory_.zones[e.turn.zone].turns.push_back(e.turn);
}

void Fold::operator()(const RetiredRestored& e) {
  fleet_.memory_.retired.insert(e.node);
}

void Fold::operator()(const RetiredForgotten& e) {
  fleet_.memory_.retired.erase(e.node);
}

void Fold::operator()(const Paused& e) {
  fleet_.memory_.paused = true;
  fleet_.memory_.pause_reason = e.reason;
  fleet_.changes_.standing_orders = true;
  note_zone(Severity::warning, "paused", "paused by the operator: " + e.reason, ZoneId());
}

void Fold::operator()(const Resumed&) {
  if (!fleet_.memory_.paused) return;
  fleet_.memory_.paused = false;
  fleet_.memory_.pause_reason.clear();
  fleet_.changes_.standing_orders = true;
  note_zone(Severity::info, "resumed", "resumed by the operator", ZoneId());
}

void Fold::operator()(const ReadOnlySet& e) {
  if (fleet_.memory_.read_only == e.on) return;
  if (fleet_.memory_.read_only && !e.on) fleet_.memory_.writes_allowed_at = now_;
  fleet_.memory_.read_only = e.on;
  fleet_.memory_.read_only_reason = e.reason;
  fleet_.changes_.standing_orders = true;
  if (e.on) note_zone(Severity::alarm, "read_only", e.reason, ZoneId());
}

// One agent alone may lie: it is told to people, and believed once others say the same.
void Fold::claims_epoch(Node& node, std::uint64_t epoch) {
  const bool news = node.agent.highest_epoch <= fleet_.memory_.epoch;
  node.agent.highest_epoch = epoch;
  if (epoch <= fleet_.memory_.epoch) return;
  weigh_epochs();
  if (!news || fleet_.superseded()) return;
  note(Severity::alarm, "epoch_claimed",
       "its agent says that it obeys a coordinator of epoch " + std::to_string(epoch) +
           ", ours is " + std::to_string(fleet_.memory_.epoch) +
           ": not believed before other agents say so",
       node);
}

// Believed is what so many agents have met; where fewer can speak, what all of those have met. Who
// has not come back since the start may yet speak, for as long as the start-up rule waits for it.
void Fold::weigh_epochs() {
  const FleetMemory& memory = fleet_.memory_;
  const bool starting = !memory.started_at || now_ - *memory.started_at < policy_.timings.start_up;
  std::vector<std::uint64_t> claims;
  int speakers = 0;
  for (const auto& [id, node] : fleet_.nodes()) {
    if (node.key.empty()) continue;
    const bool claims_higher = node.agent.highest_epoch > memory.epoch;
    if (claims_higher) claims.push_back(node.agent.highest_epoch);
    if (claims_higher || speaks(node) || (starting && memory.awaited.contains(id))) ++speakers;
  }
  const int wanted = epoch_witnessed.on() ? policy_.breakers.epoch_witnesses : 1;
  const int needed = std::max(1, std::min(wanted, speakers));
  if (static_cast<int>(claims.size()) < needed) return;
  std::sort(claims.begin(), claims.end(), std::greater<>());
  (*this)(EpochMet{claims[static_cast<std::size_t>(needed - 1)]});
}

void Fold::operator()(const EpochMet& e) {
  if (e.epoch <= std::max(fleet_.memory_.highest_epoch_met, fleet_.memory_.epoch)) return;
  if (e.epoch > highest_credible_epoch && epoch_credible.on()) return;
  if (!epoch_obeyed.on()) return;
  fleet_.memory_.highest_epoch_met = e.epoch;
  fleet_.changes_.standing_orders = true;
  note_zone(Severity::alarm, "superseded",
            "agents obey a coordinator of epoch " + std::to_string(e.epoch) + ", ours is " +
                std::to_string(fleet_.memory_.epoch) +
                ": nothing is done until `edgeherd takeover`",
            ZoneId());
}

void Fold::operator()(const RemovalsConfirmed& e) {
  Zone& zone = fleet_.memory_.zones[e.zone];
  zone.confirmed_removals = e.count;
  zone.confirmed_for = e.asked;
  fleet_.changes_.confirmed.insert(e.zone);
}

void Fold::operator()(const FlagSet& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  switch (e.flag) {
    case Flag::cordoned:
      node->cordoned = e.on;
      break;
    case Flag::is_protected:
      node->is_protected = e.on;
      break;
    case Flag::quarantined:
      node->quarantined = e.on;
      break;
    case Flag::asked_out:
      node->asked_out = e.on;
      // Whoever takes the order back takes its haste back, too: it must not wait for another cause.
      if (!e.on) node->drop_now = false;
      break;
    case Flag::drop_now:
      // An order taken back while this one was being stored took its haste back, too.
      node->drop_now = e.on && node->asked_out;
      break;
  }
  touch(*node);
}

void Fold::operator()(const Adopted& e) {
  if (find(e.node) != nullptr) return;
  Node node;
  node.id = e.node;
  node.zone = e.zone;
  node.provider = e.provider;
  node.origin = Origin::adopted;
  node.image = e.vm.image;
  node.place = e.vm.place;
  node.requested_at = now_;
  node.state_since = now_;
  node.visit = fleet_.memory_.visits_spent + 1;  // as a node of before it may be remembered
  node.state = NodeState::booting;               // its agent has yet to enrol
  node.is_protected = true;                      // until the operator says otherwise
  Node& placed = fleet_.memory_.nodes.put(std::move(node));
  see(placed, e.vm);
  touch(placed);
  auto& strangers = fleet_.memory_.accounts[e.provider].strangers;
  std::erase_if(strangers, [&](const Vm& vm) { return vm.id == e.vm.id; });
  note(Severity::info, "adopted", "adopted VM " + e.vm.id.str(), placed);
}

void Fold::operator()(const Forgotten& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  note(Severity::warning, "forgotten",
       "forgotten by the operator; VM " + node->vm.str() + " is untouched", *node);
  touch(*node);
  leave(*node);
}

}  // namespace edgeherd::model
