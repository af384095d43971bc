// What people see, from answers as the coordinator gives them.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/cli/recorded_api.h"

using namespace edgeherd;
using namespace edgeherd::cli;
using edgeherd::test::contains;
using edgeherd::test::RecordedApi;
using edgeherd::test::run_cli;
using edgeherd::test::Setting;

namespace {

constexpr auto calm_status = R"({"schema":1,"fleet":"demo","version":"0.1.0",
  "at":"2026-11-23T07:10:00.000Z","state":"acting","reason":null,"epoch":3,"up_s":300.5,
  "last_tick_age_s":0.4,"nodes":{"total":3},
  "accounts":[{"provider":"local","failure":null,"breaker":"closed","strangers":[]}],
  "names_failure":null,"withheld":{},"config":{"problems":[],"warnings":[]}})";
constexpr auto zones = R"({"schema":1,"zones":[
  {"zone":"local/lon1","configured":true,"region_name":"London","state":"active","min_servers":2,
   "max_servers":10,"image":"edge-7","dns_name":"lon1.example.org","shadow":false,"in_service":2,
   "coming":1,"leaving":0,"held":0,"bad":0,"unknown":0,"desired":3,"outcome":"scale out",
   "requests_per_s":812.4,"cpu":0.634,"p99_s":0.0123,"latency_high":false,"withheld":0},
  {"zone":"local/par1","configured":true,"region_name":"Paris","state":"inactive","min_servers":0,
   "max_servers":4,"image":null,"dns_name":null,"shadow":false,"in_service":0,"coming":0,
   "leaving":0,"held":0,"bad":0,"unknown":0,"desired":null,"outcome":null,"withheld":0}]})";
constexpr auto no_events = R"({"schema":1,"events":[],"next_after":-1})";
constexpr auto decision = R"({"schema":1,"zone":"local/lon1","shadow":false,"in_service":2,
  "coming":1,"leaving":0,"desired":3,"proposal":4,"requests_per_s":812.4,"cpu":0.634,
  "egress_bits_per_s":940000000.0,"disk_busy":null,"p99_s":0.0123,"latency_requests":1200,
  "latency_high":false,"without_data":0,"outcome":"scale out",
  "steps":[{"name":"requests","from":2,"to":3.27,"text":"812 of 300 each at 0.83"}],
  "actions":[{"kind":"launch","node":"lon1-9","cause":"none","verb":"",
    "reasons":[{"text":"desired 3, capacity 2","age_ms":4200},{"text":"no data","age_ms":null}]}],
  "withheld":[{"brake":"zone_freeze","text":"3 of 6 changed health","action":{"kind":"withdraw",
    "node":"lon1-2","cause":"scale_in","verb":"","reasons":[]}}],"left_out":0})";

void give_calm(RecordedApi& api) {
  api.gives("GET /v1/status", calm_status);
  api.gives("GET /v1/zones", zones);
  api.gives("GET /v1/events", no_events);
}

}  // namespace

TEST_CASE("on a good day the status is a head and a line for each zone") {
  RecordedApi api;
  give_calm(api);
  const auto ran = run_cli(api, {"status"});
  CHECK(ran.exit == exit_done);
  CHECK(ran.err.empty());
  CHECK(
      ran.out ==
      "fleet demo  acting  3 servers  up 5 m  epoch 3  version 0.1.0\n"
      "\n"
      "ZONE        IN SERVICE  COMING  LEAVING  MIN-MAX  DESIRED  REQUESTS/S   CPU    P99  COST/H  "
      "OUTCOME\n"
      "local/lon1           2       1        0     2-10        3         812  63 %  12 ms       -  "
      "scale out\n"
      "local/par1           0       0        0      0-4        -           -     -      -       -  "
      "inactive\n");
}

