// A creation that is asked for again: not once it has waited for too long.
#include "coordinator/act/calls/calls.h"

#include <memory>
#include <optional>
#include <utility>

#include "coordinator/act/core/core.h"
#include "coordinator/decide/lifecycle.h"
#include "coordinator/sim/sim_history.h"
#include "coordinator/sim/sim_provider.h"
#include "coordinator/sim/sim_state_store.h"
#include "tests/support/catch.h"
#include "tests/support/no_agents.h"

namespace edgeherd::act {

namespace {

// A node that was launched when the loop began, and of which a list says that it was not made. The
// account has one place for calls.
struct Bench {
  Bench() {
    store.attach(loop);
    history.attach(loop);
    cloud.attach(loop);
    source.enrolment_token = source.probe_token = [](const NodeId& of) { return of.str(); };
    ExecutorLimits limits;
    limits.concurrency = 1;
    accounts[account] =
        std::make_unique<Account>(core, account, cloud, limits, Known::from_the_start);
    core.apply(model::Started{1});
    model::LaunchIntended launch;
    launch.node = id;
    launch.zone = ZoneId("cloud/lon1");
    launch.provider = account;
    core.apply(launch);
  }
  const model::Node& node() { return *core.fleet().node(id); }
  std::optional<decide::Action> next() {
    return decide::next_step(node(), core.fleet(), core.policy(), 0, core.now());
  }
  // So long before a server that is made would be too late.
  void wait_until(Duration left) {
    const model::Timings& timings = core.policy().timings;
    loop.run_for(timings.boot_deadline - timings.boot_time - left);
    core.apply(model::InventoryListed{account, "", {}});
  }
  void ask_again() {
    const auto again = next();
    REQUIRE((again && again->kind == decide::ActionKind::create_again));
    calls.create(*again);
  }
  // Takes the account's only place.
  void busy_for(Duration span) {
    accounts.at(account)->executor.submit<Status>(
        Urgency::normal, nullptr,
        [this, span](std::function<void(Status)> done) {
          loop.after(span, [done = std::move(done)] { done({}); });
        },
        [](CallOutcome, const Status&) {});
  }

  const ProviderId account{"cloud"};
  const NodeId id{"n1"};
  sim::SimLoop loop;
  sim::SimRandom random{1};
  sim::SimStateStore store{loop, random.fork()};
  sim::SimHistory history;
  sim::SimNotifier notifier;
  sim::SimProvider cloud{loop, random.fork(), "cloud"};
  NoAgents agents;
  UserDataSource source;
  Core core{{loop, random, store, history, notifier, agents}, model::Policy()};
  Accounts accounts;
  Calls calls{core, accounts, source};
};

}  // namespace

TEST_CASE("a creation that is asked for again is made while its server can boot in time") {
  Bench bench;
  bench.wait_until(10s);
  bench.busy_for(5s);
  bench.ask_again();
  bench.loop.run_for(30s);
  CHECK(bench.cloud.creations() == 1);
}

TEST_CASE("one that waited until its server could not boot in time is surely not made") {
  Bench bench;
  bench.wait_until(10s);
  SECTION("for its turn") {
    bench.busy_for(15s);
  }
  SECTION("for the store") {
    bench.store.set_latency(15s, 15s);
  }
  bench.ask_again();
  bench.loop.run_for(30s);
  CHECK(bench.cloud.creations() == 0);
  CHECK(bench.node().call == model::Call::none);
  const auto then = bench.next();
  REQUIRE(then);
  CHECK(then->kind == decide::ActionKind::discard);
}

}  // namespace edgeherd::act
