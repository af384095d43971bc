// Moments as people and programs exchange them: RFC 3339 in UTC. Durations are in
// common/config/units.h. Thread: free functions, safe from any.
#pragma once

#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd {

// "2026-11-23T07:05:08.123Z".
[[nodiscard]] std::string utc_text(WallTime at);

// "2026-11-23T07:05:08Z", with or without a fraction, the seconds or the time of day; a space may
// stand for the T, the Z may be left out, other zones are refused. `invalid` names the text.
[[nodiscard]] Result<WallTime> parse_utc(std::string_view text);

}  // namespace edgeherd
