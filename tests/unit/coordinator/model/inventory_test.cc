// What a complete inventory changes, and what it must not.
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

Vm vm_of(const std::string& id, const std::string& node, int created_s = 0) {
  Vm vm;
  vm.id = VmId(id);
  vm.fleet = "test";
  vm.node = NodeId(node);
  vm.address = "127.2.0.1";
  vm.created = WallTime(std::chrono::seconds(created_s));
  return vm;
}

InventoryListed listing(std::vector<Vm> vms) {
  return {ProviderId("p"), "test", std::move(vms)};
}

}  // namespace

TEST_CASE("a VM without our tag is counted and never touched") {
  FleetWorld world;
  Vm foreign = vm_of("other", "");
  foreign.fleet = "someone-else";
  Vm another = vm_of("another", "");
  another.fleet = "";
  world.apply(listing({foreign, another}));
  CHECK(world.fleet.account(ProviderId("p")).foreign == std::set{foreign.id, another.id});
  CHECK(world.fleet.nodes().empty());
}

TEST_CASE("a VM of another fleet is never touched, though it is called as a node of ours") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const std::string fleet = GENERATE("other", "");
  const auto called = [&](const NodeId& node) {
    Vm foreign = vm_of("foreign", node.str());
    foreign.fleet = fleet;
    return foreign;
  };
  SECTION("one that serves") {
    const NodeId id = world.serving("p/z");
    const VmId own = world.node(id).vm;
    world.apply(listing({vm_of(own.str(), id.str(), 10), called(id)}));
    CHECK(world.node(id).vm == own);
    CHECK(world.fleet.nodes().size() == 1);
  }
  SECTION("one that is being launched") {
    const NodeId id = world.in_state("p/z", NodeState::requested);
    world.apply(listing({called(id)}));
    CHECK(world.node(id).state == NodeState::requested);
    CHECK(world.node(id).vm.empty());
  }
  SECTION("one that was given up") {
    const NodeId id = world.in_state("p/z", NodeState::requested);
    world.apply(CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "none left")});
    world.apply(listing({called(id)}));
    CHECK(world.fleet.nodes().empty());
  }
  const Account& account = world.fleet.account(ProviderId("p"));
  CHECK(account.foreign.size() == 1);
  CHECK(account.strangers.empty());
}

TEST_CASE("a tagged VM that the journal does not know is reported, not destroyed") {
  FleetWorld world;
  world.apply(listing({vm_of("vm-x", "x")}));
  REQUIRE(world.fleet.account(ProviderId("p")).strangers.size() == 1);
  CHECK(world.fleet.nodes().empty());
  CHECK(world.plan().actions.empty());
}

TEST_CASE(
    "of two VMs of one intent the one that enrolled stays, else the one that answered, else the "
    "older") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  SECTION("the older") {
    world.apply(listing({vm_of("young", id.str(), 20), vm_of("old", id.str(), 10)}));
    CHECK(world.node(id).vm == VmId("old"));
  }
  SECTION("the one that answered") {
    world.apply(CreateAnswered{id, vm_of("young", id.str(), 20), std::nullopt});
    world.apply(listing({vm_of("old", id.str(), 10), vm_of("young", id.str(), 20)}));
    CHECK(world.node(id).vm == VmId("young"));
  }
  SECTION("the one that enrolled") {
    world.apply(CreateAnswered{id, vm_of("old", id.str(), 10), std::nullopt});
    world.apply(KeyBound{id, AgentKey("k")});
    HelloHeard hello;
    hello.node = id;
    hello.vm_id = "young";
    world.apply(hello);
    world.apply(listing({vm_of("old", id.str(), 10), vm_of("young", id.str(), 20)}));
    CHECK(world.node(id).vm == VmId("young"));
  }
  CHECK(world.fleet.nodes().size() == 2);
  int terminating = 0;
  for (const auto& [key, node] : world.fleet.nodes()) {
    if (node.state == NodeState::terminating) {
      ++terminating;
      CHECK(node.cause == Cause::duplicate);
    }
  }
  CHECK(terminating == 1);
}

TEST_CASE("a VM of an abandoned launch that appears late is destroyed") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "none left")});
  REQUIRE(world.fleet.node(id) == nullptr);
  world.apply(listing({vm_of("ghost", id.str())}));
  REQUIRE(world.fleet.nodes().size() == 1);
  CHECK(world.fleet.nodes().begin()->second.state == NodeState::terminating);
  CHECK(world.fleet.nodes().begin()->second.vm == VmId("ghost"));
  world.apply(listing({vm_of("ghost", id.str())}));
  CHECK(world.fleet.nodes().size() == 1);
}

