#include "coordinator/sim/run/simulate.h"

#include <csignal>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/fd.h"
#include "common/os/real.h"
#include "coordinator/sim/run/scenario_json.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::sim;
using edgeherd::test::TempDirectory;

namespace {

using Play = std::function<Outcome(const Scenario&, const Audience&)>;

Outcome fine(const Scenario& scenario, const Audience& audience) {
  audience.on_line("0:00:00.000 it begins");
  Outcome outcome;
  outcome.seed = scenario.seed;
  return outcome;
}

Outcome broken(const Scenario& scenario, const Audience& audience) {
  Outcome outcome = fine(scenario, audience);
  outcome.violation = Violation{"P4", "two servers", 61s};
  return outcome;
}

// Does `first` in the first of all runs, which are processes of their own, and is fine ever after.
Play once(const TempDirectory& directory, Play first) {
  return
      [mark = directory.file("played"), first](const Scenario& scenario, const Audience& audience) {
        const os::Fd made(::open(mark.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600));
        return made.open() ? first(scenario, audience) : fine(scenario, audience);
      };
}

Outcome killed(const Scenario& scenario, const Audience& audience) {
  ::raise(SIGKILL);
  return fine(scenario, audience);
}

Result<boost::json::object> simulated(const SimulateOrder& order, const Play& play) {
  const auto files = os::make_file_system();
  const os::RealClock clock;
  Crew crew;
  crew.play = play;
  return simulate(order, {*files, clock, crew}, nullptr);
}

SimulateOrder one_seed() {
  SimulateOrder order;
  order.first = order.last = 7;
  order.size = {1h, 5};
  order.jobs = 1;
  return order;
}

// Of a scenario in the directory.
SimulateOrder a_file(const TempDirectory& directory, const std::string& name) {
  SimulateOrder order;
  order.scenario = directory.file(name);
  std::ofstream(order.scenario, std::ios::binary) << scenario_text(generate(7, {1h, 5}));
  return order;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string refusal(const SimulateOrder& order) {
  const auto document = simulated(order, &fine);
  REQUIRE_FALSE(document.ok());
  CHECK(document.error().code == Errc::conflict);
  return document.error().message;
}

SimulateOrder one_seed_made_smaller() {
  SimulateOrder order = one_seed();
  order.shrinking = Shrinking::yes;
  return order;
}

}  // namespace

TEST_CASE("what was found is told also when it cannot be made smaller") {
  const TempDirectory directory;
  const auto document = simulated(one_seed_made_smaller(), once(directory, &broken));
  REQUIRE(document.ok());
  CHECK(document->at("totals").at("violations").to_number<int>() == 1);
  CHECK(document->at("results").at(0).at("violation").at("text").as_string() == "two servers");
  CHECK(document->at("shrunk").at("seed").to_number<int>() == 7);
  CHECK(document->at("shrunk").at("error").as_string() ==
        "it broke a promise once and not again: the run is not a function of its seed");
}

TEST_CASE("of a process that died once nobody says that its run is no function of its seed") {
  const TempDirectory directory;
  const auto document = simulated(one_seed_made_smaller(), once(directory, &killed));
  REQUIRE(document.ok());
  CHECK(document->at("results").at(0).at("violation").at("promise").as_string() == crash_promise);
  CHECK(document->at("shrunk").at("error").as_string() ==
        "its process died once and not again; the system, or somebody, may have ended it, as for "
        "want of memory");
}

TEST_CASE("what is smaller and cannot be kept is an error beside what was found") {
  const TempDirectory directory;
  SimulateOrder order = a_file(directory, "s.json");
  order.shrinking = Shrinking::yes;
  REQUIRE(::mkdir(directory.file("s.shrunk.json").c_str(), 0700) == 0);
  const auto document = simulated(order, &broken);
  REQUIRE(document.ok());
  CHECK(document->at("totals").at("violations").to_number<int>() == 1);
  CHECK_THAT(std::string(document->at("shrunk").at("error").as_string()),
             Catch::Matchers::Contains("s.shrunk.json"));
}

TEST_CASE("a history takes the place of a history, and of no other file") {
  const TempDirectory directory;
  SimulateOrder order = one_seed();
  order.history = directory.file("h");
  const auto write = [&order](const std::string& text) {
    std::ofstream(order.history, std::ios::binary | std::ios::trunc) << text;
  };
  for (const std::string text : {"", "0:00:00.000 older\n0:00:01.000 more\n", "0:00:0"}) {
    INFO(text);
    write(text);
    REQUIRE(simulated(order, &fine).ok());
    CHECK(read(order.history) == "0:00:00.000 it begins\n");
  }
  write("my notes\n");
  CHECK(refusal(order) == order.history + " is there already and is no history; name another file");
  CHECK(read(order.history) == "my notes\n");

  SimulateOrder mistyped = a_file(directory, "s.json");
  const std::string scenario = read(mistyped.scenario);
  mistyped.history = mistyped.scenario;
  CHECK_THAT(refusal(mistyped), Catch::Matchers::Contains("is no history"));
  CHECK(read(mistyped.scenario) == scenario);

  order.history = "/dev/null";
  CHECK(simulated(order, &fine).ok());
}

TEST_CASE("one simulate at a time writes a file of results") {
  const TempDirectory directory;
  SimulateOrder order = one_seed();
  order.resume = directory.file("r");
  REQUIRE(simulated(order, &fine).ok());
  const std::string results = read(order.resume);
  {
    const os::Fd other(::open(order.resume.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
    CHECK(refusal(order) == order.resume + " is in use by another simulate");
    CHECK(read(order.resume) == results);
  }
  CHECK(simulated(order, &fine).ok());
}

TEST_CASE("the command that replays a file leaves its name alone but for its ending") {
  const TempDirectory directory;
  const auto replay_of = [&](const std::string& name) {
    const auto document = simulated(a_file(directory, name), &broken);
    REQUIRE(document.ok());
    return std::string(document->at("results").at(0).at("replay").as_string());
  };
  const std::string command = "edgeherd simulate --scenario " + directory.path() + "/";
  const std::string history = " --history " + directory.path() + "/";
  CHECK(replay_of("a.json") == command + "a.json" + history + "a.history");
  CHECK(replay_of("a.json.old") == command + "a.json.old" + history + "a.json.old.history");
}
