#include "common/crypto/digest.h"
#include "tests/unit/coordinator/settings/directory.h"

using namespace edgeherd;
using settings::Loaded;
using tests::all;
using tests::Directory;
using tests::has;

namespace {

// The users' own file, letter by letter.
constexpr std::string_view users_file =
    R"({ "regions": { "lon": { "name": "London", "state": "active", "zones": { "lon1": { "state": "active", "min_servers": 10, "max_servers": 100 } } } }, "image_id": "<snapshot-id>" })";

}  // namespace

TEST_CASE("the users' provider file loads as it stands") {
  Directory at;
  at.write("providers/digitalocean.json", users_file);
  const Loaded loaded = at.load();
  INFO(all(loaded.problems));
  REQUIRE(loaded.settings);
  const auto* zone = loaded.settings->policy.zone(ZoneId("digitalocean/lon1"));
  REQUIRE(zone != nullptr);
  CHECK(zone->provider == ProviderId("digitalocean"));
  CHECK(zone->region == RegionId("lon"));
  CHECK(zone->place == "lon1");
  CHECK(zone->activity == model::ZoneActivity::active);
  CHECK(zone->min_servers == 10);
  CHECK(zone->max_servers == 100);
  CHECK(zone->image == ImageId("<snapshot-id>"));
  CHECK(loaded.settings->zones.at(zone->id).region_name == "London");
  REQUIRE(loaded.settings->providers.size() == 1);
  CHECK(loaded.settings->providers[0].type == "digitalocean");
}

TEST_CASE("the users' provider file can be checked alone") {
  Directory at;
  at.write("providers/digitalocean.json", users_file);
  const Loaded loaded =
      settings::check("/etc/edgeherd/providers/digitalocean.json", at.files, at.types);
  INFO(all(loaded.problems));
  CHECK(loaded.settings);
}

TEST_CASE("what is kept of the record can be said, but a removal is kept a month and more") {
  Directory at;
  at.write("coordinator.json", R"({ "fleet_id": "f", "history": { "decisions_for": "100h",
    "inputs_for": "24h", "inputs_bytes": "64MiB", "removals_for": "1000h", "bytes": "128MiB" } })");
  at.write("providers/local.json", R"({ "image_id": "v1", "regions": {} })");
  const Loaded loaded = at.load();
  INFO(all(loaded.problems));
  REQUIRE(loaded.settings);
  CHECK(loaded.settings->history.decisions_for == 100h);
  CHECK(loaded.settings->history.inputs_for == 24h);
  CHECK(loaded.settings->history.inputs_bytes == 64u << 20);
  CHECK(loaded.settings->history.removals_for == 1000h);
  CHECK(loaded.settings->history.bytes == 128u << 20);

  at.write("coordinator.json", R"({ "fleet_id": "f", "history": { "removals_for": "24h",
    "bytes": "100MiB" } })");
  const Loaded refused = at.load();
  CHECK_FALSE(refused.settings);
  CHECK(has(refused.problems, "removals_for"));
  CHECK(has(refused.problems, "must hold \"inputs_bytes\" too"));
}

TEST_CASE("agents are not called silent between two samples") {
  Directory at;
  at.write("coordinator.json",
           R"({ "fleet_id": "f", "timings": { "sample_period": "6s", "agent_away": "17s" } })");
  at.write("providers/local.json", R"({ "image_id": "v1", "regions": {} })");
  const Loaded loaded = at.load();
  CHECK_FALSE(loaded.settings);
  CHECK(has(loaded.problems, "agent_away"));
  CHECK(has(loaded.problems, "must be three sample_periods or more"));
}

TEST_CASE("an unknown key is an error with file, line and column") {
  Directory at;
  const Loaded loaded = at.provider(
      "{ \"image_id\": \"v1\",\n  \"regions\": { \"r\": { \"zones\": {\n"
      "    \"z\": { \"min_servers\": 1, \"max_servers\": 2,\n"
      "           \"max_server\": 3 } } } } }");
  CHECK_FALSE(loaded.settings);
  REQUIRE(loaded.problems.size() == 1);
  INFO(loaded.problems[0]);
  CHECK(loaded.problems[0].starts_with("/etc/edgeherd/providers/local.json:4:12: "));
  CHECK(has(loaded.problems, "max_server"));
}

