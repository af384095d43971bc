#include "agent/collect/counter_rate.h"

#include "agent/collect/growth_sum.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::agent;

namespace {
MonoTime at(int s) {
  return MonoTime{std::chrono::seconds(s)};
}
}  // namespace

TEST_CASE("a counter's first reading is the base line and gives no rate") {
  CounterRate counter;
  counter.feed(at(1), 1'000'000);
  CHECK(counter.total() == 0);
  CHECK_FALSE(counter.growth());
  CHECK_FALSE(counter.per_second());
}

TEST_CASE("growth is divided by the time that passed, not by the period that was meant") {
  CounterRate counter;
  counter.feed(at(1), 100);
  counter.feed(at(5), 180);
  CHECK(counter.total() == 80);
  CHECK(*counter.per_second() == Approx(20));
}

TEST_CASE("a counter that stands still has a rate of zero, which is not absent") {
  CounterRate counter;
  counter.feed(at(1), 7);
  counter.feed(at(2), 7);
  REQUIRE(counter.per_second());
  CHECK(*counter.per_second() == 0);
}

TEST_CASE("a 32-bit wrap goes on counting") {
  CounterRate counter;
  counter.feed(at(1), 0xffff'ff00);
  counter.feed(at(2), 0x100);
  CHECK(counter.total() == 0x200);
  CHECK(*counter.per_second() == Approx(0x200));
}

TEST_CASE("a reset adds nothing, has no rate for one interval, and never lowers the total") {
  CounterRate counter;
  counter.feed(at(1), 5'000);
  counter.feed(at(2), 6'000);
  counter.feed(at(3), 10);
  CHECK(counter.total() == 1'000);
  CHECK_FALSE(counter.per_second());
  counter.feed(at(4), 40);
  CHECK(counter.total() == 1'030);
  CHECK(*counter.per_second() == Approx(30));
}

TEST_CASE("a fall from far below the 32-bit limit is a reset and no wrap") {
  CounterRate counter;
  counter.feed(at(1), 0x7fff'ffff);
  counter.feed(at(2), 5);
  CHECK(counter.total() == 0);
  CHECK_FALSE(counter.growth());
}

TEST_CASE("a counter that starts with its program counts from zero after a restart") {
  CounterRate counter(OnReset::from_zero);
  counter.feed(at(1), 900);
  counter.feed(at(2), 25);
  CHECK(counter.total() == 25);
  CHECK(*counter.per_second() == Approx(25));
}

TEST_CASE("two readings at one instant have growth but no rate") {
  CounterRate counter;
  counter.feed(at(1), 1);
  counter.feed(at(1), 3);
  CHECK(*counter.growth() == 2);
  CHECK_FALSE(counter.per_second());
}

TEST_CASE("a sum over devices does not fall when one leaves, and is absent when none is left") {
  CounterRate a;
  CounterRate b;
  GrowthSum sum;
  a.feed(at(1), 100);
  b.feed(at(1), 900);
  sum.begin();
  sum.add(a);
  sum.add(b);
  CHECK(*sum.total() == 0);
  CHECK_FALSE(sum.per_second());

  a.feed(at(2), 110);
  b.feed(at(2), 930);
  sum.begin();
  sum.add(a);
  sum.add(b);
  CHECK(*sum.total() == 40);
  CHECK(*sum.per_second() == Approx(40));

  a.feed(at(3), 115);
  sum.begin();
  sum.add(a);
  CHECK(*sum.total() == 45);
  sum.begin();
  CHECK_FALSE(sum.total());
}
