#include <fstream>
#include <new>

#include <boost/json/parse.hpp>

#include "tests/support/catch.h"
#include "tests/unit/coordinator/cli/recorded_api.h"

using namespace edgeherd;
using namespace edgeherd::cli;
using edgeherd::test::contains;
using edgeherd::test::Ran;
using edgeherd::test::run_cli;
using edgeherd::test::Setting;

namespace {

constexpr auto good = R"({"schema": 1, "seeds": {"first": 1, "last": 2}, "results": [
    {"seed": 1, "violation": null}, {"seed": 2, "violation": null}],
  "totals": {"seeds": 2, "skipped": 1, "violations": 0, "node_hours": 1234.5, "launches": 70,
             "removals": 50, "faults": {"net_loss": 3, "vm_cloned": 12}, "cpu_s": 12.3,
             "wall_s": 6.5, "node_hours_per_cpu_s": 100.4, "simulated_to_real": 2215},
  "shrunk": null})";

constexpr auto broken = R"({"schema": 1, "seeds": {"first": 17, "last": 17}, "results": [
    {"seed": 17, "violation": {"promise": "P4", "at_s": 3723.5, "text": "two servers",
                               "last_lines": ["1:02:03.400 create", "1:02:03.500 VIOLATION"]},
     "replay": "edgeherd simulate --seeds 17"}],
  "totals": {"seeds": 1, "skipped": 0, "violations": 1, "node_hours": 5, "launches": 7,
             "removals": 5, "faults": {}, "cpu_s": 1, "wall_s": 1, "node_hours_per_cpu_s": null,
             "simulated_to_real": null},
  "shrunk": {"seed": 17, "runs": 30, "faults_before": 9, "scenario": {"faults": [{}]},
             "scenario_file": "seed-17.shrunk.json", "history": ["0:00:01.000 a line"],
             "outcome": {"violation": {"promise": "P4", "at_s": 61, "text": "two servers"}},
             "replay": "edgeherd simulate --scenario seed-17.shrunk.json"}})";

// Remembers what was asked for.
struct Simulator {
  Simulation asked;
  Result<boost::json::object> answer = boost::json::parse(good).as_object();

  Ran run(const std::vector<std::string>& arguments) {
    Setting setting;
    setting.simulate = [this](const Simulation& simulation) {
      asked = simulation;
      return answer;
    };
    std::vector<std::string> all{"simulate"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_cli(all, setting);
  }
};

std::string refusal(const std::vector<std::string>& arguments) {
  Simulator simulator;
  const Ran ran = simulator.run(arguments);
  CHECK(ran.exit == exit_usage);
  CHECK(ran.out.empty());
  return ran.err;
}

}  // namespace

TEST_CASE("simulate asks for what the command line says, and no coordinator for anything") {
  Simulator simulator;
  CHECK(simulator
            .run({"--seeds", "3..9", "--hours", "0.5", "--nodes", "20", "--jobs", "3", "--resume",
                  "r", "--shrink"})
            .exit == exit_done);
  CHECK(simulator.asked.first_seed == 3);
  CHECK(simulator.asked.last_seed == 9);
  CHECK(simulator.asked.time == 30min);
  CHECK(simulator.asked.nodes == 20);
  CHECK(simulator.asked.jobs == 3);
  CHECK(simulator.asked.resume == "r");
  CHECK(simulator.asked.shrink == Shrink::yes);

  CHECK(simulator.run({"--seeds", "18446744073709551615", "--history", "h"}).exit == exit_done);
  CHECK(simulator.asked.first_seed == ~std::uint64_t{0});
  CHECK(simulator.asked.last_seed == ~std::uint64_t{0});
  CHECK(simulator.asked.time == 2h);
  CHECK(simulator.asked.nodes == 50);
  CHECK(simulator.asked.jobs == 0);
  CHECK(simulator.asked.history == "h");
  CHECK(simulator.asked.shrink == Shrink::no);

  CHECK(simulator.run({"--scenario", "s.json", "--history", "h"}).exit == exit_done);
  CHECK(simulator.asked.scenario == "s.json");
}

TEST_CASE("simulate goes its way whatever the coordinator's address and token are") {
  for (const auto& variable : {"EDGEHERD_ENDPOINT", "EDGEHERD_TOKEN_FILE"}) {
    INFO(variable);
    Setting setting;
    setting.variables = {{variable, "/nowhere"}};
    setting.simulate = [](const Simulation&) -> Result<boost::json::object> {
      return boost::json::parse(good).as_object();
    };
    CHECK(run_cli({"simulate", "--seeds", "1"}, setting).exit == exit_done);
    CHECK(run_cli({"status"}, setting).exit == exit_usage);
  }
}

TEST_CASE("hours are whole seconds, so that a third of an hour can be said again") {
  Simulator simulator;
  CHECK(simulator.run({"--seeds", "1", "--hours", "0.3333333"}).exit == exit_done);
  CHECK(simulator.asked.time == 20min);
}

