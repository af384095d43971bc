// That the checkers of floors (P1), budgets (P2), evidence (P3), viewers (P6, P12), freezes, boots,
// calls and of the journal find what is wrong.
#include "coordinator/sim/check/referee.h"
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

std::string broken_by_two_removals(Duration between, model::Cause cause) {
  Quiet court(make_budget_checker());
  court.leaves(nth(1), cause);
  REQUIRE(court.broken() == "");
  court.world.loop.run_for(between);
  court.leaves(nth(2), cause);
  return court.broken();
}

std::string broken_by_removal_after_changes(int changes) {
  Quiet court(make_freeze_checker());
  for (int i = 1; i <= changes; ++i) {
    model::Node node = Court::made_up(nth(i));
    node.verdict = model::Verdict::bad;
    court.checker->health_changed(court.world, node, 0);
  }
  court.leaves(nth(9), model::Cause::scale_in);
  return court.broken();
}

// One leaves as sick, and all others of its zone are bad for longer than any window.
std::string broken_by_removal_in_trouble(bool asked) {
  Quiet court(make_freeze_checker());
  for (const auto& [id, node] : court.fleet().nodes()) {
    court.world.controller()->apply(model::VerdictGiven{id, model::Verdict::bad, "edge", false});
  }
  model::Node node = Court::made_up(nth(9));
  node.asked_out = asked;
  court.leaves(node, model::Cause::sick);
  return court.broken();
}

// A boot that is given up for this reason, by a process that has just begun.
std::string broken_by_failed_boot(model::Cause cause, const std::string& text) {
  Quiet court(make_boot_checker());
  court.checker->started(court.world, 0);
  model::Node node = Court::made_up(nth(1));
  node.state = model::NodeState::terminating;
  node.cause = cause;
  node.cause_text = text;
  court.checker->moved(court.world,
                       {node, model::NodeState::booting, model::NodeState::terminating, 0});
  return court.broken();
}

std::string broken_by_image(const std::string& wanted) {
  Quiet court(make_boot_checker());
  model::Node node = court.node();
  node.image_version = wanted;
  court.checker->moved(court.world,
                       {node, model::NodeState::verifying, model::NodeState::in_service, 0});
  return court.broken();
}

model::Vm server(const std::string& address) {
  model::Vm vm;
  vm.id = VmId("ocean-99");
  vm.node = nth(99);
  vm.address = address;
  return vm;
}

}  // namespace

TEST_CASE("a removal below the floor is found, one above it is right") {
  Quiet court(make_floor_checker());
  court.leaves(court.node(), model::Cause::operator_request);
  CHECK(court.broken() == "");
  court.world.policy.zones.at(lon).min_servers = 4;
  court.world.reload();
  court.leaves(court.node(), model::Cause::operator_request);
  CHECK(court.broken() == "P1");
}

TEST_CASE(
    "two removals of a small zone at once are found, two with their windows between are right") {
  CHECK(broken_by_two_removals(1s, model::Cause::scale_in) == "P2");
  CHECK(broken_by_two_removals(61s, model::Cause::scale_in) == "");
  CHECK(broken_by_two_removals(61s, model::Cause::sick) == "P2");
  CHECK(broken_by_two_removals(601s, model::Cause::sick) == "");
}

TEST_CASE("a removal while many change their health is found, while few do it is right") {
  CHECK(broken_by_removal_after_changes(2) == "");
  CHECK(broken_by_removal_after_changes(3) == "freeze");
}

TEST_CASE("a sick server leaves while its whole zone is in trouble by the operator's word alone") {
  CHECK(broken_by_removal_in_trouble(false) == "freeze");
  CHECK(broken_by_removal_in_trouble(true) == "");
}

TEST_CASE("a removal that was never durable is none, however far it had come in its one turn") {
  (void)telemetry::setup_log({telemetry::Level::error, ""});
  World world(quiet_fleet(3min));
  Referee referee(world);
  world.watch(referee);
  NodeId told;
  const auto leaves = [&] {
    const model::Node* node = world.brains.front()->controller().fleet().node(told);
    return node != nullptr && model::is_leaving(*node);
  };
  world.loop.after(2min, [&] {
    world.policy.zones.at(lon).min_servers = 1;
    world.reload();
    told = world.controller()->fleet().nodes().begin()->first;
    world.given_up.insert(told);
    world.controller()->terminate({{told}, std::nullopt, 1, act::TerminateMode::now},
                                  [](const auto&) {});
    world.strike_with([&](std::size_t, const Deed& deed) {
      const bool first = world.brains.front()->starts() == 1;
      return first && deed.kind == DeedKind::commit && leaves() ? Stroke::before : Stroke::none;
    });
  });
  world.run();
  CHECK(world.brains.front()->starts() == 2);
  CHECK(world.controller()->fleet().node(told) == nullptr);
  CHECK((world.violation() ? world.violation()->text : "") == "");
}

TEST_CASE("a server that leaves as sick and was never seen to be so is found") {
  Quiet seen(make_evidence_checker());
  seen.world.yard.find(seen.node().vm)->seen_ailing();
  seen.leaves(seen.node(), model::Cause::sick);
  CHECK(seen.broken() == "");
  Quiet unseen(make_evidence_checker());
  unseen.leaves(unseen.node(), model::Cause::sick);
  CHECK(unseen.broken() == "P3");
}

