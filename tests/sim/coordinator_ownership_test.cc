// Whose a server is: which ones are taken in, and who may enrol for a node.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using model::NodeState;

namespace {

model::Vm stranger() {
  model::Vm vm = server_elsewhere();
  vm.node = NodeId("lon1-elsewhere1");
  return vm;
}

}  // namespace

TEST_CASE("an empty database that meets servers of ours changes nothing until told") {
  CoordinatorWorld world(6);
  world.dns.set({world.name, {"10.8.8.8"}, 10s});
  const VmId vm = world.cloud.add(stranger());
  world.start();
  world.loop.run_for(2min);
  CHECK(world.fleet().read_only());
  CHECK(world.notifier.sent().at("read_only") == 1);
  CHECK(world.cloud.made().empty());
  CHECK(world.dns.addresses(world.name) == std::set<std::string>{"10.8.8.8"});
  world.restart();
  world.loop.run_for(1min);
  CHECK(world.fleet().read_only());

  const auto rash =
      ask<void>(world, [&](auto reply) { world.controller().allow_writes(0, reply); });
  CHECK(rash.error().code == Errc::refused);
  CHECK(rash.error().message.find("--expect-count 1") != std::string::npos);
  CHECK(world.fleet().read_only());

  const auto adopted = ask<NodeId>(
      world, [&](auto reply) { world.controller().adopt(world.account, vm, std::nullopt, reply); });
  REQUIRE(adopted.ok());
  CHECK(*adopted == NodeId("lon1-elsewhere1"));
  CHECK(world.fleet().node(*adopted)->is_protected);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().allow_writes(0, reply); }).ok());
  // Its agent may come any moment: only what it cannot carry is launched, until it had its time.
  world.loop.run_for(2min);
  CHECK(world.cloud.made().size() == 1);
  CHECK(world.controller().status().withheld.contains("adoption"));
  REQUIRE(world.run_until([&] { return in_service(world, 2); }, 8min));
  world.restart();
  world.loop.run_for(1min);
  CHECK_FALSE(world.fleet().read_only());
  CHECK(world.cloud.servers().contains(vm));
}

TEST_CASE("read-only mode outlives a restart, though the database knows a server by then") {
  CoordinatorWorld world(61);
  const VmId vm = world.cloud.add(stranger());
  model::Vm other = stranger();
  other.node = NodeId("lon1-elsewhere2");
  other.address = "10.8.8.9";
  world.cloud.add(other);
  world.start();
  REQUIRE(world.run_until([&] { return world.fleet().read_only(); }, 1min));
  REQUIRE(ask<NodeId>(world, [&](auto reply) {
            world.controller().adopt(world.account, vm, std::nullopt, reply);
          }).ok());
  world.restart();
  CHECK(world.fleet().read_only());
  world.loop.run_for(5min);
  CHECK(world.fleet().read_only());
  CHECK(world.cloud.made().empty());
}

TEST_CASE("a stranger that carries our tag is reported and never destroyed") {
  CoordinatorWorld world(7);
  settled(world);
  const VmId vm = world.cloud.add(stranger());
  world.loop.run_for(30min);
  CHECK(world.cloud.servers().contains(vm));
  CHECK(world.fleet().account(world.account).strangers.size() == 1);
  const auto nowhere = ask<NodeId>(world, [&](auto reply) {
    world.controller().adopt(world.account, VmId("cloud-99"), std::nullopt, reply);
  });
  CHECK(nowhere.error().code == Errc::not_found);
}

TEST_CASE("a node in service is not forgotten; a quarantined one is, and its server stays") {
  CoordinatorWorld world(8);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  const auto forget = [&] {
    return ask<void>(world, [&](auto reply) { world.controller().forget(node.id, reply); });
  };
  CHECK(message(forget()).find("quarantine it first") != std::string::npos);
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().set_flag(node.id, model::Flag::quarantined, true, reply);
          }).ok());
  REQUIRE(message(forget()) == "ok");
  world.restart();
  world.loop.run_for(10min);
  CHECK(world.fleet().node(node.id) == nullptr);
  CHECK(world.cloud.servers().contains(node.vm));
}

TEST_CASE("a key is bound once: the same pair succeeds again, another key is refused and alarmed") {
  CoordinatorWorld world(9);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  const auto enroll = [&](const NodeId& id, const AgentKey& key) {
    return message(
        ask<void>(world, [&](auto reply) { world.controller().enroll(id, key, VmId(), reply); }));
  };
  CHECK(enroll(node.id, node.key) == "ok");
  CHECK(enroll(node.id, AgentKey("thief")) == "the node is bound to another key");
  CHECK(world.notifier.sent().at("enrolment_refused") == 1);
  CHECK(enroll(NodeId("nobody"), AgentKey("thief")) == "no such node");
  CHECK_FALSE(world.edges.admitted().contains(AgentKey("thief")));
}

TEST_CASE("a token enrols nobody for a node that leaves, nor after its time, nor a key for two") {
  CoordinatorWorld world(62);
  world.edges.habits().fail_boot = 1;
  world.cloud.weather().fail_destroy = 1;
  world.start();
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::booting) == 2; }, 1min));
  const NodeId one = world.fleet().nodes().begin()->first;
  const NodeId two = std::next(world.fleet().nodes().begin())->first;
  const auto enroll = [&](const NodeId& id, const AgentKey& key) {
    const VmId vm = world.fleet().node(id)->vm;
    return message(
        ask<void>(world, [&](auto reply) { world.controller().enroll(id, key, vm, reply); }));
  };
  SECTION("two") {
    REQUIRE(enroll(one, AgentKey("first")) == "ok");
    CHECK(enroll(two, AgentKey("first")) == "the key is bound to node " + one.str());
    CHECK(world.notifier.sent().at("enrolment_refused") == 1);
  }
  SECTION("it leaves") {
    terminate(world, one);
    const auto leaves = [&] {
      return world.fleet().node(one)->state == model::NodeState::terminating;
    };
    REQUIRE(world.run_until(leaves, 1min));
    CHECK(enroll(one, AgentKey("first")) == "the node is leaving");
  }
  SECTION("after its time") {
    world.loop.run_for(world.policy.timings.boot_deadline + 30s);
    CHECK(enroll(one, AgentKey("first")) == "the token has expired");
  }
  CHECK(world.fleet().node(two)->key.empty());
}

TEST_CASE("of servers with one token only that one enrols which people adopted") {
  CoordinatorWorld world(63);
  const VmId vm = world.cloud.add(stranger());
  world.start();
  REQUIRE(world.run_until([&] { return world.fleet().read_only(); }, 1min));
  const auto adopted = ask<NodeId>(
      world, [&](auto reply) { world.controller().adopt(world.account, vm, std::nullopt, reply); });
  REQUIRE(adopted.ok());
  const auto enroll = [&](const VmId& from) {
    return message(ask<void>(world, [&](auto reply) {
      world.controller().enroll(*adopted, AgentKey("its"), from, reply);
    }));
  };
  CHECK(enroll(VmId("cloud-clone")) == "the node is server " + vm.str() + ", not cloud-clone");
  CHECK(world.fleet().node(*adopted)->key.empty());
  CHECK(enroll(vm) == "ok");
}

}  // namespace edgeherd::sim
