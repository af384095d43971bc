// Google Cloud and UniSuper, May 2024. A parameter was left blank when a customer's private cloud
// was set up; blank became a default term of a year, and after the year everything was deleted,
// without a word to the customer.
//
// For a fleet: something that nobody said takes servers away. Against it: what is blank deletes
// nothing. A termination that does not say how keeps to the order, drains and stores the logs; and
// a zone that the configuration lost keeps its servers until people confirm (see also Reddit 2016).
#include "coordinator/act/names/wanted.h"
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::incidents {

TEST_CASE("a termination that says nothing of its manner lets the viewers leave first") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    act::TerminateRequest request;
    request.nodes = {node(world, 0)->id};
    world.controller()->terminate(request, [](const auto&) {});
  });
  prove(incident, {"check.name_gone", "check.name_ttl", "check.connections_drained"}, "P6");
}

TEST_CASE("a configuration that came up blank removes nobody") {
  Incident incident(ten_servers());
  incident.at(20min, [](World& world) {
    world.policy.zones.clear();
    world.reload();
  });
  prove(incident, {"brake.unconfirmed"}, "orders");
}

namespace {

// Two zones share their region's name; after a start one of them is no longer in the configuration,
// so nobody knows that it ever had that name. Its servers serve.
bool stays_in_the_shared_name() {
  testing::FleetWorld world;
  world.zone("p/z", 1, 5).region_dns_name = "lon.example";
  const std::string kept = world.node(world.serving("p/z")).address;
  world.zone("q/z", 1, 5);
  const std::string lost = world.node(world.serving("q/z")).address;
  world.policy.zones.at(ZoneId("q/z")).activity = model::ZoneActivity::inactive;
  const auto answers = act::answers(world.fleet, world.policy);
  act::NameSet now;
  now.name = "lon.example";
  now.addresses = {kept, lost};
  const auto next = act::next_set(answers.at(act::NameKey("lon.example")), now, {});
  return next && next->addresses == now.addresses;
}

}  // namespace

TEST_CASE("a zone that the file lacks at a start is not emptied out of the name it shares") {
  prove(stays_in_the_shared_name, {"check.names_keep_nameless"});
}

}  // namespace edgeherd::incidents
