#include "coordinator/api/api.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "tests/unit/coordinator/api/api_bench.h"

using namespace edgeherd;
using namespace edgeherd::tests;

TEST_CASE("the API asks for a token, and for a role that is enough") {
  Bench bench;
  check_error(bench.anyone.get("/v1/status"), 401, "unauthenticated");
  check_error(Caller{bench.coordinator.url(), "wrong-token-0123456789"}.get("/v1/status"), 401,
              "unauthenticated");
  CHECK(bench.viewer.get("/v1/status").status == 200);
  check_error(bench.viewer.post("/v1/pause", R"({"reason":"x"})"), 403, "forbidden");
  CHECK(bench.alice.get("/v1/status").status == 200);
  CHECK(bench.alice.post("/v1/pause", R"({"reason":"x"})").status == 200);
}

TEST_CASE(
    "on loopback the endpoints, the metrics and the page are open, life and readiness always") {
  Bench bench;
  for (const char* path :
       {"/", "/metrics", "/livez", "/v1/zones/lon1/endpoints", "/v1/zones/test/lon1/endpoints"}) {
    INFO(path);
    CHECK(bench.anyone.get(path).status == 200);
  }
}

TEST_CASE("what is not there is said in one form") {
  Bench bench;
  check_error(bench.viewer.get("/v1/nothing"), 404, "not_found");
  check_error(bench.viewer.get("/v1/nodes/none"), 404, "not_found");
  const object error = document(bench.viewer.get("/v1/zones/par1"));
  CHECK(text(error, "message") == "there is no zone \"par1\"; there are: test/lon1, test/lon2");
  const http::Response wrong = bench.alice.post("/v1/status");
  check_error(wrong, 405, "method_not_allowed");
  CHECK(http::header(wrong.headers, "Allow") == "GET");
}

TEST_CASE("a filter that is misspelt is refused, not taken for none") {
  Bench bench;
  const http::Response wrong = bench.viewer.get("/v1/nodes?zones=lon1");
  check_error(wrong, 400, "invalid");
  CHECK(text(document(wrong), "message") == "/v1/nodes has no query parameter \"zones\"");
  CHECK(text(document(wrong), "hint") == "it has: zone, state, verdict");
  check_error(bench.viewer.get("/v1/status?zone=lon1"), 400, "invalid");
  check_error(bench.alice.post("/v1/pause?zone=lon1"), 400, "invalid");
  CHECK(bench.viewer.get("/metrics?collect=all").status == 200);
}

TEST_CASE("status, zones and nodes tell what the configuration and the journal hold") {
  Bench bench(three_nodes());
  const object status = document(bench.viewer.get("/v1/status"));
  CHECK(text(status, "fleet") == "test");
  CHECK(text(status, "state") == "shadow");
  CHECK(status.at("nodes").at("total").to_number<int>() == 3);
  const object zones = document(bench.viewer.get("/v1/zones"));
  REQUIRE(zones.at("zones").as_array().size() == 2);
  const object& lon1 = zones.at("zones").as_array()[0].as_object();
  CHECK(text(lon1, "zone") == "test/lon1");
  CHECK(text(lon1, "region_name") == "London");
  CHECK(lon1.at("in_service").to_number<int>() == 3);
  CHECK(lon1.at("min_servers").to_number<int>() == 2);
  const object detail = document(bench.viewer.get("/v1/zones/lon1"));
  CHECK(detail.at("nodes").as_array().size() == 3);
  CHECK(detail.at("decision").is_object());
  const object nodes = document(bench.viewer.get("/v1/nodes?zone=lon1&state=in_service"));
  CHECK(nodes.at("nodes").as_array().size() == 3);
  CHECK(document(bench.viewer.get("/v1/nodes?zone=lon2")).at("nodes").as_array().empty());
  const object node = document(bench.viewer.get("/v1/nodes/bb"));
  CHECK(text(node, "state") == "in_service");
  CHECK(text(node, "vm") == "vm-bb");
  CHECK(node.at("requests_per_s").is_null());  // not known is not zero
}

TEST_CASE("the endpoints of a zone are its nodes in service") {
  Setup setup = three_nodes();
  setup.nodes.push_back(make_node("dddd", "test/lon1", NodeState::draining));
  Bench bench(setup);
  const object answer = document(bench.anyone.get("/v1/zones/lon1/endpoints"));
  CHECK(answer.at("endpoints").as_array().size() == 3);
  CHECK(answer.at("ttl_s").to_number<double>() == 30);
  CHECK(text(answer.at("endpoints").as_array()[0].as_object(), "address") == "127.9.9.2");
}

