#include "coordinator/sim/run/simulate.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

#include "common/config/value.h"
#include "common/crypto/digest.h"
#include "common/os/fd.h"
#include "common/os/system_error.h"
#include "coordinator/sim/run/report.h"
#include "coordinator/sim/run/scenario_json.h"
#include "coordinator/sim/run/shrink.h"

namespace edgeherd::sim {

namespace {

namespace json = boost::json;

constexpr std::size_t largest_program = std::size_t{1} << 31;
constexpr std::size_t largest_history = std::size_t{1} << 28;
constexpr std::size_t shown_history = 500;  // lines
constexpr std::string_view history_begin = "0:00:00.000 ";

// Another build may play another history of the same seed; the bytes of the program tell them
// apart.
Result<std::string> build_id(FileSystem& files) {
  const auto program = files.read_whole("/proc/self/exe", largest_program);
  if (!program) return program.error();
  return crypto::to_hex(crypto::sha256(*program)).substr(0, 16);
}

// "2", "0.5".
std::string hours_text(const Size& size) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, seconds(size.time) / 3600).ptr;
  return {text, end};
}

std::string replay_command(const SimulateOrder& order, std::uint64_t seed) {
  const std::string text = std::to_string(seed);
  return "edgeherd simulate --seeds " + text + " --hours " + hours_text(order.size) + " --nodes " +
         std::to_string(order.size.nodes) + " --history seed-" + text + ".history";
}

// Of a scenario's file: "a.json" and "a" are both of the stem "a".
std::string stem_of(const std::string& scenario) {
  constexpr std::string_view ending = ".json";
  return scenario.substr(0, scenario.size() - (scenario.ends_with(ending) ? ending.size() : 0));
}

std::string replay_command(const std::string& scenario) {
  return "edgeherd simulate --scenario " + shell_word(scenario) + " --history " +
         shell_word(stem_of(scenario) + ".history");
}

Result<Scenario> read_scenario(FileSystem& files, const std::string& path) {
  const auto text = files.read_whole(path, config::max_file_bytes);
  if (!text) return text.error();
  return parse_scenario(path, *text);
}

// A history takes the place of an older one, and of nothing else that somebody may want to keep.
// What has no size is empty, or is no file: a pipe, a terminal.
Status check_history(const std::string& path, FileSystem& files) {
  const auto there = files.info(path);
  if (!there || there->directory || there->size == 0) return {};
  auto file = files.open(path, OpenMode::read);
  if (!file) return file.error();
  const auto begin = (*file)->read_at(0, history_begin.size());
  if (!begin) return begin.error().within(path);
  if (history_begin.starts_with(*begin)) return {};
  return fail(Errc::conflict, path + " is there already and is no history; name another file");
}

Status check(const SimulateOrder& order, FileSystem& files) {
  const bool one = !order.scenario.empty() || order.first == order.last;
  if (order.first > order.last) return fail(Errc::invalid, "the first seed is above the last");
  if (!one && !order.history.empty()) {
    return fail(Errc::invalid, "a history is of one seed or of one scenario");
  }
  if (!order.resume.empty() && (!order.history.empty() || !order.scenario.empty())) {
    return fail(Errc::invalid, "only seeds without a history can be resumed");
  }
  return order.history.empty() ? Status{} : check_history(order.history, files);
}

// Held while a campaign writes its results: two of them would play the same seeds, and each would
// take the other's last line for a torn one. The system gives it back when this program ends.
Result<os::Fd> lock_results(const std::string& path) {
  os::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) return os::system_error(errno, path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return os::system_error(errno, "locking " + path);
  return fail(Errc::conflict, path + " is in use by another simulate");
}

// Why what was played again did not fail again.
Error no_failure_again(const Violation& before) {
  if (before.promise == crash_promise) {
    return fail(Errc::broken,
                "its process died once and not again; the system, or somebody, may have ended it, "
                "as for want of memory");
  }
  return fail(Errc::broken,
              "it broke a promise once and not again: the run is not a function of its seed");
}

// One order being carried out.
class Simulation {
 public:
  Simulation(const SimulateOrder& order, const Workshop& workshop, const OnProgress& on_progress)
      : order_(order), workshop_(workshop), on_progress_(on_progress), crew_(workshop.crew) {
    const auto processors = static_cast<int>(std::thread::hardware_concurrency());
    crew_.jobs = order.jobs > 0 ? order.jobs : std::max(1, processors);
  }

  Result<json::object> run();

 private:
  Result<Campaign> play();
  // A run with a history, or of a file, is a campaign of one.
  Result<Campaign> play_one(Task task);
  json::value shrink_first(const Campaign& campaign);
  Result<json::object> shrink_one(const Outcome& failed);
  Result<json::object> keep(const Shrunk& shrunk, const Scenario& before);
  [[nodiscard]] Scenario scenario_of(std::uint64_t seed) const {
    return scenario_ ? *scenario_ : generate(seed, order_.size);
  }

  const SimulateOrder& order_;
  const Workshop& workshop_;
  const OnProgress& on_progress_;
  Crew crew_;
  std::string build_;
  std::optional<Scenario> scenario_;  // that of the file
};

