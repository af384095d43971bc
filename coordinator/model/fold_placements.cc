// How launches went, placement by placement: failed boots, and the provider's word that it has
// none.
#include <algorithm>

#include "coordinator/model/fold.h"

namespace edgeherd::model {

// One with nothing to remember is forgotten.
void Fold::keep(const PlacementId& id, const Placement& placement) {
  const bool failed = placement.consecutive_failures > 0 || placement.stock_not_before;
  if (!failed) {
    fleet_.memory_.placements.erase(id);
  } else {
    fleet_.memory_.placements[id] = placement;
  }
  fleet_.changes_.placements.insert(id);
}

void Fold::mark_failed(Launch& launch, bool failed) {
  if (launch.failed == failed) return;
  launch.failed = failed;
  fleet_.changes_.launches.push_back(launch);
}

// Doubling waits per placement; from Breakers::failed_boots_stop on the longest one.
void Fold::boot_failed(const Node& node, const std::string& why) {
  // What the zone no longer launches there says nothing of what it launches now.
  const ZonePolicy* zone = policy_.zone(node.zone);
  if (zone != nullptr && image_at(*zone, node.place, node.size) != node.image) return;
  for (Launch& launch : fleet_.memory_.launches) {
    if (launch.node == node.id) mark_failed(launch, true);
  }
  const PlacementId id = placement_of(node);
  Placement placement = fleet_.placement(id);
  ++placement.consecutive_failures;
  placement.last_failure = why;
  placement.made_of = made_of(node.image, node.image_version, zone);
  const Breakers& b = policy_.breakers;
  const bool stopped = placement.consecutive_failures >= b.failed_boots_stop;
  const Duration wait = stopped ? b.placement_backoff_most
                                : doubled_wait(placement.consecutive_failures, b.placement_backoff,
                                               b.placement_backoff_most);
  placement.not_before = now_ + wait;
  keep(id, placement);
  if (stopped) {
    note_zone(
        Severity::alarm, "placement_stopped",
        std::to_string(placement.consecutive_failures) + " failed boots in a row, the last: " + why,
        node.zone);
  }
}

void Fold::boot_succeeded(const Node& node) {
  const PlacementId id = placement_of(node);
  Placement placement = fleet_.placement(id);
  if (placement.consecutive_failures == 0) return;
  placement.consecutive_failures = 0;
  placement.not_before.reset();
  placement.last_failure.clear();
  keep(id, placement);
}

// The provider said no, and nothing was made: there is no stock, the account may not launch, or the
// order is wrong. That is no failed boot: it says nothing of other accounts, whose launches failed
// boots would freeze. All launches of before the placement was closed are one wave: their answers
// say the same thing.
void Fold::turned_away(const Node& node, const Error& error) {
  const PlacementId id = placement_of(node);
  Placement placement = fleet_.placement(id);
  const Breakers& b = policy_.breakers;
  const auto& closed = placement.stock_not_before;
  if (closed && node.requested_at < *closed) return;
  // What was long ago says nothing of now.
  if (closed && now_ - *closed > b.stock_backoff_most) placement.stock_outs = 0;
  ++placement.stock_outs;
  const bool sold_out = error.code == Errc::out_of_stock;
  const std::string why = sold_out ? error.message : to_string(error);
  placement.stock_failure = why;
  placement.made_of = made_of(node.image, node.image_version, policy_.zone(node.zone));
  placement.stock_not_before =
      now_ + stock_wait(id, placement.stock_outs, b.stock_backoff, b.stock_backoff_most);
  keep(id, placement);
  note_zone(
      sold_out ? Severity::warning : Severity::alarm,
      sold_out ? "out_of_stock" : "launches_refused",
      to_string(id) + (sold_out ? " is out of stock" : " refuses launches") +
          ", the next try is in " +
          std::to_string(static_cast<long long>(seconds(*placement.stock_not_before - now_))) +
          " s: " + why,
      node.zone);
}

// A server was made. One of the wave that was turned away came just before the last was gone.
void Fold::taken_in(const Node& node) {
  const PlacementId id = placement_of(node);
  Placement placement = fleet_.placement(id);
  if (!placement.stock_not_before || node.requested_at < *placement.stock_not_before) return;
  placement.stock_outs = 0;
  placement.stock_not_before.reset();
  placement.stock_failure.clear();
  keep(id, placement);
  note_zone(Severity::info, "in_stock_again", to_string(id) + " has servers again", node.zone);
}

}  // namespace edgeherd::model
