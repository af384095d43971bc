// The readers of the configuration's parts. Inside coordinator/settings only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/settings/aws_regions.h"
#include "coordinator/settings/settings.h"

namespace edgeherd::settings {

inline constexpr std::size_t max_files = 200;          // provider files of one directory
inline constexpr std::size_t max_secret_bytes = 4096;  // of a token or key file
inline constexpr std::size_t min_token_bytes = 16;
inline constexpr std::size_t max_needed_bytes = 64 * 1024;  // of a file that is looked into

inline constexpr std::size_t max_tls_bytes = 1024 * 1024;  // of a certificate chain or a key

// A provider file alone says nothing of what the main file must have for it.
enum class Scope { fleet, provider_file };

// A name as it is written, with its words filled in, but for {node}.
enum class NameKind { zone, region, node, routed };
struct NameText {
  NameKind kind = NameKind::zone;
  std::string name;
  std::string key;  // where it is written
  std::string file;
  config::Position at;
  std::string of;  // "zone p/z", "region lon"
};

// What one file says of where a region lies.
struct RegionText {
  RegionId id;
  std::string file;
  config::Position at;
  std::optional<Location> location;
  std::string aws_region;
  int bias = 0;
  int weight = 0;  // 0: made of its servers
};

// What the readers share while one configuration is loaded.
struct Reading {
  FileSystem& files;
  const Types& types;
  std::string directory;  // of the main file
  Scope scope;
  Loaded& loaded;
  std::string digested = {};  // names and texts of all files so far
  std::vector<NameText> names = {};
  std::vector<RegionText> regions = {};
  config::Position routed_at = {};
  std::vector<std::pair<std::string, config::Position>> short_ttls = {};  // file and place, as told

  // Relative paths are taken from the main file's directory.
  [[nodiscard]] std::string path(const std::string& text) const;
};

// Of a file with one secret.
[[nodiscard]] std::string trimmed(const std::string& text);

// Timings, scaling, budgets, breakers: overrides of the documented defaults.
void read_policy(config::Section& root, model::Policy& policy);

void read_api(config::Section& root, Reading& reading, Api& api);
void read_agents(config::Section& root, const Reading& reading, const std::string& state_dir,
                 Agents& agents);
void read_archive(config::Section& root, const Reading& reading, const std::string& state_dir,
                  Archive& archive);
void read_history(config::Section& root, History& history);
// notify.cc
void read_notify(config::Section& root, const Reading& reading, std::vector<Notify>& notify);

// One of a zone's placements as it is written; what is left out is the zone's.
struct PlacementText {
  std::optional<std::string> place;
  std::optional<std::string> size;
  std::optional<std::string> image_id;
  std::optional<std::string> image_version;
  std::optional<model::Price> price;
  int priority = 0;
  int weight = 1;
};

// Overridable per provider, region and zone: the inner one wins.
struct Layer {
  std::string size;
  std::string image_id;
  std::string image_version;  // what agents must report; empty: not compared
  model::Capacity capacity;
  model::Targets targets;
  std::optional<Duration> slo_p99;
  std::string config_digest;
  std::string dns_name;  // may hold {provider}, {region}, {zone}
  config::Position dns_name_at;
  std::string region_dns_name;  // {provider}, {region}
  config::Position region_dns_name_at;
  std::string node_dns_name;  // and {node}
  config::Position node_dns_name_at;
  Duration dns_ttl = 30s;
  config::Position dns_ttl_at;
  bool shadow = false;
  std::optional<model::Price> price;
  std::vector<PlacementText> placements;
  config::Position placements_at;
  int spill_priority = 0;
  int spill_weight = 1;
  Probe probe;
};
void read_layer(config::Section& section, Layer& layer);

// placements.cc: prices, the list of placements, and how a zone takes what others of its region
// lack.
void read_price(config::Section& section, std::string_view key, std::optional<model::Price>& price);
void read_placements(config::Section& section, Layer& layer);
// Puts the layer's placements into a zone that has everything else.
void set_placements(const Layer& layer, config::Problems& problems, model::ZonePolicy& zone);
// What is wrong with the zone's own budget, or nothing; and with the fleet's.
[[nodiscard]] std::optional<std::string> zone_budget_problem(const model::ZonePolicy& zone);
[[nodiscard]] std::optional<std::string> fleet_budget_problem(const model::Policy& policy);

// Reads one provider file into `settings`. `id` is the file's stem.
void read_provider(const std::string& id, const config::Value& value, config::Problems& problems,
                   Reading& reading, Settings& settings);

// dns_names.cc: the words of a name; one name by itself; and those of a file beside all others.
[[nodiscard]] std::string filled_in(std::string text, const model::ZonePolicy& zone);
void take_name(NameText name, const Settings& settings, config::Problems& problems,
               Reading& reading);
void check_names(const Reading& reading, const std::string& file, config::Problems& problems);

void read_ttl(config::Section& section, Layer& layer);
// Whether the DNS takes it for a name; said once where it is written.
void check_ttl(const Layer& layer, const std::string& dns, config::Problems& problems,
               Reading& reading);

// routed.cc: the routed name, where a region lies, and each zone's part, once all files are read.
void read_routed(config::Section& dns, const Types& types, Dns& into, Reading& reading);
void read_place(config::Section& region, RegionText& text);
void route_regions(const Reading& reading, Settings& settings,
                   const std::function<void(const RegionText&, const std::string&)>& report);

[[nodiscard]] bool is_dns_name(const std::string& name);

// reach.cc: warns of servers elsewhere that are told to connect to this machine's loopback.
void check_reach(const config::Value& value, const Settings& settings, Loaded& loaded);

// Warns of what is not there.
void look_for(const Needed& needed, config::Section& section, const Reading& reading);

// The main file's ports that one machine cannot listen on at once. `value` is the file's.
void check_ports(const config::Value& value, const Settings& settings, config::Problems& problems);

}  // namespace edgeherd::settings
