#include "coordinator/web/metrics.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/telemetry/prometheus.h"

namespace edgeherd::web {

namespace {

using telemetry::Label;
using telemetry::MetricKind;
using telemetry::PrometheusPage;

void one(PrometheusPage& page, std::string_view name, MetricKind kind, std::string_view help,
         double value) {
  page.family(name, kind, help);
  page.sample(value);
}

void standing(PrometheusPage& page, const Sight& sight) {
  const model::Fleet& fleet = sight.controller.fleet();
  page.family("edgeherd_info", MetricKind::gauge, "Always 1; what is running.");
  page.sample({{"version", EDGEHERD_VERSION}, {"fleet", sight.controller.policy().fleet_id}}, 1.0);
  one(page, "edgeherd_epoch", MetricKind::gauge, "Epoch of this coordinator.",
      static_cast<double>(fleet.epoch()));
  one(page, "edgeherd_paused", MetricKind::gauge, "1 while an operator has paused it.",
      fleet.paused() ? 1 : 0);
  one(page, "edgeherd_read_only", MetricKind::gauge,
      "1 while an empty database has met servers of ours.", fleet.read_only() ? 1 : 0);
  one(page, "edgeherd_superseded", MetricKind::gauge,
      "1 while another coordinator has a higher epoch.", fleet.superseded() ? 1 : 0);
  if (const auto ticked = sight.controller.last_tick()) {
    one(page, "edgeherd_last_tick_age_seconds", MetricKind::gauge, "Since the newest tick.",
        seconds(sight.now - *ticked));
  }
  one(page, "edgeherd_config_loaded_timestamp_seconds", MetricKind::gauge,
      "When the running configuration was loaded.",
      static_cast<double>(unix_millis(sight.config.loaded_at)) / 1000);
  one(page, "edgeherd_config_problems", MetricKind::gauge,
      "Problems of the newest reload; above 0 an older configuration is running.",
      static_cast<double>(sight.config.problems.size()));
}

void nodes(PrometheusPage& page, const Sight& sight) {
  constexpr int states = static_cast<int>(model::NodeState::gone);
  constexpr int verdicts = static_cast<int>(model::Verdict::unknown) + 1;
  std::map<ZoneId, std::array<int, states>> by_state;
  std::map<ZoneId, std::array<int, verdicts>> by_verdict;
  std::map<ZoneId, int> held;
  for (const ZoneId& zone : known_zones(sight)) {
    by_state[zone] = {};
    by_verdict[zone] = {};
    held[zone] = 0;
  }
  for (const auto& [id, node] : sight.controller.fleet().nodes()) {
    if (node.state == model::NodeState::gone) continue;
    ++by_state[node.zone].at(static_cast<std::size_t>(node.state));
    if (node.held) ++held[node.zone];
    if (node.state == model::NodeState::in_service) {
      ++by_verdict[node.zone].at(static_cast<std::size_t>(node.verdict));
    }
  }
  page.family("edgeherd_nodes", MetricKind::gauge, "Nodes by zone and state.");
  for (const auto& [zone, counts] : by_state) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      page.sample({{"zone", zone.str()}, {"state", to_string(static_cast<model::NodeState>(i))}},
                  static_cast<double>(counts[i]));
    }
  }
  page.family("edgeherd_nodes_in_service", MetricKind::gauge,
              "Nodes in service by zone and health verdict.");
  for (const auto& [zone, counts] : by_verdict) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      page.sample({{"zone", zone.str()}, {"verdict", to_string(static_cast<model::Verdict>(i))}},
                  static_cast<double>(counts[i]));
    }
  }
  page.family("edgeherd_nodes_held", MetricKind::gauge,
              "Nodes kept because their logs could not be stored.");
  for (const auto& [zone, count] : held) {
    page.sample({{"zone", zone.str()}}, static_cast<double>(count));
  }
}

void zone_figures(PrometheusPage& page, const Sight& sight) {
  using Decision = decide::ZoneDecision;
  struct Figure {
    std::string_view name;
    std::string_view help;
    std::optional<double> (*get)(const Decision&);
  };
  static constexpr Figure figures[] = {
      {"edgeherd_zone_desired", "Nodes that the zone should have.",
       [](const Decision& d) -> std::optional<double> { return d.desired; }},
      {"edgeherd_zone_requests_per_second", "Requests per second of the zone.",
       [](const Decision& d) { return d.requests_per_s; }},
      {"edgeherd_zone_cpu_ratio", "Mean CPU share of the zone's nodes with data.",
       [](const Decision& d) { return d.cpu; }},
      {"edgeherd_zone_egress_bytes_per_second", "Egress of the zone.",
       [](const Decision& d) -> std::optional<double> {
         if (!d.egress_bits_per_s) return std::nullopt;
         return *d.egress_bits_per_s / 8;
       }},
      {"edgeherd_zone_disk_busy_ratio", "Mean share of time the disks are busy.",
       [](const Decision& d) { return d.disk_busy; }},
      {"edgeherd_zone_latency_p99_seconds", "The zone's p99 over the last 30 s.",
       [](const Decision& d) { return d.p99_seconds; }},
      {"edgeherd_zone_nodes_without_data", "Nodes in service whose evidence is stale.",
       [](const Decision& d) -> std::optional<double> { return d.without_data; }},
  };
  for (const Figure& figure : figures) {
    page.family(figure.name, MetricKind::gauge, figure.help);
    for (const Decision& decision : sight.controller.last_plan().zones) {
      const std::optional<double> value = figure.get(decision);
      if (value) page.sample({{"zone", decision.zone.str()}}, *value);
    }
  }
  page.family("edgeherd_zone_min_servers", MetricKind::gauge, "The configured floor.");
  for (const auto& [id, zone] : sight.controller.policy().zones) {
    page.sample({{"zone", id.str()}}, static_cast<double>(zone.min_servers));
  }
  page.family("edgeherd_zone_max_servers", MetricKind::gauge, "The configured ceiling.");
  for (const auto& [id, zone] : sight.controller.policy().zones) {
    page.sample({{"zone", id.str()}}, static_cast<double>(zone.max_servers));
  }
}