TEST_CASE("a VM of an abandoned launch belongs to the zone of its place, whose shadow holds it") {
  FleetWorld world;
  ZonePolicy& zone = world.zone("p/z", 1, 5);
  zone.place = "lon1";
  world.zone("p/elsewhere", 1, 5).place = "ams1";
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "none left")});
  Vm ghost = vm_of("ghost", id.str());
  SECTION("there") {
    ghost.place = "lon1";
    world.apply(listing({ghost}));
    const NodeId record = double_of(id, ghost.id);
    CHECK(world.node(record).zone == ZoneId("p/z"));
    zone.shadow = true;
    world.now += 10min;
    world.apply(listing({ghost}));
    const auto plan = world.plan();
    CHECK(world.count(plan, edgeherd::decide::ActionKind::destroy_again) == 0);
    CHECK(world.withheld(plan, edgeherd::decide::Brake::shadow) != nullptr);
  }
  SECTION("a place to which only a placement of it falls back") {
    zone.placements.emplace_back().place = "par1";
    ghost.place = "par1";
    world.apply(listing({ghost}));
    CHECK(world.node(double_of(id, ghost.id)).zone == ZoneId("p/z"));
  }
  SECTION("a place that no zone has") {
    ghost.place = "nowhere";
    world.apply(listing({ghost}));
    CHECK(world.node(double_of(id, ghost.id)).zone.empty());
  }
  SECTION("no place") {
    world.apply(listing({ghost}));
    CHECK(world.node(double_of(id, ghost.id)).zone.empty());
  }
}

TEST_CASE("a list that leaves addresses out takes none from a server that runs, and is an alarm") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const std::string address = world.node(id).address;
  Vm bare = vm_of(world.node(id).vm.str(), id.str());
  bare.address = bare.private_address = "";
  bare.power = Power::running;
  (void)world.fleet.take_notes();
  const auto alarms = [&] {
    const auto notes = world.fleet.take_notes();
    return std::ranges::count(notes, "addresses_missing", &Note::code);
  };
  world.apply(listing({bare}));
  CHECK(world.node(id).address == address);
  CHECK(world.node(id).private_address == address);
  CHECK(alarms() == 1);
  world.apply(listing({bare}));
  CHECK(alarms() == 0);  // once
  SECTION("one that was stopped may have lost it") {
    bare.power = Power::stopped;
    SECTION("but not while it speaks") {
      world.sample(id, {});
      world.probe(id, ProbeKind::edge, false);
      world.apply(listing({bare}));
      CHECK(world.node(id).address == address);
    }
    SECTION("or while viewers are answered") {
      world.now += world.policy.timings.agent_away + 1s;
      world.probe(id, ProbeKind::edge, true);
      world.apply(listing({bare}));
      CHECK(world.node(id).address == address);
    }
    world.now += world.policy.timings.agent_away + 1s;
    world.probe(id, ProbeKind::edge, false);
    world.apply(listing({bare}));
    CHECK(world.node(id).address.empty());
  }
  SECTION("another address is another address, at which nobody has asked yet") {
    world.probe(id, ProbeKind::edge, true);
    bare.address = "192.0.2.77";
    world.apply(listing({bare}));
    CHECK(world.node(id).address == "192.0.2.77");
    CHECK_FALSE(world.node(id).edge_probe.good);
    CHECK(world.node(id).edge_probe.good_in_a_row == 0);
  }
}

TEST_CASE("a clone in a listing that lacks the server which serves does not take its place") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const Vm own = vm_of("vm-" + id.str(), id.str(), 10);
  const Vm clone = vm_of("clone", id.str(), 20);
  HelloHeard hello;
  hello.node = id;
  hello.boot_id = "boot";
  SECTION("though its agent knows it by another name") {
    hello.vm_id = "host-7";
  }
  SECTION("though its agent has named no server") {}
  world.apply(hello);
  world.apply(listing({clone}));
  CHECK(world.node(id).vm == own.id);
  CHECK(world.node(id).missing_listings == 1);
  CHECK(world.fleet.nodes().size() == 1);
  world.apply(listing({own, clone}));
  CHECK(world.node(id).vm == own.id);
  CHECK(world.node(id).missing_listings == 0);
  CHECK(world.node(double_of(id, clone.id)).state == NodeState::terminating);
}

