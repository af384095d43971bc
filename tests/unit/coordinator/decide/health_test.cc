// Who is sick: several witnesses, and silence is not one of them.
#include "coordinator/decide/health.h"

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::decide;
using edgeherd::testing::FleetWorld;
using model::Verdict;

namespace {

struct Zone : FleetWorld {
  Zone() {
    zone("p/z", 1, 10).capacity.requests_per_s.reset();
    for (int i = 0; i < 4; ++i) ids.push_back(serving("p/z"));
    now += 20min;
  }
  // Seconds in which `sick` fails as told and the others are well.
  template <class Fail>
  void seconds_of(int count, Fail fail_now) {
    for (int i = 0; i < count; ++i) {
      now += 1s;
      for (std::size_t k = 1; k < ids.size(); ++k) {
        sample(ids[k], {.cpu = 0.7});
        probe(ids[k], model::ProbeKind::edge, true);
      }
      fail_now();
      tick();
    }
  }
  const model::Node& sick() { return node(ids[0]); }
  std::vector<NodeId> ids;
};

}  // namespace

TEST_CASE("a silent agent whose edge answers is unknown, and unknown is never killed") {
  Zone world;
  world.seconds_of(300, [&] { world.probe(world.ids[0], model::ProbeKind::edge, true); });
  CHECK(world.sick().verdict == Verdict::unknown);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 0);
}

TEST_CASE("an edge that fails while the others answer is degraded, then bad, then withdrawn") {
  Zone world;
  const auto fails = [&] { world.probe(world.ids[0], model::ProbeKind::edge, false); };
  world.seconds_of(10, fails);
  CHECK(world.sick().verdict == Verdict::degraded);
  world.seconds_of(20, fails);
  CHECK(world.sick().verdict == Verdict::bad);
  const Plan plan = world.plan();
  REQUIRE(FleetWorld::count(plan, ActionKind::withdraw) == 1);
  CHECK(FleetWorld::find(plan, ActionKind::withdraw)->cause == model::Cause::sick);
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 0);  // three carry the load well enough
}

TEST_CASE("a bad node is replaced at once when the zone needs it") {
  Zone world;
  world.zone("p/z", 4, 10);
  world.seconds_of(31, [&] { world.probe(world.ids[0], model::ProbeKind::edge, false); });
  const Plan plan = world.plan();
  CHECK(FleetWorld::count(plan, ActionKind::launch) == 1);
  CHECK(FleetWorld::count(plan, ActionKind::withdraw) == 1);
}

TEST_CASE("when nobody's edge answers, the fault is ours and nobody is sick") {
  Zone world;
  for (int i = 0; i < 120; ++i) {
    world.now += 1s;
    for (const auto& id : world.ids) world.probe(id, model::ProbeKind::edge, false);
    world.tick();
  }
  for (const auto& id : world.ids) CHECK(world.node(id).verdict == Verdict::unknown);
  CHECK(FleetWorld::count(world.plan(), ActionKind::withdraw) == 0);
}

TEST_CASE("others whose answers are old say nothing of whose fault a silence is") {
  Zone world;
  for (const NodeId& id : world.ids) world.probe(id, model::ProbeKind::edge, true);
  const auto alone = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) {
      world.now += 1s;
      for (const NodeId& id : world.ids) world.sample(id, {.cpu = 0.7});
      world.probe(world.ids[0], model::ProbeKind::edge, false);
      world.tick();
    }
  };
  alone(9);
  CHECK(world.sick().bad_seconds.size() == 8);
  alone(120);
  CHECK(world.sick().bad_seconds.size() == 8);
  CHECK(world.sick().verdict != Verdict::bad);
}

TEST_CASE("checks that the agent itself reports as failing make a node bad") {
  Zone world;
  world.seconds_of(31, [&] {
    world.sample(world.ids[0], {.failing = {"disk_free"}});
    world.probe(world.ids[0], model::ProbeKind::edge, true);
  });
  CHECK(world.sick().verdict == Verdict::bad);
  CHECK(world.sick().verdict_reason == "checks fail: disk_free");
}