TEST_CASE("a list of endpoints is not empty only because its servers are not taken in yet") {
  Setup setup;
  Bench fresh(setup);
  CHECK(document(fresh.anyone.get("/v1/zones/lon1/endpoints")).at("endpoints").as_array().empty());
  setup.nodes = {make_node("dddd", "test/lon1", NodeState::verifying)};
  setup.nodes[0].origin = model::Origin::adopted;
  Bench bench(setup);
  check_error(bench.anyone.get("/v1/zones/lon1/endpoints"), 503, "unavailable");
  setup.nodes.push_back(make_node("aaaa", "test/lon1", NodeState::in_service));
  Bench serving(setup);
  CHECK(
      document(serving.anyone.get("/v1/zones/lon1/endpoints")).at("endpoints").as_array().size() ==
      1);
}

TEST_CASE("a fleet in shadow mode takes no orders") {
  Bench bench(three_nodes());
  check_error(bench.alice.post("/v1/nodes/terminate", R"({"nodes":["a"],"expect_count":1})"), 403,
              "refused");
}

TEST_CASE("a server of an account that is not configured cannot be adopted, and those are named") {
  Bench bench;
  const auto answer = bench.alice.post("/v1/adopt", R"({ "provider": "aws", "vm": "x" })");
  check_error(answer, 404, "not_found");
  CHECK(answer.body.find("there is no account 'aws'; there are: test") != std::string::npos);
}

TEST_CASE("a termination must say what it means") {
  Setup paused = three_nodes();
  paused.restraint = Restraint::pause;
  Bench bench(paused);
  const std::string path = "/v1/nodes/terminate";
  check_error(bench.alice.post(path, "{}"), 400, "invalid");
  check_error(bench.alice.post(path, R"({"nodes":[]})"), 400, "invalid");
  check_error(bench.alice.post(path, R"({"zone":"lon1"})"), 400, "invalid");
  check_error(bench.alice.post(path, R"({"all":true})"), 400, "invalid");
  check_error(bench.alice.post(path, R"({"nodes":["a"],"zone":"lon1","all":true})"), 400,
              "invalid");
  check_error(bench.alice.post(path, R"({"nodes":["nobody"]})"), 404, "not_found");
  check_error(bench.alice.post(path, R"({"node":"a"})"), 400, "invalid");
  check_error(bench.alice.post(path, R"({"nodes":["a","bb"]})"), 409, "conflict");
  const http::Response wrong = bench.alice.post(path, R"({"nodes":["a","bb"],"expect_count":3})");
  CHECK(wrong.status >= 400);
  const object preview =
      document(bench.alice.post(path, R"({"zone":"lon1","all":true,"dry_run":true})"));
  CHECK(preview.at("nodes").as_array().size() == 3);
  CHECK_FALSE(preview.at("started").as_bool());
  const object done = document(bench.alice.post(path, R"({"nodes":["a","bb"],"expect_count":2})"));
  CHECK(done.at("started").as_bool());
  const auto flags = [&] {
    return document(bench.viewer.get("/v1/nodes/a")).at("flags").as_array();
  };
  REQUIRE(flags().size() == 1);
  CHECK(flags()[0].as_string() == "asked_out");
  // Taken back; a second time there is nothing to take back.
  CHECK(bench.alice.post("/v1/nodes/a/keep").status == 200);
  CHECK(flags().empty());
  check_error(bench.alice.post("/v1/nodes/a/keep"), 409, "conflict");
}

TEST_CASE("flags are set, shown, and leave an event that names who did it") {
  Bench bench(three_nodes());
  CHECK(bench.alice.post("/v1/nodes/a/protect").status == 200);
  const object node = document(bench.viewer.get("/v1/nodes/a"));
  REQUIRE(node.at("flags").as_array().size() == 1);
  CHECK(node.at("flags").as_array()[0].as_string() == "protected");
  CHECK(bench.alice.post("/v1/nodes/terminate", R"({"nodes":["a"]})").status == 403);
  CHECK(bench.alice.post("/v1/nodes/a/unprotect").status == 200);
  bool named = false;
  const object events = document(bench.viewer.get("/v1/events"));
  for (const auto& event : events.at("events").as_array()) {
    named = named || text(event.as_object(), "text") == "alice: protect";
  }
  CHECK(named);
}

