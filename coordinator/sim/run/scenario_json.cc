#include "coordinator/sim/run/scenario_json.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/config/section.h"
#include "common/config/suggest.h"
#include "common/config/units.h"
#include "coordinator/model/policy.h"

namespace edgeherd::sim {

namespace {

namespace json = boost::json;
using config::Need;
using config::Section;

// So that a slip of the pen does not make a world that no machine can hold.
constexpr Duration longest = 60 * 24h;  // as many as --hours allows
constexpr std::size_t most_zones = 200;
constexpr std::size_t most_faults = 100'000;
constexpr int most_servers = 100'000;
constexpr int most_fallbacks = 20;
constexpr double most_rps = 1e9;
constexpr std::size_t longest_name = 60;
constexpr double micros = 1e6;
constexpr Duration boot_deadline = model::Timings{}.boot_deadline;  // the coordinator's

json::object to_json(const ZoneScenario& zone) {
  json::array places;
  for (const std::string& place : zone.fallback_places) places.emplace_back(place);
  return {{"id", zone.id.str()},
          {"provider", zone.provider.str()},
          {"region", zone.region.str()},
          {"min_servers", zone.min_servers},
          {"max_servers", zone.max_servers},
          {"mean_rps", zone.mean_rps},
          {"daily_swing", zone.daily_swing},
          {"peak_at", config::format_duration(zone.peak_at)},
          {"noise", zone.noise},
          {"fallbacks", zone.fallbacks},
          {"fallback_places", std::move(places)},
          {"names", zone.names == ZoneNames::all ? "all" : "zone"}};
}

json::object to_json(const Fault& fault) {
  return {{"kind", std::string(to_string(fault.kind))},
          {"at", config::format_duration(fault.at)},
          {"lasts", config::format_duration(fault.lasts)},
          {"strength", fault.strength},
          {"pick", fault.pick},
          {"scope", std::string(to_string(fault.scope))}};
}

json::object settings_of(const Scenario& scenario) {
  return {{"seed", scenario.seed},
          {"length", config::format_duration(scenario.length)},
          {"convergence", config::format_duration(scenario.convergence)},
          {"node_rps", scenario.node_rps},
          {"sample_period", config::format_duration(scenario.sample_period)},
          {"heartbeat", config::format_duration(scenario.heartbeat)},
          {"message_delay", config::format_duration(scenario.message_delay)},
          {"least_boot", config::format_duration(scenario.least_boot)},
          {"most_boot", config::format_duration(scenario.most_boot)},
          {"rotate_age", config::format_duration(scenario.rotate_age)},
          {"lines_per_request", scenario.lines_per_request},
          {"linger", scenario.linger},
          {"launches_per_minute", scenario.launches_per_minute},
          {"fleet_ceiling", scenario.fleet_ceiling},
          {"names_quiet", config::format_duration(scenario.names_quiet)},
          {"hourly_budget", scenario.hourly_budget}};
}

std::string_view to_string(CloudApi api) {
  switch (api) {
    case CloudApi::plain:
      return "plain";
    case CloudApi::digitalocean:
      return "digitalocean";
    case CloudApi::aws:
      return "aws";
  }
  return "plain";
}

json::object apis_of(const Scenario& scenario) {
  json::object apis;
  for (const auto& [provider, api] : scenario.apis) {
    apis[provider.str()] = std::string(to_string(api));
  }
  return apis;
}

template <class Parts>
json::array list_of(const Parts& parts) {
  json::array list;
  for (const auto& part : parts) list.push_back(to_json(part));
  return list;
}

// -- reading

// Any number of 64 bits, which config's own integers are not.
void read_u64(Section& s, std::string_view key, std::uint64_t& into) {
  const config::Value* value = s.raw(key);
  if (value == nullptr) return;
  if (const auto* large = std::get_if<std::uint64_t>(&value->data)) {
    into = *large;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value->data); whole && *whole >= 0) {
    into = static_cast<std::uint64_t>(*whole);
  } else {
    s.problem(key, "must be a whole number from 0 to 18446744073709551615");
  }
}

std::optional<FaultKind> read_kind(Section& s) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const FaultKind each : all_fault_kinds()) all.emplace_back(to_string(each));
    return all;
  }();
  std::string text;
  s.text("kind", text, Need::required);
  const config::Value* value = s.raw("kind");
  if (value == nullptr || value->text() == nullptr) return std::nullopt;
  if (const auto found = fault_kind_from(text)) return found;
  const std::string meant = config::nearest(text, names);
  s.problem("kind", "there is no fault \"" + text.substr(0, longest_name) + "\"" +
                        (meant.empty() ? "" : " (did you mean \"" + meant + "\"?)"));
  return std::nullopt;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void read_zone_names(Section& s, ZoneScenario& zone) {
  std::string id;
  std::string provider;
  std::string region;
  s.text("id", id, Need::required);
  s.text("provider", provider, Need::required);
  s.text("region", region, Need::required);
  if (s.has("provider") && !is_name(provider)) {
    s.problem("provider", "must be a name of a-z, 0-9 and -");
  }
  if (s.has("region") && !is_name(region)) s.problem("region", "must be a name of a-z, 0-9 and -");
  if (s.has("id") &&
      !(id.starts_with(provider + "/") && is_name(std::string_view(id).substr(id.find('/') + 1)))) {
    s.problem("id", "must be the provider's name, a slash, and a name of a-z, 0-9 and -");
  }
  zone.id = ZoneId(id);
  zone.provider = ProviderId(provider);
  zone.region = RegionId(region);
}

