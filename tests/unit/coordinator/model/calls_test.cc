// What the provider's answers change.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using namespace edgeherd::model;
using edgeherd::testing::FleetWorld;

namespace {

Vm server_of(const NodeId& id) {
  Vm vm;
  vm.id = VmId("vm-" + id.str());
  vm.fleet = "test";
  vm.node = id;
  vm.address = "127.3.0.1";
  vm.power = Power::running;
  return vm;
}

}  // namespace

TEST_CASE("a refusal before anything was made ends the intent; any other failure leaves it open") {
  const Errc none_made[] = {Errc::invalid, Errc::refused, Errc::out_of_stock, Errc::not_found,
                            Errc::conflict};
  const Errc unclear[] = {Errc::timeout, Errc::unavailable, Errc::throttled, Errc::broken,
                          Errc::internal};
  for (const Errc code : none_made) {
    FleetWorld world;
    world.zone("p/z", 1, 5);
    const NodeId id = world.in_state("p/z", NodeState::requested);
    world.apply(CreateAnswered{id, std::nullopt, fail(code, "no")});
    INFO(to_string(code));
    CHECK(world.fleet.node(id) == nullptr);
    // What was never made says nothing of boots.
    CHECK(world.placement("p").consecutive_failures == 0);
    CHECK(world.placement("p").stock_outs == 1);
  }
  for (const Errc code : unclear) {
    FleetWorld world;
    world.zone("p/z", 1, 5);
    const NodeId id = world.in_state("p/z", NodeState::requested);
    world.apply(CreateAnswered{id, std::nullopt, fail(code, "who knows")});
    INFO(to_string(code));
    REQUIRE(world.fleet.node(id) != nullptr);
    CHECK(world.node(id).call_failed_at == world.now);
    CHECK(world.placement("p").consecutive_failures == 0);
  }
}

TEST_CASE("a failed creation of a server that was seen meanwhile is no failure of the node") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  world.apply(CreateAnswered{id, std::nullopt, fail(Errc::out_of_stock, "none left")});
  CHECK(world.node(id).state == NodeState::booting);
  CHECK(world.placement("p").consecutive_failures == 0);
}

TEST_CASE("an answer that comes after a list takes nothing back that the list knows") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  const std::string address = world.node(id).address;
  REQUIRE_FALSE(address.empty());
  Vm late = server_of(id);
  late.id = world.node(id).vm;
  late.address.clear();
  SECTION("of the same server, as it was when it was made") {}
  SECTION("of another one, when the node serves already") {
    late.id = VmId("another");
  }
  const VmId vm = world.node(id).vm;
  world.apply(CreateAnswered{id, late, std::nullopt});
  CHECK(world.node(id).address == address);
  CHECK(world.node(id).vm == vm);
}

TEST_CASE("the answer names the server of an intent that a list took another one for") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  Vm own = server_of(id);
  own.id = VmId("own");
  world.apply(CreateAnswered{id, own, std::nullopt});
  CHECK(world.node(id).vm == own.id);
}

TEST_CASE("an intent that exists is not made a second time") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::booting);
  const std::size_t launches = world.fleet.launches().size();
  world.apply(LaunchIntended{id, ZoneId("p/z"), ProviderId("p"), ImageId("v2"), "", "s"});
  CHECK(world.node(id).state == NodeState::booting);
  CHECK(world.node(id).image == ImageId("v1"));
  CHECK(world.fleet.launches().size() == launches);
}

TEST_CASE("a server that is not there any more was destroyed, whoever did it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::terminating);
  world.apply(CallStarted{id, Call::destroy});
  world.apply(DestroyAnswered{id, fail(Errc::unavailable, "later")});
  CHECK(world.node(id).call == Call::none);
  CHECK(world.node(id).call_failed_at == world.now);
  world.apply(DestroyAnswered{id, fail(Errc::not_found, "no such server")});
  CHECK_FALSE(world.node(id).call_failed_at);
  CHECK(world.node(id).call_failure.empty());
}

TEST_CASE("listings from before a destruction prove nothing about it") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::terminating);
  world.list_without(id);
  REQUIRE(world.node(id).missing_listings == 1);
  world.apply(DestroyAnswered{id, std::nullopt});
  CHECK(world.node(id).missing_listings == 0);
}

