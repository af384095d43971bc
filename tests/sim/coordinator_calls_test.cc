// From the intent to the outcome: what goes wrong on the way, and what must never follow from it.
#include <algorithm>

#include "tests/sim/coordinator_asks.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

using model::NodeState;

namespace {

model::Policy of_one_server() {
  model::Policy policy = CoordinatorWorld::small_policy();
  policy.zones.at(CoordinatorWorld::zone).min_servers = 1;
  policy.zones.at(CoordinatorWorld::zone).max_servers = 1;
  return policy;
}

}  // namespace

TEST_CASE("while the store cannot be written nothing is asked of the provider, and it is alarmed") {
  CoordinatorWorld world(1);
  world.policy = of_one_server();
  world.start();
  world.loop.run_for(50ms);  // the epoch is stored, the first inventory is under way
  world.store.fail_commits(true);
  world.loop.run_for(5min);
  CHECK(world.cloud.made().empty());
  CHECK(world.notifier.sent().at("store_failed") == 1);
  CHECK(world.dns.writes() == 0);
  CHECK(world.controller().status().commit_failures > 0);

  world.store.fail_commits(false);
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 5min));
  world.check_promises();
}

TEST_CASE("while the store cannot be written no agent is asked, and none has its logs given up") {
  CoordinatorWorld world(31);
  world.policy.timings.flush_failure = model::FlushFailure::terminate;
  settled(world);
  terminate(world, world.fleet().nodes().begin()->first);
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::flushing) == 1; }, 5min));
  world.store.fail_commits(true);
  world.loop.run_for(5 * world.policy.timings.flush_deadline);
  CHECK(world.in_state(NodeState::flushing) == 1);

  world.store.fail_commits(false);
  REQUIRE(world.run_until([&] { return world.in_state(NodeState::flushing) == 0; }, 2min));
  CHECK_FALSE(world.notifier.sent().contains("logs_given_up"));
  world.check_promises();
}

TEST_CASE("a server that enrols before its address is known brings the next list forward") {
  CoordinatorWorld world(30);
  world.policy = of_one_server();
  world.policy.timings.inventory_period = 5min;
  world.cloud.weather().address_in_list_only = true;
  world.cloud.weather().list_lag = 5s;  // the list right after the creation lacks it
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 2min));
  CHECK_FALSE(world.only_node().address.empty());
}

TEST_CASE("a coordinator whose epoch cannot be stored does not begin") {
  CoordinatorWorld world(2);
  world.store.fail_commits(true);
  world.start();
  world.loop.run_for(5min);
  CHECK(world.cloud.calls() == 0);
  CHECK_FALSE(world.controller().last_tick());
}

TEST_CASE("a creation that is done but never answered makes no second server") {
  CoordinatorWorld world(3);
  world.policy = of_one_server();
  world.limits.deadline = 5s;
  world.start();
  REQUIRE(world.run_until([&] { return !world.fleet().nodes().empty(); }, 1min));
  world.cloud.weather().lose_answer = 1;
  REQUIRE(world.run_until([&] { return world.cloud.servers().size() == 1; }, 1min));
  world.loop.run_for(1s);
  world.cloud.weather().lose_answer = 0;
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 5min));
  world.loop.run_for(10min);
  CHECK(world.cloud.made().size() == 1);
  CHECK(world.cloud.made().begin()->second == 1);
}

TEST_CASE(
    "a creation that was never done is asked again, for the same intent with the same bytes") {
  CoordinatorWorld world(4);
  world.policy = of_one_server();
  world.cloud.weather().refuse_create = 1;
  world.start();
  REQUIRE(world.run_until([&] { return world.history.count("create_unclear") >= 1; }, 1min));
  const NodeId intent = world.only_node().id;
  world.cloud.weather().refuse_create = 0;
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 5min));
  CHECK(world.only_node().id == intent);
  world.check_promises();
}

