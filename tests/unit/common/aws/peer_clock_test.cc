#include "common/aws/peer_clock.h"

#include "common/http/http_date.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using aws::PeerClock;

namespace {

const WallTime ours{std::chrono::seconds{1795417689}};

http::Response refusal(Duration ahead) {
  return {403, {{"Date", http::http_date(ours + ahead)}}, ""};
}

}  // namespace

TEST_CASE("a clock that is far off is corrected once, by the refusal's own date") {
  PeerClock clock;
  CHECK(clock.correct(ours) == ours);
  CHECK(clock.learn(refusal(-20min), ours, 0s));
  CHECK(clock.correct(ours) == ours - 20min);
  CHECK_FALSE(clock.learn(refusal(-20min), ours, clock.skew()));
}

TEST_CASE("a clock within a minute is not what was wrong, and is left as it is") {
  PeerClock clock;
  CHECK_FALSE(clock.learn(refusal(30s), ours, 0s));
  CHECK(clock.correct(ours) == ours);
}

TEST_CASE("a clock that was set right in the meantime needs no correction any more") {
  PeerClock clock;
  REQUIRE(clock.learn(refusal(1h), ours, 0s));
  CHECK(clock.learn(refusal(2s), ours, clock.skew()));
  CHECK(clock.correct(ours) == ours);
}

TEST_CASE("a refusal without a date teaches nothing") {
  PeerClock clock;
  CHECK_FALSE(clock.learn({403, {}, ""}, ours, 0s));
  CHECK_FALSE(clock.learn({403, {{"Date", "yesterday"}}, ""}, ours, 0s));
}

TEST_CASE(
    "a request that was signed before another's refusal taught the time may be signed again") {
  PeerClock clock;
  const Duration before = clock.skew();
  REQUIRE(clock.learn(refusal(20min), ours, before));
  CHECK(clock.learn(refusal(20min), ours, before));
  CHECK_FALSE(clock.learn(refusal(20min), ours, clock.skew()));
}
