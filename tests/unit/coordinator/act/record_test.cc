#include "coordinator/act/record.h"

#include <boost/json.hpp>

#include "common/sim/sim_random.h"
#include "coordinator/act/calls/user_data.h"
#include "coordinator/act/carry_out.h"
#include "coordinator/evidence/snapshot.h"
#include "tests/support/catch.h"
#include "tests/support/fleet_world.h"

namespace edgeherd::act {

namespace {

class ListHistory final : public History {
 public:
  void append(EventRecord) override {}
  void append(TickRecord record) override {
    for (const DecisionRecord& decision : record.decisions) records.push_back(decision);
    ticks.push_back(std::move(record));
  }
  void append(StoryLine) override {}
  void append(StoryEnd) override {}
  void decision(ZoneId, WallTime, Done<std::optional<DecisionRecord>>) override {}
  void decision(std::int64_t, Done<std::optional<DecisionRecord>>) override {}
  void snapshot(std::int64_t, Done<std::optional<std::string>>) override {}
  void events(std::int64_t, std::size_t, NodeId, ZoneId, Done<std::vector<EventRecord>>) override {}
  void story(NodeId, Done<Story>) override {}
  std::vector<TickRecord> ticks;
  std::vector<DecisionRecord> records;
};

decide::Plan some_plan(int withheld) {
  decide::Plan plan;
  decide::ZoneDecision zone;
  zone.zone = ZoneId("cloud/lon1");
  zone.desired = 4;
  zone.cpu = 0.5;
  zone.steps = {{"tolerance", 4, 4, "within 0.10"}};
  zone.outcome = "nothing to do";
  plan.zones.push_back(zone);
  decide::Action action;
  action.kind = decide::ActionKind::launch;
  action.zone = zone.zone;
  action.reasons = {{"load", 2s}, {"no age", std::nullopt}};
  plan.actions.push_back(action);
  for (int i = 0; i < withheld; ++i) {
    action.kind = decide::ActionKind::withdraw;
    action.node = NodeId("node-" + std::to_string(i));
    plan.withheld.push_back({action, decide::Brake::floor, "2 of 2"});
  }
  return plan;
}

boost::json::object parsed(const std::string& body) {
  return boost::json::parse(body).as_object();
}

}  // namespace

TEST_CASE(
    "a record holds figures, steps, reasons with their ages, and what was withheld by which "
    "brake") {
  const decide::Plan plan = some_plan(1);
  const auto body = parsed(decision_body(plan.zones[0], plan, model::Policy{}, most_record_bytes));
  CHECK(body.at("desired").as_int64() == 4);
  CHECK(body.at("requests_per_s").is_null());
  CHECK(body.at("cpu").as_double() == 0.5);
  CHECK(body.at("steps").as_array().size() == 1);
  const auto& action = body.at("actions").as_array().at(0).as_object();
  CHECK(action.at("kind").as_string() == "launch");
  const auto& reasons = action.at("reasons").as_array();
  CHECK(reasons.at(0).as_object().at("age_ms").as_int64() == 2000);
  CHECK(reasons.at(1).as_object().at("age_ms").is_null());
  const auto& held = body.at("withheld").as_array().at(0).as_object();
  CHECK(held.at("brake").as_string() == "floor");
  CHECK(held.at("text").as_string() == "2 of 2");
  CHECK(body.at("left_out").to_number<int>() == 0);
}

TEST_CASE("a record that would be too long is cut, and says by how much") {
  const decide::Plan plan = some_plan(5000);
  const std::string text = decision_body(plan.zones[0], plan, model::Policy{}, most_record_bytes);
  CHECK(text.size() <= most_record_bytes);
  const auto body = parsed(text);
  const auto kept = body.at("withheld").as_array().size() + body.at("actions").as_array().size();
  CHECK(kept > 100);
  CHECK(body.at("left_out").to_number<std::size_t>() == 5001 - kept);
}

TEST_CASE("a decision is recorded when it changes, and once a period when it does not") {
  ListHistory history;
  Recorder recorder(history, {});
  MonoTime now{100s};
  const auto record = [&](const decide::Plan& plan) {
    recorder.record(plan, model::Fleet{}, model::Policy{}, now, WallTime{});
    now += 1s;
    return history.records.size();
  };
  CHECK(record(some_plan(0)) == 1);
  CHECK(record(some_plan(0)) == 1);
  CHECK(record(some_plan(1)) == 2);
  decide::Plan other_figures = some_plan(1);
  other_figures.withheld[0].text = "3 of 3";
  other_figures.zones[0].cpu = 0.9;
  CHECK(record(other_figures) == 2);
  other_figures.zones[0].outcome = "launch withheld: next try in 29 s";
  CHECK(record(other_figures) == 2);
  decide::Plan other_brake = other_figures;
  other_brake.withheld[0].brake = decide::Brake::launches_frozen;
  CHECK(record(other_brake) == 3);
  decide::Plan other_victim = other_brake;
  other_victim.withheld[0].action.node = NodeId("just as well");
  CHECK(record(other_victim) == 3);
  now += 60s;
  CHECK(record(other_victim) == 4);
}

TEST_CASE("a zone without actions is recorded when its reason for doing nothing changes") {
  ListHistory history;
  Recorder recorder(history, {});
  decide::Plan plan = some_plan(0);
  plan.actions.clear();
  plan.withheld.clear();
  recorder.record(plan, model::Fleet{}, model::Policy{}, MonoTime{100s}, WallTime{});
  plan.zones[0].outcome = "waiting: nodes are on their way";
  recorder.record(plan, model::Fleet{}, model::Policy{}, MonoTime{101s}, WallTime{});
  CHECK(history.records.size() == 2);
}

TEST_CASE("a command that is sent again and again until it is answered is one decision") {
  edgeherd::testing::FleetWorld world;
  world.zone("cloud/lon1", 1, 5);
  const NodeId id = world.in_state("cloud/lon1", model::NodeState::flushing);
  ListHistory history;
  Recorder recorder(history, {});
  decide::Plan resting = some_plan(0);
  resting.actions.clear();
  resting.withheld.clear();
  decide::Plan sending = resting;
  decide::Action command;
  command.kind = decide::ActionKind::command;
  command.zone = ZoneId("cloud/lon1");
  command.node = id;
  command.verb = "flush";
  sending.actions = {command};
  const auto record = [&](const decide::Plan& plan) {
    recorder.record(plan, world.fleet, world.policy, world.now, WallTime{});
    return history.records.size();
  };
  CHECK(record(resting) == 1);
  CHECK(record(sending) == 2);
  world.apply(model::CommandSent{id, "flush", ActionId("a")});
  CHECK(record(resting) == 3);
  CHECK(record(sending) == 3);
  CHECK(record(resting) == 3);
}

TEST_CASE("decisions of one tick share one snapshot, and those that remove servers are marked") {
  ListHistory history;
  Recorder recorder(history, {});
  decide::Plan plan = some_plan(0);
  plan.zones.push_back(plan.zones[0]);
  plan.zones[1].zone = ZoneId("cloud/par1");
  decide::Action terminate;
  terminate.kind = decide::ActionKind::terminate;
  terminate.zone = plan.zones[1].zone;
  plan.actions.push_back(terminate);
  recorder.record(plan, model::Fleet{}, model::Policy{}, MonoTime{100s}, WallTime{});
  REQUIRE(history.ticks.size() == 1);
  REQUIRE(history.records.size() == 2);
  CHECK(history.records[0].removes == Removes::no);
  CHECK(history.records[1].removes == Removes::yes);
  CHECK(evidence::decode(history.ticks[0].snapshot).ok());
}

TEST_CASE("all zones are recorded together once a period, so that they share their inputs") {
  ListHistory history;
  Recorder recorder(history, {});
  decide::Plan plan = some_plan(0);
  const auto record = [&](MonoTime now) {
    recorder.record(plan, model::Fleet{}, model::Policy{}, now, WallTime{});
    return history.records.size();
  };
  CHECK(record(MonoTime{100s}) == 1);
  plan.zones.push_back(plan.zones[0]);
  plan.zones[1].zone = ZoneId("cloud/par1");
  CHECK(record(MonoTime{130s}) == 2);
  CHECK(record(MonoTime{160s}) == 4);
  CHECK(history.ticks.size() == 3);
}

TEST_CASE("a snapshot larger than the limit is left out, the decision is not") {
  ListHistory history;
  RecordLimits limits;
  limits.snapshot_bytes = 100;
  Recorder recorder(history, limits);
  recorder.record(some_plan(3), model::Fleet{}, model::Policy{}, MonoTime{100s}, WallTime{});
  REQUIRE(history.ticks.size() == 1);
  CHECK(history.ticks[0].snapshot.empty());
  CHECK(history.ticks[0].decisions.size() == 1);
}

TEST_CASE("a node's name is a valid host name whatever its zone is called") {
  sim::SimRandom random(1);
  const auto slug = [&](const std::string& zone) {
    const std::string id = make_node_id(ZoneId(zone), random).str();
    return id.substr(0, id.size() - 11);
  };
  CHECK(slug("digitalocean/lon1") == "lon1");
  CHECK(slug("aws/EU_West-2a") == "eu-west-2a");
  CHECK(slug("x/--") == "node");
  CHECK(slug("x/" + std::string(100, 'a')).size() == 40);
  CHECK(make_node_id(ZoneId("a/b"), random) != make_node_id(ZoneId("a/b"), random));
}

TEST_CASE("user data is the same whenever it is made") {
  UserDataSource source;
  source.coordinators = {{"tcp://10.0.0.1:7400", "tcp://10.0.0.1:7401", "key"}};
  source.enrolment_token = [](const NodeId& id) { return "e-" + id.str(); };
  source.probe_token = [](const NodeId& id) { return "p-" + id.str(); };
  const auto made = make_user_data(source, "fleet", NodeId("n"), ZoneId("p/z"));
  CHECK(made == make_user_data(source, "fleet", NodeId("n"), ZoneId("p/z")));
  CHECK(
      made ==
      R"({"schema":1,"fleet":"fleet","node":"n","zone":"p/z","enrolment_token":"e-n","probe_token":"p-n",)"
      R"("coordinators":[{"endpoint":"tcp://10.0.0.1:7400","enroll_endpoint":"tcp://10.0.0.1:7401","public_key":"key"}]})");
}

}  // namespace edgeherd::act
