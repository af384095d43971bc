// That the checker of convergence (P7) finds what is wrong.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

std::string broken_at_the_end(const std::function<void(World&)>& happens,
                              std::optional<FaultKind> before = {}) {
  Scenario scenario = quiet_fleet(1min);
  scenario.convergence = 6min;
  if (before) scenario.faults.push_back({*before, 10s, 5s, 0.1, 0, Scope::node});
  Court court(make_convergence_checker(), std::move(scenario), Court::Hears::all);
  court.world.loop.after(65s, [&] { happens(court.world); });  // after all faults
  court.world.run();
  court.checker->ended(court.world);
  return court.broken();
}

}  // namespace

TEST_CASE("a fleet that is not as it should be when its time is over is found") {
  CHECK(broken_at_the_end([](World&) {}) == "");
  CHECK(broken_at_the_end([](World& world) { world.brains[0]->hang(true); }) == "P7");
}

namespace {

// Its servers answer 100 requests/s each, and the coordinator sees no more than the requests, and
// believes in `capacity`.
std::string broken_by_load(double requests_per_s, double capacity) {
  return broken_at_the_end([&](World& world) {
    world.viewers->scale(lon, requests_per_s / world.viewers->rate(lon));
    model::ZonePolicy& zone = world.policy.zones.at(lon);
    zone.capacity.requests_per_s = capacity;
    zone.targets = {0.7, std::nullopt, std::nullopt, std::nullopt};
    world.reload();
  });
}

}  // namespace

TEST_CASE("logs that are held although nothing has damaged any are found") {
  const auto broken_by_held = [](FaultKind before) {
    return broken_at_the_end(
        [](World& world) {
          world.archive.set_reach(archive::SimArchive::Reach::away);
          const NodeId id = world.controller()->fleet().nodes().begin()->first;
          world.controller()->terminate({{id}, std::nullopt, 1}, [](const auto&) {});
          world.loop.after(4min, [&world, id] {
            REQUIRE(world.controller()->fleet().node(id)->state == model::NodeState::flushing);
            world.controller()->apply(model::NodeHeld{id, "a test"});
          });
        },
        before);
  };
  CHECK(broken_by_held(FaultKind::net_delay) == "P7");
  CHECK(broken_by_held(FaultKind::disk_full) == "");
}

namespace {

// Logs that nobody gives up, of a server that leaves while a shadow holds all back: others have
// some to store for which the archive has been `reach` all the time, as a disk may have damaged.
std::string broken_by_waiting(archive::SimArchive::Reach reach) {
  Scenario scenario = quiet_fleet(1min);
  scenario.convergence = 20min;
  scenario.rotate_age = 1min;
  scenario.lines_per_request = 0.1;
  scenario.faults.push_back({FaultKind::disk_full, 10s, 5s, 0.1, 0, Scope::node});
  Court court(make_convergence_checker(), std::move(scenario), Court::Hears::all);
  World& world = court.world;
  NodeId id;
  world.loop.after(65s, [&] {
    world.archive.set_reach(archive::SimArchive::Reach::away);
    id = court.node().id;
    world.controller()->terminate({{id}, std::nullopt, 1}, [](const auto&) {});
  });
  world.loop.after(5min, [&] {
    REQUIRE(court.fleet().node(id)->state == model::NodeState::flushing);
    world.archive.set_reach(reach);
    world.policy.zones.at(lon).shadow = true;
    world.reload();
  });
  world.run();
  court.checker->ended(world);
  return court.broken();
}

}  // namespace

TEST_CASE("logs that nobody gives up are found, unless the archive takes nobody's") {
  CHECK(broken_by_waiting(archive::SimArchive::Reach::up) == "P7");
  CHECK(broken_by_waiting(archive::SimArchive::Reach::away) == "");
}

TEST_CASE("a zone whose servers cannot answer its viewers when its time is over is found") {
  CHECK(broken_by_load(260, 1000) == "");
  CHECK(broken_by_load(280, 1000) == "P7");
  CHECK(broken_by_load(280, 100) == "");
  CHECK(broken_by_load(900, 100) == "");  // six may serve it, and do
}

namespace {

// Somebody empties the zone's name in the third minute, and the DNS takes no writes `until` then.
std::string broken_by_dns(Duration converges, Duration until, Duration& at) {
  Scenario scenario = quiet_fleet(1min);
  scenario.convergence = converges;
  Court court(make_convergence_checker(), std::move(scenario), Court::Hears::all);
  SimDns& dns = court.world.dns;
  court.world.loop.after(125s, [&] {
    dns.fail_writes(true);
    act::NameSet empty;
    empty.name = dns_name_of(lon);
    dns.set(std::move(empty));
  });
  court.world.loop.after(until, [&] { dns.fail_writes(false); });
  court.world.run();
  court.checker->ended(court.world);
  if (court.world.violation()) at = court.world.violation()->at;
  return court.broken();
}

}  // namespace

TEST_CASE("a fleet that stands still although nothing is awaited is found after five minutes") {
  Duration at{};
  CHECK(broken_by_dns(1h, 6min, at) == "");
  CHECK(broken_by_dns(1h, 30min, at) == "P7");
  CHECK(at > 7min);
  CHECK(at < 8min);
}

TEST_CASE("a fleet that is as it should be for the last moment alone is found") {
  Duration at{};
  CHECK(broken_by_dns(6min, 4min, at) == "");
  CHECK(broken_by_dns(6min, 6min, at) == "P7");
}

}  // namespace edgeherd::sim