Result<Campaign> Simulation::play_one(Task task) {
  const MonoTime begun = workshop_.clock.mono();
  auto outcome = play_apart(crew_, task);
  if (!outcome) return outcome.error();
  Campaign campaign;
  campaign.simulated_now = outcome->simulated;
  campaign.outcomes.push_back(std::move(*outcome));
  campaign.wall = workshop_.clock.mono() - begun;
  return campaign;
}

Result<Campaign> Simulation::play() {
  if (scenario_) return play_one({*scenario_, order_.history});
  if (!order_.history.empty()) return play_one({scenario_of(order_.first), order_.history});
  const CampaignKind kind{order_.size, EDGEHERD_VERSION, build_};
  os::Fd lock;
  Crew crew = crew_;
  if (!order_.resume.empty()) {
    auto locked = lock_results(order_.resume);
    if (!locked) return locked.error();
    lock = std::move(*locked);
    crew.not_for_runs = lock.get();
  }
  return run_campaign({order_.first, order_.last, kind, std::move(crew), order_.resume},
                      workshop_.files, workshop_.clock, on_progress_);
}

// The smaller scenario as a file, its history beside it, and both in the document.
Result<json::object> Simulation::keep(const Shrunk& shrunk, const Scenario& before) {
  const std::string stem =
      scenario_ ? stem_of(order_.scenario) : "seed-" + std::to_string(before.seed);
  const std::string path = stem + ".shrunk.json";
  const std::string history = stem + ".shrunk.history";
  if (Status kept = workshop_.files.write_whole(path, scenario_text(shrunk.scenario)); !kept) {
    return kept.error();
  }
  const auto again = play_apart(crew_, Task{shrunk.scenario, history});
  if (!again) return again.error();
  if (!again->violation) return no_failure_again(*shrunk.outcome.violation);
  const auto text = workshop_.files.read_whole(history, largest_history);
  if (!text) return text.error();
  json::array lines;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    lines.emplace_back(text->substr(at, end - at));
    at = end + 1;
  }
  if (lines.size() > shown_history) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(shown_history));
  }
  return json::object{{"seed", before.seed},
                      {"runs", shrunk.runs},
                      {"faults_before", before.faults.size()},
                      {"scenario", to_json(shrunk.scenario)},
                      {"scenario_file", path},
                      {"history_file", history},
                      {"outcome", to_json(*again)},
                      {"history", std::move(lines)},
                      {"replay", replay_command(path)}};
}

Result<json::object> Simulation::shrink_one(const Outcome& failed) {
  const Scenario before = scenario_of(failed.seed);
  Progress progress{Stage::shrinking, 0, most_shrink_runs, 1};
  const auto trial = [&](const Scenario& candidate) {
    auto outcome = play_apart(crew_, Task{candidate, ""});
    ++progress.done;
    if (on_progress_) on_progress_(progress);
    return outcome;
  };
  const auto shrunk = shrink(before, trial, most_shrink_runs);
  if (!shrunk && shrunk.error().code == Errc::invalid) return no_failure_again(*failed.violation);
  if (!shrunk) return shrunk.error();
  return keep(*shrunk, before);
}

// What was found is told in any case: why it could not be made smaller stands beside it.
json::value Simulation::shrink_first(const Campaign& campaign) {
  const auto failed = std::find_if(campaign.outcomes.begin(), campaign.outcomes.end(),
                                   [](const Outcome& o) { return o.violation.has_value(); });
  if (order_.shrinking == Shrinking::no || failed == campaign.outcomes.end()) return nullptr;
  auto document = shrink_one(*failed);
  if (document) return std::move(*document);
  return json::object{{"seed", failed->seed}, {"error", document.error().message}};
}

Result<json::object> Simulation::run() {
  if (Status good = check(order_, workshop_.files); !good) return good.error();
  if (!order_.scenario.empty()) {
    auto scenario = read_scenario(workshop_.files, order_.scenario);
    if (!scenario) return scenario.error();
    scenario_ = std::move(*scenario);
  }
  auto build = build_id(workshop_.files);
  if (!build) return build.error();
  build_ = std::move(*build);
  const auto campaign = play();
  if (!campaign) return campaign.error();
  json::value shrunk = shrink_first(*campaign);
  json::object document{{"schema", 1}, {"version", EDGEHERD_VERSION}, {"build", build_}};
  if (scenario_) {
    document["scenario"] = order_.scenario;
  } else {
    document["seeds"] = json::object{{"first", order_.first}, {"last", order_.last}};
    document["hours"] = seconds(order_.size.time) / 3600;
    document["nodes"] = order_.size.nodes;
  }
  document["results"] = outcomes_json(campaign->outcomes, [this](const Outcome& outcome) {
    return scenario_ ? replay_command(order_.scenario) : replay_command(order_, outcome.seed);
  });
  document["totals"] = totals_json(*campaign);
  document["shrunk"] = std::move(shrunk);
  return document;
}

}  // namespace

Result<json::object> simulate(const SimulateOrder& order, const Workshop& workshop,
                              const OnProgress& on_progress) {
  return Simulation(order, workshop, on_progress).run();
}

}  // namespace edgeherd::sim
