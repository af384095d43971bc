#include "coordinator/decide/brakes.h"

#include <algorithm>
#include <cmath>

namespace edgeherd::decide {

namespace {

// A new value of Brake without a row here does not compile: an array of rules has no default.
const std::array<Rule, brake_count> table = {{
    {Brake::superseded, rules::superseded},
    {Brake::read_only, rules::read_only},
    {Brake::paused, rules::paused},
    {Brake::shadow, rules::shadow},
    {Brake::account_unsettled, rules::account_unsettled},
    {Brake::ceiling, rules::ceiling},
    {Brake::fleet_ceiling, rules::fleet_ceiling},
    {Brake::adoption, rules::adoption},
    {Brake::launches_frozen, rules::launches_frozen},
    {Brake::placement_backoff, rules::placement_backoff},
    {Brake::placement_closed, rules::placement_closed},
    {Brake::launch_budget, rules::launch_budget},
    {Brake::failed_boot_budget, rules::failed_boot_budget},
    {Brake::hourly_budget, rules::hourly_budget},
    {Brake::is_protected, rules::is_protected},
    {Brake::start_up, rules::start_up},
    {Brake::many_missing, rules::many_missing},
    {Brake::zone_freeze, rules::zone_freeze},
    {Brake::account_freeze, rules::account_freeze},
    {Brake::stale_evidence, rules::stale_evidence},
    {Brake::unconfirmed, rules::unconfirmed},
    {Brake::flap_guard, rules::flap_guard},
    {Brake::floor, rules::floor},
    {Brake::scale_in_budget, rules::scale_in_budget},
    {Brake::removal_budget, rules::removal_budget},
}};

}  // namespace

const std::array<Rule, brake_count>& brake_rules() {
  return table;
}

bool brake_on([[maybe_unused]] Brake brake) {
#if defined(EDGEHERD_MUTANTS)
  const auto rule =
      std::find_if(table.begin(), table.end(), [&](const Rule& r) { return r.brake == brake; });
  return rule == table.end() || rule->protection.on();
#else
  return true;
#endif
}

namespace rules {

std::string of(int spent, int budget, const char* what) {
  return std::to_string(spent) + " of " + std::to_string(budget) + " " + what;
}

int share(double fraction, std::size_t of_nodes) {
  return static_cast<int>(std::floor(fraction * static_cast<double>(of_nodes) + 1e-9));
}

}  // namespace rules

}  // namespace edgeherd::decide
