#include "coordinator/app/convert.h"

#include "coordinator/app/registry.h"
#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

model::Node node_in(const std::string& id, const std::string& zone,
                    model::NodeState state = model::NodeState::in_service) {
  model::Node node;
  node.id = NodeId(id);
  node.zone = ZoneId(zone);
  node.provider = ProviderId("p");
  node.state = state;
  return node;
}

}  // namespace

TEST_CASE("a zone that is not configured any more stays for its nodes, inactive") {
  model::Policy before;
  before.zones[ZoneId("p/a")].id = ZoneId("p/a");
  before.zones[ZoneId("p/a")].max_servers = 7;
  before.zones[ZoneId("p/a")].dns_name = "a.example.org";
  model::Policy policy;
  const auto warnings =
      app::keep_inhabited(before, {node_in("1", "p/a"), node_in("2", "p/a")}, policy);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("p/a") != std::string::npos);
  CHECK(warnings[0].find("2 nodes") != std::string::npos);
  const model::ZonePolicy* zone = policy.zone(ZoneId("p/a"));
  REQUIRE(zone != nullptr);
  CHECK(zone->activity == model::ZoneActivity::inactive);
  CHECK(zone->dns_name == "a.example.org");  // its name is still ours to withdraw
}

TEST_CASE("a zone that only the journal knows is made of its nodes") {
  model::Policy policy;
  const auto warnings = app::keep_inhabited({}, {node_in("1", "p/b")}, policy);
  CHECK(warnings.size() == 1);
  const model::ZonePolicy* zone = policy.zone(ZoneId("p/b"));
  REQUIRE(zone != nullptr);
  CHECK(zone->provider == ProviderId("p"));
  CHECK(zone->place == "b");
}

TEST_CASE(
    "a zone that is only kept is probed as before, and not at all if nothing is known of it") {
  settings::Settings running;
  running.zones[ZoneId("p/a")].probe.edge_port = 8443;
  running.zones[ZoneId("p/b")].probe.edge_port = 81;
  running.zones[ZoneId("p/empty")].probe.edge_port = 82;
  settings::Settings loaded;
  loaded.zones[ZoneId("p/b")].probe.edge_port = 8081;
  model::Policy policy;
  for (const char* id : {"p/a", "p/b", "p/unknown"}) policy.zones[ZoneId(id)].id = ZoneId(id);
  auto probes = app::probe_settings(loaded);
  app::keep_known(app::probe_settings(running), policy, probes);
  REQUIRE(probes.size() == 2);
  CHECK(probes.at(ZoneId("p/a")).edge_port == 8443);
  CHECK(probes.at(ZoneId("p/b")).edge_port == 8081);
}

TEST_CASE("configured zones and zones without nodes are left as they are") {
  model::Policy before;
  before.zones[ZoneId("p/empty")].id = ZoneId("p/empty");
  model::Policy policy;
  policy.zones[ZoneId("p/a")].activity = model::ZoneActivity::active;
  const auto warnings = app::keep_inhabited(
      before, {node_in("1", "p/a"), node_in("2", "p/c", model::NodeState::gone)}, policy);
  CHECK(warnings.empty());
  CHECK(policy.zones.size() == 1);
  CHECK(policy.zone(ZoneId("p/a"))->activity == model::ZoneActivity::active);
}

TEST_CASE(
    "the tokens cannot go while the API listens beyond loopback, wherever it is to listen next") {
  settings::Settings running;
  running.api.tokens.push_back({"alice", settings::ApiRole::operator_, std::string(64, 'a')});
  settings::Settings loaded = running;
  loaded.api.tokens.clear();
  CHECK(app::must_stay(running, loaded).empty());
  running.api.listen.host = "0.0.0.0";
  const auto problems = app::must_stay(running, loaded);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("\"tokens\" cannot go while it runs: the API listens on 0.0.0.0") !=
        std::string::npos);
  loaded.api.tokens.push_back({"bob", settings::ApiRole::viewer, std::string(64, 'b')});
  CHECK(app::must_stay(running, loaded).empty());
}

TEST_CASE("without tokens only those on this machine are let in") {
  const http::Request request;
  const auto here = app::api_access({}, {"127.0.0.1", 9480}).caller(request);
  REQUIRE(here);
  CHECK(here->role == api::Role::operator_);
  const auto there = app::api_access({}, {"0.0.0.0", 9480}).caller(request);
  REQUIRE(there);
  CHECK(there->role == api::Role::anyone);
}

TEST_CASE("the fleet's id cannot change while it runs") {
  settings::Settings running;
  settings::Settings loaded;
  loaded.policy.fleet_id = "other";
  CHECK(app::must_stay(running, loaded).size() == 1);
}

TEST_CASE("what only a start brings into effect is named") {
  settings::Settings running;
  settings::Settings loaded = running;
  CHECK(app::needs_restart(running, loaded).empty());
  loaded.api.listen.port = 1;
  loaded.agents.fleet_port = 2;
  loaded.archive.url = "s3://bucket";
  loaded.state_dir = "/elsewhere";
  loaded.history.bytes = 7;
  loaded.dns.options.value.data = config::Object{{"file", {}, {{}, std::string("/names")}}};
  loaded.policy.shadow = true;  // a reload can do that
  const auto lines = app::needs_restart(running, loaded);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "\"state_dir\" takes effect at the next start");
}

