// A zone's nodes sorted by what they mean for its size. Made once per plan; refers into the fleet.
#pragma once

#include <map>
#include <vector>

#include "coordinator/model/fleet.h"

namespace edgeherd::decide {

struct ZoneView {
  std::vector<const model::Node*> in_service;  // state IN_SERVICE, whatever their health
  std::vector<const model::Node*> serving;     // of those: capacity, and not asked out
  std::vector<const model::Node*> coming;      // REQUESTED, BOOTING, VERIFYING
  std::vector<const model::Node*> draining;    // state DRAINING
  std::vector<const model::Node*> leaving;     // DRAINING to TERMINATING
  std::vector<const model::Node*> lent;        // serving or coming, launched for another zone
  std::vector<const model::Node*> borrowed;    // likewise, of other zones for this one
  model::Price cost;                           // an hour, of all, in whatever state
  [[nodiscard]] int have() const { return static_cast<int>(serving.size() + coming.size()); }
};

[[nodiscard]] std::map<ZoneId, ZoneView> view_zones(const model::Fleet& fleet,
                                                    const model::Policy& policy);

// Whether the node's samples are young enough to decide on.
[[nodiscard]] bool has_data(const model::Node& node, const model::Policy& policy, MonoTime now);
// Whether its agent said anything within `limit`.
[[nodiscard]] bool heard_within(const model::Node& node, MonoTime now, Duration limit);
// Whether the newest answer of a probe is young enough to say anything: probes come every few
// seconds.
[[nodiscard]] bool is_recent(const model::ProbeView& probe, MonoTime now);

}  // namespace edgeherd::decide
