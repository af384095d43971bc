// The proof that each safeguard is needed: with one of them switched off at a time, the simulator
// must find a promise broken. The list of safeguards is the program's own
// (common/core/protection.h), so a new one that no world misses fails this test.
//
// usage: mutants [--seeds N] [--jobs J] [--only NAME] [--report FILE]
//        mutants --list
//        mutants --play SEED [--family NAME] [--only NAME]
//   --seeds    small worlds for each safeguard (default 400)
//   --incidents  the program of tests/incidents, which shows those that an incident is about
//   --report   a JSON line for each safeguard as well
//   --play     the history of one small world, of a safeguard's family (see families.h) if one is
//              named, with the safeguard of --only off
// Some safeguards are shown by a strike at each point of a life instead (points.h), some by an
// incident, played with them on and off (tests/incidents).
// First all common worlds must hold with every safeguard on. Then a row for each safeguard: its
// name, and the seed and the promise that showed it. The worlds of its family up to that one must
// hold with it on. Exit 1 if one survives, or a world does not hold.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "common/core/protection.h"
#include "common/telemetry/log.h"
#include "coordinator/sim/check/referee.h"
#include "coordinator/sim/world/world.h"
#include "tests/sim/families.h"
#include "tests/sim/points.h"

namespace {

using namespace edgeherd;
using namespace edgeherd::sim;

struct Options {
  std::uint64_t seeds = 400;
  std::size_t jobs = 2;
  std::string only;
  std::string incidents;
  std::string report;
  std::string family;
  std::optional<std::uint64_t> play;
};

// Safeguards that a life shows, by itself or by a strike at the right moment: those points of it
// (points.h).
struct Shown {
  const char* safeguard;
  const char* life;
  const char* kind;
};
constexpr Shown by_points[] = {
    {"journal.adoption", "lost", "torn"},
    {"journal.allow_writes", "lost", "torn"},
    {"journal.confirmation", "confirmation", "torn"},
    {"journal.flag", "orders", "torn"},
    {"journal.forgotten", "ownership", "torn"},
    {"journal.pause", "orders", "torn"},
    {"journal.resume", "orders", "torn"},
    {"journal.retry", "retry", "torn"},
    {"journal.termination", "life", "torn"},
    {"journal.epoch", "life", "torn"},
    {"recheck.before_call", "life", "pause"},
    {"recheck.before_command", "life", "pause"},
    {"recheck.before_names", "life", "shadow"},
    {"check.confirmation_of_then", "mind", "torn"},
    {"check.confirmation_spent_at_start", "mind", "torn"},
    {"check.names_all_answered", "unsaid", "torn"},
    {"check.names_all_known", "names", "torn"},
    {"check.names_lost_count", "names", "torn"},
};

// Safeguards against what has happened to others: an exact world shows what random ones seldom
// meet.
constexpr const char* by_incidents[] = {
    "brake.failed_boot_budget",
    "brake.hourly_budget",
    "brake.many_missing",
    "brake.placement_closed",
    "brake.stale_evidence",
    "check.lent_servers_kept",
    "check.lost_is_no_ghost",
    "check.lost_silent",
    "check.spilled_counted",
    "check.bad_takes_time",
    "check.call_rate_kept",
    "check.clone_kept_out",
    "check.close_asked_before_given_up",
    "check.flush_deadline_after_start",
    "check.command_once",
    "check.departures_restored",
    "check.drain_bounded",
    "check.empty_selector_refused",
    "check.grows_on_partial_data",
    "check.health_of_serving_only",
    "check.held_before_given_up",
    "check.min_enforced",
    "check.missing_at_target",
    "check.missing_data_forbids_shrinking",
    "check.names_keep_nameless",
    "check.discard_wants_names_read",
    "check.no_data_no_change",
    "check.no_giving_up_in_an_archive_outage",
    "check.protected_not_chosen",
    "check.reload_keeps_windows",
    "check.start_up_bounded",
};

bool is_by_incident(const std::string& name) {
  return std::find(std::begin(by_incidents), std::end(by_incidents), name) !=
         std::end(by_incidents);
}

// What became of one safeguard, or of none ("").
struct Row {
  std::string name;
  std::uint64_t seed = 0;  // 0: nothing was found
  std::string what;
};

enum class Telling { silent, each_line };

// Small worlds, full of trouble: many of them are worth more than a few large ones.
std::string violation_of(const Scenario& scenario, Telling telling = Telling::silent) {
  World world(scenario);
  if (telling == Telling::each_line)
    world.diary.on_line([](const std::string& line) { std::printf("%s\n", line.c_str()); });
  Referee referee(world);
  world.watch(referee);
  world.run();
  return world.violation() ? world.violation()->promise + ": " + world.violation()->text : "";
}

// The first point that shows it; with every safeguard on, sim/crash_points proves them all.
Row judge_points(const Shown& shown) {
  for (std::size_t i = 0; i < lives().size(); ++i) {
    if (lives()[i].name != shown.life) continue;
    const Course course = undisturbed(i);
    if (const auto& broken = course.violation) {
      return {shown.safeguard, 1, lives()[i].name + ": " + broken->promise + ": " + broken->text};
    }
    std::vector<Point> points = deaths(course.places);
    for (Point& point : interruptions(course.places)) points.push_back(std::move(point));
    for (const Point& point : points) {
      if (!point.name.ends_with(":" + std::string(shown.kind))) continue;
      if (const auto broken = play(point).violation) {
        return {shown.safeguard, 1, point.name + ": " + broken->promise + ": " + broken->text};
      }
    }
  }
  return {shown.safeguard, 0, ""};
}

// A world of the family that does not hold with every safeguard on: then it proves nothing.
std::optional<Row> first_unsound(const std::string& name, std::uint64_t last) {
  Protection::switch_on_all();
  for (std::uint64_t seed = 1; seed <= last; ++seed) {
    const std::string what = violation_of(world_for(name, seed));
    if (what.empty()) continue;
    return Row{name, 0, "its world " + std::to_string(seed) + " does not hold with it on: " + what};
  }
  return std::nullopt;
}

// Everything is on but `one` and, if it has a second line, that.
bool switch_off(const std::string& one, const std::string& second) {
  Protection::switch_on_all();
  const auto off = [](const std::string& safeguard) {
    return safeguard.empty() || Protection::switch_off(safeguard) == Protection::Found::yes;
  };
  return off(one) && off(second);
}

// What shows a safeguard with a second line must hold with the second line alone off, or it proves
// nothing of the first.
Row judge(const std::string& name, const Options& options) {
  const std::string second = second_line_of(name);
  if (!switch_off(name, second)) return {name, 0, ""};
  for (const Shown& shown : by_points) {
    if (name != shown.safeguard) continue;
    const Row row = judge_points(shown);
    if (second.empty() || row.seed == 0) return row;
    switch_off(second, "");
    const Row by_second = judge_points(shown);
    if (by_second.seed == 0) return row;
    return {name, 0, "it does not hold with " + second + " alone off: " + by_second.what};
  }
  for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
    const std::string what = violation_of(world_for(name, seed));
    if (what.empty()) continue;
    if (!second.empty()) {
      switch_off(second, "");
      const bool by_second = !violation_of(world_for(name, seed)).empty();
      switch_off(name, second);
      if (by_second) continue;
    }
    if (name.empty() || family_of(name) == Family::common) return {name, seed, what};
    return first_unsound(name, seed).value_or(Row{name, seed, what});
  }
  return {name, 0, ""};
}

