#include <array>
#include <cmath>

#include "agent/web/metric_table.h"
#include "agent/web/render.h"
#include "agent/web/text.h"

// Text format 0.0.4, prometheus.io/docs/instrumenting/exposition_formats.
namespace edgeherd::agent {
namespace {

constexpr std::string_view prefix = "edgeherd_agent_";

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  for (const auto& [keyword, text] :
       {std::pair<std::string_view, std::string_view>{"# HELP ", help}, {"# TYPE ", type}}) {
    out += keyword;
    out += prefix;
    out += name;
    out += ' ';
    out += text;
    out += '\n';
  }
}

void begin(std::string& out, std::string_view name) {
  out += prefix;
  out += name;
}

void label(std::string& out, char separator, std::string_view key, std::string_view value) {
  out += separator;
  out += key;
  out += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

void end(std::string& out, double value) {
  out += ' ';
  append_number(out, value);
  out += '\n';
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            double value) {
  family(out, name, type, help);
  begin(out, name);
  end(out, value);
}

void append_table(const NodeView& view, std::string& out) {
  for (const auto& metric : metrics()) {
    const auto value = metric.value(view);
    if (!value || !std::isfinite(*value)) continue;  // absent is no sample at all
    single(out, metric.name, metric.type == MetricType::counter ? "counter" : "gauge", metric.help,
           *value);
  }
}

void append_checks(const NodeView& view, std::string& out) {
  if (view.health.checks.empty()) return;
  family(out, "check_outcome", "gauge", "1 at the outcome that the check has now.");
  for (const auto& check : view.health.checks) {
    for (const auto outcome : {Outcome::pass, Outcome::fail, Outcome::unknown}) {
      begin(out, "check_outcome");
      label(out, '{', "check", check.name);
      label(out, ',', "outcome", to_string(outcome));
      out += '}';
      end(out, check.finding.outcome == outcome ? 1 : 0);
    }
  }
}

void append_status_classes(const NodeView& view, std::string& out) {
  if (!view.reading.traffic) return;
  constexpr std::array<std::string_view, 5> names{"1xx", "2xx", "3xx", "4xx", "5xx"};
  family(out, "responses_total", "counter", "Answers in the access log by class of status.");
  for (std::size_t i = 0; i < names.size(); ++i) {
    begin(out, "responses_total");
    label(out, '{', "class", names[i]);
    out += '}';
    end(out, static_cast<double>(view.reading.traffic->status_classes[i]));
  }
}

// The sketch's thousand buckets folded into the few that a dashboard wants; the sum is within 1 %.
void append_latency(const NodeView& view, std::string& out) {
  if (!view.latency) return;
  constexpr std::array bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  double sum = 0;
  for (const auto& [bucket, count] : view.latency->counts()) {
    const double latency = sketch_value(bucket);
    std::size_t i = 0;
    while (i < bounds.size() && latency > bounds[i]) ++i;
    counts[i] += count;
    sum += latency * static_cast<double>(count);
  }
  family(out, "latency_seconds", "histogram",
         "Time to first byte of the requests in the access log.");
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    cumulative += counts[i];
    begin(out, "latency_seconds_bucket");
    std::string bound;
    if (i < bounds.size()) append_number(bound, bounds[i]);
    label(out, '{', "le", i < bounds.size() ? bound : "+Inf");
    out += '}';
    end(out, static_cast<double>(cumulative));
  }
  begin(out, "latency_seconds_sum");
  end(out, sum);
  begin(out, "latency_seconds_count");
  end(out, static_cast<double>(cumulative));
}

void append_shipping(const NodeView& view, std::string& out) {
  if (!view.shipping) return;
  const auto& shipping = *view.shipping;
  const auto count = [&](std::string_view name, std::string_view type, std::string_view help,
                         std::uint64_t value) {
    single(out, name, type, help, static_cast<double>(value));
  };
  count("spool_segments", "gauge", "Closed log segments that are not yet stored.",
        shipping.spool_segments);
  count("spool_bytes", "gauge", "Their size on disk.", shipping.spool_bytes);
  count("log_lines_lost_total", "counter", "Access-log lines that are known to be lost.",
        shipping.lines_lost_total);
  count("segments_stored_total", "counter", "Log segments stored and verified.",
        shipping.stored_segments_total);
  count("log_lines_stored_total", "counter", "Access-log lines stored and verified.",
        shipping.stored_lines_total);
  count("log_rotations_total", "counter", "Rotations of the access log.", shipping.rotations_total);
  count("upload_failures_total", "counter", "Uploads that failed and were tried again.",
        shipping.upload_failures_total);
}

void append_coordinators(const NodeView& view, std::string& out) {
  if (view.coordinators.empty()) return;
  struct Column {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    double (*value)(const CoordinatorLine&);
  };
  static constexpr std::array<Column, 4> columns{
      Column{"coordinator_connected", "gauge", "1 while the coordinator answers.",
             [](const CoordinatorLine& line) { return line.phase == "ready" ? 1.0 : 0.0; }},
      Column{
          "samples_sent_total", "counter", "Samples sent to the coordinator.",
          [](const CoordinatorLine& line) { return static_cast<double>(line.samples_sent_total); }},
      Column{"messages_dropped_total", "counter", "Messages not sent because the queue was full.",
             [](const CoordinatorLine& line) {
               return static_cast<double>(line.messages_dropped_total);
             }},
      Column{"messages_refused_total", "counter", "Messages that could not be understood.",
             [](const CoordinatorLine& line) {
               return static_cast<double>(line.messages_refused_total);
             }},
  };
  for (const auto& column : columns) {
    family(out, column.name, column.type, column.help);
    for (const auto& line : view.coordinators) {
      begin(out, column.name);
      label(out, '{', "coordinator", line.name);
      out += '}';
      end(out, column.value(line));
    }
  }
}

}  // namespace

void render_prometheus(const NodeView& view, std::string& out) {
  family(out, "build_info", "gauge", "1, with the agent's version and the image's as labels.");
  begin(out, "build_info");
  label(out, '{', "version", view.agent_version);
  label(out, ',', "image_version", view.image_version);
  out += '}';
  end(out, 1);
  single(out, "ready", "gauge", "1 while all checks are good and the node is not draining.",
         view.ready() ? 1 : 0);
  single(out, "draining", "gauge", "1 while the node drains or is closed.",
         view.state == "serving" ? 0 : 1);
  append_checks(view, out);
  append_table(view, out);
  append_status_classes(view, out);
  append_latency(view, out);
  append_shipping(view, out);
  append_coordinators(view, out);
}

}  // namespace edgeherd::agent