TEST_CASE("what needs attention stands first, alarms before warnings") {
  RecordedApi api;
  api.gives("GET /v1/status", R"json({"schema":1,"fleet":"demo","version":"0.1.0",
    "at":"2026-11-23T07:10:00.000Z","state":"paused","reason":"maintenance (ann)","epoch":3,
    "up_s":300,"last_tick_age_s":0.4,"nodes":{"total":3},
    "accounts":[{"provider":"local","failure":"list: timed out","breaker":"open","creations_unclear":2,
      "strangers":[{"vm":"v1"}]}],
    "names_failure":null,"withheld":{"unconfirmed":4,"scale_in_budget":1},
    "config":{"problems":["coordinator.json:3:5: fleet_ids: unknown key"],"warnings":[]}})json");
  api.gives("GET /v1/zones", R"({"schema":1,"zones":[{"zone":"local/lon1","configured":true,
    "state":"active","min_servers":2,"max_servers":4,"in_service":1,"coming":0,"leaving":0,
    "held":0,"bad":1,"unknown":0,"desired":2,"outcome":"hold"}]})");
  api.gives("GET /v1/events", R"({"schema":1,"next_after":9,"events":[
    {"number":8,"at":"2026-11-23T06:00:00.000Z","severity":"alarm","code":"x","text":"long past",
     "node":null,"zone":null},
    {"number":8,"at":"2026-11-23T07:04:00.000Z","severity":"alarm","code":"read_only",
     "text":"over and done","node":null,"zone":null},
    {"number":9,"at":"2026-11-23T07:05:00.000Z","severity":"alarm","code":"x","text":"1 lines lost",
     "node":"lon1-2","zone":"local/lon1"},
    {"number":10,"at":"2026-11-23T07:06:00.000Z","severity":"alarm","code":"x","text":"7 lines lost",
     "node":"lon1-2","zone":"local/lon1"}]})");
  const auto ran = run_cli(api, {"status"});
  CHECK(ran.exit == exit_done);
  const std::vector<std::string> in_order = {
      "! configuration, not in effect: coordinator.json:3:5: fleet_ids: unknown key\n",
      "! provider local: list: timed out\n",
      "! provider local: its breaker is open",
      "! zone local/lon1: 1 bad\n",
      "! alarm 4 m ago, lon1-2: 7 lines lost (2 such)\n",
      "! paused: maintenance (ann); `edgeherd resume` ends that\n",
      "! provider local: 2 creations with an unclear outcome; a complete list tells",
      "! server local/v1 has our tag, but the journal does not know it; `edgeherd adopt local/v1`",
      "! zone local/lon1: 1 in service, min_servers 2\n",
      "! withheld: 4 by unconfirmed, 1 by scale-in budget; `edgeherd plan` shows them\n",
      "`edgeherd config apply --expect-count 4` confirms\n",
      "ZONE "};
  std::size_t at = 0;
  for (const std::string& line : in_order) {
    INFO(line << "\nin\n" << ran.out);
    const auto found = ran.out.find(line, at);
    REQUIRE(found != std::string::npos);
    at = found + 1;
  }
  CHECK_FALSE(contains(ran.out, "long past"));
  CHECK_FALSE(contains(ran.out, "over and done"));
}

TEST_CASE("a freeze is an alarm") {
  RecordedApi api;
  std::string frozen = calm_status;
  frozen.replace(frozen.find(R"("withheld":{})"), 13, R"("withheld":{"zone_freeze":2})");
  api.gives("GET /v1/status", frozen);
  api.gives("GET /v1/zones", zones);
  api.gives("GET /v1/events", no_events);
  CHECK(contains(run_cli(api, {"status"}).out, "! frozen: 2 by zone freeze"));
}

TEST_CASE("others' servers are counted below the zones, for each account that has any") {
  RecordedApi api;
  std::string shared = calm_status;
  shared.replace(shared.find(R"("strangers":[]})"), 15, R"("strangers":[],"foreign_servers":0},
    {"provider":"ocean","strangers":[],"foreign_servers":1},
    {"provider":"aws","strangers":[],"foreign_servers":12})");
  api.gives("GET /v1/status", shared);
  api.gives("GET /v1/zones", zones);
  api.gives("GET /v1/events", no_events);
  const auto ran = run_cli(api, {"status"});
  CHECK(
      ran.out.ends_with("inactive\n"
                        "\n"
                        "provider ocean: 1 server without our tag besides, never touched\n"
                        "provider aws: 12 servers without our tag besides, never touched\n"));
  CHECK_FALSE(contains(ran.out, "! provider"));
}

