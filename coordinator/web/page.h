// The page for people at /: zones, nodes that are not plainly well, newest events. Plain HTML that
// loads nothing and needs no script. Pure. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/web/sight.h"

namespace edgeherd::web {

// `events` oldest first, as the history gives them; `trouble` says why there are none, if so.
[[nodiscard]] std::string page(const Sight& sight, const std::vector<act::EventRecord>& events,
                               std::string_view trouble);

// Text made harmless for HTML content and quoted attributes.
[[nodiscard]] std::string escaped(std::string_view text);

// "12s", "3m", "5h", "2d": one unit, rounded down.
[[nodiscard]] std::string short_age(Duration age);

}  // namespace edgeherd::web