TEST_CASE("the server from which the agent speaks takes the place of one that a listing lacks") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  HelloHeard hello;
  hello.node = id;
  hello.vm_id = "moved";
  world.apply(hello);
  world.apply(listing({vm_of("moved", id.str())}));
  CHECK(world.node(id).vm == VmId("moved"));
}

TEST_CASE("a listed VM moves its node from REQUESTED to BOOTING and tells its address") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  world.apply(listing({vm_of("vm-1", id.str())}));
  CHECK(world.node(id).state == NodeState::booting);
  CHECK(world.node(id).address == "127.2.0.1");
}

TEST_CASE("a failed listing changes nothing but the account's word") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  world.list_all();
  world.apply(InventoryFailed{ProviderId("p"), fail(Errc::throttled, "429")});
  CHECK(world.node(id).missing_listings == 0);
  CHECK(world.fleet.account(ProviderId("p")).failure == "throttled: 429");
}

TEST_CASE("an adopted VM is protected and no longer a stranger") {
  FleetWorld world;
  world.zone("p/z", 0, 5);
  const Vm vm = vm_of("vm-x", "");
  world.apply(listing({vm}));
  world.apply(Adopted{NodeId("p-vm-x"), ZoneId("p/z"), ProviderId("p"), vm});
  CHECK(world.fleet.account(ProviderId("p")).strangers.empty());
  CHECK(world.node(NodeId("p-vm-x")).is_protected);
  world.now += 2h;
  CHECK(world.plan().actions.empty());  // no agent, no deadline, never chosen
}

TEST_CASE("changes name exactly what must be written down") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  (void)world.fleet.take_changes();
  const NodeId id = world.in_state("p/z", NodeState::requested);
  Changes changes = world.fleet.take_changes();
  CHECK(changes.nodes.contains(id));
  CHECK(changes.launches.size() == 1);
  CHECK(world.fleet.take_changes().empty());
  world.sample(id, {});
  CHECK(world.fleet.take_changes().empty());  // samples are not durable
  world.apply(StateEntered{id, NodeState::gone, Cause::failed_boot, "test"});
  changes = world.fleet.take_changes();
  CHECK(changes.nodes.contains(id));
  CHECK(changes.retired == std::vector<NodeId>{id});
}

TEST_CASE(
    "a listing that tells nothing new writes nothing down, with or without a private address") {
  for (const std::string within : {"", "10.0.0.1"}) {
    FleetWorld world;
    world.zone("p/z", 1, 5);
    const NodeId id = world.in_state("p/z", NodeState::requested);
    Vm vm = vm_of("vm-1", id.str());
    vm.private_address = within;
    world.apply(listing({vm}));
    CHECK(world.fleet.take_changes().nodes.contains(id));
    CHECK(world.node(id).private_address == (within.empty() ? "127.2.0.1" : within));
    world.apply(listing({vm}));
    CHECK(world.fleet.take_changes().empty());
  }
}

TEST_CASE("a fleet without a tag owns nobody's servers") {
  FleetWorld world;
  Vm untagged = vm_of("vm-x", "x");
  untagged.fleet = "";
  world.apply(InventoryListed{ProviderId("p"), "", {untagged}});
  CHECK(world.fleet.account(ProviderId("p")).foreign.size() == 1);
  CHECK(world.fleet.account(ProviderId("p")).strangers.empty());
}

TEST_CASE("a server that is stopped on its way in or out is nobody's alarm") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  Vm vm = vm_of(world.node(id).vm.str(), id.str());
  vm.power = Power::stopped;
  (void)world.fleet.take_notes();
  world.apply(listing({vm}));
  CHECK(world.fleet.take_notes().empty());
  CHECK(world.node(id).power == Power::stopped);
}

TEST_CASE("a stranger of one account that is another account's server is known as that node") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  world.zone("q/z", 1, 5);
  const NodeId id = world.serving("p/z");
  Vm twin = vm_of("q-1", id.str());
  const auto known = [&] {
    world.apply(InventoryListed{ProviderId("q"), "test", {twin}});
    const auto& strangers = world.fleet.account(ProviderId("q")).strangers;
    REQUIRE(strangers.size() == 1);
    return node_of_stranger(world.fleet, strangers.front()) == world.fleet.node(id);
  };
  twin.address = "192.0.2.200";
  CHECK_FALSE(known());  // a copy of it elsewhere
  twin.address = world.node(id).address;
  CHECK(known());
  twin.address = "";
  CHECK_FALSE(known());
  twin.id = world.node(id).vm;
  CHECK(known());
}