TEST_CASE("alarms that reach nobody are told by the status") {
  RecordedApi api;
  std::string mute = calm_status;
  mute.replace(mute.find(R"("config":{)"), 9, R"("notify":[
    {"target":"pager","waiting":3,"lost":0,"failure":"https://pager.example.org/x: answered 503"},
    {"target":"chat","waiting":0,"lost":2,"failure":null},
    {"target":"mail","waiting":1,"lost":0,"failure":null}],"config":)");
  api.gives("GET /v1/status", mute);
  api.gives("GET /v1/zones", zones);
  api.gives("GET /v1/events", no_events);
  const auto ran = run_cli(api, {"status"});
  CHECK(contains(ran.out, "! notify target pager: https://pager.example.org/x: answered 503\n"));
  CHECK(contains(ran.out, "notify target chat: works again; 2 notifications lost until now\n"));
  CHECK_FALSE(contains(ran.out, "mail"));
}

TEST_CASE("the status of one zone asks for that zone") {
  RecordedApi api;
  give_calm(api);
  api.gives("GET /v1/zones/local/lon1", R"({"schema":1,"zone":"local/lon1","configured":true,
    "state":"active","in_service":2,"min_servers":1,"max_servers":3,"desired":2})");
  const auto ran = run_cli(api, {"status", "--zone", "local/lon1"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, "local/lon1"));
  CHECK_FALSE(contains(ran.out, "local/par1"));
}

TEST_CASE("watching draws again until it is ended") {
  RecordedApi api;
  give_calm(api);
  Setting setting;
  setting.rounds = 2;
  const auto ran = run_cli(api, {"status", "--watch"}, setting);
  CHECK(ran.exit == exit_done);
  std::size_t pictures = 0;
  for (auto at = ran.out.find("fleet demo"); at != std::string::npos;
       at = ran.out.find("fleet demo", at + 1)) {
    ++pictures;
  }
  CHECK(pictures == 3);
}

TEST_CASE("with -o json the answer passes as it came") {
  RecordedApi api;
  api.gives("GET /v1/nodes", R"({"schema":1,"nodes":[],"more":[1,2]})");
  CHECK(run_cli(api, {"nodes", "-o", "json"}).out ==
        "{\"schema\":1,\"nodes\":[],\"more\":[1,2]}\n");
  give_calm(api);
  const auto status = run_cli(api, {"status", "-o", "json"});
  CHECK(contains(status.out, R"("fleet":"demo")"));
  CHECK(contains(status.out, R"("zones":[{"zone":"local/lon1")"));
}

TEST_CASE("nodes are listed by zone; names stand alone when only they are wanted") {
  RecordedApi api;
  api.gives("GET /v1/nodes", R"({"schema":1,"nodes":[
    {"id":"b","zone":"local/par1","state":"in_service","state_age_s":240,"verdict":"healthy",
     "verdict_reason":null,"flags":[],"address":"127.0.0.2","image":"v1","requests_per_s":3.44,
     "cpu":0.1,"cause":null},
    {"id":"c","zone":"local/lon1","state":"draining","state_age_s":5,"verdict":"bad",
     "verdict_reason":"edge probe fails","flags":["cordoned"],"address":null,"image":"v1",
     "requests_per_s":null,"cpu":null,"cause":"sick"}]})");
  CHECK(run_cli(api, {"nodes"}).out ==
        "NODE  ZONE        STATE       FOR  HEALTH   ADDRESS    REQUESTS/S   CPU  IMAGE  NOTE\n"
        "c     local/lon1  draining    5 s  bad      -                   -     -  v1     "
        "cordoned, sick, edge probe fails\n"
        "b     local/par1  in service  4 m  healthy  127.0.0.2         3.4  10 %  v1     -\n");
  CHECK(run_cli(api, {"nodes", "-o", "names", "--zone", "local/lon1"}).out == "b\nc\n");
  CHECK(api.asked().back() == "GET /v1/nodes?zone=local%2Flon1");
}