void counts(PrometheusPage& page, std::string_view name, std::string_view label,
            std::string_view help, const std::map<std::string, std::uint64_t>& values) {
  page.family(name, MetricKind::counter, help);
  for (const auto& [key, value] : values) page.sample({{label, key}}, value);
}

void count(PrometheusPage& page, std::string_view name, std::string_view help,
           std::uint64_t value) {
  page.family(name, MetricKind::counter, help);
  page.sample(telemetry::Labels(), value);
}

void work(PrometheusPage& page, const act::ControllerStatus& status) {
  count(page, "edgeherd_ticks_total", "Turns of the control loop.", status.ticks);
  one(page, "edgeherd_plan_seconds", MetricKind::gauge, "Time that the newest plan took.",
      seconds(status.last_plan));
  count(page, "edgeherd_commits_total", "Commits of the journal.", status.commits);
  one(page, "edgeherd_uncommitted_rows", MetricKind::gauge, "Rows that wait for the journal.",
      static_cast<double>(status.uncommitted_rows));
  count(page, "edgeherd_commit_failures_total", "Commits of the journal that failed.",
        status.commit_failures);
  counts(page, "edgeherd_actions_total", "kind", "Actions carried out.", status.actions);
  page.family("edgeherd_withheld", MetricKind::gauge, "Actions held back now, by brake.");
  for (const auto& [brake, value] : status.withheld) {
    page.sample({{"brake", brake}}, static_cast<double>(value));
  }
  counts(page, "edgeherd_events_total", "code", "Events noted, by code.", status.notes);
  count(page, "edgeherd_dns_writes_total", "Changes of names.", status.names.writes);
  count(page, "edgeherd_dns_failures_total", "Reads and writes of names that failed.",
        status.names.failures);
  count(page, "edgeherd_uploads_granted_total", "Uploads of log segments that were granted.",
        status.uploads.granted);
  count(page, "edgeherd_uploads_refused_total", "Uploads that were refused.",
        status.uploads.refused);
  count(page, "edgeherd_log_segments_stored_total", "Log segments verified in the archive.",
        status.uploads.stored);
  count(page, "edgeherd_log_segments_missing_total",
        "Log segments said to be stored that the archive does not have.", status.uploads.missing);
  count(page, "edgeherd_archive_failures_total", "Questions that the archive did not answer.",
        status.uploads.failures);
}

void accounts(PrometheusPage& page, const Sight& sight, const act::ControllerStatus& status) {
  page.family("edgeherd_account_inventory_age_seconds", MetricKind::gauge,
              "Since the newest complete inventory of the account.");
  for (const auto& [id, account] : status.accounts) {
    if (account.listed_at) {
      page.sample({{"provider", id.str()}}, seconds(sight.now - *account.listed_at));
    }
  }
  page.family("edgeherd_account_breaker_open", MetricKind::gauge,
              "1 while calls to the account are stopped after failures.");
  for (const auto& [id, account] : status.accounts) {
    page.sample({{"provider", id.str()}},
                account.executor.breaker == act::BreakerState::closed ? 0.0 : 1.0);
  }
  page.family("edgeherd_account_strangers", MetricKind::gauge,
              "Servers with our tag that the journal does not know.");
  for (const auto& [id, account] : status.accounts) {
    page.sample({{"provider", id.str()}},
                static_cast<double>(sight.controller.fleet().account(id).strangers.size()));
  }
  page.family("edgeherd_account_foreign_servers", MetricKind::gauge,
              "Servers of the account without our tag: they are only counted.");
  for (const auto& [id, account] : status.accounts) {
    page.sample({{"provider", id.str()}},
                static_cast<double>(sight.controller.fleet().account(id).foreign.size()));
  }
  page.family("edgeherd_provider_calls_total", MetricKind::counter, "Calls to the provider.");
  for (const auto& [id, account] : status.accounts) {
    page.sample({{"provider", id.str()}}, account.executor.calls);
  }
  page.family("edgeherd_provider_failures_total", MetricKind::counter,
              "Calls to the provider that failed.");
  for (const auto& [id, account] : status.accounts) {
    page.sample({{"provider", id.str()}}, account.executor.failures);
  }
}

void others(PrometheusPage& page, std::vector<Gauge> more) {
  std::stable_sort(more.begin(), more.end(),
                   [](const Gauge& a, const Gauge& b) { return a.name < b.name; });
  std::string begun;
  for (const Gauge& gauge : more) {
    if (gauge.name != begun) {
      const bool counter = gauge.name.ends_with("_total");
      page.family(gauge.name, counter ? MetricKind::counter : MetricKind::gauge, gauge.help);
      begun = gauge.name;
    }
    std::vector<Label> labels;
    for (const auto& [name, value] : gauge.labels) labels.emplace_back(name, value);
    page.sample(labels, gauge.value);
  }
}

}  // namespace

std::string metrics(const Sight& sight, std::vector<Gauge> more) {
  PrometheusPage page;
  const act::ControllerStatus status = sight.controller.status();
  standing(page, sight);
  nodes(page, sight);
  zone_figures(page, sight);
  work(page, status);
  accounts(page, sight, status);
  others(page, std::move(more));
  return page.take();
}

}  // namespace edgeherd::web