// A process of its own for each: a mutant may well stop at an assertion, which shows it, too.
class Court {
 public:
  explicit Court(const Options& options) : options_(options) {}

  std::vector<Row> judge_all(const std::vector<std::string>& names) {
    std::vector<Row> rows;
    for (std::size_t begun = 0; rows.size() < names.size();) {
      while (begun < names.size() && running_.size() < options_.jobs) begin(names[begun++]);
      rows.push_back(wait_for_one());
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
    return rows;
  }

 private:
  struct Running {
    std::string name;
    int output;
  };

  void begin(const std::string& name) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
      const Row row = judge(name, options_);
      const std::string line = std::to_string(row.seed) + " " + row.what.substr(0, 1000);
      const auto size = static_cast<ssize_t>(line.size());
      _exit(write(ends[1], line.data(), line.size()) == size ? 0 : 2);
    }
    close(ends[1]);
    running_[child] = {name, ends[0]};
  }

  Row wait_for_one() {
    int status = 0;
    const pid_t child = wait(&status);
    const Running one = running_.at(child);
    running_.erase(child);
    char bytes[2048];
    const ssize_t got = read(one.output, bytes, sizeof bytes);
    close(one.output);
    // A process that the machine stopped (out of memory, say) has shown nothing.
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT)
      throw std::runtime_error(one.name + ": signal " + std::to_string(WTERMSIG(status)) +
                               " ended its process, which proves nothing");
    if (WIFSIGNALED(status)) return {one.name, 1, "an assertion stopped it"};
    const std::string line(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
    const std::size_t space = line.find(' ');
    return {one.name, std::strtoull(line.c_str(), nullptr, 10),
            space == std::string::npos ? "" : line.substr(space + 1)};
  }

  const Options& options_;
  std::map<pid_t, Running> running_;
};

