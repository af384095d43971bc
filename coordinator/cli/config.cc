// config: check files here, or let the coordinator check, reload and apply its own.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

void print_warnings(const std::vector<std::string>& warnings, Terminal& terminal) {
  for (const std::string& line : warnings) {
    terminal.out() << terminal.paint(Style::warning, "warning: " + line) << '\n';
  }
}

json::array lines(const std::vector<std::string>& from) {
  return json::array(from.begin(), from.end());
}

void check_here(const Context& context, const std::string& path) {
  const CheckedFiles found = context.check_files(path);
  const auto problems = static_cast<std::int64_t>(found.problems.size());
  if (context.json()) {
    const json::object document{{"schema", 1},
                                {"good", found.problems.empty()},
                                {"problems", lines(found.problems)},
                                {"warnings", lines(found.warnings)},
                                {"files", lines(found.files)}};
    context.terminal.out() << json::serialize(document) << '\n';
  } else {
    print_warnings(found.warnings, context.terminal);
    if (found.problems.empty()) {
      context.terminal.out() << "good: "
                             << counted(static_cast<std::int64_t>(found.files.size()), "file")
                             << " read\n";
    }
  }
  if (found.problems.empty()) return;
  Failed failed(exit_failed, "invalid",
                path + " has " + counted(problems, "problem") + "; nothing was changed", "");
  failed.details = found.problems;
  throw failed;
}

void ask(const Context& context, const std::string& path, std::string_view done) {
  const Answer answer = context.coordinator.post(path, {});
  if (passed_through(context, answer)) return;
  print_warnings(texts(answer.document, "warnings"), context.terminal);
  context.terminal.out() << done << '\n';
}

}  // namespace

void run_config_check(Context& context) {
  if (!context.asked.arguments.empty()) return check_here(context, context.asked.arguments.front());
  ask(context, "/v1/config/check", "good: the coordinator's files on disk");
}

void run_config_reload(Context& context) {
  ask(context, "/v1/config/reload", "reloaded");
}

void run_config_apply(Context& context) {
  json::object body;
  if (context.asked.has("expect-count")) {
    body["expect_count"] = std::stoll(context.asked.option("expect-count"));
  }
  if (context.asked.has("zone")) body["zone"] = context.asked.option("zone");
  const Answer answer = context.coordinator.post("/v1/config/apply", body);
  if (passed_through(context, answer)) return;
  context.terminal.out() << "confirmed: "
                         << counted(count(answer.document, "confirmed").value_or(0), "removal")
                         << '\n';
  const json::object& zones = part(answer.document, "zones");
  Table table({{"ZONE"}, {"REMOVALS", Align::right}});
  for (const auto& zone : zones)
    table.add({printable(zone.key()), whole(count(zones, zone.key()))});
  if (!table.empty()) table.print(context.terminal, Header::shown, "  ");
  if (!answer.document.contains("protected")) return;  // an older coordinator's answer
  const json::object& kept = part(answer.document, "protected");
  for (const auto& zone : kept) {
    context.terminal.out() << context.terminal.paint(
                                  Style::warning,
                                  "! zone " + printable(zone.key()) + ": " +
                                      counted(count(kept, zone.key()).value_or(0), "server") +
                                      " stay, protected; `edgeherd unprotect NODE` lets them go")
                           << '\n';
  }
}

}  // namespace edgeherd::cli
