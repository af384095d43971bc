#include "coordinator/decide/listing.h"

#include "common/core/protection.h"

namespace edgeherd::decide {

namespace {

using model::Node;

const Protection never_emptied("check", "names_never_emptied");

bool is_bad(const Node& node) {
  return node.verdict == model::Verdict::bad;
}

}  // namespace

Listing list_nodes(const std::vector<const Node*>& in_service, const model::Policy& policy) {
  Listing listing;
  int bad = 0;
  for (const Node* node : in_service) {
    if (node->cordoned || node->quarantined || node->address.empty()) continue;
    listing.nodes.push_back(node);
    if (is_bad(*node)) ++bad;
  }
  const int all = static_cast<int>(listing.nodes.size());
  const int well = all - bad;
  const bool too_few = well == 0 || well < policy.breakers.names_fraction * all;
  if (too_few && never_emptied.on()) {
    listing.bad_kept = bad;
  } else {
    std::erase_if(listing.nodes, [](const Node* node) { return is_bad(*node); });
  }
  return listing;
}

std::map<ZoneId, Listing> list_zones(const model::Fleet& fleet, const model::Policy& policy) {
  std::map<ZoneId, std::vector<const Node*>> in_service;
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.state == model::NodeState::in_service) in_service[node.zone].push_back(&node);
  }
  std::map<ZoneId, Listing> listings;
  for (const auto& [zone, nodes] : in_service) listings[zone] = list_nodes(nodes, policy);
  return listings;
}

Listing list_zone(const model::Fleet& fleet, const model::Policy& policy, const ZoneId& zone) {
  std::vector<const Node*> in_service;
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.zone == zone && node.state == model::NodeState::in_service) {
      in_service.push_back(&node);
    }
  }
  return list_nodes(in_service, policy);
}

}  // namespace edgeherd::decide