TEST_CASE("a pause is shown until it ends, and ends once") {
  Bench bench;
  check_error(bench.alice.post("/v1/resume"), 409, "conflict");
  check_error(bench.alice.post("/v1/pause"), 400, "invalid");
  CHECK(bench.alice.post("/v1/pause", R"({"reason":"moving racks"})").status == 200);
  const object status = document(bench.viewer.get("/v1/status"));
  CHECK(text(status, "state") == "paused");
  CHECK(text(status, "reason").find("moving racks") != std::string::npos);
  CHECK(bench.alice.post("/v1/resume").status == 200);
}

TEST_CASE("another try names a zone, and wants something that is closed") {
  Bench bench(three_nodes());
  check_error(bench.viewer.post("/v1/retry", R"({"zone":"lon1"})"), 403, "forbidden");
  check_error(bench.alice.post("/v1/retry"), 400, "invalid");
  check_error(bench.alice.post("/v1/retry", R"({"zone":"lon9"})"), 404, "not_found");
  check_error(bench.alice.post("/v1/retry", R"({"zone":"lon1"})"), 409, "conflict");
}

TEST_CASE("another try opens what is closed, is told by name, and is an operator's event") {
  Setup setup = three_nodes();
  setup.restraint = Restraint::pause;
  setup.closed = {{ProviderId("test"), "lon1", ""}};
  Bench bench(setup);
  const http::Response opened = bench.alice.post("/v1/retry", R"({"zone":"lon1"})");
  INFO(opened.body);
  REQUIRE(opened.status == 200);
  CHECK(document(opened).at("opened") == boost::json::array{"test lon1"});
  CHECK(bench.viewer.get("/v1/events").body.find("alice: retry") != std::string::npos);
  check_error(bench.alice.post("/v1/retry", R"({"zone":"lon1"})"), 409, "conflict");
}

TEST_CASE("events can be waited for") {
  Bench bench;
  const object first = document(bench.viewer.get("/v1/events"));
  const auto after = first.at("next_after").to_number<std::int64_t>();
  std::thread later([&] { (void)bench.alice.post("/v1/pause", R"({"reason":"x"})"); });
  const object next = document(bench.viewer.get(
      "/v1/events?after=" + std::to_string(std::max<std::int64_t>(after, 0)) + "&wait=10s"));
  later.join();
  CHECK_FALSE(next.at("events").as_array().empty());
  check_error(bench.viewer.get("/v1/events?limit=0"), 400, "invalid");
  check_error(bench.viewer.get("/v1/events?after=x"), 400, "invalid");
  check_error(bench.viewer.get("/v1/events?wait=soon"), 400, "invalid");
}

TEST_CASE("the configuration is reloaded when it is good, and stays when it is not") {
  Bench bench;
  bench.coordinator.write_zones(R"("lon1": { "min_servers": 9, "max_servers": 8 })");
  const http::Response bad = bench.alice.post("/v1/config/reload");
  CHECK(bad.status == 422);
  const object problems = document(bad);
  REQUIRE(problems.at("problems").as_array().size() == 1);
  CHECK(problems.at("problems").as_array()[0].as_string().find("test.json:3:") !=
        std::string::npos);
  CHECK(document(bench.viewer.get("/v1/zones")).at("zones").as_array().size() == 2);
  CHECK(document(bench.viewer.get("/v1/status")).at("config").at("problems").as_array().size() ==
        1);

  CHECK(bench.viewer.get("/v1/events").body.find("config_refused") != std::string::npos);
  bench.coordinator.write_zones(R"("lon1": { "min_servers": 3, "max_servers": 8 })");
  CHECK(bench.viewer.post("/v1/config/check").status == 200);
  CHECK(document(bench.viewer.get("/v1/zones/lon1")).at("min_servers").to_number<int>() == 2);
  CHECK(bench.alice.post("/v1/config/reload").status == 200);
  CHECK(document(bench.viewer.get("/v1/zones/lon1")).at("min_servers").to_number<int>() == 3);
  CHECK(document(bench.viewer.get("/v1/status")).at("config").at("problems").as_array().empty());
}

TEST_CASE("a zone that loses its configuration keeps its nodes until they are let go") {
  Bench bench(three_nodes());
  bench.coordinator.write_zones(R"("lon2": { "min_servers": 0, "max_servers": 8 })");
  const object done = document(bench.alice.post("/v1/config/reload"));
  REQUIRE(done.at("warnings").as_array().size() >= 1);
  const object zone = document(bench.viewer.get("/v1/zones/lon1"));
  CHECK(text(zone, "state") == "inactive");
  CHECK(zone.at("in_service").to_number<int>() == 3);
}

