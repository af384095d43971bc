// nodes and zones: what there is.
#include <algorithm>

#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

std::vector<const json::object*> entries(const json::object& document, std::string_view key) {
  std::vector<const json::object*> result;
  for (const json::value& value : list(document, key)) result.push_back(&entry(value));
  return result;
}

// True when that was all that was asked for.
bool printed_names(const Context& context, const std::vector<const json::object*>& things,
                   std::string_view key) {
  if (context.asked.output != Output::names) return false;
  for (const json::object* thing : things) context.terminal.out() << text(*thing, key) << '\n';
  return true;
}

std::string note(const json::object& node) {
  std::string result;
  for (const std::string& flag : texts(node, "flags")) {
    result += (result.empty() ? "" : ", ") + flag;
  }
  for (const std::string_view key : {"cause", "verdict_reason"}) {
    if (key == "verdict_reason" && text(node, "verdict") == "healthy") continue;
    const std::string more = text(node, key);
    if (!more.empty()) result += (result.empty() ? "" : ", ") + more;
  }
  return result;
}

}  // namespace

void run_nodes(Context& context) {
  std::string target = "/v1/nodes";
  if (const std::string zone = context.asked.option("zone"); !zone.empty()) {
    target += "?zone=" + encoded_value(zone);
  }
  const Answer answer = context.coordinator.get(target);
  if (passed_through(context, answer)) return;
  std::vector<const json::object*> nodes = entries(answer.document, "nodes");
  if (printed_names(context, nodes, "id")) return;
  if (nodes.empty()) {
    context.terminal.out() << "there are no servers\n";
    return;
  }
  std::ranges::stable_sort(nodes, {}, [](const json::object* node) { return text(*node, "zone"); });
  Table table({{"NODE"},
               {"ZONE"},
               {"STATE"},
               {"FOR", Align::right},
               {"HEALTH"},
               {"ADDRESS"},
               {"REQUESTS/S", Align::right},
               {"CPU", Align::right},
               {"IMAGE"},
               {"NOTE"}});
  for (const json::object* node : nodes) {
    table.add({text(*node, "id"), text(*node, "zone"), state_cell(text(*node, "state")),
               age(number(*node, "state_age_s")), verdict_cell(text(*node, "verdict")),
               text(*node, "address"), rate(number(*node, "requests_per_s")),
               share(number(*node, "cpu")), text(*node, "image"), note(*node)});
  }
  table.print(context.terminal);
}

namespace {

// Of zones that have more than one, and of those that are closed.
void print_placements(const std::vector<const json::object*>& zones, Terminal& terminal) {
  Table table({{"ZONE"},
               {"PLACE"},
               {"SIZE"},
               {"PRIORITY", Align::right},
               {"WEIGHT", Align::right},
               {"SERVERS", Align::right},
               {"PRICE/H", Align::right},
               {"CLOSED"}});
  for (const json::object* zone : zones) {
    if (!zone->contains("placements")) continue;  // a coordinator of an earlier version
    const json::array& placements = list(*zone, "placements");
    for (const json::value& value : placements) {
      const json::object& one = entry(value);
      const std::string closed = text(one, "closed");
      if (placements.size() == 1 && closed.empty()) continue;
      table.add({text(*zone, "zone"),
                 text(one, "place"),
                 text(one, "size"),
                 whole(count(one, "priority")),
                 whole(count(one, "weight")),
                 whole(count(one, "servers")),
                 money(number(one, "price_per_hour")),
                 {closed, Style::warning}});
    }
  }
  if (table.empty()) return;
  terminal.out() << '\n';
  table.print(terminal);
}

// All names by which viewers come to its nodes.
std::string names_of(const json::object& zone) {
  std::string names;
  for (const char* key : {"dns_name", "region_dns_name", "routed_name", "node_dns_name"}) {
    const std::string name = text(zone, key);
    if (!name.empty()) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

void run_zones(Context& context) {
  const Answer answer = context.coordinator.get("/v1/zones");
  if (passed_through(context, answer)) return;
  const std::vector<const json::object*> zones = entries(answer.document, "zones");
  if (printed_names(context, zones, "zone")) return;
  if (zones.empty()) {
    context.terminal.out() << "no zone is configured\n";
    return;
  }
  Table table({{"ZONE"},
               {"REGION"},
               {"STATE"},
               {"MIN-MAX", Align::right},
               {"IN SERVICE", Align::right},
               {"DESIRED", Align::right},
               {"COST/H", Align::right},
               {"IMAGE"},
               {"NAME"}});
  for (const json::object* zone : zones) {
    const bool configured = flag(*zone, "configured");
    const std::string region = text(*zone, "region_name");
    std::string state = configured ? text(*zone, "state") : "not configured";
    if (flag(*zone, "shadow")) state += ", shadow";
    table.add({text(*zone, "zone"),
               region.empty() ? text(*zone, "region") : region,
               {state, configured ? Style::plain : Style::warning},
               limits(*zone),
               whole(count(*zone, "in_service")),
               whole(count(*zone, "desired")),
               money(number(*zone, "cost_per_hour")),
               text(*zone, "image"),
               names_of(*zone)});
  }
  table.print(context.terminal);
  print_placements(zones, context.terminal);
}

}  // namespace edgeherd::cli
