// That the checkers of orders, launches, connections (P6), intents (P4, P5) and of logs (P10) find
// what is wrong.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/sim/check/court.h"

namespace edgeherd::sim {

namespace {

// A server leaves at the operator's word, after this.
std::string broken_by_removal_after(const std::function<void(Quiet&)>& happens) {
  Quiet court(make_order_checker());
  happens(court);
  court.leaves(court.node(), model::Cause::operator_request);
  return court.broken();
}

std::string broken_by_call_after(const std::function<void(Quiet&)>& happens) {
  Quiet court(make_order_checker());
  happens(court);
  court.checker->calling(court.world, 0, {CloudCall::Kind::create, nth(1), VmId()});
  return court.broken();
}

void pause(Quiet& court) {
  court.world.controller()->apply(model::Paused{"a test"});
}
void shadow(Quiet& court) {
  court.world.policy.zones.at(lon).shadow = true;
  court.world.reload();
}
void nothing(Quiet&) {}

std::string broken_by_launches(int count) {
  Quiet court(make_launch_checker());
  for (int i = 1; i <= count; ++i) court.checker->appeared(court.world, Court::made_up(nth(i)), 0);
  return court.broken();
}

// A launch so long after one that failed, and after what happens then.
std::string broken_by_launch_after_failure(
    Duration wait, const std::function<void(Court&)>& happens = [](Court&) {},
    Duration store_fails = 0s) {
  Court court(make_launch_checker(), fleet_with_failing_store(store_fails), Court::Hears::nothing);
  court.world.run();
  model::Node failed = Court::made_up(nth(1));
  court.checker->appeared(court.world, failed, 0);
  failed.cause = model::Cause::failed_boot;
  court.checker->moved(court.world,
                       {failed, model::NodeState::booting, model::NodeState::terminating, 0});
  court.world.loop.run_for(wait);
  happens(court);
  court.checker->appeared(court.world, Court::made_up(nth(2)), 0);
  return court.broken();
}

// A server of ten connections or more is told to close so long after it was withdrawn.
std::string broken_by_close_after(Duration wait) {
  Scenario busy = quiet_fleet(1min);
  busy.zones[0].mean_rps = 200;
  Court court(make_drain_checker(), std::move(busy), Court::Hears::nothing);
  court.world.run();
  REQUIRE(court.world.yard.find(court.node().vm)->connections() >
          2 * court.world.policy.timings.drain_connections);
  court.leaves(court.node(), model::Cause::operator_request);
  court.world.loop.run_for(wait);
  wire::Command close;
  close.verb = "close_listener";
  court.checker->sending(court.world, 0, court.node().key, close);
  return court.broken();
}

// So many calls create a server for one launch, and the cloud makes another for each with this
// probability.
std::string broken_by_creation(int calls, double doubled) {
  Court court(make_single_checker(), 1min, Court::Hears::all);
  court.world.run();
  SimProvider& cloud = court.world.cloud_of(lon);
  cloud.weather().double_create = doubled;
  act::CreateRequest request;
  request.node = nth(1);
  request.user_data = cloud.servers().begin()->second.user_data;
  const auto account = cloud.connect(court.world.loop);
  for (int i = 0; i < calls; ++i) account->create(request, [](const Result<model::Vm>&) {});
  court.world.loop.run_for(1s);
  court.checker->second(court.world);
  return court.broken();
}

// Somebody's server carries the name of a launch that ended, or of one that nobody knows.
std::string broken_by_server_of(const NodeId& node, const NodeId& ended) {
  Quiet court(make_abandoned_checker());
  court.checker->left(court.world, ended, model::NodeState::requested, 0);
  model::Vm vm;
  vm.node = node;
  vm.fleet = court.world.policy.fleet_id;
  vm.place = "lon1";
  court.world.cloud_of(lon).add(vm);
  court.world.loop.run_for(1min);
  REQUIRE_FALSE(court.fleet().account(ProviderId("ocean")).strangers.empty());
  court.checker->second(court.world);
  return court.broken();
}

// A server is to go, and for so long the coordinator takes it for one that goes by itself.
std::string broken_by_leftover(Duration wait, const std::function<void(Quiet&)>& happens) {
  Quiet court(make_abandoned_checker());
  World& world = court.world;
  happens(court);
  model::Vm vm;
  vm.node = nth(1);
  vm.fleet = world.policy.fleet_id;
  vm.place = "lon1";
  model::Node leaving = Court::made_up(vm.node);
  leaving.state = model::NodeState::terminating;
  leaving.vm = world.cloud_of(lon).add(vm);
  leaving.destroyed_at = world.loop.clock().mono() + 1h;
  world.controller()->apply(model::NodeRestored{leaving});
  for (Duration waited{}; waited < wait; waited += 10s) {
    world.loop.run_for(10s);
    court.checker->second(world);
  }
  REQUIRE(world.cloud_of(lon).servers().contains(leaving.vm));
  return court.broken();
}

}  // namespace

TEST_CASE("a removal in a paused fleet, in shadow, or of a protected server is found") {
  CHECK(broken_by_removal_after(nothing) == "");
  CHECK(broken_by_removal_after(pause) == "orders");
  CHECK(broken_by_removal_after(shadow) == "orders");
  Quiet court(make_order_checker());
  model::Node node = court.node();
  node.is_protected = true;
  court.leaves(node, model::Cause::operator_request);
  CHECK(court.broken() == "orders");
}

TEST_CASE("a call to a cloud in a paused fleet is found") {
  CHECK(broken_by_call_after(nothing) == "");
  CHECK(broken_by_call_after(pause) == "orders");
}

TEST_CASE("a call to destroy a server in service is found") {
  Quiet court(make_order_checker());
  court.checker->calling(court.world, 0, {CloudCall::Kind::destroy, NodeId(), court.node().vm});
  CHECK(court.broken() == "orders");
}

TEST_CASE("of the removals from a closed zone only as many are right as somebody confirmed") {
  Court court(make_order_checker(), 1min, Court::Hears::nothing);
  std::vector<std::string> broken;
  court.world.loop.after(55s, [&] {  // when faults are over, people confirm what they find
    court.world.policy.zones.at(lon).activity = model::ZoneActivity::inactive;
    court.world.reload();
    court.world.confirmed[lon] = 1;
    const auto leaves = [&](const model::Node& node) {
      court.leaves(node, model::Cause::scale_in);
      broken.push_back(court.broken());
    };
    leaves(court.node());
    court.checker->undone(court.world, court.node().id, 0);
    leaves(court.node());
    leaves(std::next(court.fleet().nodes().begin())->second);
  });
  court.world.run();
  CHECK(broken == std::vector<std::string>{"", "", "orders"});
}

TEST_CASE("whoever leaves spends a confirmation, for whatever reason") {
  Court court(make_order_checker(), 1min, Court::Hears::nothing);
  std::string by_the_sick;
  court.world.loop.after(55s, [&] {
    court.world.policy.zones.at(lon).activity = model::ZoneActivity::inactive;
    court.world.reload();
    court.world.confirmed[lon] = 1;
    court.leaves(court.node(), model::Cause::sick);
    by_the_sick = court.broken();
    court.leaves(std::next(court.fleet().nodes().begin())->second, model::Cause::scale_in);
  });
  court.world.run();
  CHECK(by_the_sick == "");
  CHECK(court.broken() == "orders");
}

TEST_CASE("a read-only mode that ends, and nobody has ended it, is found") {
  for (const bool allowed : {true, false}) {
    Quiet court(make_order_checker());
    court.world.controller()->apply(model::ReadOnlySet{true, "a test"});
    court.world.loop.run_for(10s);
    court.checker->ticked(court.world, 0);
    court.world.loop.run_for(1s);
    if (allowed) court.world.writes_allowed = court.world.loop.clock().mono();
    court.world.controller()->apply(model::ReadOnlySet{false, ""});
    court.checker->ticked(court.world, 0);
    CHECK(court.broken() == (allowed ? "" : "orders"));
  }
}

TEST_CASE("two lives of a coordinator with one epoch are found") {
  Quiet court(make_order_checker());
  court.checker->started(court.world, 0);
  CHECK(court.broken() == "");
  court.checker->started(court.world, 0);
  CHECK(court.broken() == "orders");
}

TEST_CASE("more launches in a minute than an account may have are found") {
  const int may = quiet_fleet(1min).launches_per_minute;
  CHECK(broken_by_launches(may) == "");
  CHECK(broken_by_launches(may + 1) == "launches");
}

TEST_CASE("a launch right after a failed boot is found, one after the back-off is right") {
  CHECK(broken_by_launch_after_failure(5s) == "launches");
  CHECK(broken_by_launch_after_failure(31s) == "");
}

TEST_CASE(
    "a failed boot is held against a coordinator through a start, unless it was never stored") {
  const auto restart = [](Court& court) { court.restart(); };
  CHECK(broken_by_launch_after_failure(15s, restart) == "launches");
  CHECK(broken_by_launch_after_failure(15s, restart, 1min) == "");
  CHECK(broken_by_launch_after_failure(1s, restart) == "");
  CHECK(broken_by_launch_after_failure(28s, restart) == "");
  CHECK(broken_by_launch_after_failure(15s, [](Court& court) {
          court.checker->forgot(court.world, 0);
          court.restart();
        }) == "");
}

TEST_CASE("a server that is told to close on its viewers is found, past the deadline it is right") {
  CHECK(broken_by_close_after(1s) == "P6");
  CHECK(broken_by_close_after(3min) == "");
}

TEST_CASE("two servers of one launch are found") {
  CHECK(broken_by_creation(1, 0) == "");
  CHECK(broken_by_creation(1, 1) == "");  // the cloud's doing
  CHECK(broken_by_creation(2, 0) == "P4");
}

TEST_CASE("a server of an abandoned launch that is taken for a stranger is found") {
  CHECK(broken_by_server_of(nth(1), nth(2)) == "");
  CHECK(broken_by_server_of(nth(1), nth(1)) == "P5");
}

TEST_CASE("a server that is nobody's for long is found, unless the fleet is in shadow") {
  CHECK(broken_by_leftover(9min, nothing) == "");
  CHECK(broken_by_leftover(12min, nothing) == "P5");
  CHECK(broken_by_leftover(12min, shadow) == "");
  CHECK(broken_by_leftover(12min, [](Quiet& court) {
          court.world.policy.shadow = true;
          court.world.reload();
        }) == "");
}

TEST_CASE("a server that is destroyed with log lines that are stored nowhere is found") {
  Scenario telling = quiet_fleet(1min);
  telling.lines_per_request = 0.1;
  Court court(make_log_checker(), std::move(telling), Court::Hears::nothing);
  court.world.run();
  Box* box = court.world.yard.find(court.node().vm);
  REQUIRE(box->nginx().written() > 0);
  court.checker->ended(court.world);
  CHECK(court.broken() == "");  // they lie on its disk
  court.checker->destroying(court.world, box->vm());
  CHECK(court.broken() == "P10");
}

namespace {

// The logs of a server are given up after it was held for so long, or while so many others are.
std::string broken_by_giving_up(Duration held, int others) {
  Quiet court(make_log_checker());
  World& world = court.world;
  const auto told = [&](const char* code) {
    court.checker->noted(world, {model::Severity::warning, code, "", nth(9), lon});
  };
  if (held > Duration{}) told("node_held");
  for (const auto& [id, node] : court.fleet().nodes()) {
    if (others-- > 0) world.controller()->apply(model::NodeHeld{id, "a test"});
  }
  world.policy.timings.hold_limit = 1h;
  world.loop.run_for(held);
  told("logs_given_up");
  return court.broken();
}

}  // namespace

TEST_CASE("logs that are given up before they were held for long are found") {
  CHECK(broken_by_giving_up(1h, 0) == "");
  CHECK(broken_by_giving_up(30min, 0) == "P10");
  CHECK(broken_by_giving_up(0s, 0) == "P10");
  CHECK(broken_by_giving_up(0s, 1) == "P10");
  CHECK(broken_by_giving_up(0s, 2) == "");
}

namespace {

// A second server of the first one's launch, which viewers are sent to before it is destroyed; a
// name gave its address before it was made, or gives it afterwards.
std::string broken_by_second_server(bool inherits) {
  Scenario telling = quiet_fleet(1min);
  telling.lines_per_request = 0.1;
  Court court(make_log_checker(), std::move(telling), Court::Hears::nothing);
  court.world.run();
  World& world = court.world;
  world.controller()->pause("it stays a while", [](const Status&) {});
  const std::string name = dns_name_of(lon);
  std::set<std::string> named = world.dns.addresses(act::NameKey(name));
  SimProvider& cloud = world.cloud_of(lon);
  const auto& original = cloud.servers().at(court.node().vm);
  model::Vm copy = original.vm;
  copy.address = "192.0.2.77";
  copy.private_address.clear();
  named.insert(copy.address);
  if (inherits) world.dns.set({name, named, dns_ttl});
  court.checker->second(world);
  copy.id = cloud.add(copy, std::string(original.user_data));
  court.checker->second(world);
  world.dns.set({name, named, dns_ttl});
  for (int i = 0; i < 90; ++i) {
    world.viewers->second();
    world.loop.run_for(1s);
  }
  REQUIRE(world.yard.find(copy.id)->nginx().written() > 0);
  court.checker->destroying(world, copy);
  return court.broken();
}

}  // namespace

TEST_CASE("lines of a second server are excused where its cloud gave it an address with viewers") {
  CHECK(broken_by_second_server(false) == "P10");
  CHECK(broken_by_second_server(true) == "");
}

}  // namespace edgeherd::sim
