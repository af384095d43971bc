// That the checkers of servers taken for lost (P3), of epochs, of identities, of names (P6, P12) and
// of other people's servers find what is wrong.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

constexpr Duration ttl = 10s;

struct Named : Court {
  Named() : Court(make_name_checker(), 1min, Hears::nothing) { world.run(); }
  // A coordinator writes these into the zone's name.
  std::string broken_by(std::set<std::string> addresses) {
    checker->naming(world, 0, {{dns_name_of(lon), std::move(addresses), ttl}});
    return broken();
  }
  std::set<std::string> now() { return world.dns.addresses(dns_name_of(lon)); }
};

// A coordinator takes a node that has served for so long out of its zone's name.
std::string broken_by_dropping(Duration served, const std::function<void(Court&)>& before) {
  Court court(make_name_checker(), served, Court::Hears::all);
  court.world.loop.after(served - 30s, [&] { before(court); });
  court.world.run();
  std::set<std::string> rest = court.world.dns.addresses(dns_name_of(lon));
  rest.erase(court.node().address);
  court.checker->naming(court.world, 0, {{dns_name_of(lon), rest, ttl}});
  return court.broken();
}

VmId add_server_of(Court& court, const std::string& fleet) {
  model::Vm vm;
  vm.fleet = fleet;
  vm.node = court.node().id;
  vm.place = "lon1";
  vm.address = "192.0.2.77";
  return court.world.cloud_of(lon).add(vm);
}

// A server that is no more.
model::Vm gone() {
  model::Vm vm;
  vm.id = VmId("ocean-99");
  vm.address = "192.0.2.99";
  return vm;
}

// A coordinator of three agents that gives way, with so many that claim to have met another.
std::string broken_when_giving_way(std::size_t claimants) {
  Court court(make_epoch_checker(), 1min, Court::Hears::nothing);
  court.world.run();
  court.checker->ticked(court.world, 0);
  REQUIRE(court.broken() == "");
  for (const auto& [id, node] : court.fleet().nodes()) {
    if (court.world.claimants.size() < claimants) court.world.claimants.insert(node.vm);
  }
  court.world.controller()->apply(model::EpochMet{court.fleet().epoch() + 3});
  REQUIRE(court.fleet().superseded());
  court.checker->ticked(court.world, 0);
  return court.broken();
}

}  // namespace

TEST_CASE("a server that was destroyed is rightly taken for gone, one that is there is not") {
  Court court(make_lost_checker(), 61s, Court::Hears::all);
  court.world.run();
  const auto& nodes = court.fleet().nodes();
  const model::Node first = nodes.begin()->second;
  const model::Node second = std::next(nodes.begin())->second;
  court.checker->left(court.world, first.id, model::NodeState::terminating, 0);
  CHECK(court.broken() == "");
  court.checker->left(court.world, second.id, model::NodeState::in_service, 0);
  CHECK(court.broken() == "P3");
}

TEST_CASE("a server that somebody else has deleted may be taken for lost") {
  Court court(make_lost_checker(), 61s, Court::Hears::all);
  court.world.run();
  const model::Node first = court.node();
  court.world.cloud_of(lon).vanish(first.vm);
  court.checker->left(court.world, first.id, model::NodeState::in_service, 0);
  CHECK(court.broken() == "");
}

TEST_CASE("an agent that is let in speaks for its own server, not for one that is to go") {
  Court court(make_identity_checker(), 61s, Court::Hears::nothing);
  court.world.run();
  const model::Node node = court.node();
  court.checker->admitting(court.world, 0, node.key);
  CHECK(court.broken() == "");
  model::Node unwelcome = node;
  unwelcome.id = model::double_of(node.id, node.vm);
  unwelcome.cause = model::Cause::duplicate;
  court.world.controller()->apply(model::NodeRestored{unwelcome});
  court.checker->admitting(court.world, 0, node.key);
  CHECK(court.broken() == "identity");
}

TEST_CASE("a server that is shut out by the key of one that is gone is found after a minute") {
  Court court(make_identity_checker(), 61s, Court::Hears::nothing);
  court.world.run();
  const model::Node node = court.node();
  const model::Node other = std::next(court.fleet().nodes().begin())->second;
  court.checker->admitting(court.world, 0, other.key);
  court.world.cloud_of(lon).vanish(other.vm);
  court.world.controller()->apply(model::KeyBound{node.id, other.key});
  const auto watch = [&](int times) {
    for (int i = 0; i < times; ++i) {
      court.world.loop.run_for(1s);
      court.checker->second(court.world);
    }
  };
  watch(50);
  CHECK(court.broken() == "");
  watch(30);
  CHECK(court.broken() == "identity");
}

TEST_CASE(
    "to give way on the word of one agent of three is found, on the word of two it is right") {
  CHECK(broken_when_giving_way(1) == "epochs");
  CHECK(broken_when_giving_way(2) == "");
}

TEST_CASE("a name that is written as it should be breaks nothing") {
  Named named;
  REQUIRE(named.now().size() == 3);
  CHECK(named.broken_by(named.now()) == "");
}

TEST_CASE("a name that is emptied while servers serve is found") {
  CHECK(Named().broken_by({}) == "P6");
}

TEST_CASE("the address of a server that is gone for long is found in a name, of a moment is not") {
  Named named;
  named.checker->gone(named.world, gone());
  std::set<std::string> with = named.now();
  with.insert(gone().address);
  CHECK(named.broken_by(with) == "");
  named.world.loop.run_for(2min);
  CHECK(named.broken_by(with) == "P12");
}

TEST_CASE("a server in service that is well and taken out of its name is found") {
  CHECK(broken_by_dropping(5min, [](Court&) {}) == "P6");
  CHECK(broken_by_dropping(1min, [](Court&) {}) == "");
  CHECK(broken_by_dropping(5min, [](Court& court) {
          court.world.yard.find(court.node().vm)->break_edge(true);
          court.world.loop.after(
              5s, [&court] { court.world.yard.find(court.node().vm)->break_edge(false); });
        }) == "");
  CHECK(broken_by_dropping(5min, [](Court& court) {
          court.world.controller()->apply(
              model::FlagSet{court.node().id, model::Flag::cordoned, true});
        }) == "");
}

TEST_CASE("a call for a server that is not of the fleet is found, and that one is gone") {
  const auto broken_by = [](CloudCall::Kind kind, const std::string& fleet) {
    Quiet court(make_foreign_checker());
    court.checker->calling(court.world, 0, {kind, NodeId(), add_server_of(court, fleet)});
    return court.broken();
  };
  for (const auto kind : {CloudCall::Kind::destroy, CloudCall::Kind::reboot}) {
    CHECK(broken_by(kind, "simulated") == "");
    CHECK(broken_by(kind, "another") == "ours");
    CHECK(broken_by(kind, "") == "ours");
  }
  Quiet named(make_foreign_checker());
  const auto& server = named.world.cloud_of(lon).servers().at(add_server_of(named, "another"));
  named.checker->naming(named.world, 0, {{"edge.test", {server.vm.address}, dns_ttl}});
  CHECK(named.broken() == "ours");
  Court court(make_foreign_checker(), 1min, Court::Hears::all);
  VmId foreign;
  court.world.loop.after(40s, [&] { foreign = add_server_of(court, "another"); });
  court.world.run();
  court.checker->ended(court.world);
  CHECK(court.broken() == "");
  court.world.cloud_of(lon).vanish(foreign);
  court.checker->ended(court.world);
  CHECK(court.broken() == "ours");
}

}  // namespace edgeherd::sim
