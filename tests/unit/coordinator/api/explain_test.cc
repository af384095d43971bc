// Why: decisions that can be explained and made again, and the stories of nodes.
#include <algorithm>

#include <boost/json/array.hpp>

#include "coordinator/evidence/snapshot.h"
#include "tests/unit/coordinator/api/api_bench.h"

using namespace edgeherd;
using namespace edgeherd::tests;

TEST_CASE("what was decided can be explained, and a time before the records says so") {
  Bench bench(three_nodes());
  // The first tick has recorded a decision of each zone by the time that the poll comes back.
  (void)bench.viewer.get("/v1/events?after=1000000&wait=1500ms");
  const object why = document(bench.viewer.get("/v1/explain/lon1"));
  CHECK(text(why, "zone") == "test/lon1");
  CHECK(why.at("record").is_object());
  check_error(bench.viewer.get("/v1/explain/lon1?at=2001-01-01"), 404, "not_found");
  check_error(bench.viewer.get("/v1/explain/lon1?at=yesterday"), 400, "invalid");
  check_error(bench.viewer.get("/v1/explain/lon1?at=2201-01-01"), 400, "invalid");
  const object plan = document(bench.viewer.get("/v1/plan"));
  CHECK(plan.at("zones").as_array().size() == 2);
}

namespace {

act::TickRecord recorded(std::string snapshot) {
  act::DecisionRecord decision;
  decision.at = from_unix_millis(1'700'000'000'000);
  decision.zone = ZoneId("test/lon1");
  decision.body = R"({"schema":1,"zone":"test/lon1"})";
  return {std::move(snapshot), {decision}};
}

}  // namespace

TEST_CASE("a decision is made again of its recorded inputs, and says whether it is the same") {
  Setup setup = three_nodes();
  setup.record = [](act::History& history) {
    decide::Plan plan;
    plan.verdicts.push_back({NodeId("x"), model::Verdict::bad, "so it was", true});
    const MonoTime now{1h};
    std::string other = evidence::encode({}, {}, now, {});
    other[10] = 9;
    history.append(recorded(evidence::encode({}, {}, now, plan)));
    history.append(recorded(""));
    history.append(recorded(other));
  };
  Bench bench(setup);
  (void)bench.viewer.get("/v1/events?after=1000000&wait=1500ms");
  const auto decision = [&](const std::string& id) {
    return document(bench.viewer.get("/v1/decisions/" + id));
  };
  const object why = document(bench.viewer.get("/v1/explain/lon1"));
  const object again = decision(std::to_string(why.at("number").to_number<std::int64_t>()));
  CHECK(again.at("record") == why.at("record"));
  CHECK(again.at("replan").at("same") == true);
  CHECK(again.at("replan").at("differences").as_array().empty());

  const object differs = decision("1");
  CHECK(differs.at("replan").at("same") == false);
  CHECK(differs.at("replan").at("differences").as_array().at(0) == "verdict of x: only then");
  const object without = decision("2");
  CHECK(without.at("replan").at("same").is_null());
  CHECK(without.at("replan").at("code") == "not_found");
  CHECK(without.at("replan").at("message") == "the inputs of decision 2 were not recorded");
  const object newer = decision("3");
  CHECK(newer.at("replan").at("code") == "invalid");
  CHECK(newer.at("replan").at("message") == "snapshot: of version 9, this program reads version 3");
  check_error(bench.viewer.get("/v1/decisions/999999"), 404, "not_found");
  check_error(bench.viewer.get("/v1/decisions/first"), 400, "invalid");
  check_error(bench.anyone.get("/v1/decisions/1"), 401, "unauthenticated");
}

TEST_CASE("the story of a node is told while it lives and after it is gone") {
  Setup setup = three_nodes();
  setup.record = [](act::History& history) {
    const WallTime at = from_unix_millis(1'700'000'000'000);
    const NodeId node("gone-1");
    const ZoneId zone("test/lon1");
    history.append(recorded(""));
    act::EventRecord launched;
    launched.at = at;
    launched.note = {model::Severity::info, "launch", "launching", node, zone};
    history.append(launched);
    act::StoryLine line;
    line.node = node;
    line.zone = zone;
    line.at = at + 1min;
    line.what = "withdraw";
    line.text = "bad: checks fail";
    line.details = R"({"cause":"sick","reasons":[{"text":"bad: checks fail","age_ms":900}]})";
    line.decided = act::Decided::yes;
    history.append(line);
    history.append(act::StoryEnd{node, zone, at + 5min, R"({"schema":1,"logs":{"lines":7}})"});
  };
  Bench bench(setup);
  const object gone = document(bench.viewer.get("/v1/nodes/gone-1"));
  CHECK(text(gone, "state") == "gone");
  CHECK(text(gone, "zone") == "test/lon1");
  CHECK(text(gone, "ended_at") == "2023-11-14T22:18:20.000Z");
  CHECK(gone.at("end").at("logs").at("lines") == 7);
  CHECK(gone.at("left_out") == 0);
  CHECK(gone.at("lines").as_array().size() == 2);
  CHECK(gone.at("left_by").at("what") == "withdraw");
  CHECK(gone.at("left_by").at("decision") == 1);
  CHECK(gone.at("left_by").at("details").at("reasons").at(0).at("age_ms") == 900);
  CHECK(document(bench.viewer.get("/v1/nodes/gone-1/story")) == gone);

  CHECK(bench.alice.post("/v1/nodes/a/cordon").status == 200);
  const object living = document(bench.viewer.get("/v1/nodes/a/story"));
  CHECK(text(living, "state") == "in_service");
  CHECK(living.at("left_by").is_null());
  CHECK(living.at("end").is_null());
  const auto& last = living.at("lines").as_array().back().as_object();
  CHECK(text(last, "what") == "operator");
  CHECK(text(last, "text") == "alice: cordon");
  check_error(bench.viewer.get("/v1/nodes/never/story"), 404, "not_found");
  check_error(bench.viewer.get("/v1/nodes/never"), 404, "not_found");
}

TEST_CASE("who asked many nodes out at once is told in the story of each") {
  Setup paused = three_nodes();
  paused.restraint = Restraint::pause;
  Bench bench(paused);
  CHECK(
      bench.alice.post("/v1/nodes/terminate", R"({"nodes":["a","bb"],"expect_count":2})").status ==
      200);
  for (const char* id : {"a", "bb"}) {
    const object story = document(bench.viewer.get(std::string("/v1/nodes/") + id + "/story"));
    const auto& lines = story.at("lines").as_array();
    CHECK(std::ranges::any_of(
        lines, [](const auto& line) { return line.at("text") == "alice: terminate a, bb"; }));
  }
}
