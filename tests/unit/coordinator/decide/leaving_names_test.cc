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

namespace {

// A node that drains, with nothing left to wait for but its name.
struct Drained {
  Drained() {
    auto& zone = world.zone("p/z", 1, 5);
    zone.dns_name = "z.example.org";
    zone.dns_ttl = 30s;
    id = world.serving("p/z");
  }
  void drain() {
    world.apply(model::StateEntered{id, NodeState::draining, Cause::scale_in, "test"});
    answer(world, id, "drain", done);
  }
  bool settles_after(Duration wait) {
    world.now += wait;
    world.sample(id, {});
    return wants(world, id) == "command close_listener";
  }
  std::set<std::string> ours() { return {world.node(id).address}; }

  FleetWorld world;
  NodeId id;
};

}  // namespace

TEST_CASE("after a TTL was made shorter a drain waits until the longer one is over everywhere") {
  Drained d;
  read_names(d.world, d.ours(), 5min);  // the last answer under the longer TTL
  d.world.now += 3s;
  read_names(d.world, d.ours(), 30s);
  d.world.now += 57s;
  d.drain();
  read_names(d.world, {}, 30s);
  CHECK_FALSE(d.settles_after(4min));
  CHECK(d.settles_after(3s));
}

TEST_CASE("an address that leaves its name together with a longer TTL is waited for as long") {
  Drained d;
  read_names(d.world, d.ours(), 5min);
  d.drain();
  d.world.now += 3s;
  read_names(d.world, {}, 30s);
  CHECK_FALSE(d.settles_after(5min - 1s));
  CHECK(d.settles_after(1s));
}

TEST_CASE("a longer TTL that is over is not waited for again") {
  Drained d;
  read_names(d.world, d.ours(), 5min);
  d.world.now += 3s;
  read_names(d.world, d.ours(), 30s);
  d.world.now += 5min;
  read_names(d.world, d.ours(), 30s);
  d.drain();
  d.world.now += 3s;
  read_names(d.world, {}, 30s);
  CHECK_FALSE(d.settles_after(29s));
  CHECK(d.settles_after(1s));
}

TEST_CASE("no TTL that the DNS may tell is waited for beyond the longest that is configured") {
  Drained d;
  read_names(d.world, d.ours(), 24h * 365);
  d.drain();
  read_names(d.world, {}, 30s);
  CHECK_FALSE(d.settles_after(model::longest_dns_ttl - 1s));
  CHECK(d.settles_after(1s));
}

TEST_CASE("that a name was without it before a start says nothing until it is read again") {
  Drained d;
  d.drain();
  read_names(d.world, {}, 30s);
  REQUIRE(d.settles_after(1min));
  d.world.apply(model::Started{2});  // another coordinator may have had it in service meanwhile
  CHECK_FALSE(d.settles_after(1min));
  SECTION("it is still without it") {
    read_names(d.world, {}, 30s);
    CHECK(d.settles_after(1s));
  }
  SECTION("it gives its address: it leaves the name first, and the TTL is waited out") {
    read_names(d.world, d.ours(), 30s);
    CHECK_FALSE(d.settles_after(1min));
    read_names(d.world, {}, 30s);
    CHECK_FALSE(d.settles_after(29s));
    CHECK(d.settles_after(1s));
  }
}
