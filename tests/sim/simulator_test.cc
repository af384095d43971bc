// The whole simulator: a seed is a history, a file is a history, and the program tells the same
// one.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <boost/json/parse.hpp>
#include <sys/wait.h>

#include "common/os/real.h"
#include "common/telemetry/log.h"
#include "coordinator/sim/run/generate.h"
#include "coordinator/sim/run/play.h"
#include "coordinator/sim/run/scenario_json.h"
#include "coordinator/sim/run/shrink.h"
#include "coordinator/sim/run/simulate.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::sim;
using edgeherd::test::TempDirectory;

namespace {

constexpr Size small{12min, 6};

struct Told {
  Outcome outcome;
  std::string history;
};

Told tell(const Scenario& scenario, Watcher* watcher = nullptr) {
  const Status quiet = telemetry::setup_log({telemetry::Level::error, ""});
  REQUIRE(quiet.ok());
  Told told;
  Audience audience;
  audience.on_line = [&told](const std::string& line) { told.history += line + "\n"; };
  audience.watcher = watcher;
  told.outcome = play(scenario, audience);
  return told;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

struct Ran {
  int exit = -1;
  std::string out;
  std::string err;
  [[nodiscard]] boost::json::object document() const { return boost::json::parse(out).as_object(); }
};

// The program itself; `arguments` are a shell's.
Ran edgeherd_simulate(const TempDirectory& directory, const std::string& arguments) {
  const std::string command = "cd '" + directory.path() + "' && '" EDGEHERD_PROGRAM "' simulate " +
                              arguments + " >out 2>err";
  const int status = std::system(command.c_str());
  Ran ran;
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ran.out = read(directory.file("out"));
  ran.err = read(directory.file("err"));
  return ran;
}

// Fails as soon as a fault of each of two kinds has struck.
class TwoKinds final : public Watcher {
 public:
  TwoKinds(FaultKind one, FaultKind other) : one_(one), other_(other) {}
  void second(World& world) override {
    if (struck(world, one_) && struck(world, other_)) world.violated("both", "it happened");
  }

 private:
  static bool struck(const World& world, FaultKind kind) {
    const auto& faults = world.scenario().faults;
    return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
      return fault.kind == kind && fault.at < world.elapsed();
    });
  }
  FaultKind one_;
  FaultKind other_;
};

// What the clouds are like once faults are over.
class Afterwards final : public Watcher {
 public:
  void second(World& world) override {
    if (!world.faults_over()) return;
    looked = true;
    for (const auto& [id, cloud] : world.clouds) {
      const CloudWeather& weather = cloud->weather();
      good = good && weather.fail_list == 0 && weather.refuse_create == 0 &&
             weather.throttle == 0 && weather.ghost_for == 0s &&
             weather.most_latency == CloudWeather{}.most_latency && weather.out_of_stock.empty();
    }
  }
  bool looked = false;
  bool good = true;
};

// Its two columns in the documentation's table.
std::string columns_of(const FaultForm& form) {
  std::ostringstream strength;
  strength << form.least_strength << " to " << form.most_strength;
  std::string cell = strength.str() + " ";
  if (!form.needs_strength) cell = form.least_strength < 0 ? "" : "(" + strength.str() + ") ";
  return "` | " + cell + "| " + (form.lasts ? "yes " : "") + "| ";
}

Fault fault(FaultKind kind, Duration at) {
  Fault made;
  made.kind = kind;
  made.at = at;
  made.lasts = 20s;
  made.strength = 0.5;
  return made;
}

}  // namespace

TEST_CASE("the same seed has the same history, byte for byte; another seed has another") {
  const Told one = tell(generate(7, small));
  const Told same = tell(generate(7, small));
  const Told other = tell(generate(8, small));
  CHECK(one.history == same.history);
  CHECK(one.outcome.digest == same.outcome.digest);
  CHECK(one.outcome.events == same.outcome.events);
  CHECK(one.outcome.node_hours == same.outcome.node_hours);
  CHECK(one.history != other.history);
  CHECK(one.outcome.digest != other.outcome.digest);
}

