// Policy: what the operator wants, as values. Built by coordinator/settings from the configuration;
// the defaults here are the documented ones. Nothing here changes by itself.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/model/dns_names.h"
#include "coordinator/model/placement.h"

namespace edgeherd::model {

// No cache is believed to hold an address for longer, whatever the DNS says.
inline constexpr Duration longest_dns_ttl = 24h;

enum class ZoneActivity {
  active,
  inactive,  // launches no more; its nodes leave only after confirmation
};

// What one node can carry. Absent: not known, and then not used for sizing.
struct Capacity {
  std::optional<double> requests_per_s;
  std::optional<double> egress_bits_per_s;
};

// The share of a node's capacity that a zone plans to use, 0 < target <= 1. Absent: the zone is not
// sized by this resource (on a host that nodes share, CPU and disk say nothing of one node).
struct Targets {
  std::optional<double> requests = 0.70;
  std::optional<double> cpu = 0.70;
  std::optional<double> egress = 0.70;
  std::optional<double> disk = 0.70;
};

struct ZonePolicy {
  ZoneId id;
  ProviderId provider;
  RegionId region;
  std::string place;  // the zone's name at the provider
  ZoneActivity activity = ZoneActivity::active;
  int min_servers = 0;
  int max_servers = 0;
  ImageId image;              // the wanted image, as the provider names it
  std::string image_version;  // the version that its agents report; empty: not compared
  std::string size;           // the provider's size name
  std::string config_digest;  // the digest that an agent must report; empty: not compared
  Capacity capacity;
  Targets targets;
  std::optional<Duration> slo_p99;
  std::string dns_name;         // the zone's name; empty: no name
  std::string region_dns_name;  // its region's; likewise
  std::string node_dns_name;    // of its nodes, with {node} for their ids; likewise
  RoutedPart routed;            // its region's part of the routed name; likewise
  Duration dns_ttl = 30s;       // also how long API clients may keep the list of endpoints
  bool shadow = false;          // everything is decided and recorded, nothing is done
  std::optional<Price> price;   // of a server of its own place and size
  // In the order of the configuration; empty: the one that place, size, image and price make.
  std::vector<PlacementPolicy> placements;
  int spill_priority = 0;  // when it takes what others of its region lack: the lowest number first
  int spill_weight = 1;    // its share among those of one priority; 0: it takes nothing
  std::optional<Price> budget_per_hour;  // its servers together
};

// Where a zone's launches may go; never empty.
[[nodiscard]] std::vector<PlacementPolicy> placements_of(const ZonePolicy& zone);
// The one of this place and size; nothing: the configuration has it no more.
[[nodiscard]] std::optional<PlacementPolicy> placement_at(const ZonePolicy& zone,
                                                          const std::string& place,
                                                          const std::string& size);

// The image that a server of this place and size is to have.
[[nodiscard]] const ImageId& image_at(const ZonePolicy& zone, const std::string& place,
                                      const std::string& size);
// What tells servers of one build from those of another: their image, its version, and the digest
// of their configuration.
[[nodiscard]] std::string made_of(const ImageId& image, const std::string& image_version,
                                  const ZonePolicy* zone);
// Whether a server there is where this zone's servers are.
[[nodiscard]] bool has_place(const ZonePolicy& zone, const std::string& place);

enum class FlushFailure { hold, terminate };

struct Timings {
  Duration tick = 1s;
  Duration sample_period = 1s;
  int evidence_periods = 3;         // older evidence is stale
  Duration boot_deadline = 5min;    // REQUESTED and BOOTING together, and again VERIFYING
  Duration boot_time = 60s;         // what a boot usually takes; less than boot_deadline
  Duration create_settle = 20s;     // a created VM may be missing from the list for so long
  int verify_in_a_row = 3;          // good rounds before a node is put in service
  Duration drain_deadline = 10min;  // bounds the wait for connections only
  int drain_connections = 5;        // "drained" is at most so many established connections
  Duration flush_deadline = 10min;
  FlushFailure flush_failure = FlushFailure::hold;
  Duration hold_limit = 24h;
  int hold_per_zone = 2;
  Duration health_period = 60s;
  int failures_in_period = 30;  // of health_period's seconds
  double edge_quorum = 0.70;    // a failing edge probe counts while so many others answer
  Duration resend_command = 5s;
  Duration agent_away = 15s;        // an agent silent for so long cannot be commanded
  Duration retry_call = 5s;         // between tries of one provider call or archive check
  Duration reboot_patience = 2min;  // after a reboot, and between tries of one
  Duration start_up = 5min;         // no removal before, unless start_up_quorum is back
  double start_up_quorum = 0.90;
  Duration inventory_period = 15s;
};

struct Scaling {
  double tolerance = 0.10;
  Duration scale_in_stabilisation = 5min;
  Duration rate_period = 15s;  // growth limit: max(rate_nodes, rate_fraction) per period
  int rate_nodes = 4;
  double rate_fraction = 1.0;
  int latency_min_requests = 200;
  double latency_most = 0.5;  // the p99 rule may add at most this share
  double error_share = 0.05;  // more 5xx answers than this forbid going down
  Duration flap_window = 30min;
  int flap_turns = 2;     // a zone that turned so often within flap_window does not shrink
  int flap_verdicts = 6;  // nor one with a node that changed health so often (Breakers::window)
};

struct Budgets {
  double scale_in_fraction = 0.10;  // of a zone, at least 1, per scale_in_window
  Duration scale_in_window = 1min;
  double other_fraction = 0.05;  // all other reasons together, at least 1, per other_window
  Duration other_window = 10min;
  int launches = 20;  // per account and launch_window
  Duration launch_window = 1min;
  int failed_boots = 10;  // per account and failed_boot_window
  Duration failed_boot_window = 1h;
  int fleet_ceiling = 500;        // VMs of ours, in whatever state
  std::optional<Price> per_hour;  // what they may cost together; absent: no limit
};

struct Breakers {
  double zone_fraction = 0.30;  // freeze removals when more than max(zone_nodes, fraction)
  int zone_nodes = 2;           // of a zone changed health within `window`
  double account_fraction = 0.50;
  Duration window = 5min;
  int failed_boots_stop = 3;         // consecutive failures that stop a placement
  int stopped_freeze = 2;            // stopped placements that freeze all launches
  Duration placement_backoff = 30s;  // doubles per failure
  Duration placement_backoff_most = 30min;
  Duration stock_backoff = 5min;  // after a stock-out; doubles with each in a row
  Duration stock_backoff_most = 30min;
  double names_fraction = 0.50;  // bad nodes leave a zone's name while so many of it are well
  int epoch_witnesses = 2;       // agents that must have met a higher epoch before it is believed
};

struct Policy {
  std::string fleet_id;
  std::map<ZoneId, ZonePolicy> zones;
  Timings timings;
  Scaling scaling;
  Budgets budgets;
  Breakers breakers;
  bool shadow = false;

  [[nodiscard]] const ZonePolicy* zone(const ZoneId& id) const {
    const auto it = zones.find(id);
    return it == zones.end() ? nullptr : &it->second;
  }
};

// Whether a zone is to have no servers: by its word, or since it is not configured any more.
[[nodiscard]] inline bool is_closed(const ZonePolicy* zone) {
  return zone == nullptr || zone->activity == ZoneActivity::inactive;
}

// How many servers a zone may have by its configuration; nothing: it is closed, and what its maximum
// is says nothing.
[[nodiscard]] inline std::optional<int> asked_maximum(const ZonePolicy* zone) {
  return is_closed(zone) ? std::nullopt : std::optional(zone->max_servers);
}

}  // namespace edgeherd::model
