#include "coordinator/sim/run/scenario_json.h"

#include "coordinator/sim/run/generate.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::sim;

namespace {

const std::string zone = R"({"id": "ocean/lon1", "provider": "ocean", "region": "lon"})";

std::string with(const std::string& more) {
  return "{\n\"zones\": [" + zone + "],\n" + more + "}";
}

// A fault of that kind, in the file's third line.
std::string fault_of(FaultKind kind, const std::string& more) {
  return R"("faults": [{"kind": ")" + std::string(to_string(kind)) + R"(", "at": 1, )" + more +
         "}]";
}

std::string refusal(const std::string& text) {
  const auto parsed = parse_scenario("s.json", text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().code == Errc::invalid);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("a scenario that is written and read is the same, to the nanosecond and the last bit") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Scenario scenario = generate(seed * 0x9e3779b97f4a7c15U, {});
    const auto read = parse_scenario("s.json", scenario_text(scenario));
    INFO(seed);
    REQUIRE(read.ok());
    REQUIRE(*read == scenario);
  }
}

TEST_CASE("every kind of fault can be named in a file") {
  for (const FaultKind kind : all_fault_kinds()) {
    const auto read =
        parse_scenario("s.json", with(fault_of(kind, R"("lasts": 1, "strength": 1)")));
    REQUIRE(read.ok());
    CHECK(read->faults.at(0).kind == kind);
  }
}

TEST_CASE("a scenario for people has comments, durations in words, and defaults for the rest") {
  const auto read = parse_scenario("s.json", R"({
    // a partition while a zone grows
    "length": "1h30m",
    "zones": [{"id": "ocean/lon1", "provider": "ocean", "region": "lon", "min_servers": 3}],
    "faults": [
      {"kind": "load_surge", "at": "20m", "lasts": "10m", "strength": 0.5},
      {"kind": "net_partition", "at": 600, "lasts": "2m", "scope": "zone"}
    ]
  })");
  REQUIRE(read.ok());
  CHECK(read->length == 90min);
  CHECK(read->convergence == Scenario{}.convergence);
  CHECK(read->zones.at(0).min_servers == 3);
  CHECK(read->zones.at(0).max_servers == ZoneScenario{}.max_servers);
  // By time, whatever their order in the file.
  CHECK(read->faults.at(0).kind == FaultKind::net_partition);
  CHECK(read->faults.at(0).at == 10min);
  CHECK(read->faults.at(0).scope == Scope::zone);
  CHECK(read->faults.at(1).kind == FaultKind::load_surge);
}

TEST_CASE("what is wrong in a scenario is named with its line and column, all at once") {
  CHECK(refusal(with(R"("hartbeat": 1)")) ==
        "s.json:3:1: unknown key \"hartbeat\" (did you mean \"heartbeat\"?)");
  CHECK(refusal(with(R"("faults": [{"kind": "net_los", "at": 1}])")) ==
        "s.json:3:21: \"kind\": there is no fault \"net_los\" (did you mean \"net_loss\"?)");
  CHECK(refusal(with(R"("faults": [{"kind": 7, "at": 1}])")) ==
        "s.json:3:21: \"kind\" must be a text, not a number");
  CHECK(refusal(with(R"("faults": [{"at": "1m"}])")) == "s.json:3:12: key \"kind\" is missing");
  CHECK(refusal(with(R"("faults": [{"kind": "vm_cloned"}])")) ==
        "s.json:3:12: key \"at\" is missing");
  CHECK(refusal(with(R"("seed": -1)")) ==
        "s.json:3:9: \"seed\": must be a whole number from 0 to 18446744073709551615");
  CHECK(refusal(with("\"length\": \"soon\",\n\"node_rps\": 0")) ==
        "s.json:3:11: \"length\": \"soon\" is not a duration such as \"500ms\", \"30s\" or "
        "\"1h30m\"\ns.json:4:13: \"node_rps\" must be between 0.001 and 1e+09");
  CHECK(refusal(with(R"("least_boot": "2m")")) ==
        "s.json:1:1: \"least_boot\" is above \"most_boot\"");
}