TEST_CASE("timings in which no server could be found bad, or boot, are refused") {
  const auto problems = [](const std::string& timings) {
    Directory at;
    at.write("coordinator.json", R"({ "fleet_id": "f", "timings": {)" + timings + "} }");
    return at.load().problems;
  };
  CHECK(has(problems(R"("tick": "5s")"), "\"tick\": is too long"));
  CHECK_FALSE(has(problems(R"("tick": "2s")"), "\"tick\""));
  CHECK_FALSE(has(problems(R"("tick": "5s", "failures_in_period": 12)"), "\"tick\""));
  CHECK(has(problems(R"("boot_deadline": "60s")"),
            "\"boot_deadline\": must be longer than boot_time, which a boot usually takes: 1m"));
  CHECK(problems(R"("boot_deadline": "61s")").empty());
}

TEST_CASE("all problems of all files are reported at once") {
  Directory at;
  at.write("providers/local.json", R"({ "image_id": "v1", "regions": { "r": { "zones": {
      "a": { "min_servers": 5, "max_servers": 2 },
      "b": { "min_servers": -1, "max_servers": 2 } } } } })");
  const Loaded loaded =
      at.main(R"({ "fleet_id": "NOT OK", "timings": { "boot_deadline": "soon" } })");
  INFO(all(loaded.problems));
  CHECK_FALSE(loaded.settings);
  CHECK(loaded.problems.size() == 4);
  CHECK(has(loaded.problems, "/etc/edgeherd/coordinator.json:1:15: \"fleet_id\": must be"));
  CHECK(has(loaded.problems, "/etc/edgeherd/coordinator.json:1:55: \"boot_deadline\""));
  CHECK(has(loaded.problems, "local.json:2:47: \"max_servers\": 2 is below"));
  CHECK(has(loaded.problems, "local.json:3:29: \"min_servers\" must be between 0 and"));
}

TEST_CASE("a zone that stands in two regions of a file is an error") {
  Directory at;
  const Loaded loaded = at.provider(R"({ "image_id": "v1", "regions": {
      "r": { "zones": { "z": { "min_servers": 1, "max_servers": 2 } } },
      "s": { "zones": { "z": { "min_servers": 1, "max_servers": 2 } } } } })");
  INFO(all(loaded.problems));
  CHECK(has(loaded.problems, "local.json:3:30: zone \"z\" stands in region \"r\" already"));
}

TEST_CASE("the inner setting wins over the outer one") {
  Directory at;
  const Loaded loaded = at.provider(R"({
      "image_id": "v1", "size": "small", "capacity": { "requests_per_s": 100, "egress_mbit": 800 },
      "dns_name": "{zone}.{region}.edge.example.org", "slo_p99": "200ms",
      "regions": { "r": { "size": "big", "targets": { "cpu": 0.5 }, "zones": {
        "a": { "min_servers": 1, "max_servers": 2, "image_id": "v2",
               "capacity": { "requests_per_s": 50 }, "probe": { "edge_port": 8080, "health_tls": "on" } },
        "b": { "min_servers": 1, "max_servers": 2 } } } } })");
  // The names need a DNS service.
  CHECK(has(loaded.problems,
            "local.json:3:19: \"dns_name\": zone local/a has the name a.r.edge.example.org, but "
            "\"dns\" is not configured"));
  at.write("coordinator.json", R"({ "fleet_id": "t", "dns": { "type": "file", "path": "/z" } })");
  const Loaded good = at.load();
  INFO(all(good.problems));
  REQUIRE(good.settings);
  const auto& a = *good.settings->policy.zone(ZoneId("local/a"));
  const auto& b = *good.settings->policy.zone(ZoneId("local/b"));
  CHECK(a.image == ImageId("v2"));
  CHECK(b.image == ImageId("v1"));
  CHECK(a.size == "big");
  CHECK(a.capacity.requests_per_s == 50.0);
  CHECK(b.capacity.requests_per_s == 100.0);
  CHECK(a.capacity.egress_bits_per_s == 800e6);
  CHECK(a.targets.cpu == 0.5);
  CHECK(a.targets.requests == 0.7);
  CHECK(a.slo_p99 == Duration(200ms));
  CHECK(a.dns_name == "a.r.edge.example.org");
  CHECK(good.settings->zones.at(a.id).probe.edge_port == 8080);
  CHECK(good.settings->zones.at(b.id).probe.edge_port == 80);
  CHECK(good.settings->zones.at(a.id).probe.health_tls == settings::HealthTls::on);
  CHECK(good.settings->zones.at(b.id).probe.health_tls == settings::HealthTls::off);
}

