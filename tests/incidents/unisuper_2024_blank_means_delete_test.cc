// Google Cloud and UniSuper, May 2024. A parameter was left blank when a customer's private cloud
// was set up; blank became a default term of a year, and after the year everything was deleted,
// without a word to the customer.
//
// For a fleet: something that nobody said takes servers away. Against it: what is blank deletes
// nothing. A termination that does not say how keeps to the order, drains and stores the logs; and
// a zone that the configuration lost keeps its servers until people confirm (see also Reddit 2016).
#include "tests/incidents/incident.h"

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

}  // namespace edgeherd::incidents