TEST_CASE("a history tells of servers and faults, and an outcome counts them") {
  Scenario scenario = generate(3, small);
  scenario.faults = {fault(FaultKind::net_loss, 2min), fault(FaultKind::agent_crash, 3min),
                     fault(FaultKind::net_loss, 4min)};
  const Told told = tell(scenario);
  CHECK(told.history.find(" create ") != std::string::npos);
  CHECK(told.history.find("fault 1 begins: agent_crash") != std::string::npos);
  CHECK(told.outcome.faults ==
        std::map<FaultKind, std::uint64_t>{{FaultKind::net_loss, 2}, {FaultKind::agent_crash, 1}});
  CHECK(told.outcome.launches > 0);
  CHECK(told.outcome.node_hours > 0);
  CHECK(told.outcome.lines ==
        static_cast<std::uint64_t>(std::count(told.history.begin(), told.history.end(), '\n')));
}

TEST_CASE("a scenario's file plays the scenario") {
  const Scenario scenario = generate(21, small);
  const auto from_file = parse_scenario("s.json", scenario_text(scenario));
  REQUIRE(from_file.ok());
  CHECK(tell(*from_file).history == tell(scenario).history);
}

TEST_CASE("the world of a seed is a scenario that can be read, whatever its size") {
  for (const int nodes : {1, 50, 1'200, 10'000}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Scenario scenario = generate(seed, {60min, nodes});
      const auto from_file = parse_scenario("world.json", scenario_text(scenario));
      INFO(nodes << " nodes, seed " << seed << ": "
                 << (from_file.ok() ? "" : from_file.error().message));
      REQUIRE(from_file.ok());
      CHECK(*from_file == scenario);
    }
  }
}

TEST_CASE("a fault that is taken away changes nothing before its time") {
  Scenario with = generate(5, small);
  with.faults = {fault(FaultKind::net_loss, 1min), fault(FaultKind::edge_broken, 5min),
                 fault(FaultKind::cloud_throttles, 4min)};
  with.faults = {with.faults[0], with.faults[2], with.faults[1]};
  Scenario without = with;
  without.faults.pop_back();
  const std::string long_history = tell(with).history;
  const std::string short_history = tell(without).history;
  const auto struck = long_history.find("0:05:00.000 fault 2 begins");
  REQUIRE(struck != std::string::npos);
  CHECK(long_history.substr(0, struck) == short_history.substr(0, struck));
  CHECK(long_history != short_history);
}

TEST_CASE("faults of one kind that overlap are over when the last of them is") {
  Scenario scenario = generate(11, small);
  scenario.faults.clear();
  for (const Duration at : {60s, 90s, 120s}) {
    for (const FaultKind kind :
         {FaultKind::cloud_down, FaultKind::cloud_list_broken, FaultKind::cloud_throttles,
          FaultKind::cloud_ghosts, FaultKind::cloud_slow, FaultKind::cloud_out_of_stock}) {
      scenario.faults.push_back(fault(kind, at));
      scenario.faults.back().lasts = at == 90s ? 10min : 1min;
    }
  }
  Afterwards watcher;
  (void)tell(scenario, &watcher);
  CHECK(watcher.looked);
  CHECK(watcher.good);
}

TEST_CASE("the kinds that are undone at their end are those whose form says so") {
  for (const FaultKind kind : all_fault_kinds()) {
    Scenario scenario = generate(7, small);
    scenario.length = 6min;
    scenario.convergence = 0s;
    scenario.faults = {fault(kind, 5min)};
    const std::string history = tell(scenario).history;
    INFO(to_string(kind));
    REQUIRE(history.find("fault 0 begins") != std::string::npos);
    CHECK((history.find("fault 0 ends") != std::string::npos) == form_of(kind).lasts);
  }
}

TEST_CASE("who watches does not change what happens") {
  TwoKinds watcher(FaultKind::vm_cloned, FaultKind::vm_cloned);
  Scenario scenario = generate(9, small);
  scenario.faults = {fault(FaultKind::net_delay, 2min)};
  CHECK(tell(scenario, &watcher).history == tell(scenario).history);
}

