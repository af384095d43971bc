// That viewers may still be sent to a server which nobody waits for any more.
#include "coordinator/model/named_still.h"

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using Catch::Matchers::Contains;
using edgeherd::testing::FleetWorld;

namespace {

struct Ordered {
  Ordered() {
    world.zone("p/z", 1, 5).dns_name = "z.example";
    id = world.serving("p/z");
    read({world.node(id).address});
    world.apply(StateEntered{id, NodeState::draining, Cause::operator_request, "asked for"});
  }
  void read(std::set<std::string> addresses) {
    world.apply(NamesRead{ZoneId("p/z"), std::move(addresses)});
  }
  std::string still() {
    return named_still(world.node(id), world.fleet.zone(ZoneId("p/z")),
                       world.policy.zone(ZoneId("p/z")), world.now)
        .value_or("no");
  }
  // The text of the event when it enters the state.
  std::string entering(NodeState state) {
    (void)world.fleet.take_notes();
    world.apply(StateEntered{id, state, Cause::operator_request, "because"});
    for (const Note& note : world.fleet.take_notes()) {
      if (note.code == "node_" + std::string(to_string(state))) return note.text;
    }
    return "no event";
  }

  FleetWorld world;
  NodeId id;
};

}  // namespace

TEST_CASE("a drain waits for the names, and tells that itself") {
  Ordered o;
  CHECK(o.still() == "no");
  o.world.apply(FlagSet{o.id, Flag::asked_out, true});
  o.world.apply(FlagSet{o.id, Flag::drop_now, true});
  CHECK_THAT(o.still(), Contains("gave its address"));
}

TEST_CASE("a server that is destroyed while its names give its address leaves with that told") {
  Ordered o;
  o.world.apply(FlagSet{o.id, Flag::asked_out, true});
  o.world.apply(FlagSet{o.id, Flag::drop_now, true});
  o.world.now += 40s;
  o.world.apply(NamesFailed{ZoneId("p/z"), fail(Errc::unavailable, "SERVFAIL")});
  const std::string told = "its names were read 40 s ago, and gave its address: SERVFAIL";
  CHECK(o.entering(NodeState::flushing) == "because; " + told);
  CHECK(o.entering(NodeState::flushed) == "because");
  CHECK(o.entering(NodeState::terminating) == "because; " + told);
  CHECK(o.world.node(o.id).cause_text == "because; " + told);
  CHECK(o.still() == told);
  o.read({});
  CHECK(o.still() == "no");
}

TEST_CASE("a server whose names are without it leaves without a word of them") {
  Ordered o;
  o.read({"127.9.9.9"});
  CHECK(o.entering(NodeState::flushing) == "because");
  CHECK(o.entering(NodeState::terminating) == "because");
}

TEST_CASE("names that were never read are told only of a server that nothing waited for") {
  FleetWorld world;
  auto& zone = world.zone("p/z", 1, 5);
  zone.dns_name = "z.example";
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  const auto still = [&] {
    return named_still(world.node(id), world.fleet.zone(ZoneId("p/z")), &zone, world.now);
  };
  CHECK_FALSE(still());
  world.apply(FlagSet{id, Flag::asked_out, true});
  world.apply(FlagSet{id, Flag::drop_now, true});
  REQUIRE(still());
  CHECK_THAT(*still(), Contains("were not read since"));
}

TEST_CASE("a server without names, without an address or in service is in none") {
  Ordered o;
  o.world.apply(FlagSet{o.id, Flag::asked_out, true});
  o.world.apply(FlagSet{o.id, Flag::drop_now, true});
  const Zone& zone = o.world.fleet.zone(ZoneId("p/z"));
  const ZonePolicy* policy = o.world.policy.zone(ZoneId("p/z"));
  Node node = o.world.node(o.id);
  CHECK(named_still(node, zone, policy, o.world.now));
  CHECK_FALSE(named_still(node, zone, nullptr, o.world.now));
  ZonePolicy nameless = *policy;
  nameless.dns_name.clear();
  CHECK_FALSE(named_still(node, zone, &nameless, o.world.now));
  node.state = NodeState::in_service;
  CHECK_FALSE(named_still(node, zone, policy, o.world.now));
  node.state = NodeState::flushing;
  node.address.clear();
  CHECK_FALSE(named_still(node, zone, policy, o.world.now));
}
