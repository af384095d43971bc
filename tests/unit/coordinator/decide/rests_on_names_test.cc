// For whom names are read often.
#include "tests/unit/coordinator/decide/life_words.h"

using namespace edgeherd;
using namespace edgeherd::decide;

namespace {

struct Named : FleetWorld {
  Named() {
    auto& zone = this->zone("p/z", 1, 5);
    zone.dns_name = "z.example.org";
    zone.dns_ttl = 30s;
  }
  [[nodiscard]] bool rests(const NodeId& id) const {
    return rests_on_names(node(id), fleet, policy, now);
  }
};

}  // namespace

TEST_CASE("a node that drains rests on names until its address is gone from them for a TTL") {
  Named world;
  const NodeId id = world.serving("p/z");
  CHECK_FALSE(world.rests(id));
  world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
  CHECK(world.rests(id));
  read_names(world, {});
  world.now += 29s;
  CHECK(world.rests(id));
  world.now += 1s;
  CHECK_FALSE(world.rests(id));
}

TEST_CASE("one that is destroyed rests on names only if it came to light by itself") {
  for (const Cause cause : {Cause::duplicate, Cause::scale_in}) {
    Named world;
    const NodeId id = world.serving("p/z");
    world.apply(model::StateEntered{id, NodeState::terminating, cause, "test"});
    CHECK(world.rests(id) == (cause == Cause::duplicate));
    read_names(world, {});
    world.now += 30s;
    CHECK_FALSE(world.rests(id));
  }
}

TEST_CASE("one that does not come into service rests on names when its time is nearly over") {
  for (const NodeState state : {NodeState::booting, NodeState::verifying}) {
    Named world;
    const NodeId id = world.in_state("p/z", state);
    CHECK_FALSE(world.rests(id));
    world.now = boot_deadline(world.node(id), world.fleet, world.policy) - 10s;
    CHECK(world.rests(id));
    world.policy.zones.at(ZoneId("p/z")).dns_name.clear();
    CHECK_FALSE(world.rests(id));
  }
}

TEST_CASE("one that is never given up, or has no address yet, rests on no name while it comes") {
  Named world;
  const NodeId id = world.in_state("p/z", NodeState::verifying);
  world.now += 10h;
  CHECK(world.rests(id));
  model::Node other = world.node(id);
  other.origin = model::Origin::adopted;
  CHECK_FALSE(rests_on_names(other, world.fleet, world.policy, world.now));
  other.origin = model::Origin::launched;
  other.address.clear();
  CHECK_FALSE(rests_on_names(other, world.fleet, world.policy, world.now));
  other.zone = ZoneId("p/unknown");
  CHECK_FALSE(rests_on_names(other, world.fleet, world.policy, world.now));
}
