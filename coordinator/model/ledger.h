// The fleet's memory that outlives a restart beside its nodes and placements: departures,
// launches, changes of health and of direction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/node.h"

namespace edgeherd::model {

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

// Which way a zone's size goes.
enum class Direction { up, down };
[[nodiscard]] std::string_view to_string(Direction direction);
[[nodiscard]] std::optional<Direction> direction_from(std::string_view text);

// The first launch (or un-drain) of a zone after scale-in, or the other way round.
struct Turn {
  ZoneId zone;
  Direction direction = Direction::up;
  MonoTime at{};
};

}  // namespace edgeherd::model