ZoneScenario read_zone(Section& s) {
  ZoneScenario zone;
  read_zone_names(s, zone);
  s.integer("min_servers", zone.min_servers, 0, most_servers, Need::optional);
  s.integer("max_servers", zone.max_servers, 0, most_servers, Need::optional);
  if (zone.min_servers > zone.max_servers) s.problem("\"min_servers\" is above \"max_servers\"");
  s.number("mean_rps", zone.mean_rps, 0, most_rps, Need::optional);
  s.number("daily_swing", zone.daily_swing, 0, 1, Need::optional);
  s.duration("peak_at", zone.peak_at, 0s, 24h, Need::optional);
  s.number("noise", zone.noise, 0, 1, Need::optional);
  s.integer("fallbacks", zone.fallbacks, 0, most_fallbacks, Need::optional);
  s.choice("names", zone.names, {{"zone", ZoneNames::zone}, {"all", ZoneNames::all}},
           Need::optional);
  s.texts("fallback_places", zone.fallback_places, Need::optional);
  if (zone.fallback_places.size() > most_fallbacks) {
    s.problem("fallback_places", "must be at most " + std::to_string(most_fallbacks));
  }
  for (const std::string& place : zone.fallback_places) {
    if (!is_name(place)) s.problem("fallback_places", "must be names of a-z, 0-9 and -");
  }
  s.finish();
  return zone;
}

// By the form of its kind. A wrong duration stays below 0, and is not called too short as well.
void read_force(Section& s, const FaultForm& form, Fault& fault) {
  s.number("strength", fault.strength, form.least_strength, form.most_strength,
           form.needs_strength ? Need::required : Need::optional);
  fault.lasts = s.has("lasts") ? -1ns : 0ns;
  s.duration("lasts", fault.lasts, 0s, longest, Need::optional);
  if (form.lasts && fault.lasts == 0s) {
    s.problem("lasts",
              "must be above 0: " + std::string(to_string(fault.kind)) + " is undone after it");
  }
}

