// StoreClock: the time that rows bear. It goes on as the monotonic clock does and never steps,
// whatever becomes of the wall clock: what was spent of a budget before a start is spent after it.
//
// It begins as the wall clock's. After another start on the same boot of the host it has gone on
// meanwhile (on Linux all processes of one boot share the monotonic clock). After one on another
// boot, or on another host, nobody can tell how long it was down: no time has passed since the last
// moment that the store bears, so that what waits may wait longer, and never shorter. Value.
#pragma once

#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::act {

// One moment by the monotonic clock, and as rows bear it.
struct Instant {
  MonoTime mono{};
  WallTime stored{};
};

struct StoreClock {
  std::string boot;  // of the host; "": not known, and never the same
  Duration ahead{};  // of the monotonic clock

  [[nodiscard]] Instant at(MonoTime mono) const {
    return {mono, WallTime(mono.time_since_epoch() + ahead)};
  }
};

// Table::order, a row of its own: what the newest commit bears at least, give or take
// `clock_kept_every`. While nothing else is written it is written alone: so much of what waits, at
// most, is waited for again after another boot.
inline constexpr std::string_view clock_key = "clock";
inline constexpr Duration clock_kept_every = 10s;
inline constexpr Duration clock_kept_alone_every = 10min;
[[nodiscard]] std::string clock_body(const StoreClock& clock, MonoTime now);

// That of a store without such a row.
[[nodiscard]] StoreClock first_clock(std::string boot, const Clock& clock);
[[nodiscard]] Result<StoreClock> read_clock(std::string_view body, std::string boot,
                                            const Clock& clock);

}  // namespace edgeherd::act
