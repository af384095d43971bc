// One provider file: accounts, regions, zones, in the form of the users' existing files.
#include <algorithm>
#include <cmath>

#include "common/config/suggest.h"
#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Section;
using model::ZoneActivity;

constexpr double bits_per_mbit = 1e6;
constexpr int most_servers = 100'000;
constexpr std::size_t longest_id = 60;

bool is_id(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= longest_id && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), allowed);
}

void read_capacity(Section& s, model::Capacity& capacity) {
  double requests = capacity.requests_per_s.value_or(0);
  s.number("requests_per_s", requests, 0.001, 1e9, Need::optional);
  if (s.has("requests_per_s")) capacity.requests_per_s = requests;
  double mbit = capacity.egress_bits_per_s.value_or(0) / bits_per_mbit;
  s.number("egress_mbit", mbit, 0.001, 1e9, Need::optional);
  if (s.has("egress_mbit")) capacity.egress_bits_per_s = mbit * bits_per_mbit;
  s.finish();
}

// A share of the capacity, or null: not sized by it.
void read_target(Section& s, std::string_view key, std::optional<double>& target) {
  constexpr double least = 0.05;  // a smaller target is a mistyped percentage
  if (const config::Value* value = s.raw(key); value != nullptr && value->is_null()) {
    target.reset();
    return;
  }
  double share = target.value_or(model::Targets{}.cpu.value());
  s.number(key, share, least, 1, Need::optional);
  if (s.has(key)) target = share;
}

void read_targets(Section& s, model::Targets& targets) {
  read_target(s, "requests", targets.requests);
  read_target(s, "cpu", targets.cpu);
  read_target(s, "egress", targets.egress);
  read_target(s, "disk", targets.disk);
  s.finish();
}

void read_probe(Section& s, Probe& probe) {
  s.integer("health_port", probe.health_port, 1, 65535, Need::optional);
  s.choice("health_tls", probe.health_tls, {{"off", HealthTls::off}, {"on", HealthTls::on}},
           Need::optional);
  s.integer("edge_port", probe.edge_port, 1, 65535, Need::optional);
  s.text("edge_path", probe.edge_path, Need::optional);
  s.text("edge_host", probe.edge_host, Need::optional);
  s.text("edge_body", probe.edge_body, Need::optional);
  if (!probe.edge_path.starts_with('/')) {
    s.problem("edge_path", "must begin with a slash");
  }
  s.finish();
}

ZoneActivity read_activity(Section& s, ZoneActivity around) {
  ZoneActivity own = ZoneActivity::active;
  s.choice("state", own, {{"active", ZoneActivity::active}, {"inactive", ZoneActivity::inactive}},
           Need::optional);
  return around == ZoneActivity::inactive ? around : own;
}

// What every zone of a file has in common while it is read.
struct Around {
  ProviderId provider;
  RegionId region;
  std::string region_name;
  ZoneActivity activity = ZoneActivity::active;
  Layer layer;
  const Provider* account = nullptr;  // null: its type or options are wrong
};

// What the provider would refuse at the first launch.
void check_placements(const model::ZonePolicy& zone, const Around& around, Section& s,
                      const Reading& reading) {
  if (around.account == nullptr || zone.activity != ZoneActivity::active) return;
  const auto check = reading.types.placements.find(around.account->type);
  if (check == reading.types.placements.end()) return;
  for (const model::PlacementPolicy& one : model::placements_of(zone)) {
    config::Problems none(around.account->options.file);  // they were told already
    Section options(around.account->options.value, none);
    const auto wrong = check->second(options, one);
    if (!wrong) continue;
    s.problem(wrong->key, (zone.placements.empty() ? "" : "a placement of ") +
                              ("zone \"" + zone.id.str()) + "\": " + wrong->what);
    return;
  }
}

// What is wrong is said where the name stands, which may be the zone, its region or the file.
void take_names(const model::ZonePolicy& zone, const Layer& layer, const Settings& settings,
                config::Problems& problems, Reading& reading) {
  const std::string& file = problems.file();
  const std::string id = "zone " + zone.id.str();
  take_name({NameKind::zone, zone.dns_name, "dns_name", file, layer.dns_name_at, id}, settings,
            problems, reading);
  take_name({NameKind::region, zone.region_dns_name, "region_dns_name", file,
             layer.region_dns_name_at, "region " + zone.region.str()},
            settings, problems, reading);
  take_name({NameKind::node, zone.node_dns_name, "node_dns_name", file, layer.node_dns_name_at, id},
            settings, problems, reading);
  if (model::has_names(zone)) check_ttl(layer, settings.dns.type, problems, reading);
}

