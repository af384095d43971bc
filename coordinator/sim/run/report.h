// A campaign's outcomes as a document. Pure.
#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "coordinator/sim/run/campaign.h"

namespace edgeherd::sim {

// `replay` makes the command that shows an outcome again.
using Replay = std::function<std::string(const Outcome&)>;

[[nodiscard]] boost::json::array outcomes_json(const std::vector<Outcome>& outcomes,
                                               const Replay& replay);
[[nodiscard]] boost::json::object totals_json(const Campaign& campaign);

// A word of a command line: in quotes if a shell would read it otherwise.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace edgeherd::sim
