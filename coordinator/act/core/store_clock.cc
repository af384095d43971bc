#include "coordinator/act/core/store_clock.h"

#include <utility>

#include "common/core/protection.h"
#include "coordinator/act/core/row.h"

namespace edgeherd::act {

namespace {

const Protection steady("check", "stored_time_steady");

}  // namespace

std::string clock_body(const StoreClock& clock, MonoTime now) {
  return detail::RowWriter()
      .text("boot", clock.boot)
      .wall("mono", WallTime(now.time_since_epoch()))
      .wall("stored", clock.at(now).stored)
      .body();
}

StoreClock first_clock(std::string boot, const Clock& clock) {
  return {std::move(boot), clock.wall().time_since_epoch() - clock.mono().time_since_epoch()};
}

Result<StoreClock> read_clock(std::string_view body, std::string boot, const Clock& clock) {
  detail::RowReader row(Table::order, std::string(clock_key), body);
  std::string of;
  WallTime mono{};
  WallTime stored{};
  row.text("boot", of);
  row.wall("mono", mono);
  row.wall("stored", stored);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  if (!steady.on()) return first_clock(std::move(boot), clock);
  const Duration now = clock.mono().time_since_epoch();
  const bool same = !boot.empty() && of == boot && now >= mono.time_since_epoch();
  const Duration since = same ? mono.time_since_epoch() : now;
  return StoreClock{std::move(boot), stored.time_since_epoch() - since};
}

}  // namespace edgeherd::act
