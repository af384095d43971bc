// explain: why a zone was as it was, whether a decision is made again, a node's life. plan: what
// would be done now.
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

void show_record(const json::object& document, Context& context) {
  const json::object& decision = part(document, "record");
  const std::string at = text(document, "at");
  const std::string ago = age(seconds_since(at, context.coordinator.clock().wall()));
  print_title(decision, " at " + moment(at) + " UTC" + (ago.empty() ? "" : ", " + ago + " ago"),
              context.terminal);
  show_decision(decision, context.terminal);
}

void explain_zone(Context& context) {
  const WallTime now = context.coordinator.clock().wall();
  std::string target = "/v1/explain/" + encoded_path(context.asked.arguments.front());
  if (context.asked.has("at")) {
    target += "?at=" + encoded_value(at_of(context.asked.option("at"), now));
  }
  const Answer answer = context.coordinator.get(target);
  if (passed_through(context, answer)) return;
  show_record(answer.document, context);
  const std::string id = whole(count(answer.document, "number"));
  context.terminal.out() << "\n  decision " << id << "; `edgeherd explain --decision " << id
                         << "` makes it again\n";
}

void explain_node(Context& context) {
  const Answer answer = context.coordinator.get(
      "/v1/nodes/" + encoded_value(context.asked.option("node")) + "/story");
  if (passed_through(context, answer)) return;
  show_story(answer.document, context.coordinator.clock().wall(), context.terminal);
}

// Nothing when the very same plan was made again; else the program's end.
void explain_decision(Context& context) {
  const std::string id = context.asked.option("decision");
  const Answer answer = context.coordinator.get("/v1/decisions/" + encoded_value(id));
  const json::object& replan = part(answer.document, "replan");
  if (!passed_through(context, answer)) {
    show_record(answer.document, context);
    context.terminal.out() << '\n';
    for (const json::value& value : list(replan, "differences")) {
      context.terminal.out() << "  " << printable(std::string(value.as_string())) << '\n';
    }
    if (const auto more = count(replan, "left_out").value_or(0); more > 0) {
      context.terminal.out() << "  and " << more << " more\n";
    }
  }
  if (const std::string why = text(replan, "message"); !why.empty()) {
    throw Failed(exit_failed, text(replan, "code"), "not made again: " + why, "");
  }
  if (!flag(replan, "same")) {
    throw Failed(exit_failed, "differs",
                 "today's code makes another plan of what decision " + id + " was made of", "");
  }
  if (!context.json()) context.terminal.out() << "  made again of its inputs: the very same plan\n";
}

}  // namespace

void run_explain(Context& context) {
  const Invocation& asked = context.asked;
  const bool of_zone = !asked.arguments.empty();
  if (of_zone + asked.has("decision") + asked.has("node") != 1) {
    throw usage_error("explain what?",
                      "one of: explain ZONE, explain --decision ID, explain --node NODE");
  }
  if (asked.has("at") && !of_zone) {
    throw usage_error("--at goes with a zone only", "edgeherd explain ZONE --at TIME");
  }
  if (asked.has("node")) return explain_node(context);
  return asked.has("decision") ? explain_decision(context) : explain_zone(context);
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
