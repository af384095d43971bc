#include "coordinator/act/core/store_clock.h"

#include "tests/support/catch.h"

namespace edgeherd::act {

namespace {

struct Clocks final : Clock {
  MonoTime mono_now{1000s};
  WallTime wall_now = from_unix_millis(1'800'000'000'000);
  [[nodiscard]] MonoTime mono() const override { return mono_now; }
  [[nodiscard]] WallTime wall() const override { return wall_now; }
  void pass(Duration span) {
    mono_now += span;
    wall_now += span;
  }
};

// How old a row of before is after a start that happened like that.
struct Start {
  Clocks clocks;
  StoreClock before = first_clock("one", clocks);
  Instant written = before.at(clocks.mono());
  std::string body;
  Start() {
    clocks.pass(30s);
    body = clock_body(before, clocks.mono());
  }
  Duration age(const std::string& boot) {
    const auto after = read_clock(body, boot, clocks);
    REQUIRE(after.ok());
    return after->at(clocks.mono()).stored - written.stored;
  }
};

}  // namespace

TEST_CASE("the store's clock begins as the wall clock, and does not step with it") {
  Clocks clocks;
  const StoreClock first = first_clock("one", clocks);
  CHECK(first.at(clocks.mono()).stored == clocks.wall());
  clocks.wall_now += 24h;
  CHECK(first.at(clocks.mono() + 5s).stored == clocks.wall() - 24h + 5s);
}

TEST_CASE("after a start on the same boot as much time has passed as really did") {
  Start start;
  start.clocks.pass(70s);
  CHECK(start.age("one") == 100s);
  start.clocks.wall_now += 24h;
  CHECK(start.age("one") == 100s);
  start.clocks.wall_now -= 48h;
  CHECK(start.age("one") == 100s);
}

TEST_CASE("after a start on another boot no time has passed since the store's last moment") {
  Start start;
  start.clocks.mono_now = MonoTime(3s);
  start.clocks.wall_now += 24h;
  CHECK(start.age("two") == 30s);
  CHECK(start.age("") == 30s);
  CHECK(start.age("one") == 30s);  // its name lies: that clock was further already
  start.clocks.mono_now = MonoTime(2000s);
  CHECK(start.age("two") == 30s);
}

TEST_CASE("a row of the clock that cannot be read says what is wrong with it") {
  Clocks clocks;
  const auto read = [&](const std::string& body) {
    const auto clock = read_clock(body, "one", clocks);
    return clock.ok() ? "" : clock.error().message;
  };
  CHECK(read("{}") == "row 'clock' of table order: field 'schema' is missing");
  CHECK(read(R"({"schema":1,"boot":"one","mono":-1,"stored":5})") ==
        "row 'clock' of table order: field 'mono' is not a time in Unix milliseconds");
}

}  // namespace edgeherd::act
