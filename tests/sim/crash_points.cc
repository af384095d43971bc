// Every crash point of a whole node life: the coordinator dies before, amid and after each write
// into its journal, each call to a cloud, each change of names and each message to an agent, and is
// started again; and orders come in at each of these moments. Then every promise must hold: at most
// one server per intent, nothing abandoned left, no log lost, no drain forgotten, no stale name,
// and whatever was answered with success in force.
//
// usage: crash_points [--jobs J] [--life NAME] [--only LIFE:N:KIND] [--without NAME]
// [-o json]
//   --jobs     so many processes at once (default 2)
//   --life     the points of one life alone
//   --only     the history of one point (life:17:torn), or of a life that nobody strikes (life)
//   --without  a safeguard that is switched off (in a build with mutants)
//   -o json    the counts as a document
// Exit 0: all passed; 1: some did not; 2: the command line is wrong.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "common/core/protection.h"
#include "common/telemetry/log.h"
#include "tests/sim/points.h"

namespace {

using namespace edgeherd;
using namespace edgeherd::sim;

struct Options {
  int jobs = 2;
  std::string life;
  std::string only;
  std::string without;
  bool json = false;
};

struct Tally {
  std::size_t points = 0;
  std::size_t passed = 0;
  double node_hours = 0;
  std::map<std::string, std::size_t> by_kind;  // "commit torn"
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string arg = argv[i];
    const std::string value = argv[i + 1];
    if (arg == "--jobs")
      options.jobs = std::stoi(value);
    else if (arg == "--life")
      options.life = value;
    else if (arg == "--only")
      options.only = value;
    else if (arg == "--without")
      options.without = value;
    else if (arg == "-o" && value == "json")
      options.json = true;
    else
      return std::nullopt;
  }
  return argc % 2 == 1 ? std::optional(options) : std::nullopt;
}

std::string kind_of(const Point& point) {
  const std::string deed = point.place.what.substr(0, point.place.what.find(' '));
  return deed + " " +
         (point.intrusion ? intrusions()[*point.intrusion].name
                          : std::string(to_string(point.stroke)));
}

// All points of the lives that are asked for. A life that breaks a promise of itself ends here.
std::vector<Point> points_of(const Options& options) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < lives().size(); ++i) {
    const std::string& name = lives()[i].name;
    const bool asked = options.only.empty() ? options.life.empty() || options.life == name
                                            : options.only.starts_with(name + ":");
    if (!asked) continue;
    const Course course = undisturbed(i);
    if (course.violation) {
      throw std::runtime_error("the life '" + name + "' breaks " + course.violation->promise +
                               " of itself: " + course.violation->text);
    }
    for (Point& point : deaths(course.places)) points.push_back(std::move(point));
    for (Point& point : interruptions(course.places)) points.push_back(std::move(point));
  }
  return points;
}

// The history of a life that nobody strikes, or of one point.
int tell_life(std::size_t life) {
  Audience audience;
  audience.on_line = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  return undisturbed(life, audience).violation ? 1 : 0;
}

int tell_one(const std::vector<Point>& points, const std::string& name) {
  const auto point =
      std::ranges::find_if(points, [&](const Point& one) { return one.name == name; });
  if (point == points.end()) {
    std::fprintf(stderr, "crash_points: there is no point %s\n", name.c_str());
    return 2;
  }
  Audience audience;
  audience.on_line = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  return play(*point, audience).violation ? 1 : 0;
}

Result<Tally> play_all(const std::vector<Point>& points, const Options& options) {
  Tally tally;
  std::size_t next = 0;
  Crew crew;
  crew.jobs = options.jobs;
  crew.play = [&](const Scenario& scenario, const Audience& audience) {
    Outcome outcome = play(points[scenario.seed], audience);
    outcome.seed = scenario.seed;
    return outcome;
  };
  const Status played = play_apart(
      crew,
      [&]() -> std::optional<Task> {
        if (next == points.size()) return std::nullopt;
        Task task;
        task.scenario.seed = next++;  // stands for the point
        return task;
      },
      [&](Outcome outcome) {
        const Point& point = points[outcome.seed];
        ++tally.points;
        ++tally.by_kind[kind_of(point)];
        tally.node_hours += outcome.node_hours;
        tally.passed += outcome.violation ? 0 : 1;
        if (outcome.violation) {
          std::fprintf(stderr, "%s (%s) breaks %s: %s\n", point.name.c_str(),
                       point.place.what.c_str(), outcome.violation->promise.c_str(),
                       outcome.violation->text.c_str());
        }
        return Status{};
      });
  if (!played.ok()) return played.error();
  return tally;
}

void report(const Tally& tally, const Options& options) {
  if (!options.json) {
    for (const auto& [kind, count] : tally.by_kind) {
      std::printf("%-24s %6zu\n", kind.c_str(), count);
    }
    std::printf("%zu points, %zu passed, %zu failed\n", tally.points, tally.passed,
                tally.points - tally.passed);
    return;
  }
  boost::json::object kinds;
  for (const auto& [kind, count] : tally.by_kind) kinds[kind] = count;
  const boost::json::object document{{"schema", 1},
                                     {"points", tally.points},
                                     {"passed", tally.passed},
                                     {"failed", tally.points - tally.passed},
                                     {"node_hours", tally.node_hours},
                                     {"by_kind", kinds}};
  std::printf("%s\n", boost::json::serialize(document).c_str());
}

}  // namespace

int main(int argc, char** argv) try {
  (void)telemetry::setup_log({telemetry::Level::error, ""});
  const auto options = parse(argc, argv);
  if (!options) {
    std::fprintf(
        stderr,
        "crash_points: --jobs J, --life NAME, --only LIFE:N:KIND, --without NAME, -o json\n");
    return 2;
  }
#if defined(EDGEHERD_MUTANTS)
  if (!options->without.empty() &&
      Protection::switch_off(options->without) != Protection::Found::yes) {
    throw std::runtime_error("no safeguard is called " + options->without);
  }
#endif
  for (std::size_t i = 0; i < lives().size(); ++i) {
    if (lives()[i].name == options->only) return tell_life(i);
  }
  const std::vector<Point> points = points_of(*options);
  if (!options->only.empty()) return tell_one(points, options->only);
  const auto tally = play_all(points, *options);
  if (!tally.ok()) throw std::runtime_error(tally.error().message);
  report(*tally, *options);
  return tally->points > 0 && tally->passed == tally->points ? 0 : 1;
} catch (const std::exception& defect) {
  std::fprintf(stderr, "crash_points: %s\n", defect.what());
  return 1;
}
