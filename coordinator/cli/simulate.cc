// simulate: whole fleets on virtual time, and what became of the promises.
#include <cmath>
#include <exception>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/core/number.h"
#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

constexpr std::uint64_t most_seeds = 10'000'000;
constexpr double most_hours = 24 * 60;
constexpr int most_nodes = 10'000;
constexpr int most_jobs = 1'000;
constexpr std::size_t most_shown = 5;  // failures with all that is known of them

// "17", or "1..1000" with both of them.
void read_seeds(const std::string& text, Simulation& into) {
  const auto dots = text.find("..");
  const auto first = parse_number<std::uint64_t>(text.substr(0, dots));
  const auto last =
      dots == std::string::npos ? first : parse_number<std::uint64_t>(text.substr(dots + 2));
  if (!first || !last) {
    throw usage_error("--seeds wants a seed or two, as in 17 or 1..1000, not \"" + text + "\"");
  }
  into.first_seed = *first;
  into.last_seed = *last;
  if (into.first_seed > into.last_seed) {
    throw usage_error("--seeds " + text + ": the first seed is above the last");
  }
  if (into.last_seed - into.first_seed >= most_seeds) {
    throw usage_error("--seeds " + text + " are more than " + std::to_string(most_seeds));
  }
}

// Whole seconds, so that the command that replays a seed says the same in decimals.
void read_hours(const std::string& text, Simulation& into) {
  const double hours = parse_number<double>(text).value_or(0);
  if (!(hours >= 0.01 && hours <= most_hours)) {
    throw usage_error("--hours wants a number from 0.01 to " +
                      std::to_string(static_cast<int>(most_hours)) + ", not \"" + text + "\"");
  }
  into.time = std::chrono::seconds(std::llround(hours * 3600));
}

int read_whole(const Invocation& asked, std::string_view option, int most, int otherwise) {
  if (!asked.has(option)) return otherwise;
  const int number = parse_number<int>(asked.option(option)).value_or(0);
  if (number < 1 || number > most) {
    throw usage_error("--" + std::string(option) + " wants a whole number from 1 to " +
                      std::to_string(most) + ", not \"" + asked.option(option) + "\"");
  }
  return number;
}

// What cannot be meant together.
void check_company(const Invocation& asked, const Simulation& simulation) {
  const auto not_with = [&](std::string_view one, std::string_view other) {
    if (asked.has(one) && asked.has(other)) {
      throw usage_error("--" + std::string(one) + " and --" + std::string(other) +
                        " do not go together");
    }
  };
  if (!asked.has("seeds") && !asked.has("scenario")) {
    throw usage_error("nothing is to be simulated",
                      "name seeds: edgeherd simulate --seeds 1..100; or a file: edgeherd simulate "
                      "--scenario FILE");
  }
  for (const std::string_view option : {"seeds", "hours", "nodes", "resume"}) {
    not_with("scenario", option);
  }
  not_with("history", "resume");
  if (asked.has("history") && simulation.first_seed != simulation.last_seed) {
    throw usage_error("--history is for one seed, or for a scenario");
  }
}

Simulation read(const Invocation& asked) {
  Simulation simulation;
  if (asked.has("seeds")) read_seeds(asked.option("seeds"), simulation);
  if (asked.has("hours")) read_hours(asked.option("hours"), simulation);
  simulation.nodes = read_whole(asked, "nodes", most_nodes, simulation.nodes);
  simulation.jobs = read_whole(asked, "jobs", most_jobs, simulation.jobs);
  simulation.scenario = asked.option("scenario");
  simulation.history = asked.option("history");
  simulation.resume = asked.option("resume");
  if (asked.has("shrink")) simulation.shrink = Shrink::yes;
  check_company(asked, simulation);
  return simulation;
}

// "1:02:03", since the start.
std::string clock(double seconds) {
  const auto whole_s = static_cast<long long>(seconds);
  char text[48];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole_s / 3600, whole_s / 60 % 60,
                whole_s % 60);
  return text;
}

void show_lines(const json::array& lines, Terminal& terminal) {
  for (const json::value& line : lines) {
    terminal.out() << "    " << printable(line.as_string()) << '\n';
  }
}

void show_violation(const json::object& outcome, Terminal& terminal) {
  const json::object& violation = part(outcome, "violation");
  terminal.out() << "  " << terminal.paint(Style::alarm, text(violation, "promise")) << " at "
                 << clock(number(violation, "at_s").value_or(0)) << ": " << text(violation, "text")
                 << '\n';
}