TEST_CASE("an inactive region makes all its zones inactive") {
  Directory at;
  const Loaded loaded = at.provider(R"({ "regions": { "r": { "state": "inactive", "zones": {
      "z": { "state": "active", "min_servers": 1, "max_servers": 2 } } } } })");
  INFO(all(loaded.problems));
  REQUIRE(loaded.settings);
  CHECK(loaded.settings->policy.zone(ZoneId("local/z"))->activity == model::ZoneActivity::inactive);
}

TEST_CASE("an active zone without an image is an error") {
  Directory at;
  const Loaded loaded = at.provider(
      R"({ "regions": { "r": { "zones": { "z": { "min_servers": 1, "max_servers": 2 } } } } })");
  CHECK(has(loaded.problems, "zone \"z\" has no \"image_id\""));
}

TEST_CASE("two zones cannot have one name") {
  Directory at;
  at.write("coordinator.json", R"({ "fleet_id": "t", "dns": { "type": "file", "path": "/z" } })");
  const Loaded loaded = at.provider(R"({ "image_id": "v", "dns_name": "edge.example.org",
      "regions": { "r": { "zones": { "a": { "min_servers": 1, "max_servers": 2 },
                                     "b": { "min_servers": 1, "max_servers": 2 } } } } })");
  CHECK(has(loaded.problems, "is the name of zone local/a already"));
}

TEST_CASE("what belongs to a provider's type is checked by it") {
  Directory at;
  const Loaded loaded = at.provider(R"({ "image_id": "v", "options": { "nginxx": "x" },
      "regions": { "r": { "zones": {} } } })");
  INFO(all(loaded.problems));
  CHECK(has(loaded.problems, "local.json:1:33: "));
  CHECK(has(loaded.problems, "nginxx"));
}

TEST_CASE("an unknown provider type is named with those there are") {
  Directory at;
  at.write("providers/digitalocaen.json", users_file);
  const Loaded loaded = at.load();
  INFO(all(loaded.problems));
  CHECK(has(loaded.problems, "digitalocaen.json:1:1: there is no provider type \"digitalocaen\""));
  CHECK(has(loaded.problems, "did you mean \"digitalocean\"?"));
}

TEST_CASE("beyond loopback the API needs TLS and tokens") {
  Directory at;
  const Loaded loaded = at.main(R"({ "fleet_id": "t", "listen": "0.0.0.0:9480" })");
  INFO(all(loaded.problems));
  CHECK(has(loaded.problems,
            "coordinator.json:1:30: \"listen\": beyond loopback (0.0.0.0) the API needs \"tls\""));
  CHECK(has(loaded.problems, "needs \"tokens\""));
}

TEST_CASE("a token is kept as its digest, given or made from a file") {
  Directory at;
  at.write("operator.token", "correct horse battery staple\n");
  const std::string digest = crypto::to_hex(crypto::sha256("correct horse battery staple"));
  const std::string other = crypto::to_hex(crypto::sha256("another horse"));
  const Loaded loaded = at.main(R"({ "fleet_id": "t", "tokens": [
      { "name": "alice", "role": "operator", "token_file": "operator.token" },
      { "name": "grafana", "role": "viewer", "token_sha256": ")" +
                                other + R"(" } ] })");
  INFO(all(loaded.problems));
  REQUIRE(loaded.settings);
  REQUIRE(loaded.settings->api.tokens.size() == 2);
  CHECK(loaded.settings->api.tokens[0].sha256_hex == digest);
  CHECK(loaded.settings->api.tokens[0].role == settings::ApiRole::operator_);
  CHECK(loaded.settings->api.tokens[1].sha256_hex == other);
}

