// terminate: shows the plan, and acts when the number of servers is the expected one.
#include <algorithm>
#include <map>

#include <boost/json/serialize.hpp>

#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

constexpr std::int64_t without_expectation = 1;  // more servers than this want --expect-count

// Empty means none: there is no form of this command that means every server there is.
json::object selection(const Invocation& asked) {
  constexpr auto what_works =
      "name servers: edgeherd terminate NODE...; or a whole zone: edgeherd terminate --zone ZONE "
      "--all --expect-count N";
  const bool zone = asked.has("zone");
  const bool all = asked.has("all");
  if (asked.arguments.empty() && !zone && !all)
    throw usage_error("nothing is selected", what_works);
  if (!asked.arguments.empty() && (zone || all)) {
    throw usage_error("servers by name and a whole zone do not go together", what_works);
  }
  if (all && !zone) throw usage_error("--all wants --zone ZONE", what_works);
  if (zone && !all) throw usage_error("--zone alone removes nothing: --all is wanted", what_works);
  json::object body;
  if (zone) {
    body["zone"] = asked.option("zone");
    body["all"] = true;
  } else {
    body["nodes"] = json::array(asked.arguments.begin(), asked.arguments.end());
  }
  if (asked.has("now")) body["now"] = true;
  return body;
}

// What takes the place of those that leave a zone, as far as the newest decision says.
std::string replacement(const Context& context, const std::string& name, std::int64_t leaving) {
  const json::object zone = context.coordinator.get("/v1/zones/" + encoded_path(name)).document;
  const std::string head = "zone " + name + ": " + counted(leaving, "server") + " of " +
                           whole(count(zone, "in_service")) + " in service";
  if (text(zone, "state") != "active") return head + ", replaced by none (it is not active)";
  const auto desired = count(zone, "desired");
  if (!desired) return head + ", nothing is decided about it yet";
  const std::int64_t staying = count(zone, "in_service").value_or(0) - leaving;
  const std::int64_t coming = count(zone, "coming").value_or(0);
  const std::int64_t missing = std::max<std::int64_t>(0, *desired - staying - coming);
  std::string text = head + ", desired " + whole(desired);
  if (coming > 0) text += ", " + std::to_string(coming) + " on the way";
  if (missing == 0) return text + ": none has to be replaced";
  return text + ": " + counted(missing, "new server") + " to be launched";
}

void show_plan(const Context& context, const json::object& plan) {
  Terminal& terminal = context.terminal;
  Table table({{"NODE"}, {"ZONE"}, {"STATE"}, {"NOTE"}});
  std::map<std::string, std::int64_t> leaving;  // from service, by zone
  for (const json::value& value : list(plan, "nodes")) {
    const json::object& node = entry(value);
    const std::string zone = text(node, "zone");
    leaving[zone] += text(node, "state") == "in_service" ? 1 : 0;
    table.add({text(node, "node"), zone, state_cell(text(node, "state")), text(node, "note")});
  }
  table.print(terminal);
  terminal.out() << '\n';
  for (const auto& [zone, number] : leaving) {
    if (number > 0) terminal.out() << replacement(context, zone, number) << '\n';
  }
  for (const std::string& line : texts(plan, "warnings")) {
    terminal.out() << terminal.paint(Style::warning, "! " + line) << '\n';
  }
  terminal.out().flush();
}

void check_expectation(const Invocation& asked, std::int64_t number) {
  const std::string wanted = "--expect-count " + std::to_string(number);
  if (!asked.has("expect-count")) {
    if (number <= without_expectation) return;
    throw Failed(exit_refused, "conflict",
                 "this removes " + counted(number, "server") + "; nothing was done",
                 "if that is meant, repeat with " + wanted);
  }
  if (asked.option("expect-count") == std::to_string(number)) return;
  throw Failed(exit_refused, "conflict",
               "this removes " + counted(number, "server") + ", not " +
                   asked.option("expect-count") + "; nothing was done",
               "look at the plan; if it is what you mean, repeat with " + wanted);
}

}  // namespace

void run_terminate(Context& context) {
  const Invocation& asked = context.asked;
  json::object body = selection(asked);
  json::object question = body;
  question["dry_run"] = true;
  const Answer plan = context.coordinator.post("/v1/nodes/terminate", question);
  const auto number = static_cast<std::int64_t>(list(plan.document, "nodes").size());
  const bool dry = asked.has("dry-run");
  if (!context.json()) {
    show_plan(context, plan.document);
  } else if (dry) {
    context.terminal.out() << plan.text;
  }
  // A dry run says whether the order would be taken.
  if (!dry || asked.has("expect-count")) check_expectation(asked, number);
  if (dry) return;
  // The coordinator counts again: nothing happens if the fleet changed since the plan was shown.
  body["expect_count"] = number;
  const Answer done = context.coordinator.post("/v1/nodes/terminate", body);
  if (passed_through(context, done)) return;
  context.terminal.out() << "\nasked out: " << counted(number, "server")
                         << "; `edgeherd events --follow` shows how they leave\n";
}

}  // namespace edgeherd::cli
