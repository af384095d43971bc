// Scenario: one history before it happens: a fleet, its traffic, and what goes wrong and when.
//
// A run is a function of its scenario alone. Everything that is drawn while it runs comes from
// `seed`, each part from a generator of its own, and each fault from its own `pick`; so a fault
// that is taken away changes nothing but its own consequences. Values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"

namespace edgeherd::sim {

// `strength` is a share of 0 to 1 unless it says otherwise; form_of() has the limits.
enum class FaultKind {
  // the network between agents and coordinators; `scope` says whose
  net_loss,       // strength: the share that is lost
  net_delay,      // strength: seconds
  net_duplicate,  // strength: the share that comes twice
  net_reorder,    // strength: the share that overtakes
  net_partition,  // nothing passes
  net_deaf,       // the agents hear nothing
  net_mute,       // nothing is heard of the agents
  net_stranger,   // unknown and enrolled keys send garbage
  // one server
  agent_hang,          // SIGSTOP
  agent_crash,         // SIGKILL; it is started again
  agent_lies,          // its counters grow `strength` times ten too fast, or stand still
  agent_resets,        // its counters start at zero again
  agent_clock,         // its wall clock jumps; strength: days, also negative ones
  agent_flaps,         // a check fails now and then
  agent_claims_epoch,  // it claims to obey a coordinator of a higher epoch
  edge_broken,         // nginx does not answer
  edge_sick,           // a check fails
  box_power_loss,      // restarted; what was not synced is lost
  box_stopped,         // somebody stops the server
  disk_full,           // of the server's logs
  disk_failing,        // writes and syncs fail now and then
  // boots
  boot_slow,         // strength: times ten
  boot_dead,         // strength: the share of boots that never say a word
  boot_stuck,        // strength: the share of boots whose agent speaks and whose edge never answers
  boot_wrong_image,  // strength: the share of boots with another image version
  // the cloud
  cloud_out_of_stock,   // of one zone's place; strength < 0.5: of its first size alone
  cloud_throttles,      // strength: the share of calls
  cloud_down,           // every call fails
  cloud_slow,           // strength: seconds times 100
  cloud_loses_answers,  // done, but the answer never comes; strength: the share
  cloud_doubles,        // strength: the share of creations that make two servers
  cloud_list_broken,    // strength: the share of listings that are incomplete
  cloud_list_lags,      // new servers are not listed for a while
  cloud_ghosts,         // destroyed servers are listed for a while
  cloud_list_foreign,   // the credentials are another project's: no server is listed, completely
  cloud_list_twice,     // strength: the share of listings that give a page twice
  cloud_list_bare,      // listings tell no addresses
  cloud_names_another,  // strength: the share of creations whose answer names another server
  vm_vanishes,          // somebody deletes a server
  vm_cloned,            // somebody clones one, tags and all
  vm_foreign,           // somebody else's server appears in the account
  // names and logs
  dns_reads_fail,
  dns_writes_fail,
  dns_hangs,
  dns_lags,          // strength: seconds times 60
  dns_foreign_hand,  // somebody takes an address out of a name, or puts a stray one in
  archive_away,
  archive_silent,
  archive_spoils,   // uploads are torn, altered, lost or refused
  archive_forgets,  // somebody deletes a stored object; strength >= 0.5: from the manifest, too
  archive_clock,    // the archive's clock is off
  // the coordinator
  brain_crash,            // SIGKILL
  brain_crash_at_commit,  // SIGKILL at the `strength` * 20th commit from now
  brain_hang,             // SIGSTOP
  brain_clock,            // its wall clock jumps; strength: days, also negative ones
  store_fails,            // commits fail
  store_slow,             // strength: seconds
  store_restored,         // crash, and a database of earlier; strength: days, ten minutes at least
  store_lost,             // crash, and an empty database
  second_brain,           // another coordinator starts from a copy of the database
  // people
  op_pause,
  op_cordon,
  op_protect,
  op_terminate,  // a few nodes, in order
  op_terminate_now,
  op_types_wrong,   // orders with wrong names and counts
  op_shrinks_zone,  // a new configuration with a lower maximum
  op_grows_zone,    // or with a higher minimum
  op_shadow,        // shadow mode for one zone
  op_shadow_fleet,  // for all
  op_closes_zone,   // a zone turns inactive, and active again
  // viewers
  load_surge,  // strength: times 5
  load_drop,   // to a tenth
  load_fails,  // strength: the share of a zone's answers that are errors
};
[[nodiscard]] std::string_view to_string(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> fault_kind_from(std::string_view text);
[[nodiscard]] const std::vector<FaultKind>& all_fault_kinds();
// Whether seeds draw it by itself. boot_stuck and op_shadow_fleet come in the place of others
// (generate.cc). The rest break what promises rest on (a complete list that is none), so that the
// promise itself is weaker; they are played where a safeguard against them is proven.
[[nodiscard]] bool is_drawn(FaultKind kind);

// What a file may say of a fault of that kind.
struct FaultForm {
  double least_strength = 0;
  double most_strength = 0;
  bool needs_strength = false;
  bool lasts = false;  // it is undone at its end, and must have one
};
[[nodiscard]] FaultForm form_of(FaultKind kind);

// Whom a fault of the network strikes.
enum class Scope { node, zone, account, half, all };
[[nodiscard]] std::string_view to_string(Scope scope);
[[nodiscard]] std::optional<Scope> scope_from(std::string_view text);

struct Fault {
  FaultKind kind = FaultKind::net_loss;
  Duration at{};  // after the start
  Duration lasts{};
  double strength = 0;
  std::uint64_t pick = 0;  // which of those that could be struck
  Scope scope = Scope::node;
  bool operator==(const Fault&) const = default;
};

// By which names viewers come to a zone's servers; `all`: by its region's, by each server's own,
// and by its region's part of a routed one as well.
enum class ZoneNames { zone, all };

struct ZoneScenario {
  ZoneId id;
  ProviderId provider;
  RegionId region;
  int min_servers = 2;
  int max_servers = 20;
  double mean_rps = 0;       // of the day
  double daily_swing = 0.4;  // share of the mean
  Duration peak_at{};        // in the day
  double noise = 0.05;
  int fallbacks = 0;  // sizes that are taken when the first one is out of stock, each dearer
  // Places of the same account that are taken when its own has no size left; no other zone's.
  std::vector<std::string> fallback_places;
  ZoneNames names = ZoneNames::zone;
  bool operator==(const ZoneScenario&) const = default;
};

// How a cloud is spoken to: by the simulator's own seam, or by its real API with its real limits.
enum class CloudApi { plain, digitalocean, aws };

inline constexpr double first_price = 0.01;  // an hour
// The size that is taken when so many others are out of stock, and what it costs.
[[nodiscard]] std::string size_name(int fallback);
[[nodiscard]] double size_price(int fallback);

struct Scenario {
  std::uint64_t seed = 0;
  Duration length = 2h;       // with faults and traffic that changes
  Duration convergence = 1h;  // then faults are over, and all must become as it should be
  std::vector<ZoneScenario> zones;
  std::map<ProviderId, CloudApi> apis;  // whom it does not name is spoken to plainly
  double node_rps = 100;                // what one server can answer
  Duration sample_period = 1s;
  Duration heartbeat = 5s;
  Duration message_delay = 20ms;
  Duration least_boot = 20s;
  Duration most_boot = 90s;
  Duration rotate_age = 30min;
  double lines_per_request = 0.001;  // of the access log that are really written
  double linger = 0.8;               // of a server's connections, each second without requests
  int launches_per_minute = 20;      // of an account, the policy's budget
  int fleet_ceiling = 500;
  Duration names_quiet = 3s;  // the DNS's quiet period
  double hourly_budget = 0;   // 0: none. A server of the first size costs first_price
  std::vector<Fault> faults;  // by time
  bool operator==(const Scenario&) const = default;
};

}  // namespace edgeherd::sim
