// events: what happened, and what happens.
#include <algorithm>

#include <boost/json/serialize.hpp>

#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

constexpr Duration poll_wait = 25s;      // the coordinator answers at once when something is new
constexpr Duration poll_patience = 40s;  // more than that, for the answer
constexpr Duration retry_pause = 2s;
constexpr int most_failed_polls = 30;  // in a row; a coordinator that restarts is back by then

std::string filters(const Invocation& asked) {
  std::string result;
  for (const std::string_view name : {"node", "zone"}) {
    if (!asked.has(name)) continue;
    result += "&" + std::string(name) + "=" + encoded_value(asked.option(name));
  }
  return result;
}

void print(const json::array& events, Header header, Terminal& terminal) {
  // Later tables line up with the first.
  Table table({{"TIME (UTC)", Align::left, 19},
               {"SEVERITY", Align::left, 8},
               {"ZONE", Align::left, 12},
               {"NODE", Align::left, 16},
               {"WHAT"}});
  for (const json::value& value : events) {
    const json::object& event = entry(value);
    const std::string severity = text(event, "severity");
    const Style style = severity_style(severity);
    table.add({{moment(text(event, "at")), Style::dim},
               {severity, style},
               text(event, "zone"),
               text(event, "node"),
               {text(event, "text"), style}});
  }
  table.print(terminal, header);
  terminal.out().flush();
}

void print_lines(const json::array& events, Terminal& terminal) {
  for (const json::value& event : events) terminal.out() << json::serialize(event) << '\n';
  terminal.out().flush();
}

std::int64_t next_after(const json::object& document) {
  const auto next = count(document, "next_after");
  if (!next) {
    throw Failed(exit_failed, "broken", "the answer has no \"next_after\"",
                 "see whether --endpoint is right");
  }
  return *next;
}

void follow(const Context& context, std::int64_t after, const std::string& filter) {
  int failed_polls = 0;
  while (context.terminal.out() && context.wait(0s)) {
    try {
      // Before the first event there is nothing to be "after": 0 is older than any.
      const Answer answer = context.coordinator.get(
          "/v1/events?after=" + std::to_string(std::max<std::int64_t>(after, 0)) +
              "&wait=" + std::to_string(poll_wait / 1s) + "s" + filter,
          poll_patience);
      failed_polls = 0;
      after = next_after(answer.document);
      const json::array& events = list(answer.document, "events");
      if (context.json()) {
        print_lines(events, context.terminal);
      } else if (!events.empty()) {
        print(events, Header::hidden, context.terminal);
      } else if (!context.wait(1s)) {  // answered early: it has too many who wait
        return;
      }
    } catch (const Failed& failed) {
      if (failed.exit() != exit_unreachable || ++failed_polls == most_failed_polls) throw;
      if (failed_polls == 1) context.terminal.err() << "edgeherd: " << failed.what() << '\n';
      if (!context.wait(retry_pause)) return;
    }
  }
}

}  // namespace

void run_events(Context& context) {
  const std::string filter = filters(context.asked);
  const std::string limit = context.asked.has("limit") ? context.asked.option("limit") : "50";
  const Answer answer = context.coordinator.get("/v1/events?limit=" + limit + filter);
  const json::array& events = list(answer.document, "events");
  const bool goes_on = context.asked.has("follow");
  if (events.empty() && !goes_on && context.asked.has("node")) {
    // A node that nobody ever heard of is an error, and not merely quiet.
    (void)context.coordinator.get("/v1/nodes/" + encoded_value(context.asked.option("node")));
  }
  if (context.json() && goes_on) {
    print_lines(events, context.terminal);
  } else if (!passed_through(context, answer)) {
    if (events.empty() && !goes_on) {
      context.terminal.out() << "nothing is recorded\n";
    } else {
      print(events, Header::shown, context.terminal);
    }
  }
  if (goes_on) follow(context, next_after(answer.document), filter);
}

}  // namespace edgeherd::cli