// Servers report CPU and disk as shares; of the others the capacity must be known.
void warn_of_fixed_size(const model::ZonePolicy& zone, const std::string& name, Section& s,
                        Reading& reading) {
  const model::Targets& targets = zone.targets;
  const bool by_requests = targets.requests && zone.capacity.requests_per_s;
  const bool by_egress = targets.egress && zone.capacity.egress_bits_per_s;
  const bool sized = by_requests || by_egress || targets.cpu || targets.disk || zone.slo_p99;
  if (zone.activity != ZoneActivity::active || sized || zone.min_servers == zone.max_servers) {
    return;
  }
  config::Problems found(s.problems().file());
  found.add(s.at(), "zone \"" + name +
                        "\" will always have its \"min_servers\": no target sizes it, for each is "
                        "null or lacks its \"capacity\", and there is no \"slo_p99\"");
  reading.loaded.warnings.push_back(found.lines().front());
}

void read_zone(const std::string& name, Section& s, const Around& around, Reading& reading,
               Settings& settings) {
  model::ZonePolicy zone;
  zone.id = ZoneId(around.provider.str() + "/" + name);
  zone.provider = around.provider;
  zone.region = around.region;
  zone.place = name;
  if (!is_id(name)) {
    s.problem("the zone's name \"" + name + "\" must be letters, digits, \"-\", \"_\" or \".\"");
  }
  zone.activity = read_activity(s, around.activity);
  const std::size_t problems = s.problems().count();
  s.integer("min_servers", zone.min_servers, 0, most_servers, Need::required);
  s.integer("max_servers", zone.max_servers, 0, most_servers, Need::required);
  if (s.problems().count() == problems && zone.min_servers > zone.max_servers) {
    s.problem("max_servers", std::to_string(zone.max_servers) + " is below \"min_servers\", " +
                                 std::to_string(zone.min_servers));
  }
  Layer layer = around.layer;
  read_layer(s, layer);
  zone.image = ImageId(layer.image_id);
  zone.image_version = layer.image_version;
  zone.size = layer.size;
  zone.config_digest = layer.config_digest;
  zone.capacity = layer.capacity;
  zone.targets = layer.targets;
  zone.slo_p99 = layer.slo_p99;
  zone.dns_ttl = layer.dns_ttl;
  zone.shadow = layer.shadow;
  zone.dns_name = model::plain_name(filled_in(layer.dns_name, zone));
  zone.region_dns_name = model::plain_name(filled_in(layer.region_dns_name, zone));
  zone.node_dns_name = model::plain_name(filled_in(layer.node_dns_name, zone));
  if (s.has("region_dns_name")) {
    s.problem("region_dns_name", "\"region_dns_name\" belongs to the region, or to the file");
  }
  set_placements(layer, s.problems(), zone);
  read_price(s, "budget_per_hour", zone.budget_per_hour);
  if (const auto wrong = zone_budget_problem(zone)) s.problem("budget_per_hour", *wrong);
  if (zone.activity == ZoneActivity::active && zone.image.empty() && zone.placements.empty()) {
    s.problem("zone \"" + name +
              "\" has no \"image_id\": set it here, in its region, or in the file");
  }
  check_placements(zone, around, s, reading);
  warn_of_fixed_size(zone, name, s, reading);
  s.finish();
  if (const auto other = settings.policy.zones.find(zone.id);
      other != settings.policy.zones.end()) {
    s.problem("zone \"" + name + "\" stands in region \"" + other->second.region.str() +
              "\" already");
    return;
  }
  take_names(zone, layer, settings, s.problems(), reading);
  settings.zones[zone.id] = {around.region_name, layer.probe};
  settings.policy.zones.emplace(zone.id, std::move(zone));
}

