// When people are told of trouble that goes on.
#include "coordinator/model/trouble.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::model;
using Catch::Matchers::Contains;

namespace {

struct Told {
  std::string seen(Errc code, const std::string& message) {
    return trouble.seen(fail(code, message), now);
  }
  std::optional<Duration> good() { return trouble.not_seen(now); }

  Trouble trouble;
  MonoTime now{1000s};
};

}  // namespace

TEST_CASE("trouble is told once, with its cause") {
  Told told;
  CHECK(told.seen(Errc::timeout, "no answer") == "no answer");
  told.now += 24h;
  CHECK(told.seen(Errc::timeout, "no answer").empty());
}

TEST_CASE("another kind of cause is told at once, with the age of the trouble") {
  Told told;
  told.seen(Errc::timeout, "no answer");
  told.now += 5min;
  CHECK(told.seen(Errc::refused, "bad key") == "bad key (for 5 min, now of this cause)");
  CHECK(told.seen(Errc::refused, "bad key").empty());
}

TEST_CASE("other words of one kind are told after a while, however often they change") {
  Told told;
  told.seen(Errc::throttled, "wait for 20 s");
  told.now += Trouble::retold_after - 1s;
  CHECK(told.seen(Errc::throttled, "wait for 19 s").empty());
  told.now += 1s;
  CHECK(told.seen(Errc::throttled, "wait for 20 s").empty());  // as it was told
  CHECK_THAT(told.seen(Errc::throttled, "wait for 18 s"),
             Contains("wait for 18 s") && Contains("for 10 min"));
}

TEST_CASE("the end is told when it has held for a while, with how long the trouble lasted") {
  Told told;
  CHECK_FALSE(told.good());  // there was none
  told.seen(Errc::timeout, "no answer");
  told.now += 3h;
  CHECK_FALSE(told.good());
  told.now += Trouble::calm - 1s;
  CHECK_FALSE(told.good());
  told.now += 1s;
  CHECK(told.good() == Duration(3h));
  CHECK_FALSE(told.good());
  CHECK(told.seen(Errc::timeout, "no answer") == "no answer");  // a new one
}

TEST_CASE("what fails every other time is one trouble") {
  Told told;
  told.seen(Errc::timeout, "no answer");
  for (int i = 0; i < 100; ++i) {
    told.now += 10s;
    CHECK_FALSE(told.good());
    told.now += Trouble::calm - 1s;
    CHECK(told.seen(Errc::timeout, "no answer").empty());
  }
}

TEST_CASE("times are said in words that a person would use") {
  CHECK(words_of(0s) == "0 s");
  CHECK(words_of(119s + 900ms) == "119 s");
  CHECK(words_of(2min) == "2 min");
  CHECK(words_of(1h - 1s) == "59 min");
  CHECK(words_of(3h + 5min + 59s) == "3 h 5 min");
}
