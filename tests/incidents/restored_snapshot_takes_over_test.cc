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

}  // namespace

TEST_CASE("a clone does not become the node whose server one list lacks") {
  prove(original_stays, {"check.clone_kept_out"});
}

}  // namespace edgeherd::incidents
