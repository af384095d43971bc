// jitsi-autoscaler on DigitalOcean. The listing of droplets asked for one page of a hundred and
// took it for all; with more droplets than that "fewer existed", and more were launched, without
// end.
//
// For a fleet: servers that are in use count as gone, and twice as many are paid for. Against it:
// an inventory is complete or it has failed; and even a listing that calls itself complete loses no
// server whose agent still speaks, and none by one listing alone.
#include "tests/incidents/incident.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::incidents {

namespace {

Incident first_page_only(std::size_t servers, Duration lasts) {
  Incident incident(ten_servers());
  incident.at(20min, [servers](World& world) {
    world.clouds.begin()->second->weather().most_listed = servers;
  });
  incident.at(20min + lasts,
              [](World& world) { world.clouds.begin()->second->weather().most_listed.reset(); });
  incident.never("servers are launched in place of those that were not listed",
                 [](World& world) { return world.clouds.begin()->second->creations() > 12; });
  return incident;
}

}  // namespace

TEST_CASE("servers that are missing from a listing are not launched again while they speak") {
  Incident incident = first_page_only(4, 10min);
  prove(incident, {"check.lost_silent", "brake.many_missing"}, "P3");
}

TEST_CASE("one short listing loses nobody, also while the agents are silent") {
  Incident incident = first_page_only(4, 15s);
  incident.fault({.kind = FaultKind::net_mute, .at = 19min, .lasts = 3min, .scope = Scope::all});
  prove(incident, {"check.lost_listed_twice"}, "P3");
}

TEST_CASE("a region that neither its provider nor we can reach for minutes loses nobody") {
  Incident incident = first_page_only(4, 3min);
  incident.fault({.kind = FaultKind::net_mute, .at = 19min, .lasts = 4min, .scope = Scope::all});
  prove(incident, {"brake.many_missing"}, "P3");
}

TEST_CASE("a list that lacks all for long loses nobody when their agents fall silent, too") {
  Incident incident(ten_servers());
  incident.fault({.kind = FaultKind::cloud_list_foreign, .at = 20min, .lasts = 20min});
  incident.fault(
      {.kind = FaultKind::net_partition, .at = 30min, .lasts = 30s, .scope = Scope::all});
  incident.never("servers in use are given up", [](World& world) {
    return world.elapsed() > 10min && count(world, model::NodeState::in_service) < 9;
  });
  prove(incident, {"brake.many_missing"}, "incident");
}

TEST_CASE("a server that only the list had lost is nobody's ghost when it is listed again") {
  prove(
      [] {
        testing::FleetWorld world;
        world.zone("p/z", 1, 5);
        const NodeId id = world.serving("p/z");
        const model::Vm vm = world.server(id);
        world.apply(
            model::StateEntered{id, model::NodeState::gone, model::Cause::lost, "not listed"});
        world.apply(model::InventoryListed{ProviderId("p"), "test", {vm}});
        return world.fleet.nodes().empty();  // a stranger that waits to be adopted
      },
      {"check.lost_is_no_ghost"});
}

}  // namespace edgeherd::incidents