TEST_CASE("explain gives figures, steps, actions with their reasons, and the brakes") {
  RecordedApi api;
  api.gives("GET /v1/explain/local/lon1",
            std::string(R"({"schema":1,"zone":"local/lon1","number":4,)") +
                R"("at":"2026-11-23T07:05:08.123Z","record":)" + decision + "}");
  const auto ran = run_cli(api, {"explain", "local/lon1", "--at", "2026-11-23T07:06Z"});
  CHECK(ran.exit == exit_done);
  CHECK(api.asked().back() == "GET /v1/explain/local/lon1?at=2026-11-23T07%3A06%3A00.000Z");
  CHECK(contains(ran.out, "local/lon1 at 2026-11-23 07:05:08 UTC, "));
  CHECK(contains(ran.out, ": scale out\n"));
  CHECK(contains(ran.out, "940 Mbit/s"));
  CHECK(contains(ran.out, "  requests     2  ->  3.27  812 of 300 each at 0.83\n"));
  CHECK(contains(ran.out,
                 "    launch lon1-9\n      desired 3, capacity 2 (4 s old)\n"
                 "      no data\n"));
  CHECK(contains(ran.out,
                 "    withdraw lon1-2, scale-in\n"
                 "      held back by zone freeze: 3 of 6 changed health\n"));
}

namespace {

std::string decision_document(const std::string& replan) {
  return std::string(R"({"schema":1,"zone":"local/lon1","number":4,)") +
         R"("at":"2026-11-23T07:05:08.123Z","record":)" + decision + R"(,"replan":)" + replan + "}";
}

constexpr auto gone_story = R"({"schema":1,"id":"lon1-x","zone":"local/lon1","state":"gone",
  "ended_at":"2026-11-23T07:05:08.000Z","left_out":3,
  "left_by":{"at":"2026-11-23T07:00:00.000Z","what":"withdraw","text":"bad: no answer",
    "decision":12,"details":{"cause":"sick","verb":"",
      "reasons":[{"text":"bad: no answer","age_ms":900}],
      "known":{"state":"in_service","state_age_ms":3600000,"verdict":"bad",
        "verdict_reason":"no answer","judged_age_ms":900,"bad_seconds":30,"heard_age_ms":64000,
        "sample_age_ms":null,"requests_per_s":null,"cpu":null,"connections":null,"failing":["disk"],
        "health_probe":{"age_ms":null,"good":null,"good_in_a_row":0,"failure":""},
        "edge_probe":{"age_ms":2000,"good":false,"good_in_a_row":0,"failure":"timeout"},
        "listed_age_ms":7000,"missing_listings":0,"call_failure":"","flags":["cordoned"]}}},
  "lines":[{"at":"2026-11-23T06:00:00.000Z","what":"launch","text":"launching","decision":11,
            "details":null},
           {"at":"2026-11-23T07:05:08.000Z","what":"node_gone","text":"no longer listed",
            "decision":null,"details":null}],
  "end":{"schema":1,"provider":"local","origin":"launched","vm":"vm-7","address":"127.1.0.7",
    "image":"edge-7","image_version":"7","size":"s","cause":"sick","text":"no longer listed",
    "known":{},"logs":{"segments":3,"lines":900,"bytes":4096,"lines_lost":2,"given_up":false,
    "manifest":"logs/local/lon1/lon1-x/manifest.json","newest":[]}}})";

}  // namespace