Fault read_fault(Section& s) {
  Fault fault;
  s.duration("at", fault.at, 0s, longest, Need::required);
  if (const auto kind = read_kind(s)) {
    fault.kind = *kind;
    read_force(s, form_of(*kind), fault);
  } else {
    s.ignore("strength");
    s.ignore("lasts");
  }
  read_u64(s, "pick", fault.pick);
  s.choice("scope", fault.scope,
           {{"node", Scope::node},
            {"zone", Scope::zone},
            {"account", Scope::account},
            {"half", Scope::half},
            {"all", Scope::all}},
           Need::optional);
  s.finish();
  return fault;
}

void read_settings(Section& s, Scenario& scenario) {
  read_u64(s, "seed", scenario.seed);
  s.duration("length", scenario.length, 1s, longest, Need::optional);
  s.duration("convergence", scenario.convergence, 0s, longest, Need::optional);
  s.number("node_rps", scenario.node_rps, 0.001, most_rps, Need::optional);
  s.duration("sample_period", scenario.sample_period, 100ms, 10min, Need::optional);
  s.duration("heartbeat", scenario.heartbeat, 100ms, 10min, Need::optional);
  s.duration("message_delay", scenario.message_delay, 0s, 1min, Need::optional);
  s.duration("least_boot", scenario.least_boot, 0s, 1h, Need::optional);
  s.duration("most_boot", scenario.most_boot, 0s, 1h, Need::optional);
  if (scenario.least_boot > scenario.most_boot) {
    s.problem("\"least_boot\" is above \"most_boot\"");
  }
  if (scenario.most_boot >= boot_deadline) {
    s.problem("most_boot", "must be below the boot deadline, " +
                               config::format_duration(boot_deadline) +
                               ": a server that boots longer is replaced");
  }
  s.duration("rotate_age", scenario.rotate_age, 1s, longest, Need::optional);
  s.number("lines_per_request", scenario.lines_per_request, 0, 1, Need::optional);
  s.number("linger", scenario.linger, 0, 1, Need::optional);
  s.integer("launches_per_minute", scenario.launches_per_minute, 1, most_servers, Need::optional);
  s.integer("fleet_ceiling", scenario.fleet_ceiling, 0, most_servers, Need::optional);
  s.duration("names_quiet", scenario.names_quiet, 1s, 1h, Need::optional);
  s.number("hourly_budget", scenario.hourly_budget, 0, 1e6, Need::optional);
}

void read_zones(Section& s, Scenario& scenario) {
  std::set<std::string> seen;  // "provider/place"
  for (Section& part : s.section_list("zones", Need::required)) {
    ZoneScenario zone = read_zone(part);
    if (!seen.insert(zone.id.str()).second) part.problem("id", "is that of another zone too");
    for (const std::string& place : zone.fallback_places) {
      if (seen.insert(zone.provider.str() + "/" + place).second) continue;
      part.problem("fallback_places", "\"" + place + "\" is a place of this or another zone too");
    }
    scenario.zones.push_back(std::move(zone));
  }
  if (s.has("zones") && scenario.zones.empty()) s.problem("zones", "must have at least one zone");
  if (scenario.zones.size() > most_zones) {
    s.problem("zones", "must be at most " + std::to_string(most_zones));
  }
}

// What no coordinator can bring about: a configuration of its own would be refused for it.
void check_whole(Section& s, const Scenario& scenario) {
  std::int64_t servers = 0;
  std::int64_t cost = 0;  // an hour, in millionths: at each zone's dearest size
  for (const ZoneScenario& zone : scenario.zones) {
    servers += zone.min_servers;
    cost += zone.min_servers * std::llround(size_price(zone.fallbacks) * micros);
  }
  if (servers > scenario.fleet_ceiling) {
    s.problem("fleet_ceiling", "the zones' min_servers add up to " + std::to_string(servers) +
                                   ", above the ceiling of " +
                                   std::to_string(scenario.fleet_ceiling));
  }
  if (scenario.hourly_budget <= 0 || cost <= std::llround(scenario.hourly_budget * micros)) return;
  char text[40];
  std::snprintf(text, sizeof text, "%.4f", static_cast<double>(cost) / micros);
  s.problem("hourly_budget", "the zones' min_servers at their dearest sizes cost " +
                                 std::string(text) + " an hour, which is more");
}

