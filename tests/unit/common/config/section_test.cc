#include "common/config/section.h"

#include <string>

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::config;

namespace {

// A parsed text and what was found wrong in it.
struct Fixture {
  explicit Fixture(std::string_view text) : value(*parse_json("f.json", text)) {}
  Section root() { return Section(value, problems); }
  [[nodiscard]] std::string first() const {
    return problems.lines().empty() ? "" : problems.lines().front();
  }

  Value value;
  Problems problems{"f.json"};
};

enum class State { active, inactive };

}  // namespace

TEST_CASE("fields of every kind are read") {
  Fixture file(R"({"name": "London", "on": true, "min": 10, "ratio": 0.7, "wait": "1m30s",
                   "short": 2.5, "disk": "64MiB", "raw": 512, "argv": ["nginx", "-s"],
                   "state": "inactive", "whole": 1e3})");
  Section root = file.root();
  std::string name;
  bool on = false;
  int min = 0;
  int whole = 0;
  double ratio = 0;
  Duration wait{};
  Duration brief{};
  std::uint64_t disk = 0;
  std::uint64_t raw = 0;
  std::vector<std::string> argv;
  State state = State::active;
  root.text("name", name, Need::required);
  root.flag("on", on, Need::required);
  root.integer("min", min, 0, 100, Need::required);
  root.integer("whole", whole, 0, 10'000, Need::required);
  root.number("ratio", ratio, 0, 1, Need::required);
  root.duration("wait", wait, 0s, 1h, Need::required);
  root.duration("short", brief, 0s, 1h, Need::required);
  root.bytes("disk", disk, 0, 1ULL << 40, Need::required);
  root.bytes("raw", raw, 0, 1ULL << 40, Need::required);
  root.texts("argv", argv, Need::required);
  root.choice("state", state, {{"active", State::active}, {"inactive", State::inactive}},
              Need::required);
  root.finish();
  REQUIRE(file.problems.status().ok());
  CHECK(name == "London");
  CHECK(on);
  CHECK(min == 10);
  CHECK(whole == 1000);
  CHECK(ratio == 0.7);
  CHECK(wait == 90s);
  CHECK(brief == 2500ms);
  CHECK(disk == 64ULL << 20);
  CHECK(raw == 512);
  CHECK(argv == std::vector<std::string>{"nginx", "-s"});
  CHECK(state == State::inactive);
}

TEST_CASE("an absent optional field leaves the default, an absent required one is reported") {
  Fixture file("{\n \"zone\": {}\n}");
  Section root = file.root();
  auto zone = root.section("zone", Need::required);
  REQUIRE(zone);
  int min = 7;
  zone->integer("min", min, 0, 10, Need::optional);
  CHECK(min == 7);
  CHECK(file.problems.empty());
  zone->integer("min", min, 0, 10, Need::required);
  CHECK(min == 7);
  CHECK(file.first() == "f.json:2:10: key \"min\" is missing");
}

TEST_CASE("an unknown key is an error with its place and the likely meaning") {
  Fixture file("{\n  \"min_server\": 1,\n  \"colour\": 2 }");
  Section root = file.root();
  int min = 0;
  root.integer("min_servers", min, 0, 10, Need::optional);
  root.finish();
  REQUIRE(file.problems.count() == 2);
  CHECK(file.problems.lines()[0] ==
        "f.json:2:3: unknown key \"min_server\" (did you mean \"min_servers\"?)");
  CHECK(file.problems.lines()[1] == "f.json:3:3: unknown key \"colour\"");
}

TEST_CASE("a value of the wrong kind or range is reported at the value and changes nothing") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>(
      {{R"({"v": "x"})", "f.json:1:7: \"v\" must be a whole number, not a text"},
       {R"({"v": 1.5})", "f.json:1:7: \"v\" must be a whole number"},
       {R"({"v": 11})", "f.json:1:7: \"v\" must be between 0 and 10"},
       {R"({"v": -1})", "f.json:1:7: \"v\" must be between 0 and 10"},
       {R"({"v": 18446744073709551615})", "f.json:1:7: \"v\" must be between 0 and 10"},
       {R"({"v": 1e300})", "f.json:1:7: \"v\" must be between 0 and 10"},
       {R"({"v": null})", "f.json:1:7: \"v\" must be a whole number, not null"}}));
  Fixture file(text);
  Section root = file.root();
  int value = 5;
  root.integer("v", value, 0, 10, Need::required);
  CHECK(value == 5);
  CHECK(file.first() == expected);
}

TEST_CASE("bad durations, sizes, lists and words say what would be right") {
  Fixture file(R"({"d": "5 min", "s": "12 parsecs", "l": ["a", 1], "w": "on", "n": [] })");
  Section root = file.root();
  Duration d = 1s;
  std::uint64_t s = 1;
  std::vector<std::string> l{"kept"};
  State w = State::active;
  root.duration("d", d, 0s, 1h, Need::required);
  root.bytes("s", s, 0, 100, Need::required);
  root.texts("l", l, Need::required);
  root.choice("w", w, {{"active", State::active}, {"inactive", State::inactive}}, Need::required);
  CHECK_FALSE(root.section("n", Need::required).has_value());
  CHECK(d == 1s);
  CHECK(s == 1);
  CHECK(l == std::vector<std::string>{"kept"});
  const auto& lines = file.problems.lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].find("is not a duration such as") != std::string::npos);
  CHECK(lines[1].find("is not a size such as") != std::string::npos);
  CHECK(lines[2] == "f.json:1:46: \"l\" must be a list of texts, not a number");
  CHECK(lines[3] == "f.json:1:55: \"w\" must be one of \"active\", \"inactive\"");
  CHECK(lines[4] == "f.json:1:66: \"n\" must be a section in braces, not a list");
}

TEST_CASE("maps and lists of sections hand out each entry") {
  Fixture file(R"({"zones": {"lon1": {"min": 1}, "lon2": 5}, "peers": [{"key": "k"}, 3]})");
  Section root = file.root();
  auto zones = root.sections("zones", Need::required);
  REQUIRE(zones.size() == 1);
  CHECK(zones[0].first == "lon1");
  auto peers = root.section_list("peers", Need::required);
  REQUIRE(peers.size() == 1);
  std::string key;
  peers[0].text("key", key, Need::required);
  CHECK(key == "k");
  root.finish();
  CHECK(file.problems.count() == 2);
}

TEST_CASE("all problems are told at once, but no more than twenty lines of them") {
  std::string text = "{";
  for (int i = 0; i < 30; ++i) text += (i > 0 ? ", \"k" : "\"k") + std::to_string(i) + "\": 1";
  Fixture file(text + "}");
  Section root = file.root();
  root.finish();
  CHECK(file.problems.count() == 30);
  CHECK(file.problems.lines().size() == Problems::max_shown);
  const Status status = file.problems.status();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == Errc::invalid);
  CHECK(status.error().message.ends_with("\nand 10 more"));
}

TEST_CASE("a root that is no object is one problem, not many") {
  Fixture file("[1]");
  Section root = file.root();
  std::string name;
  root.text("name", name, Need::required);
  root.finish();
  CHECK(file.problems.count() == 1);
}

TEST_CASE("a problem that names its key itself does not name it twice") {
  const Value value = *parse_json("f.json", R"({ "port": 7 })");
  Problems problems("f.json");
  Section section(value, problems);
  section.problem("port", "\"port\" must be even");
  section.problem("port", "must be even");
  CHECK(problems.lines() == std::vector<std::string>{"f.json:1:11: \"port\" must be even",
                                                     "f.json:1:11: \"port\": must be even"});
}