TEST_CASE("a boot that is given up unwatched is found, one that the cloud refused is right") {
  CHECK(broken_by_failed_boot(model::Cause::failed_boot, "not fit within the boot deadline") ==
        "boots");
  CHECK(broken_by_failed_boot(model::Cause::failed_boot, "refused") == "");
}

TEST_CASE(
    "a launch that is given up as never made is found, unless a boot would not fit any more") {
  const auto broken_after = [](Duration age) {
    Quiet court(make_boot_checker());
    model::Node node = Court::made_up(nth(1));
    court.checker->appeared(court.world, node, 0);
    court.world.loop.run_for(age);
    node.state = model::NodeState::terminating;
    node.cause = model::Cause::failed_boot;
    court.checker->moved(court.world,
                         {node, model::NodeState::requested, model::NodeState::terminating, 0});
    return court.broken();
  };
  CHECK(broken_after(4min) == "boots");  // boots take ten seconds at most
  CHECK(broken_after(4min + 50s) == "");
}

TEST_CASE("a server of another image than was wanted is found in service") {
  CHECK(broken_by_image("v1") == "");
  CHECK(broken_by_image("v2") == "boots");
}

TEST_CASE("a second reboot is found, and one by a process that has just begun") {
  const CloudCall reboot{CloudCall::Kind::reboot, NodeId(), VmId("ocean-1")};
  Quiet twice(make_call_checker());
  twice.checker->calling(twice.world, 0, reboot);
  CHECK(twice.broken() == "");
  twice.checker->calling(twice.world, 0, reboot);
  CHECK(twice.broken() == "calls");
  Quiet early(make_call_checker());
  early.checker->started(early.world, 0);
  early.checker->calling(early.world, 0, reboot);
  CHECK(early.broken() == "P3");
}

TEST_CASE("a server that is destroyed while a name gives its address is found") {
  Court court(make_viewer_checker(), 1min, Court::Hears::all);
  court.world.run();
  court.checker->destroying(court.world, server("192.0.2.99"));
  CHECK(court.broken() == "");
  court.checker->destroying(court.world, server(court.node().address));
  CHECK(court.broken() == "P12");
}

TEST_CASE("a name that a lost database leaves to nobody is excused, a later one is not") {
  const auto broken = [](bool forgot, Duration later) {
    Quiet court(make_viewer_checker());
    if (forgot) court.checker->forgot(court.world, 0);
    for (Duration waited{}; waited < later; waited += 1s) {
      court.checker->second(court.world);
      court.world.loop.run_for(1s);
    }
    court.world.dns.set({"gone.node.test", {"192.0.2.99"}, dns_ttl});
    court.checker->second(court.world);
    court.checker->destroying(court.world, server("192.0.2.99"));
    return court.broken();
  };
  CHECK(broken(false, 0s) == "P12");
  CHECK(broken(true, 0s) == "");
  CHECK(broken(true, 1min) == "");
  CHECK(broken(true, 3min) == "P12");
}

TEST_CASE("what two coordinators do is excused until one has been in charge for half an hour") {
  const auto broken_after = [](Duration wait) {
    Scenario scenario = quiet_fleet(3min);
    Fault second;
    second.kind = FaultKind::second_brain;
    second.at = 1min;
    second.lasts = 1min;
    scenario.faults.push_back(second);
    Court court(make_viewer_checker(), std::move(scenario), Court::Hears::nothing);
    court.world.run();
    court.world.loop.run_for(wait);
    court.checker->second(court.world);
    court.checker->destroying(court.world, server(court.node().address));
    return court.broken();
  };
  CHECK(broken_after(0s) == "");
  CHECK(broken_after(28min) == "");
  CHECK(broken_after(40min) == "P12");
}

TEST_CASE("a viewer that meets a destroyed server is found, one that meets a stranger's is not") {
  Quiet court(make_viewer_checker());
  court.checker->viewer_failed(court.world, lon, "192.0.2.99");
  CHECK(court.broken() == "");
  court.checker->destroying(court.world, server("192.0.2.99"));
  court.checker->viewer_failed(court.world, lon, "192.0.2.99");
  CHECK(court.broken() == "P6");
}

TEST_CASE(
    "a name that somebody has edited excuses for minutes, and while it gives what came of it") {
  const auto broken_after = [](Duration wait, bool gives) {
    Quiet court(make_viewer_checker());
    World& world = court.world;
    const std::string name = dns_name_of(lon);
    world.meddled[act::NameKey(name)] = world.loop.clock().mono();
    model::Vm destroyed = server("192.0.2.99");
    destroyed.place = "lon1";
    court.checker->destroying(world, destroyed);
    if (gives) world.dns.set({name, {destroyed.address}, dns_ttl});
    for (Duration waited{}; waited < wait; waited += 1min) {
      world.loop.run_for(1min);
      if (gives) world.dns.set({name, {destroyed.address}, dns_ttl});  // it cannot be written
      court.checker->second(world);
    }
    court.checker->viewer_failed(world, lon, destroyed.address);
    return court.broken();
  };
  CHECK(broken_after(2min, false) == "");
  CHECK(broken_after(6min, false) == "P6");
  CHECK(broken_after(6min, true) == "");
}

TEST_CASE("a creation whose intent is not in the store is found") {
  Quiet court(make_write_ahead_checker());
  court.checker->admitting(court.world, 0, court.node().key);
  CHECK(court.broken() == "");
  court.checker->calling(court.world, 0, {CloudCall::Kind::create, nth(1), VmId()});
  CHECK(court.broken() == "journal");
}

}  // namespace edgeherd::sim
