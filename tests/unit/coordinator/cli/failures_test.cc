// Each way in which the coordinator may not do what was asked has an exit code and a sentence.
#include <boost/json/parse.hpp>

#include "tests/support/catch.h"
#include "tests/support/raw_socket.h"
#include "tests/unit/coordinator/cli/recorded_api.h"

using namespace edgeherd;
using namespace edgeherd::cli;
using edgeherd::test::contains;
using edgeherd::test::RecordedApi;
using edgeherd::test::run_cli;
using edgeherd::test::Setting;

namespace {

std::string unused_endpoint() {
  // Bound and let go: nobody listens there.
  return "http://127.0.0.1:" + std::to_string(test::RawListener().port());
}

}  // namespace

TEST_CASE("a coordinator that does not answer is unreachable, and the endpoint is named") {
  const std::string endpoint = unused_endpoint();
  const auto ran = run_cli({"status", "--endpoint", endpoint});
  CHECK(ran.exit == exit_unreachable);
  CHECK(contains(ran.err, "edgeherd: no coordinator answers: GET " + endpoint));
  CHECK(contains(ran.err, "EDGEHERD_ENDPOINT"));
  CHECK(ran.out.empty());
}

TEST_CASE("a follower gives up on a coordinator that stays away") {
  Setting setting;
  setting.rounds = 1000;
  CHECK(run_cli({"events", "--follow", "--endpoint", unused_endpoint()}, setting).exit ==
        exit_unreachable);
}

TEST_CASE("the API's message and hint are shown, the exit code says of what kind it is") {
  struct Case {
    int status;
    int exit;
  };
  for (const auto& [status, exit] :
       {Case{400, exit_usage}, Case{401, exit_refused}, Case{403, exit_refused},
        Case{404, exit_failed}, Case{409, exit_refused}, Case{422, exit_failed},
        Case{429, exit_failed}, Case{500, exit_failed}, Case{503, exit_failed}}) {
    RecordedApi api;
    api.gives("GET /v1/nodes", R"({"schema":1,"code":"c","message":"it cannot be","hint":"do so"})",
              status);
    const auto ran = run_cli(api, {"nodes"});
    INFO(status);
    CHECK(ran.exit == exit);
    CHECK(ran.err == "edgeherd: it cannot be\n  do so\n");
    CHECK(ran.out.empty());
  }
}

TEST_CASE("with -o json errors are JSON too") {
  RecordedApi api;
  api.gives("POST /v1/resume",
            R"({"schema":1,"code":"conflict","message":"it is not paused","hint":null})", 409);
  const auto ran = run_cli(api, {"resume", "-o", "json"});
  CHECK(ran.exit == exit_refused);
  const auto document = boost::json::parse(ran.err).as_object();
  CHECK(document.at("code") == "conflict");
  CHECK(document.at("message") == "it is not paused");
  CHECK(document.at("hint").is_null());
}

TEST_CASE("an error that is not the API's names the question and the status") {
  RecordedApi api;
  api.gives("GET /v1/nodes", "<html>", 500);
  const auto ran = run_cli(api, {"nodes"});
  CHECK(ran.exit == exit_failed);
  CHECK(contains(ran.err, "GET /v1/nodes was answered with 500 Internal Server Error"));
}

TEST_CASE("an answer that is no JSON, or another JSON, fails and says so") {
  for (const char* body :
       {"hello", "", "[]", "{\"schema\":1", "{}", R"({"nodes":7})", R"({"nodes":[7]})",
        R"({"nodes":[{"id":7}]})", R"({"nodes":[{"id":"a","state_age_s":"old"}]})"}) {
    RecordedApi api;
    api.gives("GET /v1/nodes", body);
    const auto ran = run_cli(api, {"nodes"});
    INFO(body);
    CHECK(ran.exit == exit_failed);
    CHECK(ran.out.empty());
    CHECK(contains(ran.err, "edgeherd: "));
  }
}

TEST_CASE("what is no HTTP fails and names the endpoint") {
  test::RawListener peer;
  const std::string endpoint = "http://127.0.0.1:" + std::to_string(peer.port());
  std::thread answer([&] {
    auto socket = peer.accept();
    (void)socket.receive_until("\r\n\r\n");
    socket.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    socket.shutdown_send();
  });
  const auto ran = run_cli({"nodes", "--endpoint", endpoint});
  answer.join();
  CHECK(ran.exit == exit_failed);
  CHECK(contains(ran.err, endpoint));
}

TEST_CASE("the token goes as a bearer's, and only when there is one") {
  RecordedApi api;
  api.gives("GET /v1/nodes", R"({"schema":1,"nodes":[]})");
  CHECK(run_cli(api, {"nodes"}).exit == exit_done);
  CHECK(api.authorization().empty());
  CHECK(run_cli(api, {"nodes", "--token", "t0k"}).exit == exit_done);
  CHECK(api.authorization() == "Bearer t0k");
}

TEST_CASE("of several nodes the first that is refused ends it, what was done is said") {
  RecordedApi api;
  api.gives("POST /v1/nodes/a/cordon", R"({"schema":1,"done":true})");
  const auto ran = run_cli(api, {"cordon", "a", "b", "c"});
  CHECK(ran.exit == exit_failed);
  CHECK(ran.out == "a: cordoned\n");
  CHECK(contains(ran.err, "/v1/nodes/b/cordon"));
  CHECK(api.asked().size() == 2);
}

TEST_CASE("control characters of a server's texts do not reach the terminal") {
  RecordedApi api;
  api.gives("GET /v1/nodes", R"({"nodes":[{"id":"a\u001b[2J","flags":[],"zone":"z"}]})");
  const auto ran = run_cli(api, {"nodes"});
  CHECK(ran.exit == exit_done);
  CHECK(contains(ran.out, "a [2J"));
  CHECK_FALSE(contains(ran.out, "\033"));
}

TEST_CASE(
    "events of a node that nobody ever heard of are an error, of a quiet node they are none") {
  for (const int status : {200, 404}) {
    RecordedApi api;
    api.gives("GET /v1/events", R"({"schema":1,"next_after":-1,"events":[]})");
    api.gives("GET /v1/nodes/nope", R"({"schema":1,"code":"not_found","message":"who is nope"})",
              status);
    const auto ran = run_cli(api, {"events", "--node", "nope"});
    CHECK(ran.exit == (status == 200 ? exit_done : exit_failed));
    CHECK(ran.out == (status == 200 ? "nothing is recorded\n" : ""));
    CHECK(ran.err == (status == 200 ? "" : "edgeherd: who is nope\n"));
  }
}