TEST_CASE("explain shows the decision's id; with it the same plan made again is exit 0") {
  RecordedApi api;
  api.gives("GET /v1/explain/lon1", decision_document("null"));
  CHECK(contains(run_cli(api, {"explain", "lon1"}).out, "edgeherd explain --decision 4"));
  api.gives("GET /v1/decisions/4",
            decision_document(R"({"same":true,"differences":[],"left_out":0,"code":null,)"
                              R"("message":null})"));
  const auto ran = run_cli(api, {"explain", "--decision", "4"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, ": scale out\n"));
  CHECK(contains(ran.out, "made again of its inputs: the very same plan\n"));
}

TEST_CASE("a decision that today's code would make otherwise is exit 1, and shows what differs") {
  RecordedApi api;
  api.gives("GET /v1/decisions/4",
            decision_document(R"({"same":false,"differences":["x: desired: 3 then, 4 now"],)"
                              R"("left_out":2,"code":null,"message":null})"));
  const auto ran = run_cli(api, {"explain", "--decision", "4"});
  CHECK(ran.exit == exit_failed);
  CHECK(contains(ran.out, "  x: desired: 3 then, 4 now\n  and 2 more\n"));
  CHECK(contains(ran.err, "today's code makes another plan of what decision 4 was made of"));
  const auto document = run_cli(api, {"explain", "--decision", "4", "-o", "json"});
  CHECK(document.exit == exit_failed);
  CHECK(contains(document.out, R"("same":false)"));
}

TEST_CASE("a decision whose inputs are gone cannot be made again, and says so with exit 1") {
  RecordedApi api;
  api.gives("GET /v1/decisions/4",
            decision_document(R"({"same":null,"differences":[],"left_out":0,"code":"not_found",)"
                              R"("message":"the inputs are not kept any more"})"));
  const auto ran = run_cli(api, {"explain", "--decision", "4"});
  CHECK(ran.exit == exit_failed);
  CHECK(contains(ran.err, "not made again: the inputs are not kept any more"));
  CHECK(run_cli(api, {"explain", "--decision", "5"}).exit == exit_failed);
}

TEST_CASE("explain wants one thing to explain") {
  RecordedApi api;
  for (const auto& arguments : {std::vector<std::string>{"explain"},
                                {"explain", "lon1", "--decision", "4"},
                                {"explain", "--node", "x", "--decision", "4"},
                                {"explain", "--node", "x", "--at", "10m"}}) {
    const auto ran = run_cli(api, arguments);
    CHECK(ran.exit == exit_usage);
    CHECK_FALSE(ran.err.empty());
  }
  CHECK(api.asked().empty());
}

TEST_CASE(
    "a server that is gone is told by one command: who, why, what was known, what is stored") {
  RecordedApi api;
  api.gives("GET /v1/nodes/lon1-x", gone_story);
  api.gives("GET /v1/nodes/lon1-x/story", gone_story);
  const auto ran = run_cli(api, {"node", "lon1-x"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, "lon1-x in local/lon1: gone since 2026-11-23 07:05:08 UTC"));
  CHECK(contains(ran.out, "withdraw, sick"));
  CHECK(contains(ran.out, "decision 12"));
  CHECK(contains(ran.out, "bad: no answer, 0 s old"));
  CHECK(contains(ran.out, "bad (no answer), 0 s old"));
  CHECK(contains(ran.out, "64 s old"));
  CHECK(contains(ran.out, "failed (timeout), 2 s old"));
  CHECK(contains(ran.out, "vm-7"));
  CHECK(contains(ran.out, "logs/local/lon1/lon1-x/manifest.json"));
  CHECK(contains(ran.out, "2026-11-23 06:00:00  launch     launching         decision 11"));
  CHECK(contains(ran.out, "and 3 more that the record had no room for"));
  CHECK(run_cli(api, {"explain", "--node", "lon1-x"}).out == ran.out);
  CHECK(contains(run_cli(api, {"node", "lon1-x", "-o", "json"}).out, R"("left_out":3)"));
}

