// What several commands show alike. Private to coordinator/cli. Thread: main's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "common/core/clock.h"
#include "coordinator/cli/context.h"
#include "coordinator/cli/table.h"

namespace edgeherd::cli {

// The answer as it came, when that was asked for; false when it is to be shown to people.
[[nodiscard]] bool passed_through(const Context& context, const Answer& answer);

// "2-10".
[[nodiscard]] std::string limits(const boost::json::object& zone);
[[nodiscard]] Cell state_cell(const std::string& state);
[[nodiscard]] Cell verdict_cell(const std::string& verdict);
[[nodiscard]] Style severity_style(std::string_view severity);
// "scale_in_budget" to "scale-in budget".
[[nodiscard]] std::string brake_name(const std::string& brake);

// A decision as `explain` and `plan` show it: the document of coordinator/act/record.h.
void show_decision(const boost::json::object& decision, Terminal& terminal);

// A node's life: the document of /v1/nodes/{node}/story.
void show_story(const boost::json::object& story, WallTime now, Terminal& terminal);

// What wants a person's eyes, the worst first; empty on a good day.
struct Concern {
  Style style = Style::warning;
  std::string text;
};
[[nodiscard]] std::vector<Concern> concerns(const boost::json::object& status,
                                            const std::vector<boost::json::object>& zones,
                                            const boost::json::array& events);

}  // namespace edgeherd::cli
