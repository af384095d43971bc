#include "coordinator/act/names/wanted.h"

#include "tests/support/catch.h"

namespace edgeherd::act {

namespace {

const ZoneId lon("cloud/lon1");
const ZoneId ams("cloud/ams1");

struct Bench {
  Bench() {
    for (const ZoneId& id : {lon, ams}) {
      policy.zones[id].id = id;
      policy.zones[id].dns_name = id == lon ? "lon.example" : "ams.example";
    }
  }
  void add(const std::string& id, const ZoneId& zone, const std::string& address,
           const std::function<void(model::Node&)>& change = nullptr) {
    model::Node node;
    node.id = NodeId(id);
    node.zone = zone;
    node.address = address;
    node.state = model::NodeState::in_service;
    node.verdict = model::Verdict::healthy;
    if (change) change(node);
    fleet.apply(model::NodeRestored{node}, policy, MonoTime(1s));
  }
  using Set = std::set<std::string>;
  Set wanted(const NameKey& name) {
    const auto all = answers(fleet, policy);
    const auto found = all.find(name);
    return found == all.end() ? Set{"no such name"} : found->second.wanted.addresses;
  }
  Set lon_addresses() { return wanted(policy.zones[lon].dns_name); }
  // What the name becomes that answers `now`, if nothing of it is frozen.
  NameSet next(const NameSet& now, const std::set<ZoneId>& frozen = {}) {
    return *next_set(answers(fleet, policy).at(key_of(now)), now, frozen);
  }