// Plays all incidents; each proof is a line with what was switched off for it. A safeguard counts
// as shown if it was off alone, or with its second line only.
std::map<std::string, std::string> proofs_of(const std::string& program) {
  char path[] = "/tmp/edgeherd-proofs-XXXXXX";
  const int file = mkstemp(path);
  if (file < 0) throw std::runtime_error("no temporary file");
  close(file);
  setenv("EDGEHERD_PROOFS", path, 1);
  const int status = std::system((program + " > /dev/null").c_str());
  unsetenv("EDGEHERD_PROOFS");
  std::map<std::string, std::string> shown;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second, third;
    words >> first >> second >> third;
    if (third.empty()) shown.emplace(first, second.empty() ? "alone" : "with " + second);
  }
  std::remove(path);
  if (status != 0) throw std::runtime_error(program + " failed");
  return shown;
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string arg = argv[i];
    if (i + 1 >= argc) return std::nullopt;
    const std::string value = argv[i + 1];
    if (arg == "--seeds")
      options.seeds = std::stoull(value);
    else if (arg == "--jobs")
      options.jobs = std::stoull(value);
    else if (arg == "--only")
      options.only = value;
    else if (arg == "--incidents")
      options.incidents = value;
    else if (arg == "--report")
      options.report = value;
    else if (arg == "--family")
      options.family = value;
    else if (arg == "--play")
      options.play = std::stoull(value);
    else
      return std::nullopt;
  }
  return options;
}

int play(const Options& options) {
  for (const std::string& name : {options.only, second_line_of(options.only)}) {
    if (!name.empty()) (void)Protection::switch_off(name);
  }
  const std::string what =
      violation_of(world_for(options.family, *options.play), Telling::each_line);
  return what.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  (void)telemetry::setup_log({telemetry::Level::error, ""});
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const std::string& name : Protection::all()) std::printf("%s\n", name.c_str());
    return 0;
  }
  auto options = parse(argc, argv);
  if (!options) {
    std::fprintf(stderr,
                 "mutants: --seeds N, --jobs J, --only NAME, --incidents PROGRAM, --report "
                 "FILE, --list, --play SEED, --family NAME\n");
    return 2;
  }
  if (options->play) return play(*options);
  Court court(*options);
  if (const Row row = court.judge_all({""}).front(); row.seed != 0) {
    std::printf("with every safeguard on, small world %llu breaks a promise: %s\n",
                static_cast<unsigned long long>(row.seed), row.what.c_str());
    return 1;
  }
  std::vector<std::string> names;
  std::vector<Row> rows;
  const auto shown = options->incidents.empty() ? std::map<std::string, std::string>{}
                                                : proofs_of(options->incidents);
  for (const std::string& name : Protection::all()) {
    if (!options->only.empty() && name != options->only) continue;
    if (!is_by_incident(name)) {
      names.push_back(name);
      continue;
    }
    const auto proof = shown.find(name);
    rows.push_back(proof == shown.end()
                       ? Row{name, 0, options->incidents.empty() ? "--incidents plays it" : ""}
                       : Row{name, 1, "an incident, off " + proof->second});
  }
  std::ofstream report(options->report);
  int survivors = 0;
  for (Row& row : court.judge_all(names)) rows.push_back(std::move(row));
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
  for (const Row& row : rows) {
    survivors += row.seed == 0 ? 1 : 0;
    std::printf("%-36s %s %4llu  %.120s\n", row.name.c_str(),
                row.seed != 0 ? "found   " : "SURVIVES", static_cast<unsigned long long>(row.seed),
                row.what.c_str());
    report << "{\"name\": \"" << row.name << "\", \"seed\": " << row.seed << "}\n";
  }
  std::printf("%zu passed, %d failed\n", rows.size() - static_cast<std::size_t>(survivors),
              survivors);
  return survivors == 0 && !rows.empty() ? 0 : 1;
}