TEST_CASE("how strong a fault may be, and whether somebody must say it, goes by its kind") {
  const auto good = [](FaultKind kind, const std::string& strength) {
    return parse_scenario("s.json", with(fault_of(kind, "\"lasts\": 1" + strength))).ok();
  };
  const auto of = [](const std::string& strength) { return ", \"strength\": " + strength; };
  const auto outside = [&of](FaultKind kind, const std::string& strength) {
    return refusal(with(fault_of(kind, "\"lasts\": 1" + of(strength))));
  };
  const auto ends_with = [](const std::string& end) { return Catch::Matchers::EndsWith(end); };
  CHECK_THAT(outside(FaultKind::net_loss, "50"), ends_with("\"strength\" must be between 0 and 1"));
  CHECK_THAT(outside(FaultKind::op_shrinks_zone, "2"),
             ends_with("\"strength\" must be between 0 and 1"));
  CHECK_THAT(outside(FaultKind::net_delay, "-0.5"),
             ends_with("\"strength\" must be between 0 and 100"));
  CHECK_THAT(outside(FaultKind::brain_clock, "101"),
             ends_with("\"strength\" must be between -100 and 100"));
  CHECK(good(FaultKind::net_loss, of("1")));
  CHECK(good(FaultKind::net_delay, of("1.5")));
  CHECK(good(FaultKind::brain_clock, of("-0.5")));
  CHECK(good(FaultKind::net_partition, of("0.7")));  // not looked at; seeds' files have it
  for (const FaultKind kind : all_fault_kinds()) {
    INFO(to_string(kind));
    CHECK(good(kind, "") != form_of(kind).needs_strength);
  }
  CHECK(refusal(with(fault_of(FaultKind::load_surge, R"("lasts": 1)"))) ==
        "s.json:3:12: key \"strength\" is missing");
}

TEST_CASE("what is undone at its end must have one") {
  for (const FaultKind kind : all_fault_kinds()) {
    INFO(to_string(kind));
    CHECK(parse_scenario("s.json", with(fault_of(kind, R"("strength": 1)"))).ok() !=
          form_of(kind).lasts);
  }
  CHECK(refusal(with(R"("faults": [{"kind": "net_partition", "at": 1}])")) ==
        "s.json:3:12: \"lasts\": must be above 0: net_partition is undone after it");
  CHECK(refusal(with(R"("faults": [{"kind": "op_pause", "at": 1, "lasts": 0}])")) ==
        "s.json:3:51: \"lasts\": must be above 0: op_pause is undone after it");
  // Once.
  CHECK(refusal(with(R"("faults": [{"kind": "op_pause", "at": 1, "lasts": "x"}])"))
            .starts_with("s.json:3:51: \"lasts\": \"x\" is not a duration"));
  CHECK(refusal(with(R"("faults": [{"kind": "op_pause", "at": 1, "lasts": "x"}])")).find('\n') ==
        std::string::npos);
}

TEST_CASE("a world that no coordinator can bring about is refused, as its configuration would be") {
  CHECK(refusal(with(R"("fleet_ceiling": 1)")) ==
        "s.json:3:18: \"fleet_ceiling\": the zones' min_servers add up to 2, above the ceiling of "
        "1");
  CHECK(parse_scenario("s.json", with(R"("fleet_ceiling": 2)")).ok());
  CHECK(refusal(with(R"("hourly_budget": 0.0199)")) ==
        "s.json:3:18: \"hourly_budget\": the zones' min_servers at their dearest sizes cost 0.0200 "
        "an hour, which is more");
  CHECK(parse_scenario("s.json", with(R"("hourly_budget": 0.02)")).ok());
  CHECK(refusal(with(R"("most_boot": "5m")")) ==
        "s.json:3:14: \"most_boot\": must be below the boot deadline, 5m: a server that boots "
        "longer is replaced");
}

TEST_CASE("a scenario has zones, each with a name of its own at its provider") {
  CHECK(refusal("{}") == "s.json:1:1: key \"zones\" is missing");
  CHECK(refusal(R"({"zones": []})") == "s.json:1:11: \"zones\": must have at least one zone");
  CHECK(refusal("{\"zones\": [" + zone + ",\n" + zone + "]}") ==
        "s.json:2:8: \"id\": is that of another zone too");
  for (const std::string id : {"lon1", "other/lon1", "ocean/", "ocean/a/b", "ocean/LON", "/lon1"}) {
    INFO(id);
    CHECK(
        refusal(R"({"zones": [{"id": ")" + id + R"(", "provider": "ocean", "region": "lon"}]})") ==
        "s.json:1:19: \"id\": must be the provider's name, a slash, and a name of a-z, 0-9 and "
        "-");
  }
  CHECK(refusal(R"({"zones": [{"id": "ocean/a", "provider": "ocean", "region": "lon",
                               "min_servers": 3, "max_servers": 2}]})") ==
        "s.json:1:12: \"min_servers\" is above \"max_servers\"");
}

TEST_CASE("what is no JSON is refused") {
  CHECK(refusal("{").starts_with("s.json:1:"));
  CHECK(refusal("[]") == "s.json:1:1: a section in braces is wanted here, not a list");
}
