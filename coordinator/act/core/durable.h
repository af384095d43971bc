// Rows of the state store: model values to JSON bodies and back.
//
// Every body has a `schema`. Reading is strict: a body that cannot be read is an error that names
// table, key and field, and the start stops there; nothing is dropped in silence.
//
// Moments of the monotonic clock are stored as milliseconds of the store's own clock, which never
// steps (store_clock.h). On reading, the age becomes clamp(now - stored, 0, the window's own
// length): no row can make a window longer than it is, nor put its start into the future.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "coordinator/act/core/store_clock.h"
#include "coordinator/model/dns_names.h"
#include "coordinator/model/ledger.h"
#include "coordinator/model/node.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

inline constexpr int durable_schema = 1;

enum class IntentKind { launch, destroy, reboot };
[[nodiscard]] std::string_view to_string(IntentKind kind);

// Table::intent. Open until its outcome is known. The row of a launch outlives its node for
// `abandoned_kept`, so that a server that turns up late is known as ours. By the store's clock.
struct Intent {
  NodeId node;
  IntentKind kind = IntentKind::launch;
  ZoneId zone;
  ProviderId provider;
  VmId vm;  // of destroy and reboot
  WallTime made{};
  bool open = true;
  bool abandoned = false;  // launch: the node is gone from the journal
  WallTime ended{};        // once closed or abandoned
  std::string outcome;     // one line
};
inline constexpr Duration abandoned_kept = 24h * 7;
// Departures are kept as long as the longest window that a configuration may have, whatever it says
// now: it may have another one tomorrow.
inline constexpr Duration departures_kept = 24h;
[[nodiscard]] std::string intent_key(const NodeId& node, IntentKind kind);  // "<node>/<kind>"

// Table::segment. A stored and verified log segment.
struct Segment {
  NodeId node;
  std::uint64_t seq = 0;
  std::string key;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string md5;  // base64; empty when the agent's request is not known any more
};
[[nodiscard]] std::string segment_key(const NodeId& node, std::uint64_t seq);  // "<node>/<seq>"

// Table::order: few rows, each with its own key.
struct Orders {
  bool paused = false;
  std::string pause_reason;
  bool read_only = false;
  std::string read_only_reason;
  std::uint64_t epoch = 0;
  bool strangers_accepted = false;  // an empty database met servers of ours, and was told to go on
};
inline constexpr std::string_view orders_key = "orders";
// The highest epoch that agents told of, when it was not ours: while it is above ours we do
// nothing.
inline constexpr std::string_view met_key = "met";
[[nodiscard]] std::string met_body(std::uint64_t epoch);
[[nodiscard]] Result<std::uint64_t> read_met(std::string_view body);

[[nodiscard]] std::string node_body(const model::Node& node, Instant now);
[[nodiscard]] Result<model::Node> read_node(const std::string& key, std::string_view body,
                                            const model::Policy& policy, Instant now);

// Table::zone: the operator's word for removals, and what it was for. One that does not say for
// what, as those of older versions, confirms nothing.
struct ConfirmedRow {
  int removals = 0;
  std::optional<int> asked;  // model::asked_maximum()
};
[[nodiscard]] std::string zone_body(const ConfirmedRow& confirmed);
[[nodiscard]] Result<ConfirmedRow> read_zone(const std::string& key, std::string_view body);

// Table::placement: how launches there went.
struct PlacementRow {
  model::PlacementId id;
  model::Placement placement;
};
[[nodiscard]] std::string placement_key(
    const model::PlacementId& id);  // "<provider>/<place>/<size>"
[[nodiscard]] std::string placement_body(const model::PlacementId& id,
                                         const model::Placement& placement, Instant now);
[[nodiscard]] Result<PlacementRow> read_placement(const std::string& key, std::string_view body,
                                                  const model::Policy& policy, Instant now);

[[nodiscard]] std::string departure_key(const model::Departure& departure, Instant now);
[[nodiscard]] std::string departure_body(const model::Departure& departure, Instant now);
[[nodiscard]] Result<model::Departure> read_departure(const std::string& key, std::string_view body,
                                                      const model::Policy& policy, Instant now);

// One row per node.
[[nodiscard]] std::string launch_body(const model::Launch& launch, Instant now);
[[nodiscard]] Result<model::Launch> read_launch(const std::string& key, std::string_view body,
                                                const model::Policy& policy, Instant now);

// One row per change.
[[nodiscard]] std::string health_change_key(const model::HealthChange& change, Instant now);
[[nodiscard]] std::string health_change_body(const model::HealthChange& change, Instant now);
[[nodiscard]] Result<model::HealthChange> read_health_change(const std::string& key,
                                                             std::string_view body,
                                                             const model::Policy& policy,
                                                             Instant now);
[[nodiscard]] std::string turn_key(const model::Turn& turn, Instant now);
[[nodiscard]] std::string turn_body(const model::Turn& turn, Instant now);
[[nodiscard]] Result<model::Turn> read_turn(const std::string& key, std::string_view body,
                                            const model::Policy& policy, Instant now);

[[nodiscard]] std::string intent_body(const Intent& intent);
[[nodiscard]] Result<Intent> read_intent(const std::string& key, std::string_view body);

[[nodiscard]] std::string segment_body(const Segment& segment);
[[nodiscard]] Result<Segment> read_segment(const std::string& key, std::string_view body);

// Table::name, by to_string(NameKey): the addresses that we have given it. When nobody has the name
// any more, these are taken out, and no others.
struct GivenName {
  model::NameKey key;
  std::set<std::string> addresses;
};
[[nodiscard]] std::string given_name_body(const GivenName& given);
[[nodiscard]] Result<GivenName> read_given_name(const std::string& key, std::string_view body);

[[nodiscard]] std::string orders_body(const Orders& orders);
[[nodiscard]] Result<Orders> read_orders(std::string_view body);

}  // namespace edgeherd::act
