// Where launches go: which of a zone's placements are open, and which one is taken. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/decide/plan.h"
#include "coordinator/decide/zone_view.h"
#include "coordinator/model/event.h"

namespace edgeherd::decide {

[[nodiscard]] inline model::PlacementId placement_of(const Action& launch) {
  return {launch.provider, launch.place, launch.size};
}

// Why a placement is closed: for people, or nothing if it is not. After a stock-out has waited its
// time one launch may try it; `tried` counts those that this plan has sent there already.
[[nodiscard]] std::optional<std::string> closed_by_boots(const model::PlacementId& id,
                                                         const model::Fleet& fleet, MonoTime now);
[[nodiscard]] std::optional<std::string> closed_by_stock(const model::PlacementId& id,
                                                         const model::Fleet& fleet, int tried,
                                                         MonoTime now);

// Why a zone cannot grow although it may: all its placements are closed and one of them for want of
// stock, or its account cannot be listed. Nothing if it can, or if boots alone are what fails.
[[nodiscard]] std::optional<std::string> stuck(const model::ZonePolicy& zone,
                                               const model::Fleet& fleet,
                                               const model::Policy& policy, MonoTime now);
// Whether the account's listings have failed for so long that nothing is to be expected of it.
[[nodiscard]] bool is_down(const ProviderId& account, const model::Fleet& fleet,
                           const model::Policy& policy, MonoTime now);

// The placements of a zone that are closed now, by failed boots or for want of stock.
[[nodiscard]] std::vector<model::PlacementId> closed_placements(const model::ZonePolicy& zone,
                                                                const model::Fleet& fleet,
                                                                MonoTime now);

// Placements with failures of servers that nobody wants any more: another image, or another
// configuration, may do better there.
[[nodiscard]] std::vector<model::PlacementOpened> made_otherwise(const model::Fleet& fleet,
                                                                 const model::Policy& policy);

// Gives one plan's launches their placements, one after the other.
class Placing {
 public:
  // Both outlive it.
  Placing(const model::Fleet& fleet, MonoTime now) : fleet_(fleet), now_(now) {}

  // The open one of the lowest priority number, by weight; if none is open, the first, which the
  // guard then holds back. `launch` has its zone's account already.
  void place(Action& launch, const model::ZonePolicy& zone, const ZoneView& view);

 private:
  const model::Fleet& fleet_;
  MonoTime now_;
  std::map<std::pair<ZoneId, model::PlacementId>, int> given_;
  std::map<model::PlacementId, int> tried_;
};

}  // namespace edgeherd::decide
