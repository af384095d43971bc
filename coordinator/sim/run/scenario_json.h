// A scenario as a file: JSON with comments, written and read without loss.
//
// docs/simulator.md lists the keys. Durations are texts ("1h30m") or numbers of seconds. Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "common/core/result.h"
#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim {

[[nodiscard]] boost::json::object to_json(const Scenario& scenario);
// The same as a file for people: a line for each zone and each fault.
[[nodiscard]] std::string scenario_text(const Scenario& scenario);

// `file` is its name in messages. Faults are sorted by time. `invalid` names every problem,
// "file:line:column: what" each in a line of its own.
[[nodiscard]] Result<Scenario> parse_scenario(std::string_view file, std::string_view text);

}  // namespace edgeherd::sim