TEST_CASE("a routed name is no reason to make the DNS service anew") {
  const auto dns = [](const std::string& text) {
    settings::Dns made;
    made.type = "route53";
    const auto value = config::parse_json("coordinator.json", text);
    REQUIRE(value.ok());
    made.options = {"coordinator.json", *value};
    return made;
  };
  const settings::Dns plain = dns(R"({ "zone": "a.org" })");
  CHECK(app::same_service(plain, dns(R"({ "zone": "a.org", "routed": { "name": "x.a.org" } })")));
  CHECK_FALSE(app::same_service(plain, dns(R"({ "zone": "b.org" })")));
}

TEST_CASE("new names do not go to a DNS service that waits for its successor") {
  model::Policy running;
  model::ZonePolicy& zone = running.zones[ZoneId("p/a")];
  zone.dns_name = "a.old.org";
  zone.node_dns_name = "{node}.old.org";
  model::Policy loaded = running;
  const app::Waiting waiting{true, {}};
  CHECK(app::ahead_of_start(running, loaded, waiting).empty());
  loaded.zones[ZoneId("p/a")].dns_name.clear();  // given up: the service of before cleans it
  CHECK(app::ahead_of_start(running, loaded, waiting).empty());
  for (auto* name : {&loaded.zones[ZoneId("p/a")].dns_name, &loaded.zones[ZoneId("p/b")].dns_name,
                     &loaded.zones[ZoneId("p/a")].node_dns_name}) {
    const std::string before = std::exchange(*name, "{node}.new.org");
    const auto problems = app::ahead_of_start(running, loaded, waiting);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with("\"dns\" takes effect at the next start, but the new names of "));
    CHECK(app::ahead_of_start(running, loaded, {}).empty());
    *name = before;
  }
}

TEST_CASE(
    "an account that waits for other options is not asked for servers that were written for them") {
  model::Policy running;
  model::ZonePolicy& zone = running.zones[ZoneId("p/a")];
  zone.provider = ProviderId("p");
  zone.place = "a";
  zone.size = "small";
  zone.image = ImageId("v1");
  zone.max_servers = 3;
  const app::Waiting waiting{false, {ProviderId("p")}};
  const auto problems = [&](const std::function<void(model::ZonePolicy&)>& change) {
    model::Policy loaded = running;
    change(loaded.zones[ZoneId("p/a")]);
    CHECK(app::ahead_of_start(running, loaded, {}).empty());
    return app::ahead_of_start(running, loaded, waiting);
  };
  CHECK(problems([](model::ZonePolicy& now) { now.max_servers = 9; }).empty());
  CHECK(problems([](model::ZonePolicy& now) { now.image = ImageId("v2"); }).size() == 1);
  CHECK(problems([](model::ZonePolicy& now) { now.size = "large"; }).size() == 1);
  CHECK(problems([](model::ZonePolicy& now) { now.config_digest = "d"; }).size() == 1);
  CHECK(problems([](model::ZonePolicy& now) {
          now.placements = {{"a", "small", ImageId("v1"), "", 0, 1, {}},
                            {"b", "small", ImageId("v1"), "", 1, 1, {}}};
        }).size() == 1);
  model::Policy another = running;
  another.zones[ZoneId("p/b")] = zone;
  CHECK(app::ahead_of_start(running, another, waiting).size() == 1);
}

TEST_CASE("what a reload does not change of a running provider is said, and the rest is not") {
  const auto local = [](const std::string& options) {
    settings::Provider provider;
    provider.id = ProviderId("p");
    provider.type = "local";
    const auto value = config::parse_json("p.json", options);
    REQUIRE(value.ok());
    provider.options = {"p.json", *value};
    return provider;
  };
  const settings::Provider made_from = local(R"({ "root": "/a", "images": "/b", "faults": {} })");
  settings::Provider loaded = local(R"({
    "images": "/b", "root": "/a", "faults": { "fail_creates": 3 } })");
  loaded.concurrency = 3;
  CHECK_FALSE(app::provider_needs_restart(made_from, loaded));
  loaded = local(R"({ "root": "/c", "images": "/b" })");
  CHECK(
      app::provider_needs_restart(made_from, loaded) ==
      "provider p: what changed in \"options\" takes effect at the next start, but for \"faults\"");
  loaded.type = "exec";
  CHECK(app::provider_needs_restart(made_from, loaded) ==
        "provider p: another type takes effect at the next start");
}

TEST_CASE("open files are reserved for agents, enrolments, probes and HTTP") {
  model::Policy policy;
  policy.budgets.fleet_ceiling = 1000;
  CHECK(app::most_agents(policy) == 1350);
  CHECK(app::most_connections(policy) == 1350 + 2048 + 512 + 256 + 2 * 256);
}

TEST_CASE("an IPv6 address stands in brackets in an endpoint") {
  CHECK(app::tcp_endpoint("10.0.0.1", 9400) == "tcp://10.0.0.1:9400");
  CHECK(app::tcp_endpoint("::1", 9400) == "tcp://[::1]:9400");
}
