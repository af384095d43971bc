#include <algorithm>
#include <filesystem>

#include "common/config/suggest.h"
#include "common/crypto/digest.h"
#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Problems;
using config::Section;

constexpr std::string_view main_name = "coordinator.json";

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string stem(const std::string& name) {
  return name.substr(0, name.rfind('.'));
}

// Reads and parses one file; what is wrong is among the problems.
std::optional<config::Value> parse_file(const std::string& path, Reading& reading) {
  const Result<std::string> text = reading.files.read_whole(path, config::max_file_bytes);
  if (!text) {
    reading.loaded.problems.push_back(path + ": " + text.error().message);
    return std::nullopt;
  }
  reading.loaded.files.push_back(path);
  reading.digested += base_name(path) + '\n' + *text + '\n';
  Result<config::Value> value = config::parse_json(path, *text);
  if (!value) {
    reading.loaded.problems.push_back(value.error().message);
    return std::nullopt;
  }
  return std::move(*value);
}

void take_problems(const Problems& problems, Loaded& loaded) {
  loaded.problems.insert(loaded.problems.end(), problems.lines().begin(), problems.lines().end());
  if (problems.count() > problems.lines().size()) {
    loaded.problems.push_back(problems.file() + ": and " +
                              std::to_string(problems.count() - problems.lines().size()) + " more");
  }
}

void read_dns(Section& root, Reading& reading, Settings& settings) {
  Dns& dns = settings.dns;
  const config::Value* value = root.raw("dns");
  if (value == nullptr) return;
  dns.options = {root.problems().file(), *value};
  Section s(*value, root.problems());
  s.text("type", dns.type, Need::required);
  if (dns.type == "none") {
    s.finish();
    return;
  }
  const std::size_t before = root.problems().count();
  read_routed(s, reading.types, dns, reading);
  if (const auto known = reading.types.dns.find(dns.type); known != reading.types.dns.end()) {
    for (const Needed& needed : known->second(s)) look_for(needed, s, reading);
  } else if (value->object() != nullptr && s.has("type")) {
    std::string list = "\"none\"";
    for (const auto& [name, check] : reading.types.dns) list += ", \"" + name + "\"";
    s.problem("type", "there is no DNS type \"" + dns.type + "\"; there are: " + list);
  }
  if (root.problems().count() > before || !s.has("zone")) return;
  s.text("zone", dns.zone, Need::optional);
  dns.zone = model::plain_name(dns.zone);
  if (!is_dns_name(dns.zone)) s.problem("zone", "\"" + dns.zone + "\" is not a DNS name");
  if (!dns.routed) return;
  take_name({NameKind::routed, dns.routed->name, "name", root.problems().file(), reading.routed_at,
             "all regions together"},
            settings, root.problems(), reading);
}

void check_fleet_id(Section& root, const std::string& id) {
  constexpr std::size_t longest = 40;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (!root.has("fleet_id")) return;
  if (id.empty() || id.size() > longest || !std::all_of(id.begin(), id.end(), allowed)) {
    root.problem("fleet_id",
                 "must be 1 to 40 lower-case letters, digits or \"-\": it "
                 "becomes a tag at the provider");
  }
}

void read_providers(const std::string& directory, const std::string& main_file, Reading& reading,
                    Settings& settings) {
  const Result<std::vector<std::string>> names = reading.files.list(directory);
  if (!names) {
    reading.loaded.problems.push_back(directory + ": " + names.error().message +
                                      " (\"providers\" names the directory of the provider files)");
    return;
  }
  std::size_t found = 0;
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    if (!name.ends_with(".json") || name.starts_with('.') || path == main_file) continue;
    if (++found > max_files) {
      reading.loaded.problems.push_back(directory + ": more than 200 provider files");
      return;
    }
    const std::optional<config::Value> value = parse_file(path, reading);
    if (!value) continue;
    Problems problems(path);
    read_provider(stem(name), *value, problems, reading, settings);
    take_problems(problems, reading.loaded);
  }
  route_regions(reading, settings, [&](const RegionText& region, const std::string& what) {
    Problems problems(region.file);
    problems.add(region.at, what);
    take_problems(problems, reading.loaded);
  });
  if (found == 0) {
    reading.loaded.warnings.push_back(directory + ": no provider file (*.json): nothing to do");
  }
}

