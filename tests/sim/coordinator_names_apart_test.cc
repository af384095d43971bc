// One name that fails, and all the others.
#include "tests/sim/coordinator_asks.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

namespace {

using Obstacle = SimDns::Obstacle;

const ZoneId other_zone("cloud/fra1");
const act::NameKey other_name("fra1.edge.example.org");

// Two zones of one account, two servers each.
CoordinatorWorld& settled_both(CoordinatorWorld& world) {
  model::ZonePolicy fra = world.policy.zones.at(world.zone);
  fra.id = other_zone;
  fra.region = RegionId("fra");
  fra.place = "fra1";
  fra.dns_name = other_name.name;
  world.policy.zones[other_zone] = fra;
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 4); }, 5min));
  world.loop.run_for(90s);
  REQUIRE(world.dns.addresses(other_name).size() == 2);
  return world;
}

NodeId some_node(const CoordinatorWorld& world, const ZoneId& zone) {
  for (const auto& [id, node] : world.fleet().nodes()) {
    if (node.zone == zone && node.state == model::NodeState::in_service) return id;
  }
  return NodeId();
}

std::string told(CoordinatorWorld& world) {
  return world.controller().status().names.last_failure;
}

}  // namespace

TEST_CASE("an alias in the way of one zone's name holds up no other zone") {
  CoordinatorWorld world(61);
  settled_both(world);
  world.dns.put_in_the_way(other_name, Obstacle::alias);
  const NodeId leaving = some_node(world, world.zone);
  const std::string address = world.fleet().node(leaving)->address;
  terminate(world, leaving);
  REQUIRE(world.run_until([&] { return world.fleet().node(leaving) == nullptr; }, 30min));
  CHECK_FALSE(world.dns.addresses(world.name).contains(address));
  REQUIRE(world.run_until([&] { return world.dns.addresses(world.name).size() == 2; }, 10min));
  CHECK(told(world) == "cannot be read: fra1.edge.example.org is an alias");
  CHECK(world.fleet().zone(other_zone).names_failure ==
        "cannot be read: fra1.edge.example.org is an alias");
  CHECK(world.fleet().zone(world.zone).names_failure.empty());
  world.dns.put_in_the_way(other_name, Obstacle::none);
  REQUIRE(world.run_until([&] { return told(world).empty(); }, 2min));
  CHECK(world.fleet().zone(other_zone).names_failure.empty());
}

TEST_CASE("nobody is destroyed while the alias at its zone's name may send viewers to it") {
  CoordinatorWorld world(62);
  settled_both(world);
  world.dns.put_in_the_way(other_name, Obstacle::alias);
  world.loop.run_for(10s);
  const NodeId leaving = some_node(world, other_zone);
  terminate(world, leaving);
  world.loop.run_for(30min);
  REQUIRE(world.fleet().node(leaving) != nullptr);
  CHECK(world.fleet().node(leaving)->state == model::NodeState::draining);
}

TEST_CASE("nobody is destroyed while the DNS answers without a word of its zone's name") {
  CoordinatorWorld world(65);
  settled_both(world);
  world.dns.put_in_the_way(other_name, Obstacle::left_out);
  const NodeId leaving = some_node(world, other_zone);
  terminate(world, leaving);
  world.loop.run_for(30min);
  REQUIRE(world.fleet().node(leaving) != nullptr);
  CHECK(told(world) == "cannot be read: the DNS left a name out of its answer");
  world.dns.put_in_the_way(other_name, Obstacle::none);
  CHECK(world.run_until([&] { return world.fleet().node(leaving) == nullptr; }, 30min));
}

TEST_CASE("nobody is destroyed while a lost name gives its address and cannot be cleaned") {
  CoordinatorWorld world(66);
  settled_both(world);
  world.dns.put_in_the_way(world.name, Obstacle::no_right);
  world.policy.zones.at(world.zone).dns_name = "new.edge.example.org";
  REQUIRE(world.controller().set_policy(world.policy).ok());
  const NodeId leaving = some_node(world, world.zone);
  const model::Node node = *world.fleet().node(leaving);
  REQUIRE(world.run_until(
      [&] {
        return world.dns.addresses(act::NameKey("new.edge.example.org")).contains(node.address);
      },
      2min));
  terminate(world, leaving);
  world.loop.run_for(30min);
  CHECK(world.dns.addresses(world.name).contains(node.address));
  CHECK_FALSE(world.dns.addresses(act::NameKey("new.edge.example.org")).contains(node.address));
  CHECK(world.cloud.servers().contains(node.vm));
  world.dns.put_in_the_way(world.name, Obstacle::none);
  CHECK(world.run_until([&] { return !world.cloud.servers().contains(node.vm); }, 30min));
}

