// When a coordinator begins anew: after a standstill, and from an older database or none.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"

namespace edgeherd::sim {

using model::NodeState;

namespace {

int alarms(const CoordinatorWorld& world, const std::string& code) {
  const auto& sent = world.notifier.sent();
  const auto found = sent.find(code);
  return found == sent.end() ? 0 : static_cast<int>(found->second);
}

// Somebody clones a server of the fleet, tags and all, a minute after it was made.
VmId clone_of(CoordinatorWorld& world, const VmId& original) {
  model::Vm copy = world.cloud.servers().at(original).vm;
  copy.address = "10.8.8.8";
  copy.private_address.clear();
  copy.created += 1min;
  return world.cloud.add(copy);
}

std::string adopted(CoordinatorWorld& world, const VmId& vm) {
  const auto answer = ask<NodeId>(
      world, [&](auto reply) { world.controller().adopt(world.account, vm, std::nullopt, reply); });
  return answer.ok() ? "ok" : answer.error().message;
}

}  // namespace

TEST_CASE("a standstill of more than 15 s is alarmed and begins anew, a shorter one goes on") {
  CoordinatorWorld world(50);
  settled(world);
  const auto begun = world.fleet().started_at();
  const std::uint64_t epoch = world.fleet().epoch();
  world.stand_still(13s);
  world.loop.run_for(5s);
  CHECK(world.fleet().started_at() == begun);
  CHECK(alarms(world, "stood_still") == 0);

  world.stand_still(17s);
  world.loop.run_for(5s);
  CHECK(world.fleet().started_at() > begun);
  CHECK(world.fleet().epoch() == epoch);  // it is the same coordinator
  CHECK(alarms(world, "stood_still") == 1);
}

TEST_CASE("a deadline that passed in a standstill is not missed: its node has the time again") {
  CoordinatorWorld world(51);
  settled(world);
  world.edges.habits().fail_boot = 1;
  world.edges.set_load(world.name, 300);
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::booting) > 0; }, 1min));
  const int booting = world.in_state(NodeState::booting);
  world.stand_still(world.policy.timings.boot_deadline + 1min);
  world.loop.run_for(world.policy.timings.boot_deadline - 30s);
  CHECK(world.in_state(NodeState::booting) >= booting);
  REQUIRE(world.run_until([&] { return world.history.count("node_terminating") > 0; }, 2min));
}

TEST_CASE("after a standstill nobody leaves service before the agents are back") {
  CoordinatorWorld world(52);
  world.policy.timings.start_up = 2min;
  settled(world);
  const NodeId out = world.fleet().nodes().begin()->first;
  world.edges.set_load(world.name, 280);
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::in_service) >= 4; }, 5min));
  for (const auto& [id, node] : world.fleet().nodes()) world.edges.silence(id, true);
  world.stand_still(1min);
  terminate(world, out);
  world.loop.run_for(30s);
  CHECK(world.fleet().node(out)->state == NodeState::in_service);
  CHECK(world.controller().status().withheld.contains("start_up"));
}

TEST_CASE("of a server and its younger double, both unknown, only the older one is adopted") {
  CoordinatorWorld world(53);
  settled(world);
  const model::Node original = world.fleet().nodes().begin()->second;
  const VmId clone = clone_of(world, original.vm);
  world.crash();
  world.store.replace({});
  world.start();
  REQUIRE(world.run_until([&] { return world.fleet().read_only(); }, 1min));

  CHECK(adopted(world, clone) == "server " + clone.str() + " is a younger double of " +
                                     original.vm.str() + ", of the same launch; adopt that one");
  CHECK(world.fleet().nodes().empty());
  CHECK(adopted(world, original.vm) == "ok");
  world.loop.run_for(1min);
  CHECK(world.fleet().node(original.id)->vm == original.vm);
  CHECK(world.cloud.servers().contains(original.vm));
}

TEST_CASE("servers of different launches are adopted in any order, however old they are") {
  CoordinatorWorld world(54);
  settled(world);
  std::vector<VmId> vms;
  for (const auto& [id, node] : world.fleet().nodes()) vms.push_back(node.vm);
  std::sort(vms.begin(), vms.end(), [&](const VmId& a, const VmId& b) {
    return world.cloud.servers().at(a).vm.created > world.cloud.servers().at(b).vm.created;
  });
  world.crash();
  world.store.replace({});
  world.start();
  REQUIRE(world.run_until([&] { return world.fleet().read_only(); }, 1min));
  for (const VmId& vm : vms) CHECK(adopted(world, vm) == "ok");
}

TEST_CASE("a pause that an older database has is in force again; only resume ends it") {
  CoordinatorWorld world(55);
  settled(world);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().pause("night", reply); }).ok());
  world.loop.run_for(1min);
  const auto yesterday = world.store.tables();
  world.edges.set_load(world.name, 700);
  world.loop.run_for(10min);
  world.crash();
  world.store.replace(yesterday);
  world.start();
  world.loop.run_for(5min);
  CHECK(world.fleet().paused());
  CHECK(world.fleet().pause_reason() == "night");
  CHECK(world.cloud.creations() == 2);
  CHECK(world.in_state(NodeState::in_service) == 2);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().resume(reply); }).ok());
  REQUIRE(world.run_until([&] { return world.cloud.creations() > 2; }, 1min));
}

}  // namespace edgeherd::sim
