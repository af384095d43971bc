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

TEST_CASE("a stopped server that has no address now waits for the one that it had") {
  Drained d;
  d.drain();
  const std::set<std::string> before = d.ours();
  d.world.now += d.world.policy.timings.agent_away + 1s;
  d.world.probe(d.id, model::ProbeKind::edge, false);
  model::Vm vm = d.world.server(d.id);
  vm.power = model::Power::stopped;
  vm.address.clear();
  d.world.apply(model::InventoryListed{ProviderId("p"), "test", {vm}});
  REQUIRE(d.world.node(d.id).address.empty());
  read_names(d.world, before);
  CHECK_FALSE(d.world.node(d.id).leaving.name_gone_at);
  SECTION("it leaves the name") {
    read_names(d.world, {});
  }
  SECTION("another one has it by now") {
    const NodeId other = d.world.serving("p/z");
    model::Vm its = d.world.server(other);
    its.address = *before.begin();
    d.world.apply(model::InventoryListed{ProviderId("p"), "test", {vm, its}});
    read_names(d.world, before);
  }
  CHECK(d.world.node(d.id).leaving.name_gone_at == d.world.now);
}

TEST_CASE("that names were without an address says nothing of another one that is told later") {
  Drained d;
  d.drain();
  read_names(d.world, {});
  REQUIRE(d.world.node(d.id).leaving.name_gone_at);
  model::Vm vm = d.world.server(d.id);
  vm.address = "10.9.9.9";
  d.world.apply(model::InventoryListed{ProviderId("p"), "test", {vm}});
  CHECK_FALSE(d.world.node(d.id).leaving.name_gone_at);
}

TEST_CASE("a name of another zone that gives its address is waited for, too") {
  Drained d;
  d.world.zone("p/other", 1, 5).dns_name = "other.example.org";
  d.drain();
  d.world.apply(model::NamesRead{ZoneId("p/other"), d.ours(), 30s});
  read_names(d.world, {});
  CHECK_FALSE(d.world.node(d.id).leaving.name_gone_at);
  d.world.apply(model::NamesRead{ZoneId("p/other"), {}, 30s});
  read_names(d.world, {});
  CHECK(d.world.node(d.id).leaving.name_gone_at);
}