TEST_CASE("failures that stop are forgotten, and the node is healthy again") {
  Zone world;
  world.seconds_of(20, [&] { world.probe(world.ids[0], model::ProbeKind::edge, false); });
  CHECK(world.sick().verdict == Verdict::degraded);
  world.seconds_of(2, [&] {
    world.sample(world.ids[0], {.cpu = 0.7});
    world.probe(world.ids[0], model::ProbeKind::edge, true);
  });
  CHECK(world.sick().verdict == Verdict::healthy);
}

TEST_CASE("a bad node that fails less often is still bad, not capacity again") {
  Zone world;
  const auto fails = [&] { world.probe(world.ids[0], model::ProbeKind::edge, false); };
  const auto answers = [&] {
    world.probe(world.ids[0], model::ProbeKind::edge, true);
    world.sample(world.ids[0], {.cpu = 0.7});
  };
  world.seconds_of(31, fails);
  world.seconds_of(40, answers);
  CHECK(world.sick().verdict == Verdict::bad);
  world.seconds_of(1, fails);
  CHECK(world.sick().verdict == Verdict::bad);
}

TEST_CASE("the provider's word `stopped` counts against a node, `running` for nothing") {
  Zone world;
  model::Vm vm;
  vm.id = world.sick().vm;
  vm.fleet = "test";
  vm.node = world.ids[0];
  vm.address = world.sick().address;
  vm.power = model::Power::stopped;
  std::vector<model::Vm> vms{vm};
  for (std::size_t i = 1; i < world.ids.size(); ++i) {
    model::Vm other = vm;
    other.id = world.node(world.ids[i]).vm;
    other.node = world.ids[i];
    other.power = model::Power::running;
    vms.push_back(other);
  }
  world.apply(model::InventoryListed{ProviderId("p"), "test", vms});
  SECTION("by itself") {
    world.seconds_of(31, [] {});
    CHECK(world.sick().verdict == Verdict::bad);
  }
  SECTION("but not against its agent and its edge together") {
    world.seconds_of(31, [&] {
      world.sample(world.ids[0], {});
      world.probe(world.ids[0], model::ProbeKind::edge, true);
    });
    CHECK(world.sick().verdict == Verdict::healthy);
  }
}

TEST_CASE("a tick that is brought forward does not count a failing second twice") {
  Zone world;
  for (int i = 0; i < 100; ++i) {
    world.now += 10ms;
    for (std::size_t k = 1; k < 4; ++k) world.probe(world.ids[k], model::ProbeKind::edge, true);
    world.probe(world.ids[0], model::ProbeKind::edge, false);
    world.tick();
  }
  CHECK(world.sick().bad_seconds.size() <= 2);
}

TEST_CASE("failing seconds are seconds, however short the tick is") {
  Zone world;
  world.policy.timings.tick = 200ms;
  for (int i = 0; i < 50; ++i) {
    world.now += 200ms;
    for (std::size_t k = 1; k < 4; ++k) world.probe(world.ids[k], model::ProbeKind::edge, true);
    world.probe(world.ids[0], model::ProbeKind::edge, false);
    world.tick();
  }
  CHECK(world.sick().bad_seconds.size() <= 11);
  CHECK(world.sick().verdict == Verdict::degraded);
}

TEST_CASE("what edges answer is counted by zone, of those in service that were asked of late") {
  FleetWorld world;
  world.zone("p/z", 1, 9);
  world.zone("p/y", 1, 9);
  (void)world.serving("p/z");
  const NodeId dark = world.serving("p/z");
  (void)world.in_state("p/y", model::NodeState::in_service);  // never asked
  world.probe(dark, model::ProbeKind::edge, false);
  world.probe(world.in_state("p/y", model::NodeState::draining), model::ProbeKind::edge, true);
  const auto answers = decide::edge_answers(world.fleet, world.now);
  REQUIRE(answers.size() == 1);
  CHECK(answers.at(ZoneId("p/z")).known == 2);
  CHECK(answers.at(ZoneId("p/z")).good == 1);
  CHECK(decide::edge_answers(world.fleet, world.now + 1min).empty());
}