TEST_CASE("the moment to explain may be said as how long ago; nonsense is wrong usage") {
  RecordedApi api;
  CHECK(run_cli(api, {"explain", "lon1", "--at", "10m"}).exit == exit_failed);  // asked: not found
  CHECK(contains(api.asked().back(), "GET /v1/explain/lon1?at=20"));
  const auto ran = run_cli(api, {"explain", "lon1", "--at", "teatime"});
  CHECK(ran.exit == exit_usage);
  CHECK(contains(ran.err, "--at \"teatime\" is no moment"));
  CHECK(contains(ran.err, "10m"));
  CHECK(api.asked().size() == 1);
}

TEST_CASE("the plan shows zones that have something to do, and of the others why not") {
  RecordedApi api;
  api.gives("GET /v1/plan", std::string(R"({"schema":1,"zones":[)") + decision +
                                R"(,{"zone":"local/par1","outcome":"within tolerance",)"
                                R"("steps":[],"actions":[],"withheld":[]}]})");
  const auto ran = run_cli(api, {"plan"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, "local/lon1: scale out\n"));
  CHECK(contains(ran.out, "local/par1: within tolerance\n"));
}

TEST_CASE("events are followed from the newest seen, and each comes once") {
  RecordedApi api;
  const auto event = [](int number, const std::string& text) {
    return R"({"number":)" + std::to_string(number) +
           R"(,"at":"2026-11-23T07:05:08.000Z","severity":"warning","code":"c","text":")" + text +
           R"(","node":"lon1-2","zone":"local/lon1"})";
  };
  const auto answer = [](const std::string& events, int next) {
    return R"({"schema":1,"events":[)" + events + R"(],"next_after":)" + std::to_string(next) + "}";
  };
  api.gives("GET /v1/events", answer(event(7, "first"), 7));
  api.gives("GET /v1/events", answer(event(8, "second"), 8));
  api.gives("GET /v1/events", answer("", 8));
  Setting setting;
  setting.rounds = 2;
  const auto ran = run_cli(api, {"events", "--follow", "--zone", "lon1", "--limit", "5"}, setting);
  CHECK(ran.exit == exit_done);
  CHECK(ran.out ==
        "TIME (UTC)           SEVERITY  ZONE          NODE              WHAT\n"
        "2026-11-23 07:05:08  warning   local/lon1    lon1-2            first\n"
        "2026-11-23 07:05:08  warning   local/lon1    lon1-2            second\n");
  REQUIRE(api.asked().size() == 3);
  CHECK(api.asked()[0] == "GET /v1/events?limit=5&zone=lon1");
  CHECK(api.asked()[1] == "GET /v1/events?after=7&wait=25s&zone=lon1");
  CHECK(api.asked()[2] == "GET /v1/events?after=8&wait=25s&zone=lon1");
}

TEST_CASE("a node's page leaves out what is not known") {
  RecordedApi api;
  api.gives("GET /v1/nodes/lon1-2", R"({"schema":1,"id":"lon1-2","zone":"local/lon1",
    "provider":"local","state":"in_service","state_age_s":240,"age_s":300,"verdict":"healthy",
    "verdict_reason":null,"flags":["protected"],"address":"127.0.0.2","requests_per_s":12.0,
    "cpu":null,"leaving":null,"agent":{"enrolled":true,"heard_age_s":0.5,"failing":[],
    "log_lines_lost":0},"health_probe":{"asked_age_s":1.0,"good":true,"failure":null},
    "edge_probe":{"asked_age_s":2.0,"good":false,"failure":"answered 502"},
    "stored_logs":{"segments":3,"lines":1200,"bytes":4096}})");
  const auto ran = run_cli(api, {"node", "lon1-2"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, "lon1-2 in local/lon1: in service for 4 m, healthy\nprotected\n"));
  CHECK(contains(ran.out, "health page         good, 1 s ago\n"));
  CHECK(contains(ran.out, "edge port           answered 502\n"));
  CHECK(contains(ran.out, "lines               1200\n"));
  CHECK_FALSE(contains(ran.out, "cpu"));
  CHECK_FALSE(contains(ran.out, "leaving"));
}