TEST_CASE("an answer that comes after its deadline is still a fact") {
  CoordinatorWorld world(5);
  world.policy = of_one_server();
  world.limits.deadline = 2s;
  world.policy.timings.inventory_period = 10min;
  world.cloud.weather().lose_answer = 1;
  world.cloud.weather().lost_for = 20s;
  world.cloud.weather().list_lag = 10min;  // the list cannot help
  world.policy.timings.create_settle = 8min;
  // The first inventory must come in time.
  world.cloud.weather().lose_answer = 0;
  world.start();
  REQUIRE(world.run_until([&] { return !world.fleet().nodes().empty(); }, 1min));
  world.cloud.weather().lose_answer = 1;
  REQUIRE(world.run_until([&] { return world.history.count("create_unclear") == 1; }, 1min));
  world.cloud.weather().lose_answer = 0;
  CHECK(world.only_node().vm.empty());
  REQUIRE(world.run_until([&] { return !world.only_node().vm.empty(); }, 1min));
  CHECK(world.controller().status().accounts.at(world.account).executor.late >= 1);
  CHECK(world.cloud.made().size() == 1);
}

TEST_CASE(
    "a place without stock costs one wave of refused calls, then one call per back-off, and no "
    "server") {
  CoordinatorWorld world(6);
  world.policy = of_one_server();
  world.cloud.weather().out_of_stock = {"lon1"};
  world.start();
  world.loop.run_for(40min);
  CHECK(world.cloud.made().empty());
  CHECK(world.history.count("create_failed") == 3);  // at once, after 5 and after 10 minutes more
  CHECK(world.history.count("out_of_stock") == 3);
  CHECK(world.history.count("placement_stopped") == 0);
  world.cloud.weather().out_of_stock.clear();
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 40min));
}

TEST_CASE(
    "an operator's word opens a place that a refusal has closed, and the next refusal closes it") {
  CoordinatorWorld world(6);
  world.policy = of_one_server();
  world.start();
  const auto retry = [&] {
    return ask<std::vector<model::PlacementId>>(
        world, [&](auto reply) { world.controller().retry(world.zone, reply); });
  };
  CHECK(retry().error().code == Errc::conflict);  // nothing is closed
  world.cloud.weather().out_of_stock = {"lon1"};
  REQUIRE(world.run_until([&] { return world.history.count("out_of_stock") == 1; }, 2min));
  REQUIRE(retry().ok());
  CHECK(world.history.count("placement_opened") == 1);
  REQUIRE(world.run_until([&] { return world.history.count("out_of_stock") == 2; }, 1min));
  world.cloud.weather().out_of_stock.clear();
  const auto opened = retry();
  REQUIRE(opened.ok());
  CHECK(opened->size() == 1);
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 3min));
  CHECK(ask<std::vector<model::PlacementId>>(
            world, [&](auto reply) { world.controller().retry(ZoneId("no/where"), reply); })
            .error()
            .message == "no zone 'no/where'");
}

TEST_CASE("of two servers of one intent one is kept and the other destroyed") {
  CoordinatorWorld world(7);
  world.policy = of_one_server();
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 5min));
  const VmId kept = world.only_node().vm;
  model::Vm twin = world.cloud.servers().at(kept).vm;
  twin.address = "10.9.9.9";
  const VmId doubled = world.cloud.add(twin);
  REQUIRE(world.run_until([&] { return !world.cloud.servers().contains(doubled); }, 5min));
  world.loop.run_for(1min);
  CHECK(world.only_node().vm == kept);
  CHECK(in_service(world, 1));
}

TEST_CASE("a server that vanishes is replaced, and its name withdrawn") {
  CoordinatorWorld world(8);
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 2); }, 5min));
  world.loop.run_for(2min);
  const VmId victim = world.fleet().nodes().begin()->second.vm;
  const std::string address = world.cloud.servers().at(victim).vm.address;
  world.cloud.vanish(victim);
  REQUIRE(world.run_until(
      [&] { return in_service(world, 2) && !world.dns.addresses(world.name).contains(address); },
      15min));
  world.loop.run_for(30s);
  CHECK(world.dns.addresses(world.name).size() == 2);
  world.check_promises();
}

TEST_CASE("a coordinator killed at any commit goes on where it was") {
  const int at = GENERATE(range(1, 17));
  CAPTURE(at);
  CoordinatorWorld world(static_cast<std::uint64_t>(at));
  world.policy = of_one_server();
  int commits = 0;
  world.store.on_commit([&](const act::Batch&) {
    if (++commits == at) world.loop.post([&] { world.restart(); });
  });
  world.start();
  REQUIRE(world.run_until([&] { return world.alive() && in_service(world, 1); }, 30min));
  // And on its way out.
  const NodeId first = world.only_node().id;
  world.controller().terminate({{first}, std::nullopt, std::nullopt, act::TerminateMode::in_order},
                               [](const auto&) {});
  REQUIRE(world.run_until(
      [&] { return world.alive() && world.fleet().node(first) == nullptr && in_service(world, 1); },
      60min));
  world.loop.run_for(1min);
  CHECK(commits >= at);  // it was killed indeed
  CHECK(world.cloud.servers().size() == 1);
  CHECK(world.edges.lines_archived() + world.edges.lines_live() == world.edges.lines_written());
  world.check_promises();
}