TEST_CASE("a failure that needs two faults shrinks to these two") {
  Scenario scenario = generate(4, small);
  scenario.faults.clear();
  Duration at = 30s;
  for (const FaultKind kind :
       {FaultKind::net_loss, FaultKind::agent_hang, FaultKind::cloud_slow, FaultKind::dns_lags,
        FaultKind::op_cordon, FaultKind::archive_away, FaultKind::load_surge}) {
    scenario.faults.push_back(fault(kind, at));
    at += 10s;
  }
  TwoKinds watcher(FaultKind::agent_hang, FaultKind::op_cordon);
  const auto shrunk = shrink(
      scenario,
      [&](const Scenario& candidate) { return Result<Outcome>(tell(candidate, &watcher).outcome); },
      100);
  REQUIRE(shrunk.ok());
  REQUIRE(shrunk->scenario.faults.size() == 2);
  CHECK(shrunk->scenario.faults[0].kind == FaultKind::agent_hang);
  CHECK(shrunk->scenario.faults[1].kind == FaultKind::op_cordon);
  CHECK(shrunk->outcome.violation->promise == "both");
}

TEST_CASE("the program tells the history that the library tells, each time") {
  const TempDirectory directory;
  const Told told = tell(generate(7, small));
  for (const char* name : {"one", "two"}) {
    const Ran ran = edgeherd_simulate(
        directory, "--seeds 7 --hours 0.2 --nodes 6 -o json --history " + std::string(name));
    INFO(ran.err);
    CHECK(ran.exit == (told.outcome.violation ? 1 : 0));
    CHECK(read(directory.file(name)) == told.history);
    const auto results = ran.document().at("results").as_array();
    CHECK(results.at(0).at("digest").as_string() == hex(told.outcome.digest));
  }
  write(directory.file("s.json"), scenario_text(generate(7, small)));
  (void)edgeherd_simulate(directory, "--scenario s.json --history three");
  CHECK(read(directory.file("three")) == told.history);
}

TEST_CASE("how many seeds are played at once changes nothing of what is found") {
  const TempDirectory directory;
  const auto found = [&](const std::string& jobs) {
    auto results =
        edgeherd_simulate(directory, "--seeds 1..6 --hours 0.1 --nodes 4 -o json --jobs " + jobs)
            .document()
            .at("results")
            .as_array();
    REQUIRE(results.size() == 6);
    for (auto& result : results) result.as_object().erase("cpu_s");
    return results;
  };
  CHECK(found("1") == found("4"));
}

TEST_CASE("a campaign that is ended goes on from its file") {
  const TempDirectory directory;
  const std::string size = " --hours 0.1 --nodes 4 -o json --resume file";
  REQUIRE(edgeherd_simulate(directory, "--seeds 1..3" + size).out.size() > 0);
  const std::string three = read(directory.file("file"));
  write(directory.file("file"), three.substr(0, three.size() - 20));
  const auto totals =
      edgeherd_simulate(directory, "--seeds 1..4" + size).document().at("totals").as_object();
  CHECK(totals.at("skipped").to_number<int>() == 2);
  CHECK(totals.at("seeds").to_number<int>() == 4);
  const Ran other =
      edgeherd_simulate(directory, "--seeds 1..4 --hours 0.2 --nodes 4 --resume file");
  CHECK(other.exit == 2);
  CHECK(other.err.find("file holds seeds of 6m, not of 12m") != std::string::npos);
}

TEST_CASE("what cannot be simulated is refused with the place of the mistake") {
  const TempDirectory directory;
  write(directory.file("bad.json"), "{\n  \"zones\": [],\n  \"legnth\": 3\n}");
  const Ran bad = edgeherd_simulate(directory, "--scenario bad.json");
  CHECK(bad.exit == 2);
  CHECK(bad.err.find("bad.json:3:3: unknown key \"legnth\" (did you mean \"length\"?)") !=
        std::string::npos);
  const Ran none = edgeherd_simulate(directory, "--scenario none.json");
  CHECK(none.exit == 2);
  CHECK(none.err.find("none.json") != std::string::npos);
  const Ran nowhere =
      edgeherd_simulate(directory, "--seeds 1 --hours 0.1 --nodes 2 --history /nowhere/history");
  CHECK(nowhere.exit == 2);
  CHECK(nowhere.err.find("/nowhere/history: No such file") != std::string::npos);
}

