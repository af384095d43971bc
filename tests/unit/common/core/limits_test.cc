#include <map>

#include "common/core/backoff.h"
#include "common/core/random.h"
#include "common/core/result.h"
#include "common/core/token_bucket.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

using namespace edgeherd;

TEST_CASE("waits double up to the cap, are spread, and start over after a reset") {
  sim::SimRandom random(1);
  Backoff backoff(1s, 30s);
  for (int round = 0; round < 2; ++round) {
    Duration ceiling = 1s;
    for (int failure = 0; failure < 40; ++failure) {
      const Duration wait = backoff.next(random);
      CHECK(wait >= 500ms);
      CHECK(wait <= ceiling);
      ceiling = std::min<Duration>(ceiling * 2, 30s);
    }
    CHECK(backoff.failures() == 40);
    backoff.reset();
  }
  Duration longest{};
  for (int i = 0; i < 6; ++i) (void)backoff.next(random);
  for (int i = 0; i < 100; ++i) longest = std::max(longest, backoff.next(random));
  CHECK(longest > 25s);
}

TEST_CASE("a bucket gives its burst, then its rate, and never more than its burst") {
  const MonoTime start{1h};
  TokenBucket bucket(10, 5);
  int given = 0;
  while (bucket.take(start, 1)) ++given;
  CHECK(given == 5);
  CHECK_FALSE(bucket.take(start + 50ms, 1));
  CHECK(bucket.take(start + 100ms, 1));
  CHECK(bucket.available(start + 1h) == 5);
  CHECK_FALSE(bucket.take(start + 1h, 6));
  CHECK(bucket.available(start + 1h) == 5);
}

TEST_CASE("a bucket gains nothing from a clock that goes back") {
  const MonoTime start{1h};
  TokenBucket bucket(10, 5);
  CHECK(bucket.take(start, 5));
  CHECK_FALSE(bucket.take(start - 1s, 1));
  CHECK_FALSE(bucket.take(start, 1));
}

TEST_CASE("numbers below a bound are uniform and stay below it") {
  sim::SimRandom random(3);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 30'000; ++i) ++counts[random.below(3)];
  CHECK(counts.size() == 3);
  for (const auto& [value, count] : counts) CHECK(count == Approx(10'000).margin(500));
  CHECK(random.below(1) == 0);
  for (int i = 0; i < 1000; ++i) {
    const double unit = random.unit();
    CHECK((unit >= 0 && unit < 1));
  }
  CHECK(random.token(26).find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz") ==
        std::string::npos);
}

TEST_CASE("an error gains context in front") {
  const Error error = fail(Errc::refused, "permission denied").within("/x").within("reading");
  CHECK(error.message == "reading: /x: permission denied");
  CHECK(to_string(error.code) == "refused");
}
