// What the names answer, and what waits for them.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using model::NodeState;

TEST_CASE("a foreign address under our name is taken out, and told once") {
  CoordinatorWorld world(11);
  settled(world);
  auto addresses = world.dns.addresses(world.name);
  addresses.insert("192.0.2.66");
  for (int i = 0; i < 2; ++i) {
    world.dns.set({world.name, addresses, 10s});
    world.loop.run_for(10s);
    CHECK_FALSE(world.dns.addresses(world.name).contains("192.0.2.66"));
    CHECK(world.dns.addresses(world.name).size() == 2);
    CHECK(world.notifier.sent().at("foreign_addresses") == 1);
  }
}

namespace {

// The names of a region and of a routed part, and those of nodes, beside the zone's.
void name_all(CoordinatorWorld& world) {
  model::ZonePolicy& zone = world.policy.zones.at(world.zone);
  zone.region_dns_name = "region.example.org";
  zone.node_dns_name = "{node}.node.example.org";
  zone.routed = {"all.example.org", "edgeherd/t/r", {}, 1};
  REQUIRE(world.controller().set_policy(world.policy).ok());
}

const act::NameKey routed_part("all.example.org", "edgeherd/t/r");

std::string own_name(const NodeId& node) {
  return node.str() + ".node.example.org";
}

}  // namespace

