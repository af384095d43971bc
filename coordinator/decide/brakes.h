// The brakes as a table: one rule for each value of Brake. Private to coordinator/decide, except
// for brake_on().
//
// A rule says, in figures, why it holds an action back, or nothing. It sees only what it is given
// and changes nothing. Pure. Thread: any.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "common/core/protection.h"
#include "coordinator/decide/guard_state.h"

namespace edgeherd::decide {

using Holds = std::optional<std::string> (*)(const Action& action, const GuardState& state);

struct Rule {
  Rule(Brake b, Holds h) : brake(b), holds(h), protection("brake", to_string(b)) {}

  Brake brake;
  Holds holds;
  Protection protection;  // "brake.<name>"
};

// In the order in which they are applied: the first that holds an action gives its reason.
[[nodiscard]] const std::array<Rule, brake_count>& brake_rules();

// False only in a test that took this brake out. A brake that stands in a second place beside the
// guard asks it there: to take it out is to take it out everywhere.
[[nodiscard]] bool brake_on(Brake brake);

namespace rules {

// brakes_orders.cc: for everything
std::optional<std::string> superseded(const Action& action, const GuardState& state);
std::optional<std::string> read_only(const Action& action, const GuardState& state);
std::optional<std::string> paused(const Action& action, const GuardState& state);
std::optional<std::string> shadow(const Action& action, const GuardState& state);
std::optional<std::string> account_unsettled(const Action& action, const GuardState& state);
std::optional<std::string> start_up(const Action& action, const GuardState& state);

// brakes_launch.cc
std::optional<std::string> ceiling(const Action& action, const GuardState& state);
std::optional<std::string> fleet_ceiling(const Action& action, const GuardState& state);
std::optional<std::string> adoption(const Action& action, const GuardState& state);
std::optional<std::string> launches_frozen(const Action& action, const GuardState& state);
std::optional<std::string> placement_backoff(const Action& action, const GuardState& state);
std::optional<std::string> placement_closed(const Action& action, const GuardState& state);
std::optional<std::string> launch_budget(const Action& action, const GuardState& state);
std::optional<std::string> failed_boot_budget(const Action& action, const GuardState& state);
// brakes_money.cc
std::optional<std::string> hourly_budget(const Action& action, const GuardState& state);

// brakes_removal.cc: leaving service is what spends
std::optional<std::string> is_protected(const Action& action, const GuardState& state);
std::optional<std::string> zone_freeze(const Action& action, const GuardState& state);
std::optional<std::string> account_freeze(const Action& action, const GuardState& state);
std::optional<std::string> many_missing(const Action& action, const GuardState& state);
std::optional<std::string> stale_evidence(const Action& action, const GuardState& state);
std::optional<std::string> unconfirmed(const Action& action, const GuardState& state);
std::optional<std::string> flap_guard(const Action& action, const GuardState& state);
std::optional<std::string> floor(const Action& action, const GuardState& state);
std::optional<std::string> scale_in_budget(const Action& action, const GuardState& state);
std::optional<std::string> removal_budget(const Action& action, const GuardState& state);

// "3 of 4 servers"
[[nodiscard]] std::string of(int spent, int budget, const char* what);
// The whole nodes in a share of a number of nodes.
[[nodiscard]] int share(double fraction, std::size_t of_nodes);

}  // namespace rules

}  // namespace edgeherd::decide