TEST_CASE("the documentation has every kind of fault with its form, and none that there is not") {
  const std::string page = read(EDGEHERD_TOP "/docs/simulator.md");
  const auto begin = page.find("## Faults");
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(page.substr(begin, page.find("\n## ", begin) - begin));
  std::vector<std::string> named;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    named.push_back(line.substr(3, line.find('`', 3) - 3));
    const auto kind = fault_kind_from(named.back());
    REQUIRE(kind);
    INFO(line);
    const std::string columns = columns_of(form_of(*kind));
    CHECK((line.find(columns) != std::string::npos ||
           line.find("` *" + columns.substr(1)) != std::string::npos));
  }
  std::vector<std::string> known;
  for (const FaultKind kind : all_fault_kinds()) known.emplace_back(to_string(kind));
  CHECK(named == known);
}

TEST_CASE("the documentation names every key of a scenario, and its example can be played") {
  const std::string page = read(EDGEHERD_TOP "/docs/simulator.md");
  const boost::json::object document = to_json(generate(1, small));
  for (const auto& part : {document, document.at("zones").at(0).as_object(),
                           document.at("faults").at(0).as_object()}) {
    for (const auto& [key, value] : part) {
      INFO(std::string(key));
      CHECK(page.find("`" + std::string(key) + "`") != std::string::npos);
    }
  }
  const auto begin = page.find("    {\n      \"length\"");
  REQUIRE(begin != std::string::npos);
  const auto example =
      parse_scenario("example", page.substr(begin, page.find("\n    }\n", begin) + 7 - begin));
  INFO((example.ok() ? "" : example.error().message));
  CHECK(example.ok());
}

TEST_CASE(
    "a broken promise is shown with its end, shrunk, and kept as a file that breaks it again") {
  const TempDirectory directory;
  const auto files = os::make_file_system();
  const os::RealClock clock;
  Crew crew;
  crew.play = [](const Scenario& scenario, const Audience& audience) {
    TwoKinds watcher(FaultKind::agent_hang, FaultKind::op_cordon);
    Audience more = audience;
    more.watcher = &watcher;
    return play(scenario, more);
  };
  Scenario scenario = generate(4, small);
  scenario.faults = {fault(FaultKind::agent_hang, 20s), fault(FaultKind::net_delay, 30s),
                     fault(FaultKind::op_cordon, 40s)};
  SimulateOrder order;
  order.scenario = directory.file("s.json");
  order.shrinking = Shrinking::yes;
  write(order.scenario, scenario_text(scenario));
  const auto document = simulate(order, {*files, clock, crew}, nullptr);
  REQUIRE(document.ok());
  const auto& result = document->at("results").at(0);
  CHECK(result.at("violation").at("promise").as_string() == "both");
  CHECK(result.at("violation").at("last_lines").as_array().back().as_string() ==
        "0:00:41.000 VIOLATION of both: it happened");
  CHECK(result.at("replay").as_string() == "edgeherd simulate --scenario " + order.scenario +
                                               " --history " + directory.file("s.history"));
  const auto& shrunk = document->at("shrunk");
  CHECK(shrunk.at("faults_before").to_number<int>() == 3);
  CHECK(shrunk.at("scenario").at("faults").as_array().size() == 2);
  CHECK(shrunk.at("history").as_array().back().as_string().find("VIOLATION of both") !=
        std::string::npos);

  const std::string kept(shrunk.at("scenario_file").as_string());
  CHECK(kept == directory.file("s.shrunk.json"));
  const auto again = parse_scenario(kept, read(kept));
  REQUIRE(again.ok());
  TwoKinds watcher(FaultKind::agent_hang, FaultKind::op_cordon);
  const Told told = tell(*again, &watcher);
  CHECK(told.outcome.violation->promise == "both");
  CHECK(read(directory.file("s.shrunk.history")) == told.history);
}
