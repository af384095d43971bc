// What wants attention, gathered from the status, the zones and the newest events.
#include <algorithm>

#include "common/core/utc.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/figures.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

constexpr double recent_alarm_s = 15 * 60;
constexpr std::size_t most_alarms = 5;
constexpr double slow_tick_s = 10;  // the coordinator calls itself not ready from then on

using Concerns = std::vector<Concern>;

void alarm(Concerns& found, std::string what) {
  found.push_back({Style::alarm, std::move(what)});
}
void warning(Concerns& found, std::string what) {
  found.push_back({Style::warning, std::move(what)});
}

std::string because(const std::string& reason) {
  return reason.empty() ? "" : ": " + reason;
}

void add_mood(const json::object& status, Concerns& found) {
  const std::string state = text(status, "state");
  const std::string reason = because(text(status, "reason"));
  if (state == "superseded") alarm(found, "superseded" + reason);
  if (state == "store_failing") alarm(found, "the store fails" + reason);
  if (state == "read_only") alarm(found, "read-only" + reason);
  if (state == "paused") warning(found, "paused" + reason + "; `edgeherd resume` ends that");
  if (const auto tick = number(status, "last_tick_age_s"); !tick || *tick > slow_tick_s) {
    alarm(found, tick ? "the control loop last ran " + age(tick) + " ago"
                      : "the control loop has not run yet");
  }
}

void add_shadow(const json::object& status, const std::vector<json::object>& zones,
                Concerns& found) {
  if (flag(status, "shadow")) {
    return warning(found, "shadow mode: everything is decided and recorded, nothing is done");
  }
  for (const json::object& zone : zones) {
    if (!flag(zone, "shadow")) continue;
    warning(found, "zone " + text(zone, "zone") +
                       ": shadow mode, everything is decided and recorded, nothing is done");
  }
}

// Alarms that say what state the coordinator came into: add_mood tells it for as long as it lasts.
bool tells_a_state(const std::string& code) {
  return code == "read_only" || code == "superseded" || code == "store_failed";
}

// The newest of each kind about each server, and how many there were.
void add_alarms(const json::object& status, const json::array& events, Concerns& found) {
  const Result<WallTime> now = parse_utc(text(status, "at"));
  if (!now) return;
  struct Seen {
    std::string what;
    int times = 0;
  };
  std::vector<std::pair<std::string, Seen>> seen;  // newest first
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const json::object& one = entry(*event);
    const auto ago = seconds_since(text(one, "at"), *now);
    if (text(one, "severity") != "alarm" || !ago || *ago > recent_alarm_s) continue;
    if (tells_a_state(text(one, "code"))) continue;
    const std::string about = text(one, "node").empty() ? text(one, "zone") : text(one, "node");
    const std::string kind = text(one, "code") + " " + about;
    auto same = std::ranges::find(seen, kind, [](const auto& row) { return row.first; });
    if (same == seen.end()) {
      if (seen.size() == most_alarms) continue;
      seen.push_back({kind,
                      {"alarm " + age(ago) + " ago" + (about.empty() ? "" : ", " + about) + ": " +
                           text(one, "text"),
                       0}});
      same = std::prev(seen.end());
    }
    ++same->second.times;
  }
  for (auto& [kind, one] : seen) {
    alarm(found, one.what + (one.times > 1 ? " (" + std::to_string(one.times) + " such)" : ""));
  }
}

void add_accounts(const json::object& status, Concerns& found) {
  for (const json::value& value : list(status, "accounts")) {
    const json::object& account = entry(value);
    const std::string name = "provider " + text(account, "provider");
    if (const std::string failure = text(account, "failure"); !failure.empty()) {
      alarm(found, name + because(failure));
    }
    if (const std::string breaker = text(account, "breaker"); breaker == "open") {
      alarm(found, name + ": its breaker is open, no calls are made for now");
    }
    if (const auto unclear = count(account, "creations_unclear").value_or(0); unclear > 0) {
      warning(found, name + ": " + counted(unclear, "creation") +
                         " with an unclear outcome; a complete list tells, none is made twice");
    }
    for (const json::value& stranger : list(account, "strangers")) {
      const std::string server = text(account, "provider") + "/" + text(entry(stranger), "vm");
      if (const std::string node = text(entry(stranger), "is_node"); !node.empty()) {
        warning(found, "server " + server + " is that of node " + node +
                           ", of another account: two accounts list it");
        continue;
      }
      warning(found, "server " + server +
                         " has our tag, but the journal does not know it; `edgeherd adopt " +
                         server + "` takes it in");
    }
  }
}

void add_placements(const json::object& zone, const std::string& name, Concerns& found) {
  if (!zone.contains("placements")) return;  // a coordinator of an earlier version
  for (const json::value& value : list(zone, "placements")) {
    const std::string closed = text(entry(value), "closed");
    if (!closed.empty()) {
      warning(found, name + ": a placement is closed: " + closed + "; `edgeherd retry " +
                         text(zone, "zone") + "` opens it now");
    }
  }
  if (const auto borrowed = count(zone, "borrowed").value_or(0); borrowed > 0) {
    warning(found, name + ": " + counted(borrowed, "server") + " of other zones stand in for it");
  }
}

