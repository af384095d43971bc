// The fleet's memory that outlives a restart beside its nodes: placements, departures, launches.
#pragma once

#include <optional>
#include <string>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/node.h"

namespace edgeherd::model {

// Where a zone's launches go. Consecutive failed boots stop it (Breakers::failed_boots_stop).
struct Placement {
  int consecutive_failures = 0;
  std::optional<MonoTime> not_before;
  std::string last_failure;
};

// A node that left service, charged to a budget.
struct Departure {
  NodeId node;
  ZoneId zone;
  Cause cause = Cause::none;
  MonoTime at{};
};

// A launch, charged to the account's launch budget; and, if it failed, to that of failed boots.
struct Launch {
  NodeId node;
  ZoneId zone;
  ProviderId provider;
  MonoTime at{};
  bool failed = false;
};

// A node's verdict went from healthy or degraded to bad or unknown, or the other way.
struct HealthChange {
  NodeId node;
  ZoneId zone;
  ProviderId provider;
  MonoTime at{};
};

}  // namespace edgeherd::model
