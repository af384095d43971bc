// Consul (#13037). A server restored from a snapshot came up with the identity of its original,
// which was still there, and half of the cluster took the one for the other.
//
// For a fleet: somebody clones a serving node, tags and all; one list lacks the original, so the
// clone becomes the node, and the server that serves is destroyed as its double. Against it: a
// clone takes no serving node's place, unless the node's own agent speaks from it.
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::incidents {

namespace {

model::Vm server(const std::string& id, const NodeId& node, WallTime created) {
  model::Vm vm;
  vm.id = VmId(id);
  vm.fleet = "test";
  vm.node = node;
  vm.address = "127.2.0.1";
  vm.created = created;
  return vm;
}

// A list with the clone alone, and then one with both: the original is still the node's server.
bool original_stays() {
  testing::FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId node = world.serving("p/z");
  const model::Vm original = server("vm-" + node.str(), node, WallTime(10s));
  const model::Vm clone = server("clone", node, WallTime(20s));
  world.apply(model::InventoryListed{ProviderId("p"), "test", {clone}});
  world.apply(model::InventoryListed{ProviderId("p"), "test", {original, clone}});
  const model::Node* doomed = world.fleet.node(model::double_of(node, clone.id));
  return world.node(node).vm == original.id && doomed != nullptr &&
         doomed->state == model::NodeState::terminating;
}

// A backup has six servers that were being verified; they serve since, and another configuration is
// wanted by now. What their name answers is not known yet: they may be all that viewers have.
bool none_is_discarded() {
  testing::FleetWorld world;
  world.zone("p/z", 2, 10).dns_name = "z.example";
  std::vector<NodeId> nodes;
  for (int i = 0; i < 6; ++i) nodes.push_back(world.in_state("p/z", model::NodeState::verifying));
  world.policy.zones.at(ZoneId("p/z")).config_digest = "newer";
  world.now += 1min;
  world.apply(model::Started{2});
  for (const NodeId& node : nodes) {
    model::HelloHeard hello;
    hello.node = node;
    hello.boot_id = "boot";
    hello.config_digest = "older";
    world.apply(hello);
  }
  world.list_all();
  return testing::FleetWorld::count(world.plan(), decide::ActionKind::discard) == 0;
}

}  // namespace

TEST_CASE(
    "servers that a restored database takes for new are not destroyed before names are read") {
  prove(none_is_discarded, {"check.discard_wants_names_read"});
}

TEST_CASE("a clone does not become the node whose server one list lacks") {
  prove(original_stays, {"check.clone_kept_out"});
}

}  // namespace edgeherd::incidents
