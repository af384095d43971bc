// Names that the configuration has lost, and what stands there.
#include "tests/sim/coordinator_asks.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

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

TEST_CASE("a lost name is read although nothing may be cleaned, and counts for its servers") {
  CoordinatorWorld world(57);
  settled(world);
  const auto ours = world.dns.addresses(world.name);
  const auto writes = world.dns.writes();
  world.crash();
  world.policy.zones.at(world.zone).dns_name = "new.edge.example.org";
  world.policy.shadow = true;
  world.start();
  world.loop.run_for(1min);
  CHECK(world.fleet().zone(world.zone).names == ours);
  CHECK(world.dns.addresses(world.name) == ours);
  CHECK(world.dns.writes() == writes);
}

TEST_CASE("what somebody else has in a name that a zone in shadow shares stays when it is lost") {
  CoordinatorWorld world(58);
  const std::string shared = "eu.edge.example.org";
  model::ZonePolicy& zone = world.policy.zones.at(world.zone);
  zone.region_dns_name = shared;
  model::ZonePolicy beside = zone;
  beside.id = ZoneId("cloud/fra1");
  beside.place = "fra1";
  beside.dns_name = "fra1.edge.example.org";
  beside.min_servers = 0;
  beside.shadow = true;
  world.policy.zones[beside.id] = beside;
  world.dns.set({shared, {"192.0.2.50"}, 10s});
  settled(world);
  REQUIRE(world.dns.addresses(act::NameKey(shared)).size() == 3);
  world.crash();
  for (auto& [id, policy] : world.policy.zones) policy.region_dns_name = "eu.example.net";
  world.start();
  world.loop.run_for(75min);
  CHECK(world.dns.addresses(act::NameKey(shared)) == std::set<std::string>{"192.0.2.50"});
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

}  // namespace edgeherd::sim
