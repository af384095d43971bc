// Provider files that come and go.
#include "tests/unit/coordinator/api/api_bench.h"

using namespace edgeherd::tests;
using namespace edgeherd;

namespace {

Setup with_a_lost_provider() {
  Setup setup = three_nodes();
  model::Node node = make_node("dddd", "lost/par1", NodeState::in_service);
  node.provider = ProviderId("lost");
  setup.nodes.push_back(std::move(node));
  return setup;
}

object account(const Bench& bench, const std::string& id) {
  const object status = document(bench.viewer.get("/v1/status"));
  for (const auto& one : status.at("accounts").as_array()) {
    if (text(one.as_object(), "provider") == id) return one.as_object();
  }
  FAIL("no account " << id);
  return {};
}

// What a tick or two bring.
template <class Holds>
void wait_until(const Holds& holds) {
  for (int attempts = 0; attempts < 10'000; ++attempts) {
    if (holds()) return;
  }
  FAIL("it does not come");
}

}  // namespace

TEST_CASE("a start without a provider's file keeps its servers and runs the others") {
  const Bench bench(with_a_lost_provider());
  const object node = document(bench.viewer.get("/v1/nodes/dddd"));
  CHECK(text(node, "state") == "in_service");
  const object zone = document(bench.viewer.get("/v1/zones/lost/par1"));
  CHECK(text(zone, "state") == "inactive");
  CHECK(document(bench.viewer.get("/v1/nodes")).at("nodes").as_array().size() == 4);
  CHECK(bench.viewer.get("/v1/events").body.find("provider_not_configured") != std::string::npos);
  wait_until([&] { return !account(bench, "lost").at("failure").is_null(); });
  CHECK(text(account(bench, "lost"), "failure") == "unavailable: provider lost is not configured");
  wait_until([&] { return !account(bench, "test").at("listed_age_s").is_null(); });
  CHECK(account(bench, "test").at("failure").is_null());
}

TEST_CASE("a start that makes its keys anew says so, if the database knows servers") {
  const auto told = [](const Bench& bench) {
    return bench.viewer.get("/v1/events").body.find("key_made_anew") != std::string::npos;
  };
  const Bench restored(three_nodes());  // a database, and no keys beside it
  CHECK(told(restored));
  const http::Response status = restored.viewer.get("/v1/status");
  CHECK(status.body.find("server.key was missing and is made anew") != std::string::npos);
  const Bench first;
  CHECK_FALSE(told(first));
}

TEST_CASE("a configuration that names a zone without a running DNS changes nothing at all") {
  const Bench bench;
  const std::string& path = bench.coordinator.directory().path();
  bench.coordinator.directory().write(
      "etc/coordinator.json",
      R"({ "fleet_id": "test", "shadow": true, "state_dir": ")" + path +
          R"(/state", "dns": { "type": "file", "zone": "example.org", "file": ")" + path +
          R"(/edge.zone" } })");
  bench.coordinator.directory().write("etc/providers/fresh.json",
                                      R"({ "type": "local", "image_id": "v1",
      "options": { "root": ")" + path + R"(/fresh", "images": ")" +
                                          path + R"(/images" },
      "dns_name": "edge.example.org", "regions": { "par": { "name": "Paris",
      "zones": { "par1": { "min_servers": 0, "max_servers": 3 } } } } })");
  for (const char* order : {"/v1/config/check", "/v1/config/reload"}) {
    const http::Response answer = bench.alice.post(order);
    INFO(answer.body);
    CHECK(answer.body.find("no DNS is configured") != std::string::npos);
  }
  const object status = document(bench.viewer.get("/v1/status"));
  CHECK(status.at("accounts").as_array().size() == 1);
  CHECK(status.at("config").at("problems").as_array().size() == 1);
}

TEST_CASE("a provider whose file comes back has its account again") {
  const Bench bench(with_a_lost_provider());
  const std::string& path = bench.coordinator.directory().path();
  bench.coordinator.directory().write("etc/providers/lost.json",
                                      R"({ "type": "local", "image_id": "v1",
      "options": { "root": ")" + path + R"(/lost", "images": ")" +
                                          path + R"(/images" },
      "regions": { "par": { "name": "Paris", "zones": { "par1": { "min_servers": 0, "max_servers": 3 } } } } })");
  const http::Response reloaded = bench.alice.post("/v1/config/reload");
  INFO(reloaded.body);
  REQUIRE(reloaded.status == 200);
  CHECK(text(document(bench.viewer.get("/v1/zones/lost/par1")), "state") != "inactive");
}

TEST_CASE("alarms that wait for a target outlive a reload, whether it changes the target or not") {
  const Bench bench;
  const auto reload = [&](const std::string& url, const std::string& name = "chat") {
    bench.coordinator.directory().write(
        "etc/coordinator.json", R"({ "fleet_id": "test", "shadow": true, "state_dir": ")" +
                                    bench.coordinator.directory().path() + R"(/state", "notify": [
          { "name": ")" + name + R"(", "type": "webhook", "url": ")" +
                                    url + R"(" } ] })");
    const http::Response answer = bench.alice.post("/v1/config/reload");
    INFO(answer.body);
    REQUIRE(answer.status == 200);
  };
  const auto waiting = [&] {
    const object status = document(bench.viewer.get("/v1/status"));
    const auto& targets = status.at("notify").as_array();
    REQUIRE(targets.size() == 1);
    return targets[0].as_object().at("waiting").to_number<int>();
  };
  reload("http://127.0.0.1:1/a");  // nobody listens there
  CHECK(waiting() == 0);
  bench.coordinator.write_zones("nothing that could be read");
  CHECK(bench.alice.post("/v1/config/reload").status == 422);  // tells a warning
  CHECK(waiting() == 1);
  bench.coordinator.write_zones(Setup().zones);
  reload("http://127.0.0.1:1/a");
  CHECK(waiting() == 1);
  reload("http://127.0.0.1:1/b");
  CHECK(waiting() == 1);
  reload("http://127.0.0.1:1/b", "another");
  CHECK(waiting() == 0);
}
