#include "coordinator/dns/digitalocean/records.h"

#include "coordinator/dns/digitalocean/configure.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using Catch::Matchers::Contains;

namespace {

const std::string name = "lon1.edge.example.org";
const std::string domain = "example.org";

CloudRecord record(const std::string& id, const std::string& data, Duration ttl = 30s) {
  return {id, "A", name, data, ttl};
}

std::vector<std::string> targets(const std::vector<digitalocean::ApiRequest>& requests) {
  std::vector<std::string> found;
  for (const auto& request : requests) found.push_back(request.method + " " + request.target);
  return found;
}

std::string problems_with(const std::string& text) {
  const auto value = config::parse_json("main.json", text);
  REQUIRE(value);
  config::Problems problems("main.json");
  config::Section section(*value, problems);
  (void)read_digitalocean_dns_options(section);
  const auto status = problems.status();
  return status ? "" : status.error().message;
}

}  // namespace

TEST_CASE("records are read with their names in full", "[digitalocean]") {
  const auto page = parse_records(
      R"({"meta": {"total": 4}, "domain_records": [
        {"id": 1, "type": "SOA", "name": "@", "data": "1800", "ttl": 1800},
        {"id": 2, "type": "A", "name": "@", "data": "192.0.2.1", "ttl": 60},
        {"id": 3, "type": "A", "name": "Lon1.edge", "data": "192.0.2.2", "ttl": 30},
        {"id": 4, "type": "TXT", "name": "x", "data": null, "ttl": null}]})",
      domain);
  REQUIRE(page);
  CHECK(page->items[1].name == domain);
  CHECK(page->items[2].name == name);
  CHECK(page->items[2].data == "192.0.2.2");
  CHECK(page->items[2].ttl == 30s);
  const auto answers = answers_of(page->items, {"x." + domain, name, domain});
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].addresses.empty());
  CHECK(answers[1].addresses == std::set<std::string>{"192.0.2.2"});
  CHECK(answers[2].name == domain);
  CHECK(answers[2].ttl == 1min);
}

TEST_CASE("a record that is not as described is broken, with its place", "[digitalocean]") {
  for (const auto& [text, what] :
       {std::pair(R"({"type": "A", "name": "a", "data": "b", "ttl": 1})", "id"),
        std::pair(R"({"id": 1, "type": "A", "name": "a", "data": "b"})", "ttl"),
        std::pair(R"({"id": 1, "type": "A", "name": "a", "data": "b", "ttl": 2147483648})", "ttl"),
        std::pair(R"({"id": 1, "type": "A", "data": "b", "ttl": 1})", "name"),
        std::pair(R"({"id": 1, "type": "A", "name": "a", "data": 7, "ttl": 1})", "data")}) {
    const auto page = parse_records(
        R"({"meta": {"total": 1}, "domain_records": [)" + std::string(text) + "]}", domain);
    REQUIRE_FALSE(page);
    CHECK(page.error().code == Errc::broken);
    CHECK_THAT(page.error().message, Contains("domain_records[0]." + std::string(what)));
  }
}

TEST_CASE("only what differs is changed, and only under the very name", "[digitalocean]") {
  std::vector<CloudRecord> records = {record("1", "192.0.2.1"), record("2", "192.0.2.2"),
                                      record("3", "192.0.2.3", 60s), record("4", "192.0.2.1")};
  records.push_back({"5", "TXT", name, "192.0.2.9", 30s});
  records.push_back({"6", "A", "x." + name, "192.0.2.9", 30s});
  Steps steps;
  plan_change(records, {name, {"192.0.2.1", "192.0.2.3", "192.0.2.7"}, 30s}, domain, steps);
  CHECK(targets(steps.add) == std::vector<std::string>{"POST /v2/domains/example.org/records"});
  CHECK_THAT(steps.add[0].body, Contains("\"lon1.edge\"") && Contains("\"192.0.2.7\""));
  CHECK(targets(steps.adjust) ==
        std::vector<std::string>{"PATCH /v2/domains/example.org/records/3"});
  CHECK(targets(steps.drop) ==
        std::vector<std::string>{"DELETE /v2/domains/example.org/records/2",
                                 "DELETE /v2/domains/example.org/records/4"});
  CHECK(steps.remove.empty());
}

TEST_CASE("a name loses addresses before it gains others only while it keeps half of its own",
          "[digitalocean]") {
  const std::vector<CloudRecord> records = {record("1", "192.0.2.1"), record("2", "192.0.2.2"),
                                            record("3", "192.0.2.3")};
  for (const auto& [wanted, first] : {std::pair(std::set<std::string>{}, true),
                                      {{"192.0.2.1"}, true},
                                      {{"192.0.2.1", "192.0.2.7"}, true},
                                      {{"192.0.2.1", "192.0.2.7", "192.0.2.8"}, false},
                                      {{"192.0.2.7"}, false}}) {
    Steps steps;
    plan_change(records, {name, wanted, 30s}, domain, steps);
    CHECK(steps.drop.empty() == !first);
    CHECK(steps.remove.empty() == first);
  }
}

TEST_CASE("a name that answers as wanted needs no request", "[digitalocean]") {
  Steps steps;
  plan_change({record("1", "192.0.2.1")}, {name, {"192.0.2.1"}, 30s}, domain, steps);
  plan_change({}, {"ams1.edge.example.org", {}, 30s}, domain, steps);
  CHECK(steps.drop.empty());
  CHECK(steps.add.empty());
  CHECK(steps.adjust.empty());
  CHECK(steps.remove.empty());
}

TEST_CASE("the domain is the zone, or above it", "[digitalocean]") {
  CHECK(
      problems_with(R"({ "type": "digitalocean", "zone": "edge.example.org", "token_file": "/t" })")
          .empty());
  CHECK(problems_with(R"({ "zone": "edge.example.org", "domain": "example.org",
                           "token_environment": "T" })")
            .empty());
  CHECK_THAT(problems_with(R"({ "zone": "edge.example.org", "domain": "ample.org",
                               "token_file": "/t" })"),
             Contains("main.json:1") && Contains("not in the domain ample.org"));
  CHECK_THAT(problems_with(R"({ "zone": "edge/../x", "token_file": "/t" })"), Contains("no name"));
  CHECK_THAT(problems_with(R"({ "zone": "edge.example.org" })"), Contains("token_file"));
}
