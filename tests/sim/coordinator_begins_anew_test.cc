// When a coordinator begins anew: after a standstill, and from an older database or none.
#include <algorithm>
#include <iterator>
#include <map>

#include "coordinator/act/core/store_clock.h"
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

TEST_CASE(
    "what waits through a quiet day has waited, also after a start on another boot of the host") {
  CoordinatorWorld world(52);
  settled(world);
  const auto clock = [&] {
    return world.store.tables().at(act::Table::order).at(std::string(act::clock_key));
  };
  world.loop.run_for(24h);
  const std::string before = clock();
  world.loop.run_for(act::clock_kept_alone_every);
  CHECK(clock() != before);
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

TEST_CASE("after a standstill no name is given an address that is somebody else's by then") {
  CoordinatorWorld world(56);
  world.policy.timings.start_up = 5min;
  settled(world);
  const model::Node gone = world.fleet().nodes().begin()->second;
  const std::string other = std::next(world.fleet().nodes().begin())->second.address;
  world.cloud.weather().least_latency = world.cloud.weather().most_latency = 5s;
  world.loop.after(10s, [&] {
    world.cloud.vanish(gone.vm);
    world.dns.set({world.name, {other}, 10s});
  });
  world.stand_still(10min);
  for (int i = 0; i < 600; ++i) {
    world.loop.run_for(100ms);
    REQUIRE_FALSE(world.dns.addresses(world.name).contains(gone.address));
  }
  CHECK(world.dns.addresses(world.name).contains(other));
}

TEST_CASE("a second takeover while the first is being stored is above it") {
  CoordinatorWorld world(57);
  settled(world);
  for (const auto& [id, node] : std::map(world.fleet().nodes())) {
    model::HelloHeard hello;
    hello.node = id;
    hello.highest_epoch = world.fleet().epoch() + (std::uint64_t{40} << 32);
    world.controller().hello(hello);
  }
  REQUIRE(world.fleet().superseded());
  world.store.set_latency(2s, 2s);
  int taken = 0;
  const auto take_over = [&] {
    world.controller().takeover([&](const Status& status) { taken += status.ok() ? 1 : 0; });
  };
  take_over();
  world.loop.run_for(1s);
  take_over();
  REQUIRE(world.run_until([&] { return taken == 2; }, 20s));
  world.loop.run_for(10s);
  CHECK_FALSE(world.fleet().superseded());
  for (const auto& [id, node] : world.fleet().nodes()) {
    CHECK(world.edges.highest_epoch(id) == world.fleet().epoch());
  }
}

TEST_CASE("an account that a reload adds does not make a running fleet read-only") {
  CoordinatorWorld world(58);
  settled(world);
  const ProviderId added("second");
  SimProvider second(world.loop, SimRandom(1), added.str());
  second.attach(world.process());
  model::Vm ours;
  ours.fleet = world.policy.fleet_id;
  ours.node = NodeId("by-hand");
  (void)second.add(ours);
  world.controller().add_account(added, {&second, world.limits});
  world.loop.run_for(1min);
  CHECK(world.fleet().account(added).strangers.size() == 1);
  CHECK_FALSE(world.fleet().read_only());
  world.crash();
}

TEST_CASE("another image opens a placement that failures closed, also at a start") {
  CoordinatorWorld world(59);
  world.edges.habits().fail_boot = 1;
  world.start();
  REQUIRE(world.run_until([&] { return !world.fleet().placements().empty(); }, 20min));
  world.loop.run_for(1s);  // it is stored
  world.restart();
  world.loop.run_for(1s);
  CHECK_FALSE(world.fleet().placements().empty());
  world.crash();
  world.edges.habits().fail_boot = 0;
  world.policy.zones.at(world.zone).image = ImageId("image-2");
  world.start();
  world.loop.run_for(1s);
  CHECK(world.fleet().placements().empty());
  REQUIRE(world.run_until([&] { return in_service(world, 2); }, 10min));
}

TEST_CASE("a start without a DNS tells the names that an earlier one gave addresses") {
  CoordinatorWorld world(60);
  settled(world);
  world.crash();
  world.policy.zones.at(world.zone).dns_name.clear();
  world.has_dns = false;
  world.start();
  world.loop.run_for(5s);
  CHECK(world.notifier.sent().at("names_left_behind") == 1);
}

}  // namespace edgeherd::sim