TEST_CASE("a row that cannot be read stops the start, and says where") {
  CoordinatorWorld world(9);
  world.policy = of_one_server();
  world.start();
  REQUIRE(world.run_until([&] { return in_service(world, 1); }, 5min));
  world.loop.run_for(1s);  // until that is durable
  const std::string key = world.only_node().id.str();
  world.crash();
  const std::string body = world.store.tables().at(act::Table::node).at(key);
  const auto broken = [&](std::string changed) {
    world.store.put(act::Table::node, key, std::move(changed));
    const auto restored = act::restore(world.store, world.policy, world.loop.clock(), "");
    return restored.ok() ? std::string("(accepted)") : restored.error().message;
  };
  CHECK(broken("") == "row '" + key + "' of table node: the body is not a JSON object");
  std::string other = body;
  other.replace(other.find("in_service"), 10, "in_serving");
  CHECK(broken(other) ==
        "row '" + key + "' of table node: field 'state' has the unknown value 'in_serving'");
  CHECK(broken("{\"schema\":1}") == "row '" + key + "' of table node: field 'zone' is missing");
  CHECK(broken("{\"schema\":2}").find("field 'schema' is 2") != std::string::npos);
  CHECK(broken(body) == "(accepted)");
}

TEST_CASE("the server that is destroyed is the one that the stored intent names") {
  CoordinatorWorld world(17);
  settled(world);
  const model::Node node = world.fleet().nodes().begin()->second;
  terminate(world, node.id);
  REQUIRE(world.run_until(
      [&] {
        const model::Node* now = world.fleet().node(node.id);
        return now != nullptr && now->state == NodeState::terminating;
      },
      10min));
  std::vector<VmId> destroyed;
  world.cloud.on_destroy_call([&](const model::Vm& vm) { destroyed.push_back(vm.id); });
  // Before the intent is stored a listing has only a clone.
  model::InventoryListed listing{world.account, world.policy.fleet_id, {}};
  for (const auto& [id, server] : world.cloud.servers()) {
    if (id != node.vm) listing.vms.push_back(server.vm);
  }
  model::Vm clone = world.cloud.servers().at(node.vm).vm;
  clone.address.clear();
  clone.id = world.cloud.add(clone);
  listing.vms.push_back(world.cloud.servers().at(clone.id).vm);
  world.controller().apply(listing);
  REQUIRE(world.fleet().node(node.id)->vm == clone.id);
  REQUIRE(world.run_until([&] { return !destroyed.empty(); }, 10min));
  CHECK(destroyed.front() == node.vm);
}

TEST_CASE("a list that never has the new servers does not lead to launches without end") {
  CoordinatorWorld world(81);
  world.cloud.weather().most_listed = 0;
  world.edges.habits().fail_boot = 1;  // nor does their agents' word say that they are there
  world.start();
  world.loop.run_for(1h);
  CHECK(world.notifier.sent().contains("placement_stopped"));
  CHECK(world.cloud.creations() <= 12);
}

TEST_CASE("an account that lists none of the servers in service gets no launches, and an alarm") {
  CoordinatorWorld world(82);
  settled(world);
  world.cloud.weather().most_listed = 0;
  world.loop.run_for(30s);
  CHECK(world.notifier.sent().at("inventory_lists_none") == 1);
  world.edges.set_load(world.name, 500);
  world.loop.run_for(3min);
  CHECK(world.cloud.creations() == 2);
  CHECK(world.controller().status().withheld.contains("account_unsettled"));
  CHECK(in_service(world, 2));
  world.cloud.weather().most_listed.reset();
  REQUIRE(world.run_until([&] { return world.cloud.creations() > 2; }, 1min));
  CHECK(world.notifier.sent().at("inventory_lists_none") == 1);
}

}  // namespace edgeherd::sim