TEST_CASE(
    "a reboot that was surely not done is no try, one that is unclear is, one that was done the "
    "last") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  const Leaving& way = world.node(id).leaving;
  for (const Errc code : {Errc::refused, Errc::conflict, Errc::throttled}) {
    world.now += 1s;
    world.apply(RebootAnswered{id, fail(code, "no")});
    CHECK(way.reboots == 0);
    CHECK_FALSE(way.rebooted_at);
    CHECK(way.reboot_refused_at == world.now);
  }
  int tries = 0;
  for (const Errc code : {Errc::unavailable, Errc::timeout, Errc::broken}) {
    world.now += 1s;
    world.apply(RebootAnswered{id, fail(code, "no")});
    CHECK(way.reboots == ++tries);
    CHECK(way.rebooted_at == world.now);
    CHECK_FALSE(way.rebooted);
  }
  SECTION("done") {
    world.apply(RebootAnswered{id, std::nullopt});
    CHECK(way.rebooted);
  }
  SECTION("never to be") {
    world.apply(RebootAnswered{id, fail(Errc::not_found, "no such server")});
    CHECK(way.rebooted);
  }
  SECTION("done, as an answer says that comes late: the call under way now is another") {
    world.apply(CallStarted{id, Call::check_archive});
    world.apply(RebootAnswered{id, std::nullopt, true});
    CHECK(way.rebooted);
    CHECK(world.node(id).call == Call::check_archive);
  }
}

TEST_CASE(
    "a back-off doubles with each failed boot in a row, and is over with the first good one") {
  FleetWorld world;
  world.zone("p/z", 1, 20);
  const auto wait = [&] { return *world.placement("p").not_before - world.now; };
  const auto fails = [&] {
    const NodeId id = world.in_state("p/z", NodeState::booting);
    world.apply(StateEntered{id, NodeState::terminating, Cause::failed_boot, "silent"});
  };
  fails();
  CHECK(wait() == world.policy.breakers.placement_backoff);
  fails();
  CHECK(wait() == 2 * world.policy.breakers.placement_backoff);
  fails();  // the third one stops the placement
  CHECK(wait() == world.policy.breakers.placement_backoff_most);
  (void)world.in_state("p/z", NodeState::in_service);
  CHECK_FALSE(world.placement("p").not_before);
  CHECK(world.placement("p").consecutive_failures == 0);
  fails();
  CHECK(wait() == world.policy.breakers.placement_backoff);
}

TEST_CASE("a server that the provider stops is told once, while its node is in service") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.serving("p/z");
  Vm vm = server_of(id);
  vm.address = world.node(id).address;
  vm.power = Power::stopped;
  const auto told = [&] {
    (void)world.fleet.take_notes();
    world.apply(InventoryListed{ProviderId("p"), "test", {vm}});
    const auto notes = world.fleet.take_notes();
    return std::count_if(notes.begin(), notes.end(),
                         [](const Note& n) { return n.code == "vm_stopped"; });
  };
  CHECK(told() == 1);
  CHECK(told() == 0);
  vm.power = Power::running;
  CHECK(told() == 0);
  CHECK(world.node(id).power == Power::running);
}

TEST_CASE("a creation that is answered with another node's server is unclear, and an alarm") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId serving = world.serving("p/z");
  const NodeId id = world.in_state("p/z", NodeState::requested);
  Vm named = server_of(id);
  SECTION("its id is known") {
    named.id = world.node(serving).vm;
    SECTION("and it carries the new name") {}
    SECTION("and it carries none") {
      named.node = {};
    }
  }
  SECTION("it carries another name") {
    named.node = NodeId("somebody");
  }
  (void)world.fleet.take_notes();
  world.apply(CreateAnswered{id, named, std::nullopt});
  CHECK(world.node(id).vm.empty());
  CHECK(world.node(id).state == NodeState::requested);
  CHECK(world.node(id).call_failed_at == world.now);
  const auto notes = world.fleet.take_notes();
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].code == "server_claimed");
  CHECK(notes[1].code == "create_unclear");
  // The list tells what was made.
  world.apply(InventoryListed{ProviderId("p"), "test", {server_of(serving), server_of(id)}});
  CHECK(world.node(id).vm == server_of(id).id);
}

