#include "coordinator/web/page.h"

#include <array>
#include <cstdio>
#include <optional>

#include "common/core/utc.h"

namespace edgeherd::web {

namespace {

constexpr std::size_t nodes_shown = 500;

constexpr std::string_view head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="5"><title>Edgeherd</title>
<style>
:root{color-scheme:light dark;--line:#8884;--soft:#888;--good:#2a8a4a;--warn:#b57a00;--bad:#c8372d}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:2rem 0 .4rem}
p{margin:.3rem 0}table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600;color:var(--soft)}
th,td{padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.soft{color:var(--soft)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
</style></head><body>
)";

std::string cell(std::string_view text, std::string_view css = {}) {
  std::string out = "<td";
  if (!css.empty()) out += " class=\"" + std::string(css) + "\"";
  return out + ">" + escaped(text) + "</td>";
}

std::string number(double value, const char* format) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string figure(const std::optional<double>& value, const char* format, double scale = 1) {
  return value ? number(*value * scale, format) : "-";
}

std::string_view css(model::Verdict verdict) {
  switch (verdict) {
    case model::Verdict::healthy:
      return "good";
    case model::Verdict::degraded:
      return "warn";
    case model::Verdict::bad:
      return "bad";
    case model::Verdict::unknown:
      return "soft";
  }
  return "soft";
}

std::string_view css(model::Severity severity) {
  switch (severity) {
    case model::Severity::info:
      return "soft";
    case model::Severity::warning:
      return "warn";
    case model::Severity::alarm:
      return "bad";
  }
  return "soft";
}

std::string banner(const Sight& sight) {
  const model::Fleet& fleet = sight.controller.fleet();
  std::string out;
  const auto line = [&](std::string_view kind, const std::string& text) {
    out += "<p class=\"" + std::string(kind) + "\">" + escaped(text) + "</p>\n";
  };
  if (fleet.superseded()) line("bad", "Stopped: another coordinator has a higher epoch.");
  if (fleet.read_only()) line("bad", "Read-only: " + fleet.read_only_reason());
  if (fleet.paused()) line("warn", "Paused: " + fleet.pause_reason());
  if (sight.controller.policy().shadow) line("warn", "Shadow: decides and records, does nothing.");
  for (const auto& [id, account] : sight.controller.status().accounts) {
    if (!account.inventory_failure.empty()) {
      line("warn", "Account " + id.str() + ": " + account.inventory_failure);
    }
    const std::size_t strangers = fleet.account(id).strangers.size();
    if (strangers > 0) {
      line("warn", "Account " + id.str() + " has " + std::to_string(strangers) +
                       " servers with our tag that the journal does not know.");
    }
  }
  if (!sight.config.problems.empty()) {
    line("warn", "The newest configuration is not in effect: " + sight.config.problems.front());
  }
  return out;
}

// Nothing is wrong with these, and nothing is ever done to them.
std::string others(const Sight& sight) {
  std::string out;
  for (const auto& [id, account] : sight.controller.fleet().accounts()) {
    if (account.foreign.empty()) continue;
    out += "<p class=\"soft\">" + escaped(id.str()) + ": " +
           std::to_string(account.foreign.size()) +
           (account.foreign.size() == 1 ? " server" : " servers") +
           " without our tag besides, never touched.</p>\n";
  }
  return out;
}

std::string zone_rows(const Sight& sight) {
  std::string out;
  for (const decide::ZoneDecision& zone : sight.controller.last_plan().zones) {
    const model::ZonePolicy* policy = sight.controller.policy().zone(zone.zone);
    const std::string limits = policy == nullptr ? "-"
                                                 : std::to_string(policy->min_servers) + " - " +
                                                       std::to_string(policy->max_servers);
    out += "<tr>" + cell(zone.zone.str()) + cell(std::to_string(zone.in_service), "n") +
           cell(std::to_string(zone.coming), "n") + cell(std::to_string(zone.leaving), "n") +
           cell(std::to_string(zone.desired), "n") + cell(limits, "n") +
           cell(figure(zone.requests_per_s, "%.0f"), "n") +
           cell(figure(zone.cpu, "%.0f %%", 100), "n") +
           cell(figure(zone.egress_bits_per_s, "%.0f", 1e-6), "n") +
           cell(figure(zone.p99_seconds, "%.0f ms", 1000), "n") + cell(zone.outcome) + "</tr>\n";
  }
  return out;
}

bool plainly_well(const model::Node& node) {
  return node.state == model::NodeState::in_service && node.verdict == model::Verdict::healthy &&
         !node.cordoned && !node.quarantined && !node.held;
}

std::string node_rows(const Sight& sight, std::size_t& well, std::size_t& left_out) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& [id, node] : sight.controller.fleet().nodes()) {
    if (plainly_well(node)) {
      ++well;
      continue;
    }
    if (++shown > nodes_shown) {
      ++left_out;
      continue;
    }
    std::string note = node.verdict_reason;
    if (node.held) note = "held: its logs are not stored; " + note;
    if (node.quarantined) note = "quarantined; " + note;
    if (node.cordoned) note = "cordoned; " + note;
    out += "<tr>" + cell(id.str()) + cell(node.zone.str()) + cell(to_string(node.state)) +
           cell(short_age(sight.now - node.state_since), "n") +
           cell(to_string(node.verdict), css(node.verdict)) + cell(node.address) + cell(note) +
           "</tr>\n";
  }
  return out;
}

std::string event_rows(const Sight& sight, const std::vector<act::EventRecord>& events) {
  std::string out;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    out += "<tr><td class=\"n soft\" title=\"" + utc_text(event->at) + "\">" +
           short_age(sight.wall - event->at) + "</td>" +
           cell(to_string(event->note.severity), css(event->note.severity)) +
           cell(event->note.zone.str()) + cell(event->note.node.str()) + cell(event->note.text) +
           "</tr>\n";
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string short_age(Duration age) {
  const long long whole = millis(age) / 1000;
  if (whole < 0) return "0s";
  if (whole < 100) return std::to_string(whole) + "s";
  if (whole < 100 * 60) return std::to_string(whole / 60) + "m";
  if (whole < 48 * 3600) return std::to_string(whole / 3600) + "h";
  return std::to_string(whole / 86400) + "d";
}

std::string page(const Sight& sight, const std::vector<act::EventRecord>& events,
                 std::string_view trouble) {
  std::string out(head);
  out += "<h1>Fleet " + escaped(sight.controller.policy().fleet_id) + "</h1>\n";
  out += "<p class=\"soft\">" + utc_text(sight.wall).substr(0, 19) + " UTC, epoch " +
         std::to_string(sight.controller.fleet().epoch()) + ", Edgeherd " EDGEHERD_VERSION "</p>\n";
  out += banner(sight);
  out +=
      "<h2>Zones</h2>\n<table><tr><th>zone</th><th class=n>in service</th><th class=n>coming</th>"
      "<th class=n>leaving</th><th class=n>desired</th><th class=n>limits</th>"
      "<th class=n>req/s</th><th class=n>CPU</th><th class=n>Mbit/s</th><th class=n>p99</th>"
      "<th>now</th></tr>\n" +
      zone_rows(sight) + "</table>\n" + others(sight);
  std::size_t well = 0;
  std::size_t left_out = 0;
  const std::string rows = node_rows(sight, well, left_out);
  out += "<h2>Nodes</h2>\n<p class=\"soft\">" + std::to_string(well) +
         " in service and healthy, not listed.";
  if (left_out > 0) out += " " + std::to_string(left_out) + " more are not shown.";
  out += "</p>\n";
  if (!rows.empty()) {
    out +=
        "<table><tr><th>node</th><th>zone</th><th>state</th><th class=n>since</th><th>health</th>"
        "<th>address</th><th></th></tr>\n" +
        rows + "</table>\n";
  }
  out += "<h2>Events</h2>\n";
  if (!trouble.empty()) out += "<p class=\"warn\">" + escaped(trouble) + "</p>\n";
  out += "<table>" + event_rows(sight, events) + "</table>\n</body></html>\n";
  return out;
}

}  // namespace edgeherd::web
