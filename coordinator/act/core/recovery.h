// What the store remembers, read before the loop runs.
#pragma once

#include <vector>

#include "coordinator/act/core/durable.h"
#include "coordinator/act/core/folded.h"
#include "coordinator/act/seams/state_store.h"
#include "coordinator/model/event.h"

namespace edgeherd::act {

// A row that is erased once its moment has left every window.
struct DatedRow {
  std::string key;
  MonoTime at{};
};

struct Restored {
  StoreClock clock;
  std::uint64_t epoch_met = 0;       // durable.h, met_key
  std::vector<model::Event> events;  // nodes, placements, ledgers, standing orders
  std::vector<Segment> segments;
  std::vector<Folded> folded;
  std::vector<GivenName> names;
  std::vector<Intent> intents;
  std::vector<DatedRow> departures;
  std::vector<DatedRow> launches;
  std::vector<DatedRow> health_changes;
  std::vector<DatedRow> turns;
  Orders orders;      // of the last start; epoch 0 if there was none
  bool empty = true;  // no node was ever known
};

// Blocking. `boot` names the boot of this host (store_clock.h). The error names table, key and
// field; then nothing must be started.
[[nodiscard]] Result<Restored> restore(StateStore& store, const model::Policy& policy,
                                       const Clock& clock, const std::string& boot);

}  // namespace edgeherd::act