// Places of EC2 are called as its availability zones are: the region, and a letter.
bool is_availability_zone(const std::string& id) {
  return id.size() > 2 && id.back() >= 'a' && id.back() <= 'z' && id[id.size() - 2] >= '0' &&
         id[id.size() - 2] <= '9';
}

void read_apis(Section& s, Scenario& scenario) {
  std::set<ProviderId> providers;
  for (const ZoneScenario& zone : scenario.zones) providers.insert(zone.provider);
  auto apis = s.section("apis", Need::optional);
  if (!apis) return;
  for (const ProviderId& provider : providers) {
    if (!apis->has(provider.str())) continue;
    CloudApi& api = scenario.apis[provider];
    apis->choice(provider.str(), api,
                 {{"plain", CloudApi::plain},
                  {"digitalocean", CloudApi::digitalocean},
                  {"aws", CloudApi::aws}},
                 Need::optional);
    for (const ZoneScenario& zone : scenario.zones) {
      if (api != CloudApi::aws || zone.provider != provider) continue;
      std::vector<std::string> places = {zone.id.str()};
      for (const std::string& place : zone.fallback_places) {
        places.push_back(provider.str() + "/" + place);
      }
      for (const std::string& place : places) {
        if (is_availability_zone(place)) continue;
        apis->problem(provider.str(), "zone \"" + place +
                                          "\" is called after no availability zone, as \"" +
                                          provider.str() + "/eu-west-1a\" is");
      }
    }
  }
  apis->finish();
}

void read_faults(Section& s, Scenario& scenario) {
  for (Section& part : s.section_list("faults", Need::optional)) {
    scenario.faults.push_back(read_fault(part));
    if (scenario.faults.back().at < scenario.length) continue;
    part.problem("at", "is not before the end, after " + config::format_duration(scenario.length));
  }
  if (scenario.faults.size() > most_faults) {
    s.problem("faults", "must be at most " + std::to_string(most_faults));
  }
  std::stable_sort(scenario.faults.begin(), scenario.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

}  // namespace

json::object to_json(const Scenario& scenario) {
  json::object document = settings_of(scenario);
  document["zones"] = list_of(scenario.zones);
  if (!scenario.apis.empty()) document["apis"] = apis_of(scenario);
  document["faults"] = list_of(scenario.faults);
  return document;
}

std::string scenario_text(const Scenario& scenario) {
  std::string text = "{\n";
  for (const auto& [key, value] : settings_of(scenario)) {
    text += "  \"" + std::string(key) + "\": " + json::serialize(value) + ",\n";
  }
  const auto append_list = [&](std::string_view key, const json::array& list) {
    text += "  \"" + std::string(key) + "\": [";
    for (std::size_t i = 0; i < list.size(); ++i) {
      text += (i == 0 ? "\n    " : ",\n    ") + json::serialize(list[i]);
    }
    text += "\n  ]";
  };
  append_list("zones", list_of(scenario.zones));
  text += ",\n";
  if (!scenario.apis.empty()) text += "  \"apis\": " + json::serialize(apis_of(scenario)) + ",\n";
  append_list("faults", list_of(scenario.faults));
  return text + "\n}\n";
}

Result<Scenario> parse_scenario(std::string_view file, std::string_view text) {
  const auto document = config::parse_json(file, text);
  if (!document) return document.error();
  config::Problems problems{std::string(file)};
  Scenario scenario;
  Section root(*document, problems);
  read_settings(root, scenario);
  read_zones(root, scenario);
  check_whole(root, scenario);
  read_apis(root, scenario);
  read_faults(root, scenario);
  root.finish();
  if (const auto good = problems.status(); !good) return good.error();
  return scenario;
}

}  // namespace edgeherd::sim
