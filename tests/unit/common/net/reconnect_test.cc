#include "common/net/reconnect.h"

#include <algorithm>
#include <vector>

#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using net::Reconnect;

namespace {

constexpr auto yes = Reconnect::Spoke::yes;
constexpr auto no = Reconnect::Spoke::no;

}  // namespace

TEST_CASE("after quick restarts of the coordinator no agent is away for more than ten seconds") {
  sim::SimRandom random(1);
  Reconnect reconnect({});
  Duration longest{};
  for (int restart = 0; restart < 50; ++restart) {
    longest = std::max(longest, reconnect.wait(yes, 3s, random));
  }
  CHECK(longest <= 10s);
  CHECK(longest > 5s);  // and it is not asked by all every other second, either
}

TEST_CASE("a connection that was answered and lasted makes the next wait a first one again") {
  sim::SimRandom random(2);
  Reconnect reconnect({});
  for (int i = 0; i < 10; ++i) (void)reconnect.wait(i % 2 == 0 ? no : yes, 1s, random);
  CHECK(reconnect.wait(yes, 15s, random) <= 2500ms);
}

TEST_CASE("an attempt that nobody answers waits longer and longer, up to a minute") {
  sim::SimRandom random(3);
  Reconnect reconnect({});
  CHECK(reconnect.wait(no, Duration::zero(), random) <= 2500ms);
  Duration longest{};
  for (int i = 0; i < 100; ++i) longest = std::max(longest, reconnect.wait(no, 1s, random));
  CHECK(longest > 30s);
  CHECK(longest <= 60s);
  CHECK(reconnect.wait(yes, 1s, random) <= 2500ms);
  CHECK(reconnect.wait(no, 1s, random) <= 2500ms);  // the count of those began anew
}

TEST_CASE("the agents of a coordinator that was restarted come back spread, not all at once") {
  sim::SimRandom random(4);
  std::vector<Duration> waits;
  for (int agent = 0; agent < 1000; ++agent) {
    Reconnect reconnect({});
    waits.push_back(reconnect.wait(yes, 1h, random));
  }
  std::sort(waits.begin(), waits.end());
  CHECK(waits.front() >= 1250ms);
  for (Duration from = 1250ms; from < 2500ms; from += 125ms) {
    const auto in_slot = std::count_if(waits.begin(), waits.end(), [&](Duration wait) {
      return wait >= from && wait < from + 125ms;
    });
    CHECK(in_slot < 200);  // of a tenth of the span
  }
}
