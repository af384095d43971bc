// A list may lag behind a creation: what it lacks then is not missing.
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

// A server whose creation takes its provider long to answer.
struct Created : FleetWorld {
  Created() {
    zone("p/z", 1, 5);
    id = in_state("p/z", NodeState::requested);
    now += 3 * settle;
  }
  [[nodiscard]] Vm vm(const std::string& address) const {
    Vm vm;
    vm.id = VmId("vm-1");
    vm.fleet = "test";
    vm.node = id;
    vm.address = address;
    return vm;
  }
  void answered(const std::string& address) {
    apply(CreateAnswered{id, vm(address), std::nullopt});
  }
  int missing() {
    list_without(id);
    return node(id).missing_listings;
  }
  const Duration settle = policy.timings.create_settle;
  NodeId id;
};

}  // namespace

TEST_CASE("a list may lack a new server for a while after its creation was answered") {
  Created world;
  SECTION("before its agent enrols") {
    world.answered("127.2.0.1");
    world.now += world.settle / 2;
    CHECK(world.missing() == 0);
    world.apply(KeyBound{world.id, AgentKey("k")});
  }
  SECTION("after its agent has enrolled") {
    world.apply(KeyBound{world.id, AgentKey("k")});
    world.now += 2 * world.settle;
    world.answered("");
    world.now += world.settle / 2;
  }
  REQUIRE(world.node(world.id).state == NodeState::verifying);
  CHECK(world.missing() == 0);
  world.now += world.settle / 2;
  CHECK(world.missing() == 1);  // that its agent enrolled gains a lost one no time
  CHECK(world.missing() == 2);
}

TEST_CASE("a list that was faster than the answer does not make the others keep up") {
  Created world;
  world.apply(InventoryListed{ProviderId("p"), "test", {world.vm("127.2.0.1")}});
  world.now += world.settle;
  world.answered("127.2.0.1");
  CHECK(world.missing() == 0);
  world.now += world.settle;
  CHECK(world.missing() == 1);
}

TEST_CASE("after a start only the state's beginning is known of a creation") {
  Created world;
  world.answered("127.2.0.1");
  world.now += world.settle;
  world.apply(KeyBound{world.id, AgentKey("k")});
  Node restored = world.node(world.id);
  restored.known_since.reset();  // not durable
  world.apply(NodeRestored{restored});
  world.apply(Started{2});
  world.now += world.settle - 1s;
  CHECK(world.missing() == 0);
  world.now += 1s;
  CHECK(world.missing() == 1);
}
