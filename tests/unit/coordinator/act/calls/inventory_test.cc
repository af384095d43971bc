// How often an account is listed.
#include "coordinator/act/calls/inventory.h"

#include <vector>

#include "coordinator/act/core/core.h"
#include "coordinator/sim/sim_history.h"
#include "coordinator/sim/sim_provider.h"
#include "coordinator/sim/sim_state_store.h"
#include "tests/support/catch.h"
#include "tests/support/no_agents.h"

namespace edgeherd::act {

namespace {

// An account of so many servers that are not ours.
struct Bench {
  explicit Bench(int servers) {
    store.attach(loop);
    history.attach(loop);
    cloud.attach(loop);
    for (int i = 0; i < servers; ++i) (void)cloud.add(model::Vm());
  }
  // Lists within this time, while something is made or destroyed each second.
  std::uint64_t lists(Duration time) {
    const std::uint64_t before = cloud.calls();
    for (const MonoTime end = loop.clock().mono() + time; loop.clock().mono() < end;) {
      inventory.soon();
      for (int tick = 0; tick < 10; ++tick) {
        inventory.tick();
        loop.run_for(100ms);
      }
    }
    return cloud.calls() - before;
  }

  sim::SimLoop loop;
  sim::SimRandom random{1};
  sim::SimStateStore store{loop, random.fork()};
  sim::SimHistory history;
  sim::SimNotifier notifier;
  sim::SimProvider cloud{loop, random.fork(), "cloud"};
  NoAgents agents;
  Core core{{loop, random, store, history, notifier, agents}, model::Policy()};
  Executor executor{loop, random, {}};
  Inventory inventory{core, ProviderId("cloud"), cloud, executor, Known::from_the_start};
};

}  // namespace

TEST_CASE(
    "a list follows soon on what changes the account, of many servers no sooner than is due") {
  Bench small(100);
  CHECK(small.lists(1min) >= 25);
  Bench middle(600);
  (void)middle.lists(20s);
  CHECK(middle.lists(3min) == 20);  // one in 9 s
  Bench large(1000);
  (void)large.lists(20s);
  CHECK(large.lists(3min) == 12);  // as without any change
  Bench largest(3000);
  (void)largest.lists(20s);
  CHECK(largest.lists(3min) == 12);
}

TEST_CASE("a change while a list is under way makes another one soon") {
  Bench bench(10);
  bench.inventory.tick();
  bench.inventory.soon();
  bench.loop.run_for(500ms);
  CHECK(bench.cloud.calls() == 1);
  bench.loop.run_for(1s);
  bench.inventory.tick();
  bench.loop.run_for(100ms);
  CHECK(bench.cloud.calls() == 2);
}

}  // namespace edgeherd::act