TEST_CASE("a lost name keeps what it gives of a zone in shadow") {
  CoordinatorWorld world(67);
  settled_both(world);
  const auto ours = world.dns.addresses(world.name);
  const NodeId cordoned = some_node(world, world.zone);
  world.policy.zones.at(world.zone).dns_name = "new.edge.example.org";
  world.policy.zones.at(world.zone).shadow = true;
  REQUIRE(world.controller().set_policy(world.policy).ok());
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().set_flag(cordoned, model::Flag::cordoned, true, reply);
          }).ok());
  for (int i = 0; i < 90; ++i) {
    world.loop.run_for(1min);
    REQUIRE(world.dns.addresses(world.name) == ours);
  }
  world.policy.zones.at(world.zone).shadow = false;
  REQUIRE(world.controller().set_policy(world.policy).ok());
  CHECK(world.run_until([&] { return world.dns.addresses(world.name).empty(); }, 5min));
}

TEST_CASE("a name that may not be changed holds up no other, and is changed once it may be") {
  CoordinatorWorld world(63);
  settled_both(world);
  const auto ours = world.dns.addresses(world.name);
  const auto theirs = world.dns.addresses(other_name);
  world.dns.put_in_the_way(other_name, Obstacle::no_right);
  world.dns.set({world.name, {"192.0.2.66"}, 10s});
  world.dns.set({other_name.name, {"192.0.2.67"}, 10s});
  REQUIRE(world.run_until([&] { return world.dns.addresses(world.name) == ours; }, 30s));
  REQUIRE(world.run_until(
      [&] {
        return told(world) ==
               "fra1.edge.example.org cannot be written: NOTAUTH: fra1.edge.example.org";
      },
      30s));
  CHECK(world.fleet().zone(other_zone).names_failure == told(world));
  const std::uint64_t writes = world.controller().status().names.writes;
  world.loop.run_for(10min);
  CHECK(world.controller().status().names.writes - writes <=
        40);  // at last one a minute, with jitter
  CHECK(world.fleet().zone(other_zone).names_failure == told(world));
  world.dns.put_in_the_way(other_name, Obstacle::none);
  REQUIRE(world.run_until([&] { return world.dns.addresses(other_name) == theirs; }, 3min));
  CHECK(world.run_until([&] { return told(world).empty(); }, 10s));
}

TEST_CASE("an alias at one leaving server's own name holds up that server alone") {
  CoordinatorWorld world(64);
  world.policy.zones.at(world.zone).node_dns_name = "{node}.node.example.org";
  settled_both(world);
  const NodeId stuck = some_node(world, world.zone);
  const std::string own = model::node_name(*world.policy.zone(world.zone), stuck);
  REQUIRE(world.run_until([&] { return !world.dns.addresses({own}).empty(); }, 2min));
  world.dns.put_in_the_way({own}, Obstacle::alias);
  world.loop.run_for(10s);
  terminate(world, stuck);
  const auto drains = [&] {
    return world.fleet().node(stuck)->state == model::NodeState::draining;
  };
  REQUIRE(world.run_until([&] { return drains() && in_service(world, 4); }, 30min));
  const NodeId other = some_node(world, world.zone);
  REQUIRE(other != stuck);
  terminate(world, other);
  REQUIRE(world.run_until([&] { return world.fleet().node(other) == nullptr; }, 60min));
  REQUIRE(world.fleet().node(stuck) != nullptr);
  CHECK(world.fleet().node(stuck)->state == model::NodeState::draining);
  world.dns.put_in_the_way({own}, Obstacle::none);
  CHECK(world.run_until([&] { return world.fleet().node(stuck) == nullptr; }, 60min));
}

}  // namespace edgeherd::sim
