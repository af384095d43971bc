#include "coordinator/sim/run/outcome.h"

#include <cmath>
#include <cstdio>

#include <boost/json/array.hpp>

#include "common/config/section.h"
#include "common/core/number.h"

namespace edgeherd::sim {

namespace {

namespace json = boost::json;
using config::Lines;
using config::Need;
using config::Section;

constexpr std::int64_t most = std::int64_t{1} << 53;
constexpr double most_hours = 1e12;
constexpr double most_seconds = 8e6;  // up to there a double holds nanoseconds

void read_count(Section& s, std::string_view key, std::uint64_t& into) {
  s.integer(key, into, 0, most, Need::required);
}

// Back from what seconds() made, to the nanosecond.
Duration exactly(double s) {
  return Duration{std::llround(s * 1e9)};
}

// A JSON number of 64 bits is more than many readers take, so seeds and digests may be large.
void read_seed(Section& s, std::uint64_t& seed) {
  const config::Value* value = s.raw("seed");
  if (value == nullptr) return s.problem("key \"seed\" is missing");
  if (const auto* large = std::get_if<std::uint64_t>(&value->data)) {
    seed = *large;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value->data); whole && *whole >= 0) {
    seed = static_cast<std::uint64_t>(*whole);
  } else {
    s.problem("seed", "must be a whole number");
  }
}

void read_digest(Section& s, std::uint64_t& digest) {
  std::string text;
  s.text("digest", text, Need::required);
  const auto number = parse_number<std::uint64_t>(text, 16);
  if (!number) s.problem("digest", "must be 16 hex digits");
  digest = number.value_or(0);
}

void read_faults(Section& s, Outcome& outcome) {
  auto part = s.section("faults", Need::required);
  if (!part) return;
  for (const FaultKind kind : all_fault_kinds()) {
    const std::string_view name = to_string(kind);
    std::uint64_t count = 0;
    part->integer(name, count, 1, most, Need::optional);
    if (part->has(name)) outcome.faults[kind] = count;
  }
  part->finish();
}

void read_violation(Section& s, Outcome& outcome) {
  const config::Value* value = s.raw("violation");
  if (value == nullptr || value->is_null()) return;
  Section part(*value, s.problems());
  Violation violation;
  double at = 0;
  part.text("promise", violation.promise, Need::required);
  part.number("at_s", at, 0, most_seconds, Need::required);
  part.text("text", violation.text, Need::required, Lines::any);
  part.texts("last_lines", outcome.last_lines, Need::required, Lines::any);
  part.finish();
  violation.at = exactly(at);
  outcome.violation = std::move(violation);
}

json::value violation_json(const Outcome& outcome) {
  if (!outcome.violation) return nullptr;
  return json::object{{"promise", outcome.violation->promise},
                      {"at_s", seconds(outcome.violation->at)},
                      {"text", outcome.violation->text},
                      {"last_lines", json::array(outcome.last_lines.begin(),  //
                                                 outcome.last_lines.end())}};
}

}  // namespace

std::string hex(std::uint64_t digest) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
  return text;
}

json::object faults_json(const std::map<FaultKind, std::uint64_t>& faults) {
  json::object document;
  for (const auto& [kind, count] : faults) document[to_string(kind)] = count;
  return document;
}

json::object to_json(const Outcome& outcome) {
  json::object document{{"seed", outcome.seed},
                        {"digest", hex(outcome.digest)},
                        {"lines", outcome.lines},
                        {"node_hours", outcome.node_hours},
                        {"simulated_s", seconds(outcome.simulated)}};
  if (outcome.settled) document["settled_s"] = seconds(*outcome.settled);
  document["events"] = outcome.events;
  document["faults"] = faults_json(outcome.faults);
  document["launches"] = outcome.launches;
  document["removals"] = outcome.removals;
  document["violation"] = violation_json(outcome);
  document["cpu_s"] = seconds(outcome.cpu);
  return document;
}

Result<Outcome> parse_outcome(std::string_view file, std::string_view text) {
  const auto document = config::parse_json(file, text);
  if (!document) return document.error();
  config::Problems problems{std::string(file)};
  Outcome outcome;
  double simulated = 0;
  double settled = 0;
  double cpu = 0;
  Section s(*document, problems);
  read_seed(s, outcome.seed);
  read_digest(s, outcome.digest);
  read_count(s, "lines", outcome.lines);
  s.number("node_hours", outcome.node_hours, 0, most_hours, Need::required);
  s.number("simulated_s", simulated, 0, most_seconds, Need::required);
  s.number("settled_s", settled, 0, most_seconds, Need::optional);
  const bool has_settled = s.has("settled_s");
  read_count(s, "events", outcome.events);
  read_faults(s, outcome);
  read_count(s, "launches", outcome.launches);
  read_count(s, "removals", outcome.removals);
  read_violation(s, outcome);
  s.number("cpu_s", cpu, 0, most_seconds, Need::required);
  s.finish();
  if (const auto good = problems.status(); !good) return good.error();
  outcome.simulated = exactly(simulated);
  if (has_settled) outcome.settled = exactly(settled);
  outcome.cpu = exactly(cpu);
  return outcome;
}

}  // namespace edgeherd::sim
