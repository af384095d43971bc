#include "common/sim/sim_loop.h"

#include "common/sim/sim_random.h"
#include "common/sim/sim_worker.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::sim;

TEST_CASE("time stands still until the loop moves it, and stops where it was told to") {
  SimLoop loop;
  const MonoTime start = loop.clock().mono();
  MonoTime seen{};
  loop.after(90min, [&] { seen = loop.clock().mono(); });
  loop.run_for(1h);
  CHECK(seen == MonoTime{});
  CHECK(loop.clock().mono() == start + 1h);
  loop.run_for(1h);
  CHECK(seen == start + 90min);
  CHECK(loop.clock().mono() == start + 2h);
}

TEST_CASE("run_until stops at the event that made it true") {
  SimLoop loop;
  const MonoTime start = loop.clock().mono();
  int ticks = 0;
  std::function<void()> tick = [&] {
    ++ticks;
    loop.after(1s, tick);
  };
  loop.after(1s, tick);
  CHECK(loop.run_until([&] { return ticks == 3; }, 1min));
  CHECK(loop.clock().mono() == start + 3s);
  CHECK_FALSE(loop.run_until([&] { return ticks == 1000; }, 1min));
  CHECK(loop.clock().mono() == start + 63s);
}

TEST_CASE("the wall clock may jump; monotonic time does not") {
  SimLoop loop;
  const MonoTime mono = loop.clock().mono();
  const WallTime wall = loop.clock().wall();
  loop.sim_clock().jump_wall(-1h);
  loop.run_for(1s);
  CHECK(loop.clock().mono() == mono + 1s);
  CHECK(loop.clock().wall() == wall - 1h + 1s);
}

TEST_CASE("a killed process runs nothing any more, and the world goes on") {
  SimLoop world;
  SimProcessLoop process(world);
  process.set_wall_offset(5s);
  CHECK(process.clock().wall() == world.clock().wall() + 5s);
  int ours = 0;
  int theirs = 0;
  process.after(1s, [&] { ++ours; });
  process.after(2s, [&] { ++ours; });
  world.after(2s, [&] { ++theirs; });
  world.run_for(1s);
  process.kill();
  process.post([&] { ++ours; });
  world.run_for(5s);
  CHECK(ours == 1);
  CHECK(theirs == 1);
  CHECK(world.pending() == 0);
}

TEST_CASE("a stopped process runs what became due meanwhile, in order, once it is resumed") {
  SimLoop world;
  SimProcessLoop process(world);
  std::string order;
  process.after(2s, [&] { order += "b"; });
  process.after(1s, [&] { order += "a"; });
  const TimerId never = process.after(1s, [&] { order += "x"; });
  world.after(3s, [&] { order += "w"; });
  process.stop();
  world.run_for(5s);
  CHECK(order == "w");
  process.cancel(never);
  process.resume();
  process.post([&] { order += "c"; });
  world.run_for(1s);
  CHECK(order == "wabc");
  CHECK(world.pending() == 0);
}

TEST_CASE("a timer's id that has passed cancels no timer that came later") {
  SimLoop loop;
  const TimerId first = loop.after(1s, [] {});
  loop.run_for(2s);
  int ran = 0;
  loop.after(1s, [&] { ++ran; });
  loop.cancel(first);
  loop.run_for(2s);
  CHECK(ran == 1);
}

TEST_CASE("a worker's jobs take their time, one after the other") {
  SimLoop loop;
  SimWorker worker(loop, 10s);
  const MonoTime start = loop.clock().mono();
  MonoTime second{};
  worker.run([] {}, [] {});
  worker.run([] {}, [&] { second = loop.clock().mono(); });
  loop.run_for(1min);
  CHECK(second == start + 20s);
}

TEST_CASE("random numbers are those of the published generator, from one seed") {
  // splitmix64(0) fills the state; the first outputs of xoshiro256** on it.
  SimRandom random(0);
  CHECK(random.u64() == 0x99ec5f36cb75f2b4U);
  CHECK(random.u64() == 0xbf6e1f784956452aU);
  SimRandom one(42);
  SimRandom same(42);
  SimRandom other(43);
  CHECK(one.u64() == same.u64());
  CHECK(one.u64() != other.u64());
  SimRandom fork = one.fork();
  CHECK(fork.u64() != same.u64());
}
