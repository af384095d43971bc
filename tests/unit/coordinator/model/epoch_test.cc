#include "coordinator/model/epoch.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::model;
using namespace std::chrono_literals;

namespace {

constexpr WallTime morning = from_unix_millis(1'795'600'000'000);

}  // namespace

TEST_CASE("each start has a higher epoch than those before it, whatever the clock says") {
  const std::uint64_t first = epoch_after(0, morning);
  const std::uint64_t second = epoch_after(first, morning + 1h);
  CHECK(first > 0);
  CHECK(second > first);
  CHECK(epoch_after(second, morning - 240h) > second);
  CHECK(epoch_after(second, WallTime{}) > second);
  CHECK(epoch_after(second, from_unix_millis(-5)) > second);
}

TEST_CASE("of two that begin from one database the earlier has the higher epoch") {
  const std::uint64_t copied = epoch_after(0, morning);
  CHECK(epoch_after(copied, morning + 10min) > epoch_after(copied, morning + 11min));
  CHECK(epoch_after(copied, morning + 10ms) > epoch_after(copied, morning + 20ms));
}

TEST_CASE("an epoch that was counted by ones is followed by a higher one") {
  CHECK(epoch_after(7, morning) > 7);
}

TEST_CASE("starts for a year, one each other second, are credible") {
  const std::uint64_t starts = 365 * 24 * 3600 / 2;
  CHECK(epoch_after(starts << 32, morning) < highest_credible_epoch);
}
