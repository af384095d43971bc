// Dates as HTTP headers carry them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
//
// Thread: free functions, safe from any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/clock.h"

namespace edgeherd::http {

[[nodiscard]] std::string http_date(WallTime time);
// Nothing for any other text; the two obsolete forms are not read.
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace edgeherd::http