TEST_CASE("a node's addresses are given to all kinds of names, and taken from all of them") {
  CoordinatorWorld world(51);
  settled(world);
  const auto ours = world.dns.addresses(world.name);
  REQUIRE(ours.size() == 2);
  name_all(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  REQUIRE(world.run_until(
      [&] { return world.dns.addresses(own_name(node.id)).contains(node.address); }, 1min));
  CHECK(world.dns.addresses(act::NameKey("region.example.org")) == ours);
  CHECK(world.dns.addresses(routed_part) == ours);
  CHECK(world.dns.sets().at(routed_part).route->weight == 2);
  terminate(world, node.id);
  REQUIRE(world.run_until([&] { return !world.cloud.servers().contains(node.vm); }, 30min));
  for (const auto& [key, set] : world.dns.sets()) {
    INFO(to_string(key));
    CHECK_FALSE(set.addresses.contains(node.address));
  }
  world.check_promises();
}

TEST_CASE("the drain's wait begins when the last of the names is without the address") {
  for (const int which : {0, 1, 2}) {
    CoordinatorWorld world(52);
    settled(world);
    name_all(world);
    const model::Node node = world.fleet().nodes().begin()->second;
    const std::vector<act::NameKey> keys{act::NameKey("region.example.org"), routed_part,
                                         act::NameKey(own_name(node.id))};
    const act::NameKey& key = keys[static_cast<std::size_t>(which)];
    INFO(to_string(key));
    REQUIRE(world.run_until([&] { return world.dns.addresses(key).contains(node.address); }, 1min));
    terminate(world, node.id);
    // Somebody puts it back into this one, whenever it is taken out.
    for (int i = 0; i < 600; ++i) {
      world.loop.run_for(1s);
      act::NameSet back{key.name, world.dns.addresses(key), 10s, key.part, {}};
      if (const auto set = world.dns.sets().find(key); set != world.dns.sets().end()) {
        back.route = set->second.route;
      }
      back.addresses.insert(node.address);
      world.dns.set(back);
    }
    CHECK(world.cloud.servers().contains(node.vm));
    CHECK(world.fleet().node(node.id)->state == NodeState::draining);
    REQUIRE(world.run_until([&] { return !world.cloud.servers().contains(node.vm); }, 30min));
  }
}

TEST_CASE("a TTL made shorter lets no server go before the longer one is over") {
  CoordinatorWorld world(54);
  const bool restarts = GENERATE(false, true);
  world.policy.zones.at(world.zone).dns_ttl = 10min;
  settled(world);
  REQUIRE(world.dns.sets().at(act::NameKey(world.name)).ttl == 10min);
  world.policy.zones.at(world.zone).dns_ttl = 5s;
  if (restarts) {
    world.restart();
  } else {
    REQUIRE(world.controller().set_policy(world.policy).ok());
  }
  REQUIRE(world.run_until([&] { return world.dns.sets().at(act::NameKey(world.name)).ttl == 5s; },
                          1min));
  const MonoTime changed = world.loop.clock().mono();
  const model::Node node = world.fleet().nodes().begin()->second;
  terminate(world, node.id);
  REQUIRE(world.run_until([&] { return !world.cloud.servers().contains(node.vm); }, 60min));
  CHECK(world.loop.clock().mono() - changed >= 10min);
  world.check_promises();
}

TEST_CASE("names of regions and nodes that the configuration loses are cleaned") {
  CoordinatorWorld world(53);
  settled(world);
  const model::Policy before = world.policy;
  name_all(world);
  REQUIRE(world.run_until([&] { return world.dns.sets().size() == 5; }, 1min));
  world.policy = before;
  REQUIRE(world.controller().set_policy(world.policy).ok());
  REQUIRE(world.run_until([&] { return world.dns.sets().size() == 1; }, 65min));
  CHECK(world.dns.addresses(world.name).size() == 2);
  world.loop.run_for(2min);
  const auto rows = world.store.load(act::Table::name);
  REQUIRE(rows.ok());
  CHECK(rows->size() == 1);
}

TEST_CASE("a server that goes while nothing may be written leaves no name behind") {
  const bool is_adopted = GENERATE(true, false);
  CoordinatorWorld world(56);
  settled(world);
  name_all(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  const act::NameKey own(own_name(node.id));
  REQUIRE(world.run_until([&] { return world.dns.addresses(own).contains(node.address); }, 1min));
  std::vector<VmId> left;
  for (const auto& [id, other] : world.fleet().nodes()) {
    if (id != node.id) left.push_back(other.vm);
  }
  world.crash();
  world.store.replace({});
  world.start();
  REQUIRE(world.run_until([&] { return world.fleet().read_only(); }, 1min));
  const auto adopt = [&](const VmId& vm) {
    REQUIRE(ask<NodeId>(world, [&](auto reply) {
              world.controller().adopt(world.account, vm, std::nullopt, reply);
            }).ok());
  };
  if (is_adopted) adopt(node.vm);
  world.loop.run_for(1min);  // it is listed, and its name read
  world.cloud.vanish(node.vm);
  world.loop.run_for(1min);
  for (const VmId& vm : left) adopt(vm);
  CHECK(world.dns.addresses(own).contains(node.address));
  world.restart();
  world.loop.run_for(1min);
  REQUIRE(ask<void>(world, [&](auto reply) { world.controller().allow_writes(0, reply); }).ok());
  CHECK(world.run_until([&] { return world.dns.addresses(own).empty(); }, 5min));
  CHECK_FALSE(world.notifier.sent().contains("foreign_addresses"));
}

TEST_CASE("names that are as they should be are read once in the service's quiet period") {
  CoordinatorWorld world(54);
  world.dns.set_quiet_period(1min);
  settled(world);
  const auto before = world.controller().status().names;
  world.loop.run_for(10min);
  const auto after = world.controller().status().names;
  CHECK(after.reads - before.reads <= 11);
  CHECK(after.reads - before.reads >= 9);
  CHECK(after.writes == before.writes);
  CHECK(after.failures == 0);
}

TEST_CASE("a foreign address is found within the quiet period, and then it is read back at once") {
  CoordinatorWorld world(55);
  world.dns.set_quiet_period(1min);
  settled(world);
  for (const Duration into : {1s, 20s, 45s}) {
    world.loop.run_for(2min + into);
    auto addresses = world.dns.addresses(world.name);
    addresses.insert("192.0.2.66");
    world.dns.set({world.name, addresses, 10s});
    world.loop.run_for(64s);
    CHECK_FALSE(world.dns.addresses(world.name).contains("192.0.2.66"));
    CHECK(world.dns.addresses(world.name).size() == 2);
  }
}

TEST_CASE("whoever waits for a name does not wait for the quiet period") {
  CoordinatorWorld world(56);
  world.dns.set_quiet_period(1h);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  terminate(world, node.id);
  REQUIRE(world.run_until([&] { return world.fleet().node(node.id)->state == NodeState::draining; },
                          10min));
  // Out of the name, and back in it by somebody's hand: that is seen, and it goes on being seen.
  REQUIRE(world.run_until([&] { return !world.dns.addresses(world.name).contains(node.address); },
                          10s));
  for (int i = 0; i < 3; ++i) {
    world.loop.run_for(2s);
    auto addresses = world.dns.addresses(world.name);
    addresses.insert(node.address);
    world.dns.set({world.name, addresses, 10s});
    REQUIRE(world.run_until([&] { return !world.dns.addresses(world.name).contains(node.address); },
                            5s));
  }
  CHECK(world.fleet().node(node.id)->state == NodeState::draining);
  REQUIRE(world.run_until([&] { return !world.cloud.servers().contains(node.vm); }, 15min));
  // The one that takes its place is in the name as soon as it serves.
  REQUIRE(world.run_until([&] { return in_service(world, 2); }, 10min));
  REQUIRE(world.run_until([&] { return world.dns.addresses(world.name).size() == 2; }, 10s));
  world.check_promises();
}

TEST_CASE("a node that is cordoned or sick leaves its name at once, however long the period") {
  CoordinatorWorld world(57);
  world.dns.set_quiet_period(1h);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().set_flag(node.id, model::Flag::cordoned, true, reply);
          }).ok());
  REQUIRE(
      world.run_until([&] { return !world.dns.addresses(world.name).contains(node.address); }, 5s));
}

