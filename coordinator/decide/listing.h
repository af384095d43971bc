// Which of a zone's nodes viewers are sent to: by the zone's name, and by the list of endpoints.
//
// Those in service that are neither cordoned nor quarantined, and of these the ones that are not
// bad. When that would leave fewer than Breakers::names_fraction of them, all stay: so many that
// fail at once are likelier a wrong verdict or a common cause, and the load of all on a few would
// take those down too (what load balancers call a panic threshold). Pure.
#pragma once

#include <map>
#include <vector>

#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::decide {

struct Listing {
  std::vector<const model::Node*> nodes;  // in the order of their ids
  int bad_kept = 0;                       // of these, that are bad and stay all the same
};

// Of each zone that has nodes in service, in one pass.
[[nodiscard]] std::map<ZoneId, Listing> list_zones(const model::Fleet& fleet,
                                                   const model::Policy& policy);
[[nodiscard]] Listing list_zone(const model::Fleet& fleet, const model::Policy& policy,
                                const ZoneId& zone);
// The same of a zone's nodes in service.
[[nodiscard]] Listing list_nodes(const std::vector<const model::Node*>& in_service,
                                 const model::Policy& policy);

}  // namespace edgeherd::decide
