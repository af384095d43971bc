// status: what needs attention, then a line for each zone.
#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

constexpr Duration watch_period = 2s;
constexpr int most_failed_rounds = 30;
constexpr std::size_t most_concerns = 20;  // the zones are to stay on the screen

struct Picture {
  json::object status;
  std::vector<json::object> zones;
  json::array events;
};

Picture take(const Context& context) {
  Picture picture;
  picture.status = context.coordinator.get("/v1/status").document;
  std::string events = "/v1/events?limit=100";
  if (const std::string zone = context.asked.option("zone"); !zone.empty()) {
    picture.zones.push_back(context.coordinator.get("/v1/zones/" + encoded_path(zone)).document);
    events += "&zone=" + encoded_value(zone);
  } else {
    const Answer zones = context.coordinator.get("/v1/zones");
    for (const json::value& value : list(zones.document, "zones")) {
      picture.zones.push_back(entry(value));
    }
  }
  if (!context.json()) {
    picture.events = list(context.coordinator.get(events).document, "events");
  }
  return picture;
}

void print_json(Picture picture, Terminal& terminal) {
  json::array zones;
  for (json::object& zone : picture.zones) zones.push_back(std::move(zone));
  picture.status["zones"] = std::move(zones);
  terminal.out() << json::serialize(picture.status) << '\n';
}

Table zone_table(const std::vector<json::object>& zones) {
  Table table({{"ZONE"},
               {"IN SERVICE", Align::right},
               {"COMING", Align::right},
               {"LEAVING", Align::right},
               {"MIN-MAX", Align::right},
               {"DESIRED", Align::right},
               {"REQUESTS/S", Align::right},
               {"CPU", Align::right},
               {"P99", Align::right},
               {"COST/H", Align::right},
               {"OUTCOME"}});
  for (const json::object& zone : zones) {
    const auto moving = [&](std::string_view key) {
      const auto nodes = count(zone, key);
      return Cell(whole(nodes), nodes.value_or(0) == 0 ? Style::dim : Style::warning);
    };
    const auto bad = count(zone, "bad").value_or(0);
    const std::string outcome = text(zone, "outcome");
    table.add({text(zone, "zone"),
               {whole(count(zone, "in_service")), bad > 0 ? Style::alarm : Style::good},
               moving("coming"),
               moving("leaving"),
               limits(zone),
               whole(count(zone, "desired")),
               rate(number(zone, "requests_per_s")),
               share(number(zone, "cpu")),
               span(number(zone, "p99_s")),
               money(number(zone, "cost_per_hour")),
               text(zone, "state") == "inactive"
                   ? "inactive" + (outcome.empty() ? "" : ": " + outcome)
                   : outcome});
  }
  return table;
}

// "  cost 1.20 of 5.00 an hour"
std::string spent(const json::object& status) {
  const std::string cost = money(number(status, "cost_per_hour"));
  const std::string budget = money(number(status, "budget_per_hour"));
  if (cost.empty()) return "";
  return "  cost " + cost + (budget.empty() ? "" : " of " + budget) + " an hour";
}

// Nothing is wrong with these, and nothing is ever done to them.
void print_others(const json::object& status, Terminal& terminal) {
  std::string first = "\n";
  for (const json::value& value : list(status, "accounts")) {
    const auto others = count(entry(value), "foreign_servers").value_or(0);
    if (others == 0) continue;
    terminal.out() << std::exchange(first, "") << "provider " << text(entry(value), "provider")
                   << ": " << counted(others, "server")
                   << " without our tag besides, never touched\n";
  }
}

void print(const Picture& picture, Terminal& terminal) {
  const json::object& status = picture.status;
  std::string mood = brake_name(text(status, "state"));
  terminal.out() << "fleet " << terminal.paint(Style::bold, text(status, "fleet")) << "  "
                 << terminal.paint(mood == "acting" ? Style::good : Style::alarm, mood) << "  "
                 << counted(count(part(status, "nodes"), "total").value_or(0), "server") << "  up "
                 << age(number(status, "up_s")) << "  epoch " << whole(count(status, "epoch"))
                 << "  version " << text(status, "version") << spent(status) << "\n\n";
  const std::vector<Concern> found = concerns(status, picture.zones, picture.events);
  const std::size_t shown = std::min(found.size(), most_concerns);
  for (std::size_t i = 0; i < shown; ++i) {
    terminal.out() << terminal.paint(found[i].style, "! " + found[i].text) << '\n';
  }
  if (shown < found.size()) {
    terminal.out() << "! and " << found.size() - shown << " more; -o json has them all\n";
  }
  if (!found.empty()) terminal.out() << '\n';
  if (picture.zones.empty()) {
    terminal.out() << "no zone is configured\n";
  } else {
    zone_table(picture.zones).print(terminal);
  }
  print_others(status, terminal);
  terminal.out().flush();
}

void show(const Context& context) {
  Picture picture = take(context);
  if (context.json()) {
    print_json(std::move(picture), context.terminal);
  } else {
    print(picture, context.terminal);
  }
}

}  // namespace

void run_status(Context& context) {
  show(context);
  if (!context.asked.has("watch")) return;
  // A coordinator that restarts is waited for.
  int failed_rounds = 0;
  while (context.wait(watch_period)) {
    try {
      Picture picture = take(context);
      failed_rounds = 0;
      if (context.json()) {
        print_json(std::move(picture), context.terminal);
      } else {
        context.terminal.next_picture();
        print(picture, context.terminal);
      }
    } catch (const Failed& failed) {
      if (failed.exit() != exit_unreachable || ++failed_rounds == most_failed_rounds) throw;
      if (failed_rounds == 1) context.terminal.err() << "edgeherd: " << failed.what() << '\n';
    }
    if (!context.terminal.out()) return;
  }
}

}  // namespace edgeherd::cli