TEST_CASE("simulate refuses what cannot be meant") {
  CHECK(contains(refusal({}), "nothing is to be simulated"));
  for (const std::string seeds :
       {"a", "1..", "..2", "1...2", "1-2", "-1", "1.5", "1..2..3", "18446744073709551616"}) {
    INFO(seeds);
    CHECK(contains(refusal({"--seeds=" + seeds}),
                   "--seeds wants a seed or two, as in 17 or 1..1000, not \"" + seeds + "\""));
  }
  CHECK(contains(refusal({"--seeds", "9..3"}), "the first seed is above the last"));
  CHECK(contains(refusal({"--seeds", "0..10000000"}), "are more than 10000000"));
  for (const std::string hours : {"0", "-1", "x", "nan", "inf", "1441"}) {
    INFO(hours);
    CHECK(contains(refusal({"--seeds", "1", "--hours=" + hours}),
                   "--hours wants a number from 0.01 to 1440, not \"" + hours + "\""));
  }
  CHECK(contains(refusal({"--seeds", "1", "--nodes", "0"}),
                 "--nodes wants a whole number from 1 to 10000, not \"0\""));
  CHECK(contains(refusal({"--seeds", "1", "--jobs", "two"}),
                 "--jobs wants a whole number from 1 to 1000, not \"two\""));
  for (const std::string option : {"seeds", "hours", "nodes", "resume"}) {
    INFO(option);
    CHECK(contains(refusal({"--scenario", "s", "--" + option, "1"}),
                   "--scenario and --" + option + " do not go together"));
  }
  CHECK(contains(refusal({"--seeds", "1", "--history", "h", "--resume", "r"}),
                 "--history and --resume do not go together"));
  CHECK(contains(refusal({"--seeds", "1..2", "--history", "h"}),
                 "--history is for one seed, or for a scenario"));
}

TEST_CASE("promises that were kept are told in a few lines") {
  Simulator simulator;
  const Ran ran = simulator.run({"--seeds", "1..2"});
  CHECK(ran.exit == exit_done);
  CHECK(ran.err.empty());
  CHECK(ran.out ==
        "2 seeds (1 known before), 1234 node-hours, 70 servers launched, 50 removed\n"
        "\n"
        "FAULT      TIMES\n"
        "net_loss       3\n"
        "vm_cloned     12\n"
        "\n"
        "CPU 12.30 s, real time 6.50 s; 100 node-hours in a second of CPU, 2215 times as fast as "
        "real\n");
}

TEST_CASE("a broken promise is told with its end and the command that shows it again; exit is 1") {
  Simulator simulator;
  simulator.answer = boost::json::parse(broken).as_object();
  const Ran ran = simulator.run({"--seeds", "17", "--shrink"});
  CHECK(ran.exit == exit_failed);
  CHECK(ran.err == "edgeherd: 1 seed breaks a promise\n");
  CHECK(contains(ran.out,
                 "seed 17 breaks a promise\n"
                 "  P4 at 1:02:03: two servers\n"
                 "  the last that happened:\n"
                 "    1:02:03.400 create\n"
                 "    1:02:03.500 VIOLATION\n"
                 "  replay: edgeherd simulate --seeds 17\n"
                 "\n"
                 "seed 17 made smaller: 1 fault of 9, after 30 runs\n"
                 "  P4 at 0:01:01: two servers\n"
                 "  its history:\n"
                 "    0:00:01.000 a line\n"
                 "  scenario: seed-17.shrunk.json\n"
                 "  replay: edgeherd simulate --scenario seed-17.shrunk.json\n"));
}

TEST_CASE("with -o json simulate prints the document, also of a failure") {
  Simulator simulator;
  CHECK(boost::json::parse(simulator.run({"--seeds", "1..2", "-o", "json"}).out) ==
        boost::json::parse(good));
  simulator.answer = boost::json::parse(broken).as_object();
  const Ran ran = simulator.run({"--seeds", "17", "-o", "json"});
  CHECK(ran.exit == exit_failed);
  CHECK(boost::json::parse(ran.out) == boost::json::parse(broken));
  CHECK(boost::json::parse(ran.err).at("code") == "violation");
}

TEST_CASE("what keeps a simulation from being made is no broken promise: exit is 2") {
  Simulator simulator;
  simulator.answer = fail(Errc::invalid, "s.json:1:2: unknown key \"x\"");
  const Ran ran = simulator.run({"--scenario", "s.json"});
  CHECK(ran.exit == exit_usage);
  CHECK(ran.err == "edgeherd: s.json:1:2: unknown key \"x\"\n");
  CHECK(ran.out.empty());
}

TEST_CASE("a failure that could not be made smaller is told, and why; exit is 1 as without") {
  Simulator simulator;
  auto document = boost::json::parse(broken).as_object();
  document["shrunk"] = boost::json::object{{"seed", 17}, {"error", "no processes"}};
  simulator.answer = document;
  const Ran ran = simulator.run({"--seeds", "17", "--shrink"});
  CHECK(ran.exit == exit_failed);
  CHECK(contains(ran.out,
                 "  replay: edgeherd simulate --seeds 17\n"
                 "\n"
                 "seed 17 could not be made smaller: no processes\n"
                 "\n"));
}

TEST_CASE("a defect on the way is no broken promise: exit is 2") {
  Setting setting;
  setting.simulate = [](const Simulation&) -> Result<boost::json::object> {
    throw std::bad_alloc();
  };
  const Ran ran = run_cli({"simulate", "--seeds", "1"}, setting);
  CHECK(ran.exit == exit_usage);
  CHECK(ran.err == "edgeherd: " + std::string(std::bad_alloc().what()) + "\n");
}

TEST_CASE("a report that does not get out is no broken promise, whatever it says: exit is 2") {
  for (const char* document : {good, broken}) {
    std::ofstream full("/dev/full");
    std::ostringstream err;
    Terminal terminal(full, err, Device::plain);
    const auto nothing = [](std::string_view) { return std::optional<std::string>(); };
    const Simulate simulate = [document](const Simulation&) -> Result<boost::json::object> {
      return boost::json::parse(document).as_object();
    };
    CHECK(run({"simulate", "--seeds", "17"}, {terminal, nothing, {}, simulate, {}}) == exit_usage);
    CHECK(err.str() == "edgeherd: the output cannot be written\n");
  }
}