  model::Policy policy;
  model::Fleet fleet;
};

}  // namespace

TEST_CASE("a name holds the addresses of its zone's nodes in service, and no others") {
  Bench b;
  b.add("a", lon, "10.0.0.1");
  b.add("b", lon, "");
  b.add("c", lon, "10.0.0.3", [](auto& n) { n.state = model::NodeState::verifying; });
  b.add("d", lon, "10.0.0.4", [](auto& n) { n.state = model::NodeState::draining; });
  b.add("e", lon, "10.0.0.5", [](auto& n) { n.quarantined = true; });
  b.add("f", lon, "10.0.0.6", [](auto& n) { n.cordoned = true; });
  b.add("g", ams, "10.0.0.7");
  b.add("h", lon, "10.0.0.8", [](auto& n) { n.verdict = model::Verdict::unknown; });
  CHECK(b.lon_addresses() == Bench::Set{"10.0.0.1", "10.0.0.8"});
}

TEST_CASE("while a server's address is not told, any that nobody else has may be its own") {
  Bench b;
  b.add("a", lon, "10.0.0.1");
  b.add("d", lon, "10.0.0.4", [](auto& n) { n.state = model::NodeState::draining; });
  NameSet now;
  now.name = b.policy.zones[lon].dns_name;
  now.addresses = {"10.0.0.1", "10.0.0.4", "10.0.0.9"};
  CHECK(b.next(now).addresses == Bench::Set{"10.0.0.1"});
  const auto stays = [&](const std::function<void(model::Node&)>& change) {
    b.add("b", lon, "", [&](auto& n) {
      n.state = model::NodeState::verifying;
      change(n);
    });
    return b.next(now).addresses.contains("10.0.0.9");
  };
  CHECK(stays([](auto& n) { n.origin = model::Origin::adopted; }));
  CHECK_FALSE(stays([](auto&) {}));  // what we launched is in no name yet
  CHECK_FALSE(stays([](auto& n) {
    n.origin = model::Origin::adopted;
    n.cordoned = true;
  }));
  model::Vm bare;
  bare.id = VmId("stranger");
  bare.fleet = "test";
  bare.node = NodeId("s");
  bare.power = model::Power::running;
  b.policy.fleet_id = "test";
  b.fleet.apply(model::InventoryListed{b.policy.zones[lon].provider, "test", {bare}}, b.policy,
                MonoTime(1s));
  CHECK(b.next(now).addresses == Bench::Set{"10.0.0.1", "10.0.0.9"});
}

TEST_CASE("a bad node leaves the name, but sickness alone never empties it") {
  Bench b;
  const auto bad = [](model::Node& n) { n.verdict = model::Verdict::bad; };
  b.add("a", lon, "10.0.0.1");
  b.add("b", lon, "10.0.0.2", bad);
  CHECK(b.lon_addresses() == Bench::Set{"10.0.0.1"});
  b.add("a", lon, "10.0.0.1", bad);
  CHECK(b.lon_addresses() == Bench::Set{"10.0.0.1", "10.0.0.2"});
}

TEST_CASE("when fewer than the configured share of a zone is well, all of it stays in the name") {
  Bench b;
  const auto bad = [](model::Node& n) { n.verdict = model::Verdict::bad; };
  b.add("a", lon, "10.0.0.1");
  b.add("b", lon, "10.0.0.2");
  b.add("c", lon, "10.0.0.3", bad);
  b.add("d", lon, "10.0.0.4", bad);
  b.add("e", lon, "10.0.0.5", [&](auto& n) { n.cordoned = true; });
  CHECK(b.lon_addresses() == Bench::Set{"10.0.0.1", "10.0.0.2"});
  b.add("b", lon, "10.0.0.2", bad);
  CHECK(b.lon_addresses() == Bench::Set{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"});
  b.policy.breakers.names_fraction = 0.2;
  CHECK(b.lon_addresses() == Bench::Set{"10.0.0.1"});
  b.policy.breakers.names_fraction = 0;
  b.add("a", lon, "10.0.0.1", bad);
  CHECK(b.lon_addresses().size() == 4);
}

TEST_CASE("a zone without nodes has a name without addresses; one without a name has none") {
  Bench b;
  CHECK(b.lon_addresses().empty());
  b.policy.zones[ams].dns_name.clear();
  CHECK(answers(b.fleet, b.policy).size() == 1);
}

TEST_CASE("zones may share a name: it holds all their addresses, with the shorter TTL") {
  Bench b;
  b.policy.zones[ams].dns_name = "lon.example";
  b.policy.zones[ams].dns_ttl = 10s;
  b.policy.zones[lon].dns_ttl = 60s;
  b.add("a", lon, "10.0.0.1");
  b.add("b", ams, "10.0.0.2");
  const auto all = answers(b.fleet, b.policy);
  REQUIRE(all.size() == 1);
  CHECK(all.at(NameKey("lon.example")).wanted.addresses == Bench::Set{"10.0.0.1", "10.0.0.2"});
  CHECK(all.at(NameKey("lon.example")).wanted.ttl == 10s);
}

TEST_CASE("a server of ours that is not taken in yet keeps its place in a name that has it") {
  Bench b;
  model::Vm vm;
  vm.id = VmId("vm-1");
  vm.fleet = "test";
  vm.node = NodeId("lost");
  vm.address = "10.0.0.1";
  model::Vm other = vm;
  other.id = VmId("vm-2");
  other.node = NodeId("never-named");
  other.address = "10.0.0.2";
  b.policy.zones[lon].provider = ProviderId("cloud");
  b.fleet.apply(model::InventoryListed{ProviderId("cloud"), "test", {vm, other}}, b.policy,
                MonoTime(1s));
  const NameSet now{"lon.example", {"10.0.0.1", "10.9.9.9"}, 30s};
  CHECK(b.next(now).addresses == Bench::Set{"10.0.0.1"});
  CHECK(b.lon_addresses().empty());  // nothing is added for it

  b.fleet.apply(model::InventoryListed{ProviderId("cloud"), "test", {other}}, b.policy,
                MonoTime(20s));
  CHECK(b.next(now).addresses.empty());
}

TEST_CASE("a server that the newest inventory lacks is not newly put into a name") {
  Bench b;
  const auto heard = [](int missing) {
    return [=](model::Node& n) {
      n.agent.heard_at = MonoTime(1s);
      n.missing_listings = missing;
    };
  };
  b.add("here", lon, "10.0.0.1", heard(0));
  b.add("gone", lon, "10.0.0.2", heard(1));
  b.add("elsewhere", ams, "10.0.0.3", heard(1));
  const NameSet empty{"lon.example", {}, 30s};
  CHECK(b.next(empty).addresses == Bench::Set{"10.0.0.1"});
  const NameSet before{"lon.example", {"10.0.0.2"}, 30s};
  CHECK(b.next(before).addresses == Bench::Set{"10.0.0.1", "10.0.0.2"});
}

TEST_CASE("a server whose agent says that it is closed is not newly put into a name") {
  Bench b;
  const auto says = [](const char* drain_state) {
    return [=](model::Node& n) {
      n.agent.heard_at = MonoTime(1s);
      n.agent.drain_state = drain_state;
    };
  };
  b.add("open", lon, "10.0.0.1", says("serving"));
  b.add("closed", lon, "10.0.0.2", says("closed"));
  CHECK(b.next({"lon.example", {}, 30s}).addresses == Bench::Set{"10.0.0.1"});
  // Where it stands already it stays: its agent is being told to open.
  CHECK(b.next({"lon.example", {"10.0.0.2"}, 30s}).addresses == Bench::Set{"10.0.0.1", "10.0.0.2"});
}

TEST_CASE("a server that only the provider's list knows is not newly put into a name") {
  Bench b;
  b.add("heard", lon, "10.0.0.1", [](auto& n) { n.agent.heard_at = MonoTime(1s); });
  b.add("answers", lon, "10.0.0.2", [](auto& n) { n.edge_probe.good = true; });
  b.add("ghost", lon, "10.0.0.3");
  CHECK(b.next({"lon.example", {}, 30s}).addresses == Bench::Set{"10.0.0.1", "10.0.0.2"});
}

TEST_CASE(
    "a node keeps its place in a name that has it on its way into service, not on its way out") {
  Bench b;
  const NameSet now{"lon.example", {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}, 30s};
  const auto in = [](model::NodeState state, model::Origin origin, bool cordoned) {
    return [=](model::Node& n) {
      n.state = state;
      n.origin = origin;
      n.cordoned = cordoned;
    };
  };
  b.add("a", lon, "10.0.0.1", in(model::NodeState::verifying, model::Origin::adopted, false));
  b.add("b", lon, "10.0.0.2", in(model::NodeState::draining, model::Origin::adopted, false));
  b.add("c", lon, "10.0.0.3", in(model::NodeState::verifying, model::Origin::launched, false));
  b.add("d", lon, "10.0.0.4", in(model::NodeState::verifying, model::Origin::adopted, true));
  CHECK(b.next(now).addresses == Bench::Set{"10.0.0.1", "10.0.0.3"});
}

TEST_CASE(
    "a region's name and its part of a routed name hold what its zones' names hold together") {
  Bench b;
  for (auto& [id, zone] : b.policy.zones) {
    zone.region_dns_name = "eu.example";
    zone.routed = {"edge.example", "edgeherd/t/eu", {}, 1};
  }
  const NameKey part("edge.example", "edgeherd/t/eu");
  b.policy.zones[ams].dns_ttl = 10s;
  b.add("a", lon, "10.0.0.1");
  b.add("b", ams, "10.0.0.2");
  CHECK(b.wanted(NameKey("eu.example")) == Bench::Set{"10.0.0.1", "10.0.0.2"});
  // All of ams is sick, and stays; then a part of it, which goes.
  b.add("b", ams, "10.0.0.2", [](auto& n) { n.verdict = model::Verdict::bad; });
  CHECK(b.wanted(NameKey("eu.example")) == Bench::Set{"10.0.0.1", "10.0.0.2"});
  b.add("c", ams, "10.0.0.3");
  CHECK(b.wanted(NameKey("eu.example")) == Bench::Set{"10.0.0.1", "10.0.0.3"});
  CHECK(b.wanted(part) == b.wanted(NameKey("eu.example")));
  CHECK(answers(b.fleet, b.policy).at(NameKey("eu.example")).wanted.ttl == 10s);
}

TEST_CASE(
    "a node's own name answers while its zone's name answers it, and is asked for till its end") {
  Bench b;
  b.policy.zones[lon].node_dns_name = "{node}.n.example";
  b.add("lon1-a", lon, "10.0.0.1");
  b.add("lon1-b", lon, "10.0.0.2", [](auto& n) { n.state = model::NodeState::draining; });
  b.add("LON1-C", lon, "10.0.0.3", [](auto& n) { n.cordoned = true; });
  b.add("lon1-d+vm", lon, "10.0.0.4");  // no label of a name
  b.add("ams1-e", ams, "10.0.0.5");
  CHECK(b.wanted(NameKey("lon1-a.n.example")) == Bench::Set{"10.0.0.1"});
  CHECK(b.wanted(NameKey("lon1-b.n.example")).empty());
  CHECK(b.wanted(NameKey("lon1-c.n.example")).empty());
  CHECK(answers(b.fleet, b.policy).size() == 5);
}

TEST_CASE("a server that nobody has adopted yet keeps its own name, while the account lists it") {
  Bench b;
  b.policy.zones[lon].node_dns_name = "{node}.n.example";
  b.policy.zones[lon].provider = ProviderId("cloud");
  model::Vm vm;
  vm.id = VmId("vm-1");
  vm.fleet = "test";
  vm.node = NodeId("lon1-lost");
  vm.address = "10.0.0.1";
  b.fleet.apply(model::InventoryListed{ProviderId("cloud"), "test", {vm}}, b.policy, MonoTime(1s));
  const NameSet now{"lon1-lost.n.example", {"10.0.0.1", "10.9.9.9"}, 30s};
  CHECK(b.next(now).addresses == Bench::Set{"10.0.0.1"});
  b.fleet.apply(model::InventoryListed{ProviderId("cloud"), "test", {}}, b.policy, MonoTime(20s));
  CHECK(b.wanted(NameKey("lon1-lost.n.example")) == Bench::Set{"no such name"});
}

TEST_CASE("of a name that zones share, what belongs to a zone that may not be changed stays") {
  Bench b;
  for (auto& [id, zone] : b.policy.zones) zone.region_dns_name = "eu.example";
  const auto heard = [](model::Node& n) { n.agent.heard_at = MonoTime(1s); };
  b.add("a", lon, "10.0.0.1", heard);
  b.add("b", lon, "10.0.0.2", [](auto& n) { n.state = model::NodeState::draining; });
  b.add("c", ams, "10.0.0.3", [](auto& n) { n.state = model::NodeState::draining; });
  b.add("d", ams, "10.0.0.4", heard);
  const NameSet now{"eu.example", {"10.0.0.2", "10.0.0.3", "10.9.9.9"}, 30s};
  CHECK(b.next(now).addresses == Bench::Set{"10.0.0.1", "10.0.0.4"});
  // Lon's change alone, and what nobody knows may be ams's.
  CHECK(b.next(now, {ams}).addresses == Bench::Set{"10.0.0.1", "10.0.0.3", "10.9.9.9"});
  CHECK_FALSE(next_set(answers(b.fleet, b.policy).at(NameKey("eu.example")), now, {lon, ams}));
}

TEST_CASE("a part's weight counts the servers that it answers, unless the configuration sets it") {
  Bench b;
  model::RoutedPart& routed = b.policy.zones[lon].routed;
  routed = {"edge.example", "edgeherd/t/lon", {}, 1};
  const NameSet now{"edge.example", {}, {}, "edgeherd/t/lon"};
  for (int i = 1; i <= 5; ++i) {
    b.add("n" + std::to_string(i), lon, "10.0.0." + std::to_string(i),
          [](auto& n) { n.agent.heard_at = MonoTime(1s); });
  }
  CHECK(b.next(now).route->weight == 5);
  routed.servers_per_weight = 2;
  CHECK(b.next(now).route->weight == 3);
  routed.route.weight = 77;
  CHECK(b.next(now).route->weight == 77);
  CHECK(model::weight_of(1, 300) == 1);  // never 0
  CHECK(model::weight_of(400, 1) == 255);
  NameSet other = b.next(now);
  other.route->weight = 1;
  CHECK_FALSE(is_same(other, b.next(now)));
  CHECK(is_same(b.next(now), b.next(now)));
}

TEST_CASE("what stands in a name only since a zone of it is frozen is not taken for ours") {
  Bench b;
  b.policy.zones[ams].dns_name = "lon.example";
  b.add("a", lon, "10.0.0.1");
  b.add("b", lon, "10.0.0.2", [](auto& n) { n.state = model::NodeState::draining; });
  b.add("c", ams, "10.0.0.3");
  const NameSet now{"lon.example", {"10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.9"}, 30s};
  const NameSet next = b.next(now, {ams});
  CHECK(next.addresses == Bench::Set{"10.0.0.1", "10.0.0.3", "192.0.2.9"});
  const NameSet ours = ours_of(answers(b.fleet, b.policy).at(NameKey("lon.example")), next);
  CHECK(ours.addresses == Bench::Set{"10.0.0.1", "10.0.0.3"});
  CHECK(ours.ttl == next.ttl);
}

TEST_CASE("of the names asked for, those that a service cannot have are unread in their places") {
  const std::vector<NameKey> asked = {NameKey("b.z"), NameKey("a.z", "part"), NameKey("a.y"),
                                      NameKey("a.z")};
  const FitNames fit(asked, [](const NameKey& key) {
    const Status plain = must_be_plain(key);
    return plain ? must_be_in("z", key.name) : plain;
  });
  CHECK(fit.names() == std::vector<std::string>{"b.z", "a.z"});
  const auto all = fit.with(std::vector<NameSet>{{"a.z", {"10.0.0.1"}, 30s}, {"b.z", {}, {}}});
  REQUIRE(all);
  REQUIRE(all->size() == 4);
  for (std::size_t i = 0; i < asked.size(); ++i) CHECK(key_of((*all)[i]) == asked[i]);
  CHECK_FALSE((*all)[0].unread);
  CHECK((*all)[1].unread->message == "a.z: this service has no names of several parts");
  CHECK((*all)[2].unread->message == "a.y is not in the zone z");
  CHECK((*all)[3].addresses == std::set<std::string>{"10.0.0.1"});
  CHECK(fit.with(fail(Errc::timeout, "away")).error().code == Errc::timeout);
}

TEST_CASE("services without parts refuse a name that has some") {
  CHECK(plain_names(std::vector<NameSet>{{"a", {}, 30s}, {"b", {}, 30s}}));
  const auto refused = plain_names(std::vector<NameSet>{{"a", {}, 30s, "part"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid);
}

}  // namespace edgeherd::act
