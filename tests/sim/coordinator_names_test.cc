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

TEST_CASE("a lost name that has become an alias holds up no drain") {
  CoordinatorWorld world(48);
  settled(world);
  model::Policy renamed = world.policy;
  renamed.zones.at(world.zone).dns_name = "new.edge.example.org";
  world.crash();
  world.policy = renamed;
  world.start();
  REQUIRE(world.run_until(
      [&] { return world.dns.addresses(act::NameKey("new.edge.example.org")).size() == 2; }, 2min));
  world.loop.run_for(1min);  // the old name was read, and gives the addresses, too
  world.dns.set({world.name, {}, 10s});
  world.dns.put_in_the_way(act::NameKey(world.name), SimDns::Obstacle::alias);
  const model::Node leaves = world.fleet().nodes().begin()->second;
  terminate(world, leaves.id);
  CHECK(world.run_until([&] { return world.fleet().node(leaves.id) == nullptr; }, 15min));
}

TEST_CASE("a name that the configuration loses is emptied of our addresses, and of no others") {
  CoordinatorWorld world(48);
  settled(world);
  const auto ours = world.dns.addresses(world.name);
  REQUIRE(ours.size() == 2);
  model::Policy renamed = world.policy;
  renamed.zones.at(world.zone).dns_name = "new.edge.example.org";
  world.crash();  // and the renaming comes with the next start
  auto mixed = ours;
  mixed.insert("192.0.2.66");
  world.dns.set({world.name, mixed, 10s});
  world.policy = renamed;
  world.start();
  REQUIRE(world.run_until(
      [&] { return world.dns.addresses(act::NameKey("new.edge.example.org")) == ours; }, 2min));
  // The old name keeps those who serve for a while: it may have been a slip.
  world.loop.run_for(30min);
  CHECK(world.dns.addresses(world.name) == mixed);
  CHECK(world.notifier.sent().at("name_lost") == 1);
  const model::Node leaves = world.fleet().nodes().begin()->second;
  terminate(world, leaves.id);
  REQUIRE(world.run_until([&] { return world.fleet().node(leaves.id) == nullptr; }, 10min));
  CHECK_FALSE(world.dns.addresses(world.name).contains(leaves.address));
  CHECK(world.dns.addresses(world.name).size() == 2);
  REQUIRE(world.run_until(
      [&] { return world.dns.addresses(world.name) == std::set<std::string>{"192.0.2.66"}; },
      35min));
  world.loop.run_for(2min);
  const auto rows = world.store.load(act::Table::name);
  REQUIRE(rows.ok());
  CHECK(rows->size() == 1);
  CHECK(rows->contains("new.edge.example.org"));
}

TEST_CASE("a name that the database has in another spelling is no lost one") {
  CoordinatorWorld world(55);
  settled(world);
  const auto ours = world.dns.addresses(world.name);
  REQUIRE(ours.size() == 2);
  world.crash();
  auto tables = world.store.tables();
  act::StateStore::Rows& names = tables[act::Table::name];
  const bool both = GENERATE(false, true);  // or what one spelling had, and what the other
  const auto row = [](const std::string& address) {
    return act::given_name_body({act::NameKey("any"), {address}});
  };
  names.clear();
  names["LON1.Edge.example.org"] = row(*ours.begin());
  if (both) names[world.name] = row(*ours.rbegin());
  world.store.replace(tables);
  world.start();
  for (int i = 0; i < 180; ++i) {
    world.loop.run_for(1s);
    REQUIRE(world.dns.addresses(world.name) == ours);
  }
  const auto kept = world.store.load(act::Table::name);
  REQUIRE(kept.ok());
  REQUIRE(kept->size() == 1);
  const auto given = act::read_given_name(kept->begin()->first, kept->begin()->second);
  REQUIRE(given.ok());
  CHECK(given->key == act::NameKey(world.name));
  CHECK(given->addresses == ours);
}

TEST_CASE("a name that comes back while it is looked at as a lost one keeps its addresses") {
  int looked_at = 0;
  for (Duration wait = 500ms; wait < 12s; wait += 500ms) {
    CoordinatorWorld world(50);
    settled(world);
    const auto ours = world.dns.addresses(world.name);
    REQUIRE(ours.size() == 2);
    const model::Policy before = world.policy;
    model::Policy renamed = before;
    renamed.zones.at(world.zone).dns_name = "new.edge.example.org";
    REQUIRE(world.controller().set_policy(renamed).ok());
    REQUIRE(world.run_until(
        [&] { return world.dns.addresses(act::NameKey("new.edge.example.org")) == ours; }, 2min));
    world.dns.set_latency(4s);
    const auto writes = world.controller().status().names.writes;
    world.loop.run_for(wait);
    if (world.controller().status().names.writes != writes) break;  // it is being emptied
    ++looked_at;
    REQUIRE(world.controller().set_policy(before).ok());
    for (int i = 0; i < 40; ++i) {
      world.loop.run_for(500ms);
      REQUIRE(world.dns.addresses(world.name) == ours);
    }
  }
  CHECK(looked_at > 2);
}

TEST_CASE("a zone that vanishes from the configuration keeps its viewers until it is confirmed") {
  CoordinatorWorld world(49);
  settled(world);
  const auto ours = world.dns.addresses(world.name);
  world.policy.zones.at(world.zone).activity = model::ZoneActivity::inactive;
  world.policy.zones.at(world.zone).dns_name = "";
  world.restart();
  world.loop.run_for(5min);
  CHECK(world.dns.addresses(world.name) == ours);
  REQUIRE(ask<void>(world, [&](auto reply) {
            world.controller().confirm({world.zone, 2}, reply);
          }).ok());
  REQUIRE(world.run_until([&] { return world.dns.addresses(world.name).empty(); }, 10min));
  world.check_promises();
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
