// Whichever names viewers come by, a leaving node waits for them.
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;

TEST_CASE("a node that has only its own name, or its region's, waits for that one to be gone") {
  const auto settles_without_a_look = [](auto name) {
    FleetWorld world;
    auto& zone = world.zone("p/z", 1, 5);
    zone.dns_ttl = 30s;
    const NodeId id = world.serving("p/z");
    name(zone);
    world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
    answer(world, id, "drain", done);
    world.now += 1min;
    world.sample(id, {});
    return wants(world, id) == "command close_listener";
  };
  CHECK(settles_without_a_look([](model::ZonePolicy&) {}));
  CHECK_FALSE(settles_without_a_look(
      [](model::ZonePolicy& zone) { zone.region_dns_name = "r.example.org"; }));
  CHECK_FALSE(settles_without_a_look([](model::ZonePolicy& zone) {
    zone.routed = {"all.example.org", "r", {}, 1};
  }));
  CHECK_FALSE(settles_without_a_look(
      [](model::ZonePolicy& zone) { zone.node_dns_name = "{node}.example.org"; }));
}
