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
#include "coordinator/evidence/fields_policy.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::evidence::detail {

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
  auto& [name_gone_at, name_ttl, command_sent_at, asked, asked_since, asked_until, command_done,
         command_failure, archive_checked, archive_failure, reboots, rebooted, rebooted_at,
         reboot_refused_at, reboot_failure] = m;
  v("name_gone_at", name_gone_at);
  v("name_ttl", name_ttl);
  v("command_sent_at", command_sent_at);
  v("asked", asked);
  v("asked_since", asked_since);
  v("asked_until", asked_until);
  v("command_done", command_done);
  v("command_failure", command_failure);
  v("archive_checked", archive_checked);
  v("archive_failure", archive_failure);
  v("reboots", reboots);
  v("rebooted", rebooted);
  v("rebooted_at", rebooted_at);
  v("reboot_refused_at", reboot_refused_at);
  v("reboot_failure", reboot_failure);
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
  auto& [id, zone, provider, origin, image, image_version, size, place, price, spilled_for, state,
         state_since, visit, requested_at, vm, address, private_address, address_before, power,
         powered_on_at, key, cordoned, is_protected, quarantined, held, skip_flush, asked_out,
         drop_now, cause, cause_text, leaving, agent, health_probe, edge_probe, load, listed_at,
         known_since, missing_listings, call, call_failed_at, destroyed_at, destroy_not_found,
         destroys_accepted, destroys_refused, call_failure, verdict, verdict_reason, bad_seconds,
         judged_at] = m;
  v("id", id);
  v("zone", zone);
  v("provider", provider);
  v("origin", origin);
  v("image", image);
  v("image_version", image_version);
  v("size", size);
  v("place", place);
  v("price", price);
  v("spilled_for", spilled_for);
  v("state", state);
  v("state_since", state_since);
  v("visit", visit);
  v("requested_at", requested_at);
  v("vm", vm);
  v("address", address);
  v("private_address", private_address);
  v("power", power);
  v("powered_on_at", powered_on_at);
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
  v("destroyed_at", destroyed_at);
  v("destroy_not_found", destroy_not_found);
  v("destroys_accepted", destroys_accepted);
  v("destroys_refused", destroys_refused);
  v("call_failure", call_failure);
  v("verdict", verdict);
  v("verdict_reason", verdict_reason);
  v("bad_seconds", bad_seconds);
  v("judged_at", judged_at);
}

// -- the fleet's memory

template <class V, Is<model::PlacementId> M>
void fields(V& v, M& m) {
  auto& [provider, place, size] = m;
  v("provider", provider);
  v("place", place);
  v("size", size);
}

template <class V, Is<model::Placement> M>
void fields(V& v, M& m) {
  auto& [consecutive_failures, not_before, last_failure, stock_outs, stock_not_before,
         stock_failure, made_of] = m;
  v("consecutive_failures", consecutive_failures);
  v("not_before", not_before);
  v("last_failure", last_failure);
  v("stock_outs", stock_outs);
  v("stock_not_before", stock_not_before);
  v("stock_failure", stock_failure);
}

struct PlacementRow {
  model::PlacementId id;
  model::Placement placement;
};
template <class V, Is<PlacementRow> M>
void fields(V& v, M& m) {
  v("id", m.id);
  v("placement", m.placement);
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

// A zone with its id, its window of latencies as what it holds now, and of the addresses that its
// names gave those of servers that never served: no plan asks for others.
struct ZoneRow {
  ZoneId id;
  model::Zone zone;
  std::vector<BucketCount> latencies;
};
template <class V, Is<ZoneRow> M>
void fields(V& v, M& m) {
  auto& [proposals, sized_since, latency, latency_high_since, names_read_at, names, names_ttl,
         names_cached_until, names_failure, names_trouble, names_failing_since, names_off_at,
         names_off, confirmed_removals, confirmed_for, turns] = m.zone;
  v("id", m.id);
  v("proposals", proposals);
  v("sized_since", sized_since);
  v("latencies", m.latencies);
  v("latency_high_since", latency_high_since);
  v("names_read_at", names_read_at);
  v("names", names);
  v("names_failure", names_failure);
  v("names_off_at", names_off_at);
  v("names_off", names_off);
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
  auto& [listed_at, failure, trouble, strangers, foreign, lists_none, listed_bare] = m.account;
  v("id", m.id);
  v("listed_at", listed_at);
  v("failure", failure);
  v("strangers", strangers);
  v("lists_none", lists_none);
  v("listed_bare", listed_bare);
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
  auto& [nodes, zones, accounts, placements, departures, launches, health_changes, awaited, retired,
         paused, pause_reason, read_only, read_only_reason, epoch, highest_epoch_met, started_at,
         writes_allowed_at, archive_confirmed_at, archive_back_at, visits_spent] = m;
  v("awaited", awaited);
  v("paused", paused);
  v("pause_reason", pause_reason);
  v("read_only", read_only);
  v("read_only_reason", read_only_reason);
  v("epoch", epoch);
  v("highest_epoch_met", highest_epoch_met);
  v("started_at", started_at);
  v("writes_allowed_at", writes_allowed_at);
  v("archive_confirmed_at", archive_confirmed_at);
  v("archive_back_at", archive_back_at);
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
  auto& [kind, node, zone, provider, cause, verb, place, size, price, spilled_for, reasons,
         expected_state, expected_visit] = m;
  v("kind", kind);
  v("node", node);
  v("zone", zone);
  v("provider", provider);
  v("cause", cause);
  v("verb", verb);
  v("place", place);
  v("size", size);
  v("price", price);
  v("spilled_for", spilled_for);
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
         lent, borrowed, cost, steps, outcome] = m;
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
  v("lent", lent);
  v("borrowed", borrowed);
  v("cost", cost);
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
