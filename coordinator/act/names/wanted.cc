#include "coordinator/act/names/wanted.h"

#include <algorithm>
#include <unordered_set>

#include "common/core/protection.h"
#include "coordinator/decide/listing.h"
#include "coordinator/model/agent_words.h"

namespace edgeherd::act {

namespace {

const Protection strangers_kept("check", "names_keep_strangers");
const Protection nameless_kept("check", "names_keep_nameless");
const Protection only_proven("check", "names_only_proven");

NameAnswer& answer_at(NameAnswers& all, const NameKey& key, const model::ZonePolicy& zone) {
  NameAnswer& answer = all[key];
  // Zones may share a name; the shortest TTL keeps every zone's promise.
  answer.wanted.ttl =
      answer.zones.empty() ? zone.dns_ttl : std::min(answer.wanted.ttl, zone.dns_ttl);
  answer.wanted.name = key.name;
  answer.wanted.part = key.part;
  answer.zones.insert(zone.id);
  return answer;
}

// What the servers of a zone share. NameAnswers do not move.
struct Zone {
  const model::ZonePolicy* policy;
  std::vector<NameAnswer*> shared;
};
using Zones = std::map<ZoneId, Zone>;

Zones add_shared(NameAnswers& all, const model::Policy& policy) {
  Zones zones;
  for (const auto& [id, zone] : policy.zones) {
    Zone& known = zones[id];
    known.policy = &zone;
    for (const NameKey& key : model::shared_names(zone)) {
      NameAnswer& answer = answer_at(all, key, zone);
      known.shared.push_back(&answer);
      if (key.part.empty() || answer.wanted.route) continue;
      const model::RoutedPart& routed = zone.routed;
      answer.wanted.route = routed.route;
      const bool counted = routed.route.by == model::RouteBy::weighted && routed.route.weight == 0;
      answer.servers_per_weight = counted ? std::max(1, routed.servers_per_weight) : 0;
    }
  }
  return zones;
}

bool is_on_its_way(const model::Node& node) {
  return node.state < model::NodeState::in_service && !node.cordoned && !node.quarantined;
}

void add_node(NameAnswer& answer, const model::Node& node, bool listed) {
  if (node.address.empty()) {
    // What we launch is in no name before its address is known.
    const bool adopted = node.origin == model::Origin::adopted;
    answer.unknown_may_stay |= adopted && is_on_its_way(node) && strangers_kept.on();
    return;
  }
  answer.known.emplace_back(node.address, node.zone);
  if (listed) answer.wanted.addresses.insert(node.address);
  if (is_on_its_way(node) && strangers_kept.on()) answer.may_stay.insert(node.address);
  const bool heard_of = node.agent.heard_at || node.edge_probe.good;
  const bool closed = node.agent.drain_state == model::drain_state::closed;
  const bool proven = heard_of && !closed && node.missing_listings == 0;
  if (!proven && only_proven.on()) answer.unproven.insert(node.address);
}

void add_nodes(NameAnswers& all, const Zones& zones, const model::Fleet& fleet,
               const model::Policy& policy) {
  std::unordered_set<const model::Node*> listed;
  for (const auto& [id, listing] : decide::list_zones(fleet, policy)) {
    listed.insert(listing.nodes.begin(), listing.nodes.end());
  }
  for (const auto& [id, node] : fleet.nodes()) {
    const auto zone = zones.find(node.zone);
    if (zone == zones.end()) continue;
    const bool is_listed = listed.contains(&node);
    for (NameAnswer* answer : zone->second.shared) add_node(*answer, node, is_listed);
    const model::ZonePolicy& zone_policy = *zone->second.policy;
    if (const std::string own = model::node_name(zone_policy, id); !own.empty()) {
      NameAnswer& answer = answer_at(all, own, zone_policy);
      answer.of = &node;
      answer.own = true;
      add_node(answer, node, is_listed);
    }
  }
}

// Of a zone that the configuration had lost before a start nobody knows the names. Those that it
// shared with others keep its servers until these leave service.
void keep_nameless(const Zones& zones, const model::Fleet& fleet) {
  for (const auto& [id, node] : fleet.nodes()) {
    const auto lost = zones.find(node.zone);
    if (lost == zones.end() || !may_serve(node)) continue;
    const model::ZonePolicy& policy = *lost->second.policy;
    if (policy.activity != model::ZoneActivity::inactive || model::has_names(policy)) continue;
    for (const auto& [other, zone] : zones) {
      for (NameAnswer* answer : zone.shared) answer->may_stay.insert(node.address);
    }
  }
}

// Where a stranger stands is a guess: any name of a zone of its account may be its own.
void add_strangers(NameAnswers& all, const Zones& zones, const model::Fleet& fleet) {
  for (const auto& [id, zone] : zones) {
    if (!model::has_names(*zone.policy)) continue;
    for (const model::Vm& vm : fleet.account(zone.policy->provider).strangers) {
      if (vm.power == model::Power::stopped) continue;
      for (NameAnswer* answer : zone.shared) {
        if (vm.address.empty()) answer->unknown_may_stay = true;
        if (!vm.address.empty()) answer->may_stay.insert(vm.address);
      }
      // Another node's name is that one's.
      const std::string own = model::node_name(*zone.policy, vm.node);
      if (own.empty() || fleet.node(vm.node) != nullptr) continue;
      NameAnswer& answer = answer_at(all, own, *zone.policy);
      answer.own = true;
      if (vm.address.empty()) answer.unknown_may_stay = true;
      if (!vm.address.empty()) answer.may_stay.insert(vm.address);
    }
  }
}

}  // namespace

bool may_serve(const model::Node& node) {
  return node.state == model::NodeState::in_service && !node.cordoned && !node.quarantined &&
         !node.address.empty();
}

NameAnswers answers(const model::Fleet& fleet, const model::Policy& policy) {
  NameAnswers all;
  const Zones zones = add_shared(all, policy);
  add_nodes(all, zones, fleet, policy);
  if (nameless_kept.on()) keep_nameless(zones, fleet);
  if (strangers_kept.on()) add_strangers(all, zones, fleet);
  return all;
}

std::optional<NameSet> next_set(const NameAnswer& answer, const NameSet& now,
                                const std::set<ZoneId>& frozen) {
  const auto is_frozen = [&](const ZoneId& zone) { return frozen.contains(zone); };
  const auto still = std::count_if(answer.zones.begin(), answer.zones.end(), is_frozen);
  if (still == static_cast<std::ptrdiff_t>(answer.zones.size())) return std::nullopt;
  NameSet next = answer.wanted;
  if (still > 0) {
    std::set<std::string> fixed = now.addresses;  // all but those of the zones that may change
    for (const auto& [address, zone] : answer.known) {
      if (!is_frozen(zone)) fixed.erase(address);
    }
    for (const auto& [address, zone] : answer.known) {
      if (!is_frozen(zone)) continue;
      if (now.addresses.contains(address)) fixed.insert(address);
      if (!now.addresses.contains(address)) next.addresses.erase(address);
    }
    next.addresses.merge(fixed);
  }
  for (const std::string& address : answer.may_stay) {
    if (now.addresses.contains(address)) next.addresses.insert(address);
  }
  if (answer.unknown_may_stay) {
    std::set<std::string> others = now.addresses;
    for (const auto& [address, zone] : answer.known) others.erase(address);
    next.addresses.merge(others);
  }
  for (const std::string& address : answer.unproven) {
    if (!now.addresses.contains(address)) next.addresses.erase(address);
  }
  if (answer.servers_per_weight > 0) {
    next.route->weight = model::weight_of(next.addresses.size(), answer.servers_per_weight);
  }
  return next;
}

NameSet ours_of(const NameAnswer& answer, NameSet next) {
  const auto is_ours = [&](const std::string& address) {
    return answer.wanted.addresses.contains(address) || answer.may_stay.contains(address) ||
           std::ranges::any_of(answer.known, [&](const auto& one) { return one.first == address; });
  };
  std::erase_if(next.addresses, [&](const std::string& address) { return !is_ours(address); });
  return next;
}

bool is_same(const NameSet& now, const NameSet& next) {
  if (now.addresses != next.addresses) return false;
  return next.addresses.empty() || (now.ttl == next.ttl && now.route == next.route);
}

}  // namespace edgeherd::act
