// The Date header: the one clock of the other side that we get to see.
#pragma once

#include <optional>
#include <string_view>

#include "common/core/clock.h"

namespace edgeherd::archive {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7, IMF-fixdate); nothing for any other
// form.
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace edgeherd::archive