TEST_CASE("a secret of two tokens, whose roles may differ, is an error") {
  Directory at;
  at.write("operator.token", "correct horse battery staple\n");
  const std::string digest = crypto::to_hex(crypto::sha256("correct horse battery staple"));
  const Loaded loaded = at.main(R"({ "fleet_id": "t", "tokens": [
      { "name": "grafana", "role": "viewer", "token_sha256": ")" +
                                digest + R"(" },
      { "name": "alice", "role": "operator", "token_file": "operator.token" } ] })");
  CHECK(has(loaded.problems, "\"token_file\": the secret is that of the token \"grafana\""));
}

TEST_CASE("no text has control characters, and no problem shows them") {
  Directory at;
  const Loaded loaded =
      at.main("{ \"fleet_id\": \"t\", \"state_dir\": \"/var/lib/a\\nb\", \"a\\u001b[31m\": 1 }");
  CHECK(has(loaded.problems, "\"state_dir\": must be one line, without control characters"));
  CHECK(has(loaded.problems, "unknown key \"a?[31m\""));
  CHECK(has(at.main(R"({ "fleet_id": "t", "state_dir": "" })").problems,
            "\"state_dir\": must be a directory"));
}

TEST_CASE("a token that is short, absent or given twice is an error") {
  Directory at;
  at.write("short.token", "abc\n");
  const Loaded loaded = at.main(R"({ "fleet_id": "t", "tokens": [
      { "name": "a", "role": "operator", "token_file": "short.token" },
      { "name": "b", "role": "operator", "token_file": "none.token" },
      { "name": "c", "role": "operator" },
      { "name": "c", "role": "viewer", "token_sha256": "12" } ] })");
  INFO(all(loaded.problems));
  CHECK(has(loaded.problems, "coordinator.json:2:56: \"token_file\": the token in"));
  CHECK(has(loaded.problems, "none.token"));
  CHECK(has(loaded.problems, "either \"token_sha256\" or \"token_file\""));
  CHECK(has(loaded.problems, "64 lower-case hex digits"));
  CHECK(has(loaded.problems, "there is another token \"c\""));
}

TEST_CASE("the zones' floors must fit under the fleet's ceiling") {
  Directory at;
  at.write("providers/digitalocean.json", users_file);
  const Loaded loaded = at.main(R"({ "fleet_id": "t", "budgets": { "fleet_ceiling": 9 } })");
  CHECK(has(loaded.problems,
            "coordinator.json:1:50: \"fleet_ceiling\": the zones' min_servers add up to 10, above "
            "budgets.fleet_ceiling of 9"));
}

TEST_CASE("broken JSON and absent files are errors that name the file") {
  Directory at;
  CHECK(has(at.main("{ \"fleet_id\": ").problems, "/etc/edgeherd/coordinator.json:1:"));
  CHECK(has(settings::load("/nowhere", at.files, at.types).problems, "/nowhere"));
  CHECK(has(at.main(R"({ "fleet_id": "t", "providers": "gone" })").problems, "/etc/edgeherd/gone"));
}

TEST_CASE("a fleet without provider files loads, with a warning") {
  Directory at;
  const Loaded loaded = at.load();
  CHECK(loaded.settings);
  CHECK(has(loaded.warnings, "no provider file"));
}

