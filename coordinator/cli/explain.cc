// explain: why a zone was as it was. plan: what would be done now.
#include "common/config/units.h"
#include "common/core/utc.h"
#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

// A moment, or how long ago.
std::string at_of(const std::string& asked, WallTime now) {
  if (const Result<WallTime> moment = parse_utc(asked)) return utc_text(*moment);
  if (const Result<Duration> ago = config::parse_duration(asked)) return utc_text(now - *ago);
  throw usage_error("--at \"" + asked + "\" is no moment",
                    "a moment is 2026-11-23T07:05:08Z (UTC), or how long ago: 90s, 10m, 2h");
}

void print_title(const json::object& decision, const std::string& when, Terminal& terminal) {
  const std::string outcome = text(decision, "outcome");
  terminal.out() << terminal.paint(Style::bold, text(decision, "zone")) << when
                 << (outcome.empty() ? "" : ": " + outcome)
                 << (flag(decision, "shadow") ? " (shadow: nothing is done)" : "") << "\n\n";
}

bool is_quiet(const json::object& decision) {
  return list(decision, "actions").empty() && list(decision, "withheld").empty();
}

}  // namespace

void run_explain(Context& context) {
  const WallTime now = context.coordinator.clock().wall();
  std::string target = "/v1/explain/" + encoded_path(context.asked.arguments.front());
  if (context.asked.has("at")) {
    target += "?at=" + encoded_value(at_of(context.asked.option("at"), now));
  }
  const Answer answer = context.coordinator.get(target);
  if (passed_through(context, answer)) return;
  const json::object& decision = part(answer.document, "record");
  const std::string at = text(answer.document, "at");
  const std::string ago = age(seconds_since(at, now));
  print_title(decision, " at " + moment(at) + " UTC" + (ago.empty() ? "" : ", " + ago + " ago"),
              context.terminal);
  show_decision(decision, context.terminal);
}

void run_plan(Context& context) {
  const Answer answer = context.coordinator.get("/v1/plan");
  if (passed_through(context, answer)) return;
  Terminal& terminal = context.terminal;
  const json::array& zones = list(answer.document, "zones");
  if (zones.empty()) terminal.out() << "no zone is configured\n";
  bool after_details = false;
  for (const json::value& value : zones) {
    const json::object& decision = entry(value);
    if (after_details) terminal.out() << '\n';
    after_details = !is_quiet(decision);
    if (after_details) {
      print_title(decision, "", terminal);
      show_decision(decision, terminal);
    } else {
      const std::string outcome = text(decision, "outcome");
      terminal.out() << terminal.paint(Style::bold, text(decision, "zone")) << ": "
                     << (outcome.empty() ? "nothing is decided yet" : outcome) << '\n';
    }
  }
}

}  // namespace edgeherd::cli
