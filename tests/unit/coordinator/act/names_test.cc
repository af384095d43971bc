#include "coordinator/act/names.h"

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
  std::set<std::string> lon_addresses() {
    for (const NameSet& set : wanted_names(fleet, policy)) {
      if (set.name == policy.zones[lon].dns_name) return set.addresses;
    }
    return {"no such name"};
  }
  using Set = std::set<std::string>;

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
  CHECK(wanted_names(b.fleet, b.policy).size() == 1);
}

TEST_CASE("zones may share a name: it holds all their addresses, with the shorter TTL") {
  Bench b;
  b.policy.zones[ams].dns_name = "lon.example";
  b.policy.zones[ams].dns_ttl = 10s;
  b.policy.zones[lon].dns_ttl = 60s;
  b.add("a", lon, "10.0.0.1");
  b.add("b", ams, "10.0.0.2");
  const auto wanted = wanted_names(b.fleet, b.policy);
  REQUIRE(wanted.size() == 1);
  CHECK(wanted[0].addresses == Bench::Set{"10.0.0.1", "10.0.0.2"});
  CHECK(wanted[0].ttl == 10s);
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
  CHECK(kept_addresses(b.fleet, b.policy, now) == Bench::Set{"10.0.0.1"});
  CHECK(b.lon_addresses().empty());  // nothing is added for it

  b.fleet.apply(model::InventoryListed{ProviderId("cloud"), "test", {other}}, b.policy,
                MonoTime(20s));
  CHECK(kept_addresses(b.fleet, b.policy, now).empty());
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
  CHECK(unproven_addresses(b.fleet, b.policy, "lon.example") == Bench::Set{"10.0.0.2"});
}

TEST_CASE("a server that only the provider's list knows is not newly put into a name") {
  Bench b;
  b.add("heard", lon, "10.0.0.1", [](auto& n) { n.agent.heard_at = MonoTime(1s); });
  b.add("answers", lon, "10.0.0.2", [](auto& n) { n.edge_probe.good = true; });
  b.add("ghost", lon, "10.0.0.3");
  CHECK(unproven_addresses(b.fleet, b.policy, "lon.example") == Bench::Set{"10.0.0.3"});
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
  CHECK(kept_addresses(b.fleet, b.policy, now) == Bench::Set{"10.0.0.1", "10.0.0.3"});
}

}  // namespace edgeherd::act