void read_region(const std::string& name, Section& s, Around around, Reading& reading,
                 Settings& settings) {
  around.region = RegionId(name);
  if (!is_id(name)) {
    s.problem("the region's name \"" + name + "\" must be letters, digits, \"-\", \"_\" or \".\"");
  }
  s.text("name", around.region_name, Need::optional);
  around.activity = read_activity(s, around.activity);
  read_layer(s, around.layer);
  if (around.layer.region_dns_name.find("{zone}") != std::string::npos) {
    s.problems().add(around.layer.region_dns_name_at,
                     "\"region_dns_name\": a region's name cannot hold \"{zone}\"");
  }
  RegionText text{around.region, s.problems().file(), s.at(), {}, {}};
  read_place(s, text);
  reading.regions.push_back(std::move(text));
  for (auto& [zone, section] : s.sections("zones", Need::required)) {
    read_zone(zone, section, around, reading, settings);
  }
  s.finish();
}

void check_type(Section& s, const Provider& provider, const Reading& reading) {
  const auto known = reading.types.providers.find(provider.type);
  if (known != reading.types.providers.end()) {
    config::Section options(provider.options.value, s.problems());
    for (const Needed& needed : known->second(options)) look_for(needed, options, reading);
    return;
  }
  std::vector<std::string> names;
  std::string list;
  for (const auto& [name, check] : reading.types.providers) {
    names.push_back(name);
    list += (list.empty() ? "\"" : ", \"") + name + "\"";
  }
  const std::string close = config::nearest(provider.type, names);
  std::string what = "there is no provider type \"" + provider.type + "\"";
  if (!s.has("type")) what += " (the file's name, as \"type\" is not set)";
  what += close.empty() ? "; there are: " + list : "; did you mean \"" + close + "\"?";
  if (s.has("type")) {
    s.problem("type", what);
  } else {
    s.problem(what);
  }
}

}  // namespace

void read_layer(Section& s, Layer& layer) {
  s.text("size", layer.size, Need::optional);
  s.text("image_id", layer.image_id, Need::optional);
  s.text("image_version", layer.image_version, Need::optional);
  if (auto sub = s.section("capacity", Need::optional)) read_capacity(*sub, layer.capacity);
  if (auto sub = s.section("targets", Need::optional)) read_targets(*sub, layer.targets);
  if (s.has("slo_p99")) {
    Duration slo = layer.slo_p99.value_or(1s);
    s.duration("slo_p99", slo, 1ms, 60s, Need::optional);
    layer.slo_p99 = slo;
  }
  s.text("config_digest", layer.config_digest, Need::optional);
  s.text("dns_name", layer.dns_name, Need::optional);
  if (const config::Value* name = s.raw("dns_name")) layer.dns_name_at = name->at;
  s.text("region_dns_name", layer.region_dns_name, Need::optional);
  if (const config::Value* name = s.raw("region_dns_name")) layer.region_dns_name_at = name->at;
  s.text("node_dns_name", layer.node_dns_name, Need::optional);
  if (const config::Value* name = s.raw("node_dns_name")) layer.node_dns_name_at = name->at;
  read_ttl(s, layer);
  s.flag("shadow", layer.shadow, Need::optional);
  read_placements(s, layer);
  if (auto sub = s.section("probe", Need::optional)) read_probe(*sub, layer.probe);
}

void read_provider(const std::string& id, const config::Value& value, config::Problems& problems,
                   Reading& reading, Settings& settings) {
  Section root(value, problems);
  Provider provider;
  provider.id = ProviderId(id);
  provider.type = id;
  provider.options = {problems.file(), config::Value{value.at, config::Object{}}};
  if (!is_id(id)) {
    root.problem("the file's name \"" + id +
                 "\" is the provider's and must be letters, digits, \"-\", \"_\" or \".\"");
  }
  root.text("type", provider.type, Need::optional);
  if (const config::Value* options = root.raw("options")) provider.options.value = *options;
  root.integer("concurrency", provider.concurrency, 1, 256, Need::optional);
  root.number("calls_per_s", provider.calls_per_s, 0.01, 1000, Need::optional);
  root.duration("hung_call_limit", provider.hung_call_limit, 1min, 24h, Need::optional);
  const std::size_t before = problems.count();
  check_type(root, provider, reading);

  Around around;
  around.provider = provider.id;
  if (problems.count() == before) around.account = &provider;
  read_layer(root, around.layer);
  for (auto& [region, section] : root.sections("regions", Need::required)) {
    read_region(region, section, around, reading, settings);
  }
  root.finish();
  check_names(reading, problems.file(), problems);
  settings.providers.push_back(std::move(provider));
}

}  // namespace edgeherd::settings
