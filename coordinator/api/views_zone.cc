#include <string>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "coordinator/act/record.h"
#include "coordinator/api/json_text.h"
#include "coordinator/api/views.h"
#include "coordinator/decide/health.h"
#include "coordinator/decide/listing.h"
#include "coordinator/decide/placing.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

const decide::ZoneDecision* decision_of(const Sight& sight, const ZoneId& zone) {
  for (const decide::ZoneDecision& decision : sight.controller.last_plan().zones) {
    if (decision.zone == zone) return &decision;
  }
  return nullptr;
}

json::value time_until(const std::optional<MonoTime>& when, MonoTime now) {
  return when && *when > now ? seconds_value(*when - now) : json::value(nullptr);
}

json::object placement(const Sight& sight, const model::ZonePolicy& zone,
                       const model::PlacementPolicy& one) {
  const model::Fleet& fleet = sight.controller.fleet();
  const model::PlacementId id{zone.provider, one.place, one.size};
  const model::Placement& seen = fleet.placement(id);
  std::size_t servers = 0;
  for (const auto& [node_id, node] : fleet.nodes()) {
    if (node.zone == zone.id && model::placement_of(node) == id) ++servers;
  }
  auto closed = decide::closed_by_boots(id, fleet, sight.now);
  if (!closed) closed = decide::closed_by_stock(id, fleet, 0, sight.now);
  json::object result;
  result["place"] = one.place;
  result["size"] = text_or_null(one.size);
  result["image"] = text_or_null(one.image.str());
  result["priority"] = one.priority;
  result["weight"] = one.weight;
  result["price_per_hour"] = act::price_json(one.price);
  result["servers"] = servers;
  result["closed"] = closed ? json::value(*closed) : json::value(nullptr);
  result["consecutive_failures"] = seen.consecutive_failures;
  result["not_before_s"] = time_until(seen.not_before, sight.now);
  result["last_failure"] = text_or_null(seen.last_failure);
  result["stock_outs"] = seen.stock_outs;
  result["stock_not_before_s"] = time_until(seen.stock_not_before, sight.now);
  result["stock_failure"] = text_or_null(seen.stock_failure);
  return result;
}

json::array placements(const Sight& sight, const ZoneId& id) {
  json::array result;
  const model::ZonePolicy* zone = sight.controller.policy().zone(id);
  if (zone == nullptr) return result;
  for (const model::PlacementPolicy& one : placements_of(*zone)) {
    result.push_back(placement(sight, *zone, one));
  }
  return result;
}

struct Tally {
  int in_service = 0;
  int coming = 0;
  int leaving = 0;
  int held = 0;
  int bad = 0;
  int unknown = 0;
};

Tally count(const Sight& sight, const ZoneId& zone) {
  Tally tally;
  for (const auto& [id, node] : sight.controller.fleet().nodes()) {
    if (node.zone != zone) continue;
    if (node.state == model::NodeState::in_service) ++tally.in_service;
    if (model::is_coming(node)) ++tally.coming;
    if (model::is_leaving(node)) ++tally.leaving;
    if (node.held) ++tally.held;
    if (node.state != model::NodeState::in_service) continue;
    if (node.verdict == model::Verdict::bad) ++tally.bad;
    if (node.verdict == model::Verdict::unknown) ++tally.unknown;
  }
  return tally;
}

void add_policy(json::object& result, const Sight& sight, const ZoneId& zone) {
  const model::ZonePolicy* policy = sight.controller.policy().zone(zone);
  const auto facts = sight.zones.find(zone);
  result["configured"] = policy != nullptr;
  result["region_name"] =
      facts == sight.zones.end() ? json::value(nullptr) : text_or_null(facts->second.region_name);
  if (policy == nullptr) return;
  result["provider"] = policy->provider.str();
  result["region"] = policy->region.str();
  result["state"] = policy->activity == model::ZoneActivity::active ? "active" : "inactive";
  result["min_servers"] = policy->min_servers;
  result["max_servers"] = policy->max_servers;
  result["image"] = text_or_null(policy->image.str());
  result["dns_name"] = text_or_null(policy->dns_name);
  result["region_dns_name"] = text_or_null(policy->region_dns_name);
  result["node_dns_name"] = text_or_null(policy->node_dns_name);
  result["routed_name"] = text_or_null(policy->routed.name);
  result["shadow"] = policy->shadow || sight.controller.policy().shadow;
  result["budget_per_hour"] = act::price_json(policy->budget_per_hour);
}