TEST_CASE("what nobody asked to confirm cannot be confirmed") {
  Bench bench;
  check_error(bench.alice.post("/v1/config/apply", R"({"expect_count":3})"), 409, "conflict");
}

TEST_CASE("a body must be JSON of the known keys, sent as JSON") {
  Bench bench;
  check_error(bench.alice.post("/v1/pause", "{"), 400, "invalid");
  check_error(bench.alice.post("/v1/pause", "[]"), 400, "invalid");
  check_error(bench.alice.post("/v1/pause", R"({"reason":7})"), 400, "invalid");
  check_error(bench.alice.post("/v1/pause", R"({"reason":"x","resaon":"y"})"), 400, "invalid");
  // What a form of another site could send.
  os::AsioLoop loop;
  http::Client client(loop.io(), {});
  http::ClientRequest request;
  request.method = "POST";
  request.url = bench.coordinator.url() + "/v1/pause";
  request.headers = {{"Authorization", std::string("Bearer ") + operator_token},
                     {"Content-Type", "text/plain"}};
  request.body = R"({"reason":"x"})";
  int status = 0;
  client.send(std::move(request), [&](const Result<http::Response>& answer) {
    status = answer ? answer->status : -1;
    loop.stop();
  });
  loop.run();
  CHECK(status == 400);
}

TEST_CASE("without tokens only this machine's own names are answered") {
  Setup setup;
  setup.tokens = false;
  Bench bench(setup);
  CHECK(bench.anyone.get("/v1/status").status == 200);
  check_error(bench.anyone.send("GET", "/v1/status", "", {{"Host", "rebound.example.org"}}), 403,
              "forbidden");
}

TEST_CASE("the page and the metrics hold nothing that a node could inject") {
  Setup setup;
  model::Node node = make_node("a", "test/lon1", NodeState::in_service);
  node.address = "<script>\"\\\n";
  setup.nodes = {node};
  Bench bench(setup);
  const http::Response page = bench.anyone.get("/");
  CHECK(page.body.find("<script>") == std::string::npos);
  CHECK(page.body.find("&lt;script&gt;") != std::string::npos);
  CHECK(http::header(page.headers, "Content-Security-Policy").find("default-src 'none'") == 0);
  const http::Response metrics = bench.anyone.get("/metrics");
  CHECK(metrics.body.find("edgeherd_nodes{zone=\"test/lon1\",state=\"in_service\"} 1") !=
        std::string::npos);
}

TEST_CASE("an enrolment token is for nodes that have not enrolled") {
  Setup setup;
  model::Node enrolled = make_node("a", "test/lon1", NodeState::in_service);
  enrolled.key = AgentKey(std::string(40, 'k'));
  setup.nodes = {enrolled, make_node("bb", "test/lon1", NodeState::booting)};
  Bench bench(setup);
  check_error(bench.alice.post("/v1/enroll-token", R"({"node":"a"})"), 409, "conflict");
  const object token = document(bench.alice.post("/v1/enroll-token", R"({"node":"bb"})"));
  CHECK(text(token, "token").size() == 64);
  CHECK(text(token, "user_data").find(text(token, "token")) != std::string::npos);
  check_error(bench.viewer.post("/v1/enroll-token", R"({"node":"bb"})"), 403, "forbidden");
}

TEST_CASE("the OpenAPI description names exactly the methods that each path answers") {
  std::stringstream read;
  read << std::ifstream(EDGEHERD_SOURCE "/docs/openapi.json").rdbuf();
  const object description = boost::json::parse(read.str()).as_object();
  Bench bench;
  const object& paths = description.at("paths").as_object();
  REQUIRE(paths.size() > 20);
  for (const auto& [path, methods] : paths) {
    std::string concrete(path);
    for (auto open = concrete.find('{'); open != std::string::npos; open = concrete.find('{')) {
      concrete.replace(open, concrete.find('}') - open + 1, "x");
    }
    INFO(concrete);
    // No path answers this; the 405 says what it would answer.
    const http::Response response = bench.alice.send("PATCH", concrete);
    REQUIRE(response.status == 405);
    std::string allowed(http::header(response.headers, "Allow"));
    for (const auto& [method, operation] : methods.as_object()) {
      CHECK(allowed.find(method == "get" ? "GET" : "POST") != std::string::npos);
    }
  }
}