TEST_CASE("after a failure names are read again, however long the period") {
  CoordinatorWorld world(58);
  world.dns.set_quiet_period(1min);
  settled(world);
  world.dns.fail_reads(true);
  REQUIRE(world.run_until([&] { return world.controller().status().names.failures > 2; }, 2min));
  world.dns.set_quiet_period(1h);
  world.dns.fail_reads(false);
  REQUIRE(
      world.run_until([&] { return world.controller().status().names.last_failure.empty(); }, 65s));
}

TEST_CASE("a failed write is told as one until a write succeeds or nothing is to be written") {
  for (const bool mended_by_hand : {false, true}) {
    CoordinatorWorld world(59);
    settled(world);
    const auto failure = [&] { return world.controller().status().names.last_failure; };
    const auto ours = world.dns.addresses(world.name);
    world.dns.fail_writes(true);
    auto addresses = ours;
    addresses.insert("192.0.2.66");
    world.dns.set({world.name, addresses, 10s});
    REQUIRE(world.run_until([&] { return !failure().empty(); }, 10s));
    for (int i = 0; i < 300; ++i) {
      world.loop.run_for(200ms);
      REQUIRE(failure() == "lon1.edge.example.org cannot be written: REFUSED");
    }
    if (mended_by_hand) {
      world.dns.set({world.name, ours, 10s});
    } else {
      world.dns.fail_writes(false);
    }
    REQUIRE(world.run_until([&] { return failure().empty(); }, 65s));
    CHECK(world.dns.addresses(world.name) == ours);
  }
}

TEST_CASE("a failed reading is told as one, and a reading ends that") {
  CoordinatorWorld world(60);
  settled(world);
  world.dns.fail_reads(true);
  const auto failure = [&] { return world.controller().status().names.last_failure; };
  REQUIRE(world.run_until([&] { return failure() == "cannot be read: SERVFAIL"; }, 10s));
  world.dns.fail_reads(false);
  REQUIRE(world.run_until([&] { return failure().empty(); }, 65s));
}

TEST_CASE("no server is destroyed while the DNS cannot be read") {
  CoordinatorWorld world(12);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  terminate(world, node.id);
  world.dns.hang(true);
  world.loop.run_for(30min);
  CHECK(world.cloud.servers().contains(node.vm));
  CHECK(world.controller().status().names.failures > 0);
  world.dns.hang(false);
  REQUIRE(world.run_until([&] { return !world.cloud.servers().contains(node.vm); }, 30min));
  CHECK(world.edges.lines_archived() + world.edges.lines_live() == world.edges.lines_written());
}

}  // namespace edgeherd::sim
