// What changes the fleet: what is asked for, what is refused before anything is asked.
#include "tests/support/catch.h"
#include "tests/unit/coordinator/cli/recorded_api.h"

using namespace edgeherd;
using namespace edgeherd::cli;
using edgeherd::test::contains;
using edgeherd::test::RecordedApi;
using edgeherd::test::run_cli;
using edgeherd::test::Setting;

namespace {

constexpr auto plan_of_two = R"({"schema":1,"nodes":[
  {"node":"a","zone":"local/lon1","state":"in_service","note":null},
  {"node":"b","zone":"local/lon1","state":"booting","note":"is not in service yet"}],
  "warnings":["zone local/lon1 has 2 in service and min_servers 2"],"started":false})";
constexpr auto plan_of_one = R"({"schema":1,"nodes":[
  {"node":"a","zone":"local/lon1","state":"in_service","note":null}],"warnings":[],
  "started":false})";
constexpr auto zone = R"({"schema":1,"zone":"local/lon1","state":"active","in_service":2,
  "coming":0,"desired":2})";
constexpr auto done = R"({"schema":1,"done":true})";

bool only_looked(RecordedApi& api) {
  for (const std::string& question : api.asked()) {
    if (question.starts_with("POST") && !contains(question, R"("dry_run":true)")) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("no selector is wrong usage and never means all") {
  RecordedApi api;
  for (const auto& line :
       std::vector<std::vector<std::string>>{{"terminate"},
                                             {"terminate", "--all"},
                                             {"terminate", "--zone", "lon1"},
                                             {"terminate", "--zone", "lon1", "--expect-count", "4"},
                                             {"terminate", "a", "--zone", "lon1", "--all"},
                                             {"terminate", "a", "--all"}}) {
    const auto ran = run_cli(api, line);
    CHECK(ran.exit == exit_usage);
    CHECK(contains(ran.err, "--zone ZONE --all --expect-count N"));
  }
  CHECK(api.asked().empty());
}

TEST_CASE("a termination is taken back for each server by name") {
  RecordedApi api;
  api.gives("POST /v1/nodes/a/keep", done);
  api.gives("POST /v1/nodes/b/keep", done);
  const auto ran = run_cli(api, {"keep", "a", "b"});
  CHECK(ran.exit == exit_done);
  CHECK(ran.out == "a: kept\nb: kept\n");
}

TEST_CASE("one server goes after its plan was shown, and what replaces it") {
  RecordedApi api;
  api.gives("POST /v1/nodes/terminate", plan_of_one);
  api.gives("GET /v1/zones/local/lon1", zone);
  const auto ran = run_cli(api, {"terminate", "a"});
  CHECK(ran.exit == exit_done);
  CHECK(ran.out ==
        "NODE  ZONE        STATE       NOTE\n"
        "a     local/lon1  in service  -\n"
        "\n"
        "zone local/lon1: 1 server of 2 in service, desired 2: 1 new server to be launched\n"
        "\n"
        "asked out: 1 server; `edgeherd events --follow` shows how they leave\n");
  REQUIRE(api.asked().size() == 3);
  CHECK(api.asked()[0] == R"(POST /v1/nodes/terminate {"nodes":["a"],"dry_run":true})");
  CHECK(api.asked()[2] == R"(POST /v1/nodes/terminate {"nodes":["a"],"expect_count":1})");
}

TEST_CASE("more than one server wants the number expected, which must be right") {
  RecordedApi api;
  api.gives("POST /v1/nodes/terminate", plan_of_two);
  api.gives("GET /v1/zones/local/lon1", zone);
  const std::vector<std::string> line = {"terminate", "--zone", "lon1", "--all"};
  const auto with = [&](const std::string& number) {
    auto more = line;
    more.insert(more.end(), {"--expect-count", number});
    return run_cli(api, more);
  };

  const auto without = run_cli(api, line);
  CHECK(without.exit == exit_refused);
  CHECK(contains(without.out, "! zone local/lon1 has 2 in service and min_servers 2\n"));
  CHECK(contains(without.err, "this removes 2 servers; nothing was done"));
  CHECK(contains(without.err, "--expect-count 2"));

  const auto wrong = with("3");
  CHECK(wrong.exit == exit_refused);
  CHECK(contains(wrong.err, "this removes 2 servers, not 3"));
  CHECK(only_looked(api));

  CHECK(with("2").exit == exit_done);
  CHECK(api.asked().back() ==
        R"(POST /v1/nodes/terminate {"zone":"lon1","all":true,"expect_count":2})");
}

TEST_CASE("a wrong expectation of one server is refused too") {
  RecordedApi api;
  api.gives("POST /v1/nodes/terminate", plan_of_one);
  api.gives("GET /v1/zones/local/lon1", zone);
  CHECK(run_cli(api, {"terminate", "a", "--expect-count", "2"}).exit == exit_refused);
  CHECK(run_cli(api, {"terminate", "a", "--expect-count", "2", "--dry-run"}).exit == exit_refused);
  CHECK(run_cli(api, {"terminate", "a", "--expect-count", "1", "--dry-run"}).exit == exit_done);
  CHECK(only_looked(api));
}

TEST_CASE("a dry run shows the plan and does nothing, --now is passed on") {
  RecordedApi api;
  api.gives("POST /v1/nodes/terminate", plan_of_two);
  api.gives("GET /v1/zones/local/lon1", zone);
  CHECK(run_cli(api, {"terminate", "a", "b", "--dry-run", "--now"}).exit == exit_done);
  CHECK(only_looked(api));
  CHECK(api.asked().front() ==
        R"(POST /v1/nodes/terminate {"nodes":["a","b"],"now":true,"dry_run":true})");
}

TEST_CASE("flags go to each node by name") {
  RecordedApi api;
  api.gives("POST /v1/nodes/a/cordon", done);
  api.gives("POST /v1/nodes/b/cordon", done);
  const auto ran = run_cli(api, {"cordon", "a", "b"});
  CHECK(ran.exit == exit_done);
  CHECK(ran.out == "a: cordoned\nb: cordoned\n");
  api.gives("POST /v1/nodes/x%2Fy/protect", done);
  api.gives("POST /v1/nodes/x/y/protect", done);
  CHECK(run_cli(api, {"protect", "x/y"}).exit == exit_done);
  CHECK(api.asked().back() == "POST /v1/nodes/x%2Fy/protect {}");
  api.gives("POST /v1/nodes/a/quarantine", done);
  CHECK(run_cli(api, {"quarantine", "a"}).out == "a: quarantined\n");
}

TEST_CASE("standing orders say what they need") {
  RecordedApi api;
  api.gives("POST /v1/pause", done);
  api.gives("POST /v1/resume", done);
  api.gives("POST /v1/takeover", done);
  CHECK(run_cli(api, {"pause", "--reason", "maintenance"}).exit == exit_done);
  CHECK(api.asked().back() == R"(POST /v1/pause {"reason":"maintenance"})");
  CHECK(run_cli(api, {"pause", "a storm"}).exit == exit_done);
  CHECK(api.asked().back() == R"(POST /v1/pause {"reason":"a storm"})");
  CHECK(run_cli(api, {"pause", "a storm", "--reason", "two"}).exit == exit_usage);
  CHECK(run_cli(api, {"pause"}).exit == exit_done);
  CHECK(run_cli(api, {"resume"}).exit == exit_done);
  CHECK(api.asked().back() == "POST /v1/resume {}");
  CHECK(run_cli(api, {"resume", "--read-only"}).exit == exit_done);
  CHECK(api.asked().back() == R"(POST /v1/resume {"read_only":true})");
  CHECK(run_cli(api, {"resume", "--read-only", "--expect-count", "3"}).exit == exit_done);
  CHECK(api.asked().back() == R"(POST /v1/resume {"read_only":true,"expect_count":3})");
  CHECK(run_cli(api, {"resume", "--expect-count", "3"}).exit == exit_usage);
  CHECK(run_cli(api, {"takeover"}).exit == exit_done);
}

TEST_CASE("another try says what it opened") {
  RecordedApi api;
  api.gives("POST /v1/retry", R"({"schema":1,"opened":["do/lon1/s-1","do/lon1/s-2"]})");
  CHECK(run_cli(api, {"retry"}).exit == exit_usage);
  CHECK(run_cli(api, {"retry", "lon1"}).out ==
        "lon1: open again: do/lon1/s-1\nlon1: open again: do/lon1/s-2\n");
  CHECK(api.asked().back() == R"(POST /v1/retry {"zone":"lon1"})");
}

TEST_CASE("adopt, forget and the enrolment token name whom they mean") {
  RecordedApi api;
  api.gives("POST /v1/adopt", R"({"schema":1,"node":"local-v1"})");
  api.gives("POST /v1/forget", done);
  api.gives("POST /v1/enroll-token",
            R"({"schema":1,"node":"a","token":"t0k","user_data":"{\n  \"x\": 1\n}"})");
  CHECK(run_cli(api, {"adopt", "local/v1", "--zone", "lon1"}).out ==
        "local/v1: adopted as local-v1, protected until `edgeherd unprotect local-v1`\n");
  CHECK(api.asked().back() == R"(POST /v1/adopt {"provider":"local","vm":"v1","zone":"lon1"})");
  for (const char* wrong : {"v1", "/v1", "local/"}) {
    CHECK(run_cli(api, {"adopt", wrong}).exit == exit_usage);
  }
  CHECK(run_cli(api, {"forget", "a"}).exit == exit_done);
  CHECK(api.asked().back() == R"(POST /v1/forget {"node":"a"})");
  CHECK(run_cli(api, {"enroll", "token", "a"}).out ==
        "node   a\ntoken  t0k\n\nuser data:\n{\n  \"x\": 1\n}\n");
}

TEST_CASE("a configuration is confirmed with the number of removals") {
  RecordedApi api;
  api.gives("POST /v1/config/apply", R"({"schema":1,"confirmed":4,"zones":{"local/lon1":4}})");
  const auto ran = run_cli(api, {"config", "apply", "--expect-count", "4"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, "confirmed: 4 removals\n"));
  CHECK(api.asked().back() == R"(POST /v1/config/apply {"expect_count":4})");
}

TEST_CASE("files are checked here, without a coordinator") {
  Setting setting;
  setting.variables["EDGEHERD_ENDPOINT"] = "http://127.0.0.1:1";
  setting.check_files = [](const std::string& path) {
    CheckedFiles found;
    found.files = {path};
    if (path == "bad.json") found.problems = {"bad.json:3:5: regons: unknown key"};
    return found;
  };
  const auto good = run_cli({"config", "check", "good.json"}, setting);
  CHECK(good.exit == exit_done);
  CHECK(good.out == "good: 1 file read\n");
  const auto bad = run_cli({"config", "check", "bad.json"}, setting);
  CHECK(bad.exit == exit_failed);
  CHECK(bad.err ==
        "edgeherd: bad.json has 1 problem; nothing was changed\n"
        "  bad.json:3:5: regons: unknown key\n");
  const auto for_programs = run_cli({"config", "check", "bad.json", "-o", "json"}, setting);
  CHECK(for_programs.exit == exit_failed);
  CHECK(contains(for_programs.out, R"("good":false,"problems":["bad.json:3:5: regons)"));
}

TEST_CASE("the coordinator's own files are checked and reloaded by the coordinator") {
  RecordedApi api;
  api.gives("POST /v1/config/check", R"({"schema":1,"warnings":["no provider file"],"good":true})");
  api.gives(
      "POST /v1/config/reload",
      R"({"schema":1,"warnings":[],"code":"invalid","message":"the configuration has 1 problem",
                "hint":"a.json:1:2: x","problems":["a.json:1:2: x"]})",
      422);
  CHECK(run_cli(api, {"config", "check"}).out ==
        "warning: no provider file\ngood: the coordinator's files on disk\n");
  const auto ran = run_cli(api, {"config", "reload"});
  CHECK(ran.exit == exit_failed);
  CHECK(ran.err == "edgeherd: the configuration has 1 problem\n  a.json:1:2: x\n");
}
