// What servers cost. Pure.
#pragma once

#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::decide {

// By the configuration; else as it was when the server was launched; else, of an adopted one, the
// dearest that its zone has. Nothing: no price is known.
[[nodiscard]] std::optional<model::Price> price_of(const model::Node& node,
                                                   const model::ZonePolicy* zone);
// The dearest placement of the zone; nothing: it has no prices.
[[nodiscard]] std::optional<model::Price> dearest(const model::ZonePolicy& zone);

// Of all servers of ours, in whatever state; those without a known price count as nothing. Absent:
// nothing has a price.
[[nodiscard]] std::optional<model::Price> cost_of(const model::Fleet& fleet,
                                                  const model::Policy& policy);

// "1.25", at least two decimals and no more than are needed.
[[nodiscard]] std::string to_text(model::Price price);

}  // namespace edgeherd::decide