void add_decision(json::object& result, const decide::ZoneDecision* decision) {
  result["desired"] = decision != nullptr ? json::value(decision->desired) : json::value(nullptr);
  result["outcome"] = decision != nullptr ? text_or_null(decision->outcome) : json::value(nullptr);
  if (decision == nullptr) return;
  result["requests_per_s"] = or_null(decision->requests_per_s);
  result["cpu"] = or_null(decision->cpu);
  result["egress_bits_per_s"] = or_null(decision->egress_bits_per_s);
  result["disk_busy"] = or_null(decision->disk_busy);
  result["p99_s"] = or_null(decision->p99_seconds);
  result["latency_requests"] = decision->latency_requests;
  result["latency_high"] = decision->latency_high;
  result["without_data"] = decision->without_data;
  result["lent"] = decision->lent;
  result["borrowed"] = decision->borrowed;
  result["cost_per_hour"] = act::price_json(decision->cost);
}

}  // namespace

json::object zone_plan_view(const Sight& sight, const decide::Plan& plan, const ZoneId& zone) {
  decide::ZoneDecision decision;
  decision.zone = zone;
  for (const decide::ZoneDecision& made : plan.zones) {
    if (made.zone == zone) decision = made;
  }
  return json::parse(
             act::decision_body(decision, plan, sight.controller.policy(), act::most_record_bytes))
      .as_object();
}

json::object plan_view(const Sight& sight, const decide::Plan& plan) {
  json::array zones;
  for (const ZoneId& zone : known_zones(sight)) {
    zones.push_back(zone_plan_view(sight, plan, zone));
  }
  json::object result;
  result["schema"] = 1;
  result["zones"] = std::move(zones);
  return result;
}

json::object zone_view(const Sight& sight, const ZoneId& zone) {
  json::object result;
  result["zone"] = zone.str();
  add_policy(result, sight, zone);
  const Tally tally = count(sight, zone);
  result["in_service"] = tally.in_service;
  result["coming"] = tally.coming;
  result["leaving"] = tally.leaving;
  result["held"] = tally.held;
  result["bad"] = tally.bad;
  result["unknown"] = tally.unknown;
  const auto edges = decide::edge_answers(sight.controller.fleet(), sight.now);
  const auto answers = edges.find(zone);
  result["edges_silent"] =
      answers == edges.end() ? 0 : answers->second.known - answers->second.good;
  result["bad_listed"] =
      decide::list_zone(sight.controller.fleet(), sight.controller.policy(), zone).bad_kept;
  add_decision(result, decision_of(sight, zone));
  std::size_t withheld = 0;
  for (const decide::Withheld& held : sight.controller.last_plan().withheld) {
    if (held.action.zone == zone) ++withheld;
  }
  result["withheld"] = withheld;
  result["placements"] = placements(sight, zone);
  return result;
}

json::object zone_detail(const Sight& sight, const ZoneId& zone) {
  json::object result = zone_view(sight, zone);
  const model::Zone& memory = sight.controller.fleet().zone(zone);
  result["schema"] = 1;
  result["names_read_age_s"] = age_value(memory.names_read_at, sight.now);
  json::array names;
  for (const std::string& address : memory.names) names.emplace_back(address);
  result["names"] = std::move(names);
  result["names_failure"] = text_or_null(memory.names_failure);
  result["decision"] = zone_plan_view(sight, sight.controller.last_plan(), zone);
  json::array nodes;
  for (const auto& [id, node] : sight.controller.fleet().nodes()) {
    if (node.zone == zone) nodes.push_back(node_view(sight, node));
  }
  result["nodes"] = std::move(nodes);
  return result;
}

json::object endpoints_view(const Sight& sight, const ZoneId& zone) {
  const model::ZonePolicy* policy = sight.controller.policy().zone(zone);
  const auto facts = sight.zones.find(zone);
  const std::uint16_t port =
      facts == sight.zones.end() ? web::ZoneFacts{}.edge_port : facts->second.edge_port;
  json::array endpoints;
  const act::Controller& controller = sight.controller;
  for (const model::Node* node :
       decide::list_zone(controller.fleet(), controller.policy(), zone).nodes) {
    endpoints.push_back({{"node", node->id.str()}, {"address", node->address}, {"port", port}});
  }
  json::object result;
  result["schema"] = 1;
  result["zone"] = zone.str();
  result["ttl_s"] = policy != nullptr ? seconds_value(policy->dns_ttl) : json::value(nullptr);
  result["endpoints"] = std::move(endpoints);
  return result;
}

}  // namespace edgeherd::api
