// The one place that says which fields of the model and of a plan a snapshot holds.
//
// fields(visitor, struct) calls the visitor once per field, always in the same order; the writer,
// the reader and the comparison are such visitors. Each function names every member of its struct
// in a structured binding: a new member does not compile until it has been thought of here. What
// plan() cannot read is left out on purpose. A field may be added (an older snapshot then gives its
// default) but not change its name or its meaning: that takes a new snapshot_version.
// Private to this room.
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

template <class V, Is<model::ZonePolicy> M>
void fields(V& v, M& m) {
  auto& [id, provider, region, place, activity, min_servers, max_servers, image, image_version,
         size, config_digest, capacity, targets, slo_p99, dns_name, dns_ttl, shadow] = m;
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
  v("dns_ttl", dns_ttl);
  v("shadow", shadow);
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
         failed_boots, failed_boot_window, fleet_ceiling] = m;
  v("scale_in_fraction", scale_in_fraction);
  v("scale_in_window", scale_in_window);
  v("other_fraction", other_fraction);
  v("other_window", other_window);
  v("launches", launches);
  v("launch_window", launch_window);
  v("failed_boots", failed_boots);
  v("failed_boot_window", failed_boot_window);
  v("fleet_ceiling", fleet_ceiling);
}

template <class V, Is<model::Breakers> M>
void fields(V& v, M& m) {
  auto& [zone_fraction, zone_nodes, account_fraction, window, failed_boots_stop, stopped_freeze,
         placement_backoff, placement_backoff_most, epoch_witnesses] = m;
  v("zone_fraction", zone_fraction);
  v("zone_nodes", zone_nodes);
  v("account_fraction", account_fraction);
  v("window", window);
  v("failed_boots_stop", failed_boots_stop);
  v("stopped_freeze", stopped_freeze);
  v("placement_backoff", placement_backoff);
  v("placement_backoff_most", placement_backoff_most);
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

// -- nodes

template <class V, Is<model::AgentView> M>
void fields(V& v, M& m) {
  auto& [heard_at, vm_id, boot_id, image_version, config_digest, drain_state, highest_epoch, ready,
         failing, spool_segments, log_lines_lost] = m;
  v("heard_at", heard_at);
  v("vm_id", vm_id);
  v("boot_id", boot_id);
  v("image_version", image_version);
  v("config_digest", config_digest);
  v("drain_state", drain_state);
  v("highest_epoch", highest_epoch);
  v("ready", ready);
  v("failing", failing);
  v("spool_segments", spool_segments);
  v("log_lines_lost", log_lines_lost);
}

template <class V, Is<model::ProbeView> M>
void fields(V& v, M& m) {
  auto& [asked_at, good, good_in_a_row, failure] = m;
  v("asked_at", asked_at);
  v("good", good);
  v("good_in_a_row", good_in_a_row);
  v("failure", failure);
}

template <class V, Is<model::Leaving> M>
void fields(V& v, M& m) {
  auto& [name_gone_at, command_sent_at, command_done, command_failure, archive_checked,
         archive_failure, reboots, rebooted_at] = m;
  v("name_gone_at", name_gone_at);
  v("command_sent_at", command_sent_at);
  v("command_done", command_done);
  v("command_failure", command_failure);
  v("archive_checked", archive_checked);
  v("archive_failure", archive_failure);
  v("reboots", reboots);
  v("rebooted_at", rebooted_at);
}

template <class V, Is<model::Rates> M>
void fields(V& v, M& m) {
  auto& [requests_per_s, errors_per_s, cpu, egress_bits_per_s, disk_busy, connections] = m;
  v("requests_per_s", requests_per_s);
  v("errors_per_s", errors_per_s);
  v("cpu", cpu);
  v("egress_bits_per_s", egress_bits_per_s);
  v("disk_busy", disk_busy);
  v("connections", connections);
}

template <class V, Is<model::Node> M>
void fields(V& v, M& m) {
  auto& [id, zone, provider, origin, image, image_version, size, state, state_since, visit,
         requested_at, vm, address, private_address, power, key, cordoned, is_protected,
         quarantined, held, skip_flush, asked_out, drop_now, cause, cause_text, leaving, agent,
         health_probe, edge_probe, load, listed_at, missing_listings, call, call_failed_at,
         call_failure, verdict, verdict_reason, bad_seconds, judged_at] = m;
  v("id", id);
  v("zone", zone);
  v("provider", provider);
  v("origin", origin);
  v("image", image);
  v("image_version", image_version);
  v("size", size);
  v("state", state);
  v("state_since", state_since);
  v("visit", visit);
  v("requested_at", requested_at);
  v("vm", vm);
  v("address", address);
  v("private_address", private_address);
  v("power", power);
  // Forty characters that do not compress, of which a plan asks only whether they are there.
  bool bound = !key.empty();
  v("bound", bound);
  if constexpr (is_read<M>) key = AgentKey(bound ? "of " + id.str() : "");
  v("cordoned", cordoned);
  v("is_protected", is_protected);
  v("quarantined", quarantined);
  v("held", held);
  v("skip_flush", skip_flush);
  v("asked_out", asked_out);
  v("drop_now", drop_now);
  v("cause", cause);
  v("cause_text", cause_text);
  v("leaving", leaving);
  v("agent", agent);
  std::optional<MonoTime> sampled_at = load.sampled_at();
  model::Rates rates = load.rates();
  v("sampled_at", sampled_at);
  v("rates", rates);
  if constexpr (is_read<M>) load = model::NodeLoad(rates, sampled_at);
  v("health_probe", health_probe);
  v("edge_probe", edge_probe);
  v("listed_at", listed_at);
  v("missing_listings", missing_listings);
  v("call", call);
  v("call_failed_at", call_failed_at);
  v("call_failure", call_failure);
  v("verdict", verdict);
  v("verdict_reason", verdict_reason);
  v("bad_seconds", bad_seconds);
  v("judged_at", judged_at);
}

// -- the fleet's memory

template <class V, Is<model::Placement> M>
void fields(V& v, M& m) {
  auto& [consecutive_failures, not_before, last_failure] = m;
  v("consecutive_failures", consecutive_failures);
  v("not_before", not_before);
  v("last_failure", last_failure);
}

template <class V, Is<model::Proposal> M>
void fields(V& v, M& m) {
  auto& [at, nodes] = m;
  v("at", at);
  v("nodes", nodes);
}

template <class V, Is<model::Turn> M>
void fields(V& v, M& m) {
  auto& [zone, direction, at] = m;
  v("zone", zone);
  v("direction", direction);
  v("at", at);
}

template <class V, Is<BucketCount> M>
void fields(V& v, M& m) {
  auto& [bucket, count] = m;
  v("bucket", bucket);
  v("count", count);
}

// A zone with its id, and its window of latencies as what it holds now.
struct ZoneRow {
  ZoneId id;
  model::Zone zone;
  std::vector<BucketCount> latencies;
};
template <class V, Is<ZoneRow> M>
void fields(V& v, M& m) {
  auto& [placement, proposals, sized_since, latency, latency_high_since, names_read_at, names,
         names_failure, confirmed_removals, turns] = m.zone;
  v("id", m.id);
  v("placement", placement);
  v("proposals", proposals);
  v("sized_since", sized_since);
  v("latencies", m.latencies);
  v("latency_high_since", latency_high_since);
  v("names_read_at", names_read_at);
  v("names_failure", names_failure);
  v("confirmed_removals", confirmed_removals);
  v("turns", turns);
}

// Of a server that the journal does not know: where it stands, and whether it runs.
template <class V, Is<model::Vm> M>
void fields(V& v, M& m) {
  auto& [id, fleet, node, place, address, private_address, power, image, created] = m;
  v("id", id);
  v("place", place);
  v("power", power);
}

struct AccountRow {
  ProviderId id;
  model::Account account;
};
template <class V, Is<AccountRow> M>
void fields(V& v, M& m) {
  auto& [listed_at, failure, strangers, foreign] = m.account;
  v("id", m.id);
  v("listed_at", listed_at);
  v("failure", failure);
  v("strangers", strangers);
}

template <class V, Is<model::Departure> M>
void fields(V& v, M& m) {
  auto& [node, zone, cause, at] = m;
  v("node", node);
  v("zone", zone);
  v("cause", cause);
  v("at", at);
}

template <class V, Is<model::Launch> M>
void fields(V& v, M& m) {
  auto& [node, zone, provider, at, failed] = m;
  v("node", node);
  v("zone", zone);
  v("provider", provider);
  v("at", at);
  v("failed", failed);
}

template <class V, Is<model::HealthChange> M>
void fields(V& v, M& m) {
  auto& [node, zone, provider, at] = m;
  v("node", node);
  v("zone", zone);
  v("provider", provider);
  v("at", at);
}

// The rest of the memory; what has a table of its own is not in it, nor the graves that only a
// listing asks for.
template <class V, Is<model::FleetMemory> M>
void fields(V& v, M& m) {
  auto& [nodes, zones, accounts, departures, launches, health_changes, awaited, retired, paused,
         pause_reason, read_only, read_only_reason, epoch, highest_epoch_met, started_at,
         writes_allowed_at] = m;
  v("awaited", awaited);
  v("paused", paused);
  v("pause_reason", pause_reason);
  v("read_only", read_only);
  v("read_only_reason", read_only_reason);
  v("epoch", epoch);
  v("highest_epoch_met", highest_epoch_met);
  v("started_at", started_at);
  v("writes_allowed_at", writes_allowed_at);
}

// -- the plan

template <class V, Is<decide::Reason> M>
void fields(V& v, M& m) {
  auto& [text, age] = m;
  v("text", text);
  v("age", age);
}

template <class V, Is<decide::Action> M>
void fields(V& v, M& m) {
  auto& [kind, node, zone, provider, cause, verb, reasons, expected_state, expected_visit] = m;
  v("kind", kind);
  v("node", node);
  v("zone", zone);
  v("provider", provider);
  v("cause", cause);
  v("verb", verb);
  v("reasons", reasons);
  v("expected_state", expected_state);
  v("expected_visit", expected_visit);
}

template <class V, Is<decide::Withheld> M>
void fields(V& v, M& m) {
  auto& [action, brake, text] = m;
  v("action", action);
  v("brake", brake);
  v("text", text);
}

template <class V, Is<decide::Step> M>
void fields(V& v, M& m) {
  auto& [name, from, to, text] = m;
  v("name", name);
  v("from", from);
  v("to", to);
  v("text", text);
}

template <class V, Is<decide::ZoneDecision> M>
void fields(V& v, M& m) {
  auto& [zone, in_service, coming, leaving, desired, proposal, requests_per_s, cpu,
         egress_bits_per_s, disk_busy, p99_seconds, latency_requests, latency_high, without_data,
         steps, outcome] = m;
  v("zone", zone);
  v("in_service", in_service);
  v("coming", coming);
  v("leaving", leaving);
  v("desired", desired);
  v("proposal", proposal);
  v("requests_per_s", requests_per_s);
  v("cpu", cpu);
  v("egress_bits_per_s", egress_bits_per_s);
  v("disk_busy", disk_busy);
  v("p99_seconds", p99_seconds);
  v("latency_requests", latency_requests);
  v("latency_high", latency_high);
  v("without_data", without_data);
  v("steps", steps);
  v("outcome", outcome);
}

template <class V, Is<decide::VerdictChange> M>
void fields(V& v, M& m) {
  auto& [node, verdict, reason, failing] = m;
  v("node", node);
  v("verdict", verdict);
  v("reason", reason);
  v("failing", failing);
}

}  // namespace edgeherd::evidence::detail
