#include <algorithm>

#include "agent/web/metric_table.h"
#include "agent/web/render.h"
#include "agent/web/text.h"

namespace edgeherd::agent {
namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void append_age(std::string& out, MonoTime now, MonoTime at) {
  out += std::to_string(std::max<long long>(0, millis(now - at)));
}

void append_checks(const NodeView& view, MonoTime now, std::string& out) {
  out += ",\"checks\":[";
  bool first = true;
  for (const auto& check : view.health.checks) {
    out += first ? "{\"name\":" : ",{\"name\":";
    first = false;
    append_json_string(out, check.name);
    member(out, "kind", check.kind);
    member(out, "outcome", to_string(check.finding.outcome));
    member(out, "reason", check.finding.reason);
    out += ",\"age_ms\":";
    if (check.at) {
      append_age(out, now, *check.at);
    } else {
      out += "null";
    }
    out += '}';
  }
  out += ']';
}

void append_metrics(const NodeView& view, MonoTime now, std::string& out) {
  out += ",\"metrics\":{";
  bool first = true;
  for (const auto& metric : metrics()) {
    out += first ? "\"" : ",\"";
    first = false;
    out += metric.name;
    out += "\":";
    const auto value = metric.value(view);
    if (!value) {
      out += "null";
      continue;
    }
    out += "{\"value\":";
    append_number(out, *value);
    out += ",\"age_ms\":";
    append_age(out, now, metric.at(view));
    out += ",\"unit\":\"";
    out += metric.unit;
    out += "\"}";
  }
  out += '}';
}

void append_count(std::string& out, std::string_view name, std::uint64_t count) {
  out += ",\"";
  out += name;
  out += "\":";
  out += std::to_string(count);
}

void append_logs(const NodeView& view, std::string& out) {
  out += ",\"log_trouble\":";
  if (view.log_trouble.empty()) {
    out += "null";
  } else {
    append_json_string(out, view.log_trouble);
  }
  out += ",\"shipping\":";
  if (!view.shipping) {
    out += "null";
    return;
  }
  const auto& shipping = *view.shipping;
  out += "{\"spool_segments\":" + std::to_string(shipping.spool_segments);
  append_count(out, "spool_bytes", shipping.spool_bytes);
  append_count(out, "stored_segments", shipping.stored_segments_total);
  append_count(out, "stored_lines", shipping.stored_lines_total);
  append_count(out, "lines_lost", shipping.lines_lost_total);
  member(out, "trouble", shipping.trouble);
  out += '}';
}

void append_cloud(const NodeView& view, std::string& out) {
  out += ",\"cloud\":";
  if (!view.cloud) {
    out += "null";
    return;
  }
  out += "{\"provider\":";
  append_json_string(out, view.cloud->provider);
  member(out, "region", view.cloud->region);
  member(out, "zone", view.cloud->zone);
  member(out, "instance_id", view.cloud->instance_id);
  out += '}';
}

void append_coordinators(const NodeView& view, std::string& out) {
  out += ",\"coordinators\":[";
  bool first = true;
  for (const auto& line : view.coordinators) {
    out += first ? "{\"endpoint\":" : ",{\"endpoint\":";
    first = false;
    append_json_string(out, line.name);
    member(out, "phase", line.phase);
    out += ",\"last_heard_ms\":";
    out += line.last_heard ? std::to_string(millis(*line.last_heard)) : "null";
    member(out, "refusal", line.refusal);
    out += '}';
  }
  out += ']';
}

}  // namespace

void render_status_json(const NodeView& view, MonoTime now, std::string& out) {
  out += "{\"schema\":" + std::to_string(status_schema);
  member(out, "node", view.node);
  member(out, "zone", view.zone);
  member(out, "agent_version", view.agent_version);
  member(out, "image_version", view.image_version);
  member(out, "config_digest", view.config_digest);
  append_cloud(view, out);
  member(out, "state", view.state);
  if (!view.waiting_for.empty()) member(out, "waiting_for", view.waiting_for);
  member(out, "verdict", to_string(view.health.verdict));
  out += view.ready() ? ",\"ready\":true" : ",\"ready\":false";
  append_checks(view, now, out);
  append_metrics(view, now, out);
  append_logs(view, out);
  append_coordinators(view, out);
  out += "}\n";
}

void render_readiness(const NodeView& view, std::string& out) {
  if (view.ready()) {
    out += "ready\n";
    return;
  }
  if (!view.waiting_for.empty()) {
    out += "not ready: the node is waiting for " + view.waiting_for + '\n';
  } else if (view.state != "serving") {
    out += "not ready: the node is " + view.state + '\n';
  }
  for (const auto& check : view.health.checks) {
    if (std::ranges::find(view.health.failing, check.name) == view.health.failing.end()) continue;
    out += "not ready: check " + check.name + ": " + std::string(to_string(check.finding.outcome)) +
           ": " + check.finding.reason + '\n';
  }
}

}  // namespace edgeherd::agent