TEST_CASE("a creation that is answered with somebody's server takes none, and destroys none") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::requested);
  Vm theirs = server_of(NodeId("theirs"));
  SECTION("a server of our fleet that nobody has taken in is known not to be it") {
    world.apply(InventoryListed{ProviderId("p"), "test", {theirs}});
    Vm named;
    named.id = theirs.id;
    world.apply(CreateAnswered{id, named, std::nullopt});
    CHECK(world.node(id).vm.empty());
  }
  SECTION("a server of another fleet, or of none, is known not to be it") {
    theirs.fleet = GENERATE("other", "");
    world.apply(InventoryListed{ProviderId("p"), "test", {theirs}});
    Vm named = server_of(id);
    named.id = theirs.id;
    world.apply(CreateAnswered{id, named, std::nullopt});
    CHECK(world.node(id).vm.empty());
  }
  SECTION("a server of no fleet is not it by the list's word") {
    theirs.fleet = "";
    theirs.node = NodeId();
    world.apply(CreateAnswered{id, theirs, std::nullopt});
    REQUIRE(world.node(id).vm == theirs.id);
    world.now += world.policy.timings.create_settle + 1s;
    world.apply(InventoryListed{ProviderId("p"), "test", {theirs}});
    CHECK(world.node(id).missing_listings == 1);
    CHECK(world.fleet.account(ProviderId("p")).foreign.size() == 1);
  }
  // What was really made carries the node's name, and is its own.
  world.apply(InventoryListed{ProviderId("p"), "test", {theirs, server_of(id)}});
  CHECK(world.node(id).vm == server_of(id).id);
  CHECK(world.fleet.nodes().size() == 1);  // no double is on its way out
}

TEST_CASE("a server whose destruction is accepted for ten minutes is an alarm, once") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::terminating);
  (void)world.fleet.take_notes();
  int alarms = 0;
  for (int minute = 0; minute < 20; ++minute) {
    world.apply(DestroyAnswered{id, std::nullopt});
    const auto notes = world.fleet.take_notes();
    alarms += static_cast<int>(std::ranges::count(notes, "not_destroyed", &Note::code));
    CHECK(alarms == (minute < 10 ? 0 : 1));
    world.now += 1min;
  }
}

TEST_CASE("a destruction that is accepted late, after others were refused, is no alarm") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::terminating);
  world.apply(DestroyAnswered{id, fail(Errc::unavailable, "503")});
  world.now += 15min;
  world.apply(DestroyAnswered{id, std::nullopt});
  const auto notes = world.fleet.take_notes();
  CHECK(std::ranges::count(notes, "not_destroyed", &Note::code) == 0);
}

TEST_CASE("that logs were checked is remembered to the end") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.apply(ArchiveChecked{id, world.node(id).visit, std::nullopt});
  REQUIRE(world.node(id).leaving.archive_checked);
  for (const NodeState state : {NodeState::flushed, NodeState::terminating}) {
    world.apply(StateEntered{id, state, Cause::scale_in, "test"});
    CHECK(world.node(id).leaving.archive_checked);
  }
}

TEST_CASE("an archive that could not be asked says nothing of what it has") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.apply(CommandAnswered{id, action_id(world.node(id), "flush", world.fleet.epoch()),
                              CommandAnswered::Outcome::done, ""});
  REQUIRE(world.node(id).leaving.command_done);
  const std::uint64_t visit = world.node(id).visit;
  world.apply(ArchiveChecked{id, visit, fail(Errc::timeout, "no answer")});
  CHECK(world.node(id).leaving.command_done);
  CHECK(world.node(id).visit == visit);
  CHECK(world.node(id).call_failed_at == world.now);
  world.apply(ArchiveChecked{id, visit, fail(Errc::conflict, "segment 2 differs")});
  CHECK_FALSE(world.node(id).leaving.command_done);
}

TEST_CASE("logs that are given up hold no place and wait for no check") {
  FleetWorld world;
  world.zone("p/z", 1, 5);
  const NodeId id = world.in_state("p/z", NodeState::flushing);
  world.apply(NodeHeld{id, "no archive"});
  world.apply(CallStarted{id, Call::check_archive});
  const std::uint64_t visit = world.node(id).visit;
  world.apply(FlushGivenUp{id, "the operator's --now"});
  CHECK_FALSE(world.node(id).held);
  CHECK(world.node(id).call == Call::none);
  world.apply(CallStarted{id, Call::destroy});
  world.apply(ArchiveChecked{id, visit, std::nullopt});  // late
  CHECK(world.node(id).call == Call::destroy);
}
