#include "common/config/units.h"
#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Need;
using config::Section;

constexpr Duration day = 24h;

void read_timings(Section& s, model::Timings& t) {
  s.duration("tick", t.tick, 200ms, 10s, Need::optional);
  s.duration("sample_period", t.sample_period, 200ms, 60s, Need::optional);
  s.integer("evidence_periods", t.evidence_periods, 2, 60, Need::optional);
  s.duration("boot_deadline", t.boot_deadline, 1s, day, Need::optional);
  s.duration("boot_time", t.boot_time, 1s, 1h, Need::optional);
  s.duration("create_settle", t.create_settle, 0s, 10min, Need::optional);
  s.integer("verify_in_a_row", t.verify_in_a_row, 1, 100, Need::optional);
  s.duration("drain_deadline", t.drain_deadline, 0s, day, Need::optional);
  s.integer("drain_connections", t.drain_connections, 0, 1'000'000, Need::optional);
  // An agent waits 3 s for what nginx holds before it says that all is stored.
  s.duration("flush_deadline", t.flush_deadline, 5s, 7 * day, Need::optional);
  s.choice("flush_failure", t.flush_failure,
           {{"hold", model::FlushFailure::hold}, {"terminate", model::FlushFailure::terminate}},
           Need::optional);
  s.duration("hold_limit", t.hold_limit, 1s, 30 * day, Need::optional);
  s.integer("hold_per_zone", t.hold_per_zone, 0, 1000, Need::optional);
  s.duration("health_period", t.health_period, 2s, 1h, Need::optional);
  s.integer("failures_in_period", t.failures_in_period, 1, 3600, Need::optional);
  s.number("edge_quorum", t.edge_quorum, 0, 1, Need::optional);
  s.duration("resend_command", t.resend_command, 500ms, 10min, Need::optional);
  s.duration("agent_away", t.agent_away, 1s, 1h, Need::optional);
  s.duration("retry_call", t.retry_call, 500ms, 1h, Need::optional);
  s.duration("reboot_patience", t.reboot_patience, 1s, 1h, Need::optional);
  s.duration("start_up", t.start_up, 0s, 1h, Need::optional);
  s.number("start_up_quorum", t.start_up_quorum, 0, 1, Need::optional);
  s.duration("inventory_period", t.inventory_period, 1s, 10min, Need::optional);
  if (t.boot_deadline <= t.boot_time) {
    s.problem("boot_deadline", "must be longer than boot_time, which a boot usually takes: " +
                                   config::format_duration(t.boot_time));
  }
  if (t.agent_away < 3 * t.sample_period) {
    s.problem("agent_away", "must be three sample_periods or more: one that is late is no silence");
  }
  if (seconds(t.health_period) < t.failures_in_period) {
    s.problem("failures_in_period", "counts seconds and must fit into health_period");
  } else if (t.tick * t.failures_in_period > t.health_period) {
    s.problem("tick",
              "is too long: a server is looked at once a tick, and failures_in_period of them must "
              "fit into health_period");
  }
  s.finish();
}

void read_scaling(Section& s, model::Scaling& scaling) {
  s.number("tolerance", scaling.tolerance, 0, 0.9, Need::optional);
  s.duration("scale_in_stabilisation", scaling.scale_in_stabilisation, 0s, day, Need::optional);
  s.duration("rate_period", scaling.rate_period, 1s, 1h, Need::optional);
  s.integer("rate_nodes", scaling.rate_nodes, 1, 10'000, Need::optional);
  s.number("rate_fraction", scaling.rate_fraction, 0, 10, Need::optional);
  s.integer("latency_min_requests", scaling.latency_min_requests, 1, 1'000'000'000, Need::optional);
  s.number("latency_most", scaling.latency_most, 0, 5, Need::optional);
  s.number("error_share", scaling.error_share, 0, 1, Need::optional);
  s.duration("flap_window", scaling.flap_window, 1s, day, Need::optional);
  s.integer("flap_turns", scaling.flap_turns, 1, 1000, Need::optional);
  s.integer("flap_verdicts", scaling.flap_verdicts, 2, 1000, Need::optional);
  s.finish();
}

void read_budgets(Section& s, model::Budgets& b) {
  s.number("scale_in_fraction", b.scale_in_fraction, 0, 1, Need::optional);
  s.duration("scale_in_window", b.scale_in_window, 1s, day, Need::optional);
  s.number("other_fraction", b.other_fraction, 0, 1, Need::optional);
  s.duration("other_window", b.other_window, 1s, day, Need::optional);
  s.integer("launches", b.launches, 0, 100'000, Need::optional);
  s.duration("launch_window", b.launch_window, 1s, day, Need::optional);
  s.integer("failed_boots", b.failed_boots, 0, 100'000, Need::optional);
  s.duration("failed_boot_window", b.failed_boot_window, 1s, day, Need::optional);
  s.integer("fleet_ceiling", b.fleet_ceiling, 1, 1'000'000, Need::optional);
  read_price(s, "per_hour", b.per_hour);
  s.finish();
}

void read_breakers(Section& s, model::Breakers& b) {
  s.number("zone_fraction", b.zone_fraction, 0, 1, Need::optional);
  s.integer("zone_nodes", b.zone_nodes, 0, 10'000, Need::optional);
  s.number("account_fraction", b.account_fraction, 0, 1, Need::optional);
  s.duration("window", b.window, 1s, day, Need::optional);
  s.integer("failed_boots_stop", b.failed_boots_stop, 1, 1000, Need::optional);
  s.integer("stopped_freeze", b.stopped_freeze, 1, 1000, Need::optional);
  s.duration("placement_backoff", b.placement_backoff, 1s, day, Need::optional);
  s.duration("placement_backoff_most", b.placement_backoff_most, 1s, 7 * day, Need::optional);
  s.duration("stock_backoff", b.stock_backoff, 1s, day, Need::optional);
  s.duration("stock_backoff_most", b.stock_backoff_most, 1s, 7 * day, Need::optional);
  if (b.stock_backoff > b.stock_backoff_most) {
    s.problem("stock_backoff", "must not be above stock_backoff_most");
  }
  s.number("names_fraction", b.names_fraction, 0, 1, Need::optional);
  s.integer("epoch_witnesses", b.epoch_witnesses, 1, 1000, Need::optional);
  if (b.placement_backoff > b.placement_backoff_most) {
    s.problem("placement_backoff", "must not be above placement_backoff_most");
  }
  s.finish();
}

}  // namespace

void read_policy(Section& root, model::Policy& policy) {
  if (auto s = root.section("timings", Need::optional)) read_timings(*s, policy.timings);
  if (auto s = root.section("scaling", Need::optional)) read_scaling(*s, policy.scaling);
  if (auto s = root.section("budgets", Need::optional)) read_budgets(*s, policy.budgets);
  if (auto s = root.section("breakers", Need::optional)) read_breakers(*s, policy.breakers);
  root.flag("shadow", policy.shadow, Need::optional);
}

}  // namespace edgeherd::settings