void add_zones(const std::vector<json::object>& zones, Concerns& found) {
  for (const json::object& zone : zones) {
    const std::string name = "zone " + text(zone, "zone");
    const auto in_service = count(zone, "in_service");
    const auto least = count(zone, "min_servers");
    if (text(zone, "state") == "active" && in_service && least && *in_service < *least) {
      warning(found, name + ": " + whole(in_service) + " in service, min_servers " + whole(least));
    }
    if (const auto bad = count(zone, "bad").value_or(0); bad > 0) {
      const auto listed = count(zone, "bad_listed").value_or(0);
      alarm(found, name + ": " + std::to_string(bad) + " bad" +
                       (listed == 0 ? ""
                                    : ", too many at once: " + std::to_string(listed) +
                                          " stay where viewers are sent"));
    }
    if (const auto unknown = count(zone, "unknown").value_or(0); unknown > 0) {
      warning(found, name + ": " + std::to_string(unknown) + " silent");
    }
    if (const auto dark = count(zone, "edges_silent").value_or(0); dark > 0) {
      const bool most = 2 * dark > in_service.value_or(0);
      found.push_back({most ? Style::alarm : Style::warning,
                       name + ": " + std::to_string(dark) + " of " + whole(in_service) +
                           " edge ports do not answer our probes"});
    }
    if (const auto held = count(zone, "held").value_or(0); held > 0) {
      warning(found, name + ": " + std::to_string(held) + " held: their logs are not all stored");
    }
    add_placements(zone, name, found);
    if (flag(zone, "latency_high")) {
      warning(found, name + ": p99 " + span(number(zone, "p99_s")) + " is above its objective");
    }
    if (zone.contains("configured") && !flag(zone, "configured")) {
      warning(found, name + ": not in the configuration any more");
    }
  }
}

void add_withheld(const json::object& status, Concerns& found) {
  bool frozen = false;
  std::string held;
  std::int64_t unconfirmed = 0;
  const json::object& brakes = part(status, "withheld");
  for (const auto& brake : brakes) {
    const std::string name = printable(brake.key());
    const std::int64_t times = count(brakes, brake.key()).value_or(0);
    if (name == "unconfirmed") unconfirmed = times;
    frozen = frozen || name == "zone_freeze" || name == "account_freeze" ||
             name == "launches_frozen" || name == "many_missing";
    held += (held.empty() ? "" : ", ") + std::to_string(times) + " by " + brake_name(name);
  }
  if (held.empty()) return;
  found.push_back(
      {frozen ? Style::alarm : Style::warning,
       std::string(frozen ? "frozen" : "withheld") + ": " + held + "; `edgeherd plan` shows them"});
  if (unconfirmed > 0) {
    warning(found, "the configuration implies " + counted(unconfirmed, "removal") +
                       "; `edgeherd config apply --expect-count " + std::to_string(unconfirmed) +
                       "` confirms");
  }
}

void add_config(const json::object& status, Concerns& found) {
  const json::object& config = part(status, "config");
  for (const std::string& problem : texts(config, "problems")) {
    alarm(found, "configuration, not in effect: " + problem);
  }
  for (const std::string& line : texts(config, "warnings")) {
    warning(found, "configuration: " + line);
  }
  if (const std::string failure = text(status, "names_failure"); !failure.empty()) {
    alarm(found, "names: " + failure);
  }
}

// Alarms that reach nobody are the last thing to stay silent about.
void add_notify(const json::object& status, Concerns& found) {
  if (!status.contains("notify")) return;  // a coordinator of an earlier version
  for (const json::value& value : list(status, "notify")) {
    const json::object& target = entry(value);
    const std::string failure = text(target, "failure");
    const std::int64_t lost = count(target, "lost").value_or(0);
    if (failure.empty() && lost == 0) continue;
    const std::string name = "notify target " + text(target, "target");
    const std::string told =
        lost == 0 ? "" : "; " + counted(lost, "notification") + " lost until now";
    if (failure.empty()) {
      warning(found, name + ": works again" + told);
    } else {
      alarm(found, name + because(failure) + told);
    }
  }
}

}  // namespace

Concerns concerns(const json::object& status, const std::vector<json::object>& zones,
                  const json::array& events) {
  Concerns found;
  add_mood(status, found);
  add_shadow(status, zones, found);
  add_config(status, found);
  add_notify(status, found);
  add_accounts(status, found);
  add_zones(zones, found);
  add_withheld(status, found);
  add_alarms(status, events, found);
  std::ranges::stable_partition(
      found, [](const Concern& concern) { return concern.style == Style::alarm; });
  return found;
}

}  // namespace edgeherd::cli