void check_whole(const config::Value& value, const Settings& settings, Loaded& loaded) {
  std::int64_t floor = 0;
  for (const auto& [id, zone] : settings.policy.zones) {
    if (zone.activity == model::ZoneActivity::active) floor += zone.min_servers;
  }
  if (floor > settings.policy.budgets.fleet_ceiling) {
    Problems problems(settings.path);
    Section root(value, problems);
    auto budgets = root.section("budgets", Need::optional);
    Section& at = budgets ? *budgets : root;
    at.problem("fleet_ceiling", "the zones' min_servers add up to " + std::to_string(floor) +
                                    ", above budgets.fleet_ceiling of " +
                                    std::to_string(settings.policy.budgets.fleet_ceiling));
    take_problems(problems, loaded);
  }
  if (const auto wrong = fleet_budget_problem(settings.policy)) {
    Problems problems(settings.path);
    Section root(value, problems);
    auto budgets = root.section("budgets", Need::optional);
    budgets->problem("per_hour", *wrong);
    take_problems(problems, loaded);
  }
}

void read_main(const config::Value& value, Reading& reading, Settings& settings) {
  Problems problems(settings.path);
  Section root(value, problems);
  root.ignore("$schema");
  root.text("fleet_id", settings.policy.fleet_id, Need::required);
  check_fleet_id(root, settings.policy.fleet_id);
  root.text("state_dir", settings.state_dir, Need::optional);
  if (settings.state_dir.empty()) root.problem("state_dir", "must be a directory");
  settings.state_dir = reading.path(settings.state_dir);
  root.choice("log_level", settings.log_level,
              {{"debug", std::string("debug")},
               {"info", std::string("info")},
               {"warning", std::string("warning")},
               {"error", std::string("error")}},
              Need::optional);
  read_api(root, reading, settings.api);
  read_agents(root, reading, settings.state_dir, settings.agents);
  read_archive(root, reading, settings.state_dir, settings.archive);
  read_history(root, settings.history);
  read_dns(root, reading, settings);
  read_notify(root, reading, settings.notify);
  read_policy(root, settings.policy);
  std::string providers = "providers";
  root.text("providers", providers, Need::optional);
  root.finish();
  check_ports(value, settings, problems);
  take_problems(problems, reading.loaded);
  read_providers(reading.path(providers), settings.path, reading, settings);
}

bool is_provider_file(const config::Value& value) {
  if (value.object() == nullptr) return false;
  const auto named = [&](std::string_view key) {
    return std::any_of(value.object()->begin(), value.object()->end(),
                       [&](const config::Member& member) { return member.key == key; });
  };
  return named("regions") && !named("fleet_id");
}

std::string main_file(const std::string& path, FileSystem& files) {
  const Result<FileInfo> info = files.info(path);
  if (!info || !info->directory) return path;
  return path + (path.ends_with('/') ? "" : "/") + std::string(main_name);
}

Loaded load_any(const std::string& path, FileSystem& files, const Types& types, Scope least) {
  Loaded loaded;
  Settings settings;
  settings.path = main_file(path, files);
  const std::string directory = std::filesystem::absolute(parent_of(settings.path));
  Reading reading{files, types, directory, Scope::fleet, loaded};
  const std::optional<config::Value> value = parse_file(settings.path, reading);
  if (!value) return loaded;
  if (least == Scope::provider_file && is_provider_file(*value)) {
    reading.scope = Scope::provider_file;
    Problems problems(settings.path);
    read_provider(stem(base_name(settings.path)), *value, problems, reading, settings);
    take_problems(problems, loaded);
  } else {
    read_main(*value, reading, settings);
    if (loaded.problems.empty()) {
      check_whole(*value, settings, loaded);
      check_reach(*value, settings, loaded);
    }
  }
  settings.digest = crypto::to_hex(crypto::sha256(reading.digested));
  if (loaded.problems.empty()) loaded.settings = std::move(settings);
  return loaded;
}

}  // namespace

Loaded load(const std::string& path, FileSystem& files, const Types& types) {
  return load_any(path, files, types, Scope::fleet);
}

Loaded check(const std::string& path, FileSystem& files, const Types& types) {
  return load_any(path, files, types, Scope::provider_file);
}

}  // namespace edgeherd::settings