void show_failure(const json::object& outcome, Terminal& terminal) {
  const auto seed = json::serialize(outcome.at("seed"));
  terminal.out() << terminal.paint(Style::bold, "seed " + seed) << " breaks a promise\n";
  show_violation(outcome, terminal);
  terminal.out() << "  the last that happened:\n";
  show_lines(list(part(outcome, "violation"), "last_lines"), terminal);
  terminal.out() << "  replay: " << text(outcome, "replay") << "\n\n";
}

void show_shrunk(const json::object& shrunk, Terminal& terminal) {
  const std::string seed =
      terminal.paint(Style::bold, "seed " + json::serialize(shrunk.at("seed")));
  if (shrunk.contains("error")) {
    terminal.out() << seed << " could not be made smaller: " << text(shrunk, "error") << "\n\n";
    return;
  }
  const auto before = count(shrunk, "faults_before").value_or(0);
  const auto left = static_cast<std::int64_t>(list(part(shrunk, "scenario"), "faults").size());
  terminal.out() << seed << " made smaller: " << counted(left, "fault") << " of " << before
                 << ", after " << counted(count(shrunk, "runs").value_or(0), "run") << '\n';
  show_violation(part(shrunk, "outcome"), terminal);
  terminal.out() << "  its history:\n";
  show_lines(list(shrunk, "history"), terminal);
  terminal.out() << "  scenario: " << text(shrunk, "scenario_file") << '\n'
                 << "  replay: " << text(shrunk, "replay") << "\n\n";
}

void show_failures(const json::object& document, Terminal& terminal) {
  std::size_t shown = 0;
  std::string others;
  for (const json::value& value : list(document, "results")) {
    const json::object& outcome = entry(value);
    if (outcome.at("violation").is_null()) continue;
    if (shown < most_shown) {
      show_failure(outcome, terminal);
      ++shown;
    } else {
      others += (others.empty() ? "" : ", ") + json::serialize(outcome.at("seed"));
    }
  }
  if (!others.empty()) terminal.out() << "and these seeds too: " << others << "\n\n";
  if (!document.at("shrunk").is_null()) show_shrunk(part(document, "shrunk"), terminal);
}

void show_totals(const json::object& totals, Terminal& terminal) {
  std::string line = counted(count(totals, "seeds").value_or(0), "seed");
  if (const auto skipped = count(totals, "skipped").value_or(0); skipped > 0) {
    line += " (" + std::to_string(skipped) + " known before)";
  }
  terminal.out() << line << ", " << rate(number(totals, "node_hours")) << " node-hours, "
                 << whole(count(totals, "launches")) << " servers launched, "
                 << whole(count(totals, "removals")) << " removed\n\n";
  Table faults({{"FAULT"}, {"TIMES", Align::right}});
  const json::object& struck = part(totals, "faults");
  for (const auto& fault : struck) {
    faults.add({printable(fault.key()), whole(count(struck, fault.key()))});
  }
  if (!faults.empty()) {
    faults.print(terminal);
    terminal.out() << '\n';
  }
  terminal.out() << "CPU " << span(number(totals, "cpu_s")) << ", real time "
                 << span(number(totals, "wall_s"));
  if (const auto speed = number(totals, "node_hours_per_cpu_s")) {
    terminal.out() << "; " << rate(speed) << " node-hours in a second of CPU";
  }
  if (const auto speed = number(totals, "simulated_to_real")) {
    terminal.out() << ", " << rate(speed) << " times as fast as real";
  }
  terminal.out() << '\n';
}

// How many seeds break a promise.
std::int64_t tell(const Simulation& simulation, const Context& context) {
  const Result<json::object> document = context.simulate(simulation);
  if (!document) {
    throw Failed(exit_usage, std::string(to_string(document.error().code)),
                 document.error().message, "");
  }
  if (context.json()) {
    context.terminal.out() << json::serialize(*document) << '\n';
  } else {
    show_failures(*document, context.terminal);
    show_totals(part(*document, "totals"), context.terminal);
  }
  finish_output(context.terminal, exit_usage);
  return count(part(*document, "totals"), "violations").value_or(0);
}

}  // namespace

// 1 is for promises that are broken, and nothing else.
void run_simulate(Context& context) {
  std::int64_t broken = 0;
  try {
    broken = tell(read(context.asked), context);
  } catch (const Failed&) {
    throw;
  } catch (const std::exception& defect) {
    throw Failed(exit_usage, "internal", defect.what(), "");
  }
  if (broken == 0) return;
  throw Failed(exit_failed, "violation",
               counted(broken, "seed") + (broken == 1 ? " breaks" : " break") + " a promise", "");
}

}  // namespace edgeherd::cli
