#include "coordinator/model/fleet.h"

#include <utility>

#include "coordinator/model/fold.h"

namespace edgeherd::model {

void Fleet::apply(const Event& event, const Policy& policy, MonoTime now) {
  std::visit(Fold(*this, policy, now), event);
}

const Zone& Fleet::zone(const ZoneId& id) const {
  static const Zone none;
  const auto it = memory_.zones.find(id);
  return it == memory_.zones.end() ? none : it->second;
}

const Account& Fleet::account(const ProviderId& id) const {
  static const Account none;
  const auto it = memory_.accounts.find(id);
  return it == memory_.accounts.end() ? none : it->second;
}

const Placement& Fleet::placement(const PlacementId& id) const {
  static const Placement none;
  const auto it = memory_.placements.find(id);
  return it == memory_.placements.end() ? none : it->second;
}

Fleet Fleet::copy() const {
  const auto& [nodes, zones, accounts, placements, departures, launches, health_changes, awaited,
               retired, paused, pause_reason, read_only, read_only_reason, epoch, highest_epoch_met,
               started_at, writes_allowed_at, archive_confirmed_at, archive_back_at, visits_spent] =
      memory_;
  NodeTable table;
  for (const auto& [id, node] : nodes.in_order()) table.put(node);
  return Fleet(FleetMemory{std::move(table),  zones,
                           accounts,          placements,
                           departures,        launches,
                           health_changes,    awaited,
                           retired,           paused,
                           pause_reason,      read_only,
                           read_only_reason,  epoch,
                           highest_epoch_met, started_at,
                           writes_allowed_at, archive_confirmed_at,
                           archive_back_at,   visits_spent});
}

Changes Fleet::take_changes() {
  return std::exchange(changes_, {});
}

std::vector<Note> Fleet::take_notes() {
  return std::exchange(notes_, {});
}

const Node* node_of_stranger(const Fleet& fleet, const Vm& stranger) {
  const Node* node = stranger.node.empty() ? nullptr : fleet.node(stranger.node);
  if (node == nullptr || node->vm.empty()) return nullptr;
  const bool same = !stranger.address.empty() && stranger.address == node->address;
  return same || stranger.id == node->vm ? node : nullptr;
}

}  // namespace edgeherd::model
