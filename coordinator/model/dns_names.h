// The names of the DNS by which viewers come to a node: those of its zone and region, its own, and
// its region's part of a routed name. What holds for one holds for all of them. Values; pure.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/ids.h"

namespace edgeherd::model {

struct ZonePolicy;

// One record set of addresses: a name, or one part of a name that several record sets share.
struct NameKey {
  NameKey() = default;
  NameKey(std::string n) : name(std::move(n)) {}  // a plain name is a key
  NameKey(std::string n, std::string p) : name(std::move(n)), part(std::move(p)) {}

  std::string name;  // "lon1.edge.example.org", no trailing dot
  std::string part;  // the set's identifier; empty: the name has one record set
  auto operator<=>(const NameKey&) const = default;
};
// "edge.example.org", or "edge.example.org edgeherd/fleet/lon".
[[nodiscard]] std::string to_string(const NameKey& key);
[[nodiscard]] NameKey name_key_from(const std::string& text);

// A name as it is compared, the DNS having no cases: in lower case, without a trailing dot.
[[nodiscard]] std::string plain_name(std::string text);

// How a service chooses among the parts of a name.
enum class RouteBy { latency, geoproximity, weighted };
[[nodiscard]] std::string_view to_string(RouteBy by);

// What it must know of one part. Of the rest nothing is set.
struct Route {
  RouteBy by = RouteBy::weighted;
  std::string aws_region;        // latency; of geoproximity instead of the coordinates
  int latitude_hundredths = 0;   // geoproximity, of a degree
  int longitude_hundredths = 0;  // likewise
  int bias = 0;                  // geoproximity: -99 to 99
  int weight = 0;                // weighted: 1 to 255
  bool operator==(const Route&) const = default;
};

// A region's part of a routed name.
struct RoutedPart {
  std::string name;  // empty: none
  std::string part;
  Route route;                 // weighted with weight 0: its weight is made of its servers
  int servers_per_weight = 1;  // then: so many count one
};

inline constexpr int most_weight = 255;
// So many servers of so many per unit, rounded up: a region with servers is never left out.
[[nodiscard]] int weight_of(std::size_t servers, int servers_per_weight);

// Those that the nodes of a zone share.
[[nodiscard]] std::vector<NameKey> shared_names(const ZonePolicy& zone);
// The node's own; empty: it has none, or its id cannot be a label of a name.
[[nodiscard]] std::string node_name(const ZonePolicy& zone, const NodeId& node);
// Whether viewers come to the zone's nodes by any name; and to this one of them.
[[nodiscard]] bool has_names(const ZonePolicy& zone);
[[nodiscard]] bool has_names(const ZonePolicy& zone, const NodeId& node);

}  // namespace edgeherd::model
