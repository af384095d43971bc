#include "coordinator/sim/run/apart.h"

#include <cassert>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "common/os/fd.h"
#include "coordinator/sim/run/last_words.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;
using namespace edgeherd::sim;
using edgeherd::test::TempDirectory;

namespace {

enum Trouble : std::uint64_t { none, abortion, exception, exit_code, endless };

// Does what its seed says.
Outcome trouble(const Scenario& scenario, const Audience& audience) {
  for (int i = 1; i <= 100; ++i) audience.on_line("line " + std::to_string(i));
  switch (scenario.seed) {
    case abortion:
      assert(scenario.zones.size() == 77);
      break;
    case exception:
      throw std::runtime_error("no way out");
    case exit_code:
      ::_exit(3);
    case endless:
      for (volatile int i = 0;;) i = i + 1;
    default:
      break;
  }
  Outcome outcome;
  outcome.seed = scenario.seed;
  outcome.digest = 42;
  return outcome;
}

Task task(std::uint64_t seed, const std::string& history = "") {
  Task made;
  made.scenario.seed = seed;
  made.history = history;
  return made;
}

Crew crew(int jobs = 2) {
  return {jobs, 1s, &trouble};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string crash(std::uint64_t seed) {
  const auto outcome = play_apart(crew(), task(seed));
  REQUIRE(outcome.ok());
  CHECK(outcome->seed == seed);
  REQUIRE(outcome->violation);
  CHECK(outcome->violation->promise == crash_promise);
  CHECK(outcome->last_lines.size() == kept_lines);
  CHECK(outcome->last_lines.back() == "line 100");
  return outcome->violation->text;
}

}  // namespace

TEST_CASE("a run that dies is an outcome that says how, and what happened last") {
  const std::string assertion = crash(abortion);
  CHECK(contains(assertion, "the run died: SIGABRT"));
  CHECK(contains(assertion, "scenario.zones.size() == 77"));
  CHECK(crash(exception) == "the run died: SIGABRT: exception: no way out");
  CHECK(crash(exit_code) == "the run died: exit code 3");
}

TEST_CASE("a run that never ends is ended when its CPU time is used up") {
  const std::string text = crash(endless);
  CHECK(contains(text, "SIGXCPU"));
}

TEST_CASE("a run that dies leaves the others alone") {
  std::uint64_t next = 0;
  std::map<std::uint64_t, bool> crashed;
  const Status played = play_apart(
      crew(3),
      [&]() -> std::optional<Task> {
        if (next == 12) return std::nullopt;
        return task(next++ % 4);
      },
      [&](Outcome outcome) {
        crashed[outcome.seed] = outcome.violation.has_value();
        return Status{};
      });
  REQUIRE(played.ok());
  CHECK(crashed == std::map<std::uint64_t, bool>{
                       {none, false}, {abortion, true}, {exception, true}, {exit_code, true}});
}

TEST_CASE("who takes the outcomes can end the work") {
  int done = 0;
  const Status played = play_apart(
      crew(2), [] { return std::optional<Task>(task(none)); },
      [&](const Outcome&) -> Status {
        if (++done < 5) return {};
        return fail(Errc::exhausted, "the disk is full");
      });
  REQUIRE_FALSE(played.ok());
  CHECK(played.error().message == "the disk is full");
  CHECK(done == 5);
}

TEST_CASE("a run does not keep what its parent holds for itself alone") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const os::Fd held(ends[0]);
  const os::Fd other(ends[1]);
  Crew made = crew();
  made.not_for_runs = held.get();
  made.play = [&](const Scenario&, const Audience&) {
    Outcome outcome;
    outcome.launches = ::fcntl(held.get(), F_GETFD) < 0 ? 1 : 0;
    outcome.removals = ::fcntl(other.get(), F_GETFD) < 0 ? 1 : 0;
    return outcome;
  };
  const auto outcome = play_apart(made, task(none));
  REQUIRE(outcome.ok());
  CHECK(outcome->launches == 1);
  CHECK(outcome->removals == 0);
}

TEST_CASE("the history has every line up to the death of the run") {
  const TempDirectory directory;
  const std::string path = directory.file("history");
  REQUIRE(play_apart(crew(), task(abortion, path)).ok());
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text.starts_with("line 1\nline 2\n"));
  CHECK(text.ends_with("line 99\nline 100\n"));
}

TEST_CASE("a history that cannot be written is an error that names its file") {
  const auto outcome = play_apart(crew(), task(none, "/nowhere/history"));
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().message == "/nowhere/history: No such file or directory");
}

TEST_CASE("last words are the newest lines, however many there were") {
  const auto words = LastWords::make();
  REQUIRE(words.ok());
  CHECK((*words)->lines(10).empty());
  for (int i = 0; i < 100'000; ++i) (*words)->line("line " + std::to_string(i));
  const auto lines = (*words)->lines(3);
  CHECK(lines == std::vector<std::string>{"line 99997", "line 99998", "line 99999"});
  (*words)->line(std::string(1'000'000, 'x'));
  CHECK((*words)->lines(1).front().size() < 10'000);
}
