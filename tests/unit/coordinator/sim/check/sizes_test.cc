// That the checkers of flapping and of shrinking (P3) find what is wrong.
#include "coordinator/sim/check/beside.h"
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

// A zone that grows, shrinks, grows and shrinks again, with so much time in between.
std::string broken_by_turns(Duration between) {
  Court court(make_flap_checker(), 1min, Court::Hears::nothing);
  court.checker->started(court.world, 0);
  court.world.run();
  model::Node one;
  one.zone = lon;
  for (int turn = 1; turn <= 2; ++turn) {
    one.id = NodeId("lon1-" + std::to_string(turn));
    court.checker->appeared(court.world, one, 0);
    court.world.loop.run_for(between);
    court.leaves(one.id, model::Cause::scale_in);
    court.world.loop.run_for(between);
  }
  return court.broken();
}

// The same, where its store takes nothing for so long from the zone's first turn on, and it is
// started again after the last but one.
std::string broken_unless_stored(Duration failing) {
  constexpr Duration between = 2min;
  Court court(make_flap_checker(), fleet_with_failing_store(failing), Court::Hears::nothing);
  court.world.run();
  model::Node one;
  one.zone = lon;
  for (int turn = 1; turn <= 2; ++turn) {
    one.id = NodeId("lon1-" + std::to_string(turn));
    court.checker->appeared(court.world, one, 0);
    court.world.loop.run_for(between);
    if (turn == 2) court.restart();
    court.leaves(one.id, model::Cause::scale_in);
    court.world.loop.run_for(between);
  }
  return court.broken();
}

// A server leaves at the end of a fleet's time, watched from its start or from its end on.
struct Leaving : Court {
  Leaving() : Court(make_shrinking_checker(), 8min, Hears::all) {}
  std::string broken_by(model::Cause cause) {
    leaves(node().id, cause);
    return broken();
  }
};

}  // namespace

TEST_CASE("a zone that turns twice within half an hour and then shrinks is found") {
  CHECK(broken_by_turns(2min) == "flaps");
}

TEST_CASE("turns are excused after a start if the store had taken nothing since") {
  CHECK(broken_unless_stored(10min) == "");
  CHECK(broken_unless_stored(5min) == "flaps");
}

TEST_CASE("a zone that turns once in half an hour does not flap") {
  CHECK(broken_by_turns(31min) == "");
}

TEST_CASE("a stranger carries load beside the fleet while its zone's name gives it") {
  Court court(make_shrinking_checker(), 1min, Court::Hears::nothing);
  World& world = court.world;
  world.run();
  CHECK(carry_beside(world, court.fleet(), lon) == 0);
  SimProvider& cloud = world.cloud_of(lon);
  const auto& original = cloud.servers().at(court.node().vm);
  model::Vm stranger = original.vm;
  stranger.node = NodeId("lon1-stranger");
  stranger.address = "192.0.2.77";
  stranger.private_address.clear();
  (void)cloud.add(stranger, std::string(original.user_data));
  world.loop.run_for(1min);
  CHECK(carry_beside(world, court.fleet(), lon) == 0);
  std::set<std::string> named = world.dns.addresses(act::NameKey(dns_name_of(lon)));
  named.insert(stranger.address);
  world.dns.set({dns_name_of(lon), named, dns_ttl});
  CHECK(carry_beside(world, court.fleet(), lon) == 1);
}

TEST_CASE("a zone without load may shrink when it was watched for long enough") {
  Leaving leaving;
  leaving.checker->started(leaving.world, 0);
  leaving.world.run();
  CHECK(leaving.broken_by(model::Cause::scale_in) == "");
}

TEST_CASE("a zone that shrinks right after a start is found, a sick server may leave then") {
  Leaving leaving;
  leaving.world.run();
  leaving.checker->started(leaving.world, 0);
  CHECK(leaving.broken_by(model::Cause::sick) == "");
  CHECK(leaving.broken_by(model::Cause::scale_in) == "P3");
}

TEST_CASE("a zone that shrinks while its answers are errors is found") {
  Leaving leaving;
  leaving.checker->started(leaving.world, 0);
  leaving.world.loop.after(6min, [&] { leaving.world.viewers->set_errors(lon, 0.5); });
  leaving.world.run();
  CHECK(leaving.broken_by(model::Cause::scale_in) == "P3");
}

}  // namespace edgeherd::sim
