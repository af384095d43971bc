// The fields of the policy that a snapshot holds; see fields.h, which has the others. Private to
// this room.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::evidence::detail {

template <class M, class T>
concept Is = std::same_as<std::remove_const_t<M>, T>;
// Whether the visitor fills the struct.
template <class M>
inline constexpr bool is_read = !std::is_const_v<M>;

// -- the policy

template <class V, Is<model::Capacity> M>
void fields(V& v, M& m) {
  auto& [requests_per_s, egress_bits_per_s] = m;
  v("requests_per_s", requests_per_s);
  v("egress_bits_per_s", egress_bits_per_s);
}

template <class V, Is<model::Targets> M>
void fields(V& v, M& m) {
  auto& [requests, cpu, egress, disk] = m;
  v("requests", requests);
  v("cpu", cpu);
  v("egress", egress);
  v("disk", disk);
}

template <class V, Is<model::Price> M>
void fields(V& v, M& m) {
  auto& [micros_per_hour] = m;
  v("micros_per_hour", micros_per_hour);
}

template <class V, Is<model::PlacementPolicy> M>
void fields(V& v, M& m) {
  auto& [place, size, image, image_version, priority, weight, price] = m;
  v("place", place);
  v("size", size);
  v("image", image);
  v("image_version", image_version);
  v("priority", priority);
  v("weight", weight);
  v("price", price);
}

template <class V, Is<model::RoutedPart> M>
void fields(V& v, M& m) {
  auto& [name, part, route, servers_per_weight] = m;
  v("name", name);
  v("part", part);
}

template <class V, Is<model::ZonePolicy> M>
void fields(V& v, M& m) {
  auto& [id, provider, region, place, activity, min_servers, max_servers, image, image_version,
         size, config_digest, capacity, targets, slo_p99, dns_name, region_dns_name, node_dns_name,
         routed, dns_ttl, shadow, price, placements, spill_priority, spill_weight,
         budget_per_hour] = m;
  v("id", id);
  v("provider", provider);
  v("region", region);
  v("place", place);
  v("activity", activity);
  v("min_servers", min_servers);
  v("max_servers", max_servers);
  v("image", image);
  v("image_version", image_version);
  v("size", size);
  v("config_digest", config_digest);
  v("capacity", capacity);
  v("targets", targets);
  v("slo_p99", slo_p99);
  v("dns_name", dns_name);
  v("region_dns_name", region_dns_name);
  v("node_dns_name", node_dns_name);
  v("routed", routed);
  v("dns_ttl", dns_ttl);
  v("shadow", shadow);
  v("price", price);
  v("placements", placements);
  v("spill_priority", spill_priority);
  v("spill_weight", spill_weight);
  v("budget_per_hour", budget_per_hour);
}

template <class V, Is<model::Timings> M>
void fields(V& v, M& m) {
  auto& [tick, sample_period, evidence_periods, boot_deadline, boot_time, create_settle,
         verify_in_a_row, drain_deadline, drain_connections, flush_deadline, flush_failure,
         hold_limit, hold_per_zone, health_period, failures_in_period, edge_quorum, resend_command,
         agent_away, retry_call, reboot_patience, start_up, start_up_quorum, inventory_period] = m;
  v("tick", tick);
  v("sample_period", sample_period);
  v("evidence_periods", evidence_periods);
  v("boot_deadline", boot_deadline);
  v("boot_time", boot_time);
  v("create_settle", create_settle);
  v("verify_in_a_row", verify_in_a_row);
  v("drain_deadline", drain_deadline);
  v("drain_connections", drain_connections);
  v("flush_deadline", flush_deadline);
  v("flush_failure", flush_failure);
  v("hold_limit", hold_limit);
  v("hold_per_zone", hold_per_zone);
  v("health_period", health_period);
  v("failures_in_period", failures_in_period);
  v("edge_quorum", edge_quorum);
  v("resend_command", resend_command);
  v("agent_away", agent_away);
  v("retry_call", retry_call);
  v("reboot_patience", reboot_patience);
  v("start_up", start_up);
  v("start_up_quorum", start_up_quorum);
  v("inventory_period", inventory_period);
}

template <class V, Is<model::Scaling> M>
void fields(V& v, M& m) {
  auto& [tolerance, scale_in_stabilisation, rate_period, rate_nodes, rate_fraction,
         latency_min_requests, latency_most, error_share, flap_window, flap_turns, flap_verdicts] =
      m;
  v("tolerance", tolerance);
  v("scale_in_stabilisation", scale_in_stabilisation);
  v("rate_period", rate_period);
  v("rate_nodes", rate_nodes);
  v("rate_fraction", rate_fraction);
  v("latency_min_requests", latency_min_requests);
  v("latency_most", latency_most);
  v("error_share", error_share);
  v("flap_window", flap_window);
  v("flap_turns", flap_turns);
  v("flap_verdicts", flap_verdicts);
}

template <class V, Is<model::Budgets> M>
void fields(V& v, M& m) {
  auto& [scale_in_fraction, scale_in_window, other_fraction, other_window, launches, launch_window,
         failed_boots, failed_boot_window, fleet_ceiling, per_hour] = m;
  v("scale_in_fraction", scale_in_fraction);
  v("scale_in_window", scale_in_window);
  v("other_fraction", other_fraction);
  v("other_window", other_window);
  v("launches", launches);
  v("launch_window", launch_window);
  v("failed_boots", failed_boots);
  v("failed_boot_window", failed_boot_window);
  v("fleet_ceiling", fleet_ceiling);
  v("per_hour", per_hour);
}

template <class V, Is<model::Breakers> M>
void fields(V& v, M& m) {
  auto& [zone_fraction, zone_nodes, account_fraction, window, failed_boots_stop, stopped_freeze,
         placement_backoff, placement_backoff_most, stock_backoff, stock_backoff_most,
         names_fraction, epoch_witnesses] = m;
  v("zone_fraction", zone_fraction);
  v("zone_nodes", zone_nodes);
  v("account_fraction", account_fraction);
  v("window", window);
  v("failed_boots_stop", failed_boots_stop);
  v("stopped_freeze", stopped_freeze);
  v("placement_backoff", placement_backoff);
  v("placement_backoff_most", placement_backoff_most);
  v("stock_backoff", stock_backoff);
  v("stock_backoff_most", stock_backoff_most);
  v("names_fraction", names_fraction);
  v("epoch_witnesses", epoch_witnesses);
}

// Its zones are a table of their own.
template <class V, Is<model::Policy> M>
void fields(V& v, M& m) {
  auto& [fleet_id, zones, timings, scaling, budgets, breakers, shadow] = m;
  v("fleet_id", fleet_id);
  v("timings", timings);
  v("scaling", scaling);
  v("budgets", budgets);
  v("breakers", breakers);
  v("shadow", shadow);
}

}  // namespace edgeherd::evidence::detail
