// What the store remembers, read before the loop runs.
#pragma once

#include <vector>

#include "coordinator/act/durable.h"
#include "coordinator/act/state_store.h"
#include "coordinator/model/event.h"

namespace edgeherd::act {

struct Restored {
  std::vector<model::Event> events;  // nodes, placements, departures, launches, standing orders
  std::vector<Segment> segments;
  std::vector<Intent> intents;
  std::vector<model::Departure> departures;
  std::vector<model::Launch> launches;
  std::uint64_t epoch = 0;  // of the last start; 0 if there was none
};

// Blocking. The error names table, key and field; then nothing must be started.
[[nodiscard]] Result<Restored> restore(StateStore& store, const model::Policy& policy,
                                       const Clock& clock);

}  // namespace edgeherd::act