TEST_CASE("a zone between whose bounds nothing chooses loads, with a warning") {
  const auto loaded = [](const std::string& layer, const std::string& most = "4") {
    Directory at;
    at.write("providers/local.json", R"({ "image_id": "i", )" + layer + R"( "regions": { "lon": {
      "zones": { "lon1": { "min_servers": 2, "max_servers": )" +
                                         most + "} } } } }");
    Loaded read = at.load();
    INFO(all(read.problems));
    REQUIRE(read.settings);
    return read.warnings;
  };
  const std::string none =
      R"("targets": { "requests": 0.5, "cpu": null, "egress": null, "disk": null }, )";
  const std::string known = R"("capacity": { "requests_per_s": 100 }, )";
  CHECK(has(loaded(none), "local.json:2:26: zone \"lon1\" will always have its \"min_servers\""));
  CHECK(loaded("").empty());
  CHECK(loaded(none, "2").empty());
  CHECK(loaded(none + known).empty());
  CHECK(loaded(none + R"("slo_p99": "200ms", )").empty());
}

TEST_CASE("the digest changes with any file") {
  Directory at;
  at.write("providers/digitalocean.json", users_file);
  const std::string before = at.load().settings->digest;
  CHECK(at.load().settings->digest == before);
  at.write("providers/digitalocean.json", std::string(users_file) + " ");
  CHECK(at.load().settings->digest != before);
}

TEST_CASE("notification targets are read by their type") {
  Directory at;
  const Loaded loaded = at.main(R"({ "fleet_id": "t", "notify": [
      { "name": "chat", "type": "webhook", "url": "https://example.org/x", "min_severity": "alarm",
        "headers": { "X-Team": "edge" } },
      { "name": "pager", "type": "exec", "argv": ["/usr/bin/page", "--now"] } ] })");
  INFO(all(loaded.problems));
  REQUIRE(loaded.settings);
  CHECK(loaded.settings->notify[0].min_severity == model::Severity::alarm);
  CHECK(loaded.settings->notify[0].headers.at(0).second == "edge");
  CHECK(loaded.settings->notify[1].argv.size() == 2);
  CHECK(has(at.main(R"({ "fleet_id": "t", "notify": [ { "name": "x", "type": "exec", "argv": [],
                      "url": "y" } ] })")
                .problems,
            "must name a program"));
}

TEST_CASE("a webhook that could never deliver is refused, without showing its URL") {
  Directory at;
  for (const std::string url :
       {"https://", "https:///s3cret", "http://hooks.org:port/s3cret", "ftp://x/s3cret",
        "https://me:s3cret@hooks.org/", "https://hooks.org/s3cret path", ""}) {
    const Loaded loaded = at.main(R"({ "fleet_id": "t", "notify": [
      { "name": "chat", "type": "webhook", "url": ")" +
                                  url + R"(" } ] })");
    INFO(url << all(loaded.problems));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(has(loaded.problems,
              "coordinator.json:2:51: \"url\": must be a URL of http:// or https://"));
    CHECK_FALSE(has(loaded.problems, "s3cret"));
  }
  for (const std::string header : {"X Team", "X-Team:", "(x)", "X\u00e9", "", "Content-Length"}) {
    const Loaded loaded = at.main(R"({ "fleet_id": "t", "notify": [
      { "name": "chat", "type": "webhook", "url": "https://hooks.org/x",
        "headers": { ")" + header +
                                  R"(": "edge" } } ] })");
    INFO(header << all(loaded.problems));
    CHECK(loaded.problems.size() == 1);
  }
}

TEST_CASE("a program that is not there is a warning with its place, and no problem") {
  Directory at;
  REQUIRE(at.files.make_directories("/usr/bin").ok());
  REQUIRE(at.files.write_whole("/usr/bin/nginx", "#!/bin/sh\n").ok());
  at.main(R"({ "fleet_id": "t", "notify": [
      { "name": "a", "type": "exec", "argv": ["/usr/bin/none"] },
      { "name": "b", "type": "exec", "argv": ["/usr/bin/nginx"] },
      { "name": "c", "type": "exec", "argv": ["by-its-path"] } ] })");
  for (const std::string name : {"nginx", "gone"}) {
    const Loaded loaded =
        at.provider("{ \"options\": { \"nginx\": \"/usr/bin/" + name + "\" }, \"regions\": {} }");
    INFO(all(loaded.warnings) << all(loaded.problems));
    CHECK(loaded.settings);
    CHECK(has(loaded.warnings, "coordinator.json:2:46: \"argv\": /usr/bin/none does not exist"));
    CHECK(has(loaded.warnings, "local.json:1:25: \"nginx\": /usr/bin/gone does not exist") ==
          (name == "gone"));
    CHECK(loaded.warnings.size() == (name == "gone" ? 2 : 1));
  }
}
