#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "agent/web/page_assets.h"
#include "agent/web/render.h"
#include "agent/web/text.h"

namespace edgeherd::agent {
namespace {

constexpr std::size_t spark_points = 100;

std::string percent(double ratio) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", ratio * 100);
  return text;
}

std::string latency(double s) {
  char text[24];
  std::snprintf(text, sizeof text, s < 0.01 ? "%.2f ms" : "%.0f ms", s * 1000);
  return text;
}

void append_int(std::string& out, int value) {
  out += std::to_string(value);
}

// A line over the last minutes, from 0 to `top` (or to its own peak); gaps where nothing is known.
void append_spark(std::string& out, const std::vector<float>& points, std::optional<float> top) {
  constexpr int width = 200;
  constexpr int height = 40;
  float peak = top.value_or(0);
  for (const float value : points) {
    if (!std::isnan(value)) peak = std::max(peak, value);
  }
  out += R"(<svg viewBox="0 0 200 40" preserveAspectRatio="none" aria-hidden="true"><path d=")";
  bool pen_down = false;
  const auto last = std::max<std::size_t>(spark_points - 1, 1);
  const auto offset = spark_points - std::min(points.size(), spark_points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (std::isnan(points[i])) {
      pen_down = false;
      continue;
    }
    const float share = peak > 0 ? points[i] / peak : 0;
    out += pen_down ? 'L' : 'M';
    append_int(out, static_cast<int>((offset + i) * width / last));
    out += ' ';
    append_int(out, height - 1 - static_cast<int>(share * static_cast<float>(height - 3)));
    pen_down = true;
  }
  out += R"("/></svg>)";
}

void append_bar(std::string& out, double ratio) {
  out += R"(<div class="bar"><i style="width:)";
  append_int(out, static_cast<int>(std::clamp(ratio, 0.0, 1.0) * 100));
  out += R"(%"></i></div>)";
}

class Cards {
 public:
  Cards(const NodeView& view, std::string& out) : view_(view), out_(out) {}

  void open(std::string_view title, const std::optional<std::string>& value,
            std::string_view note) {
    out_ += "<article><h3>";
    out_ += title;
    out_ += "</h3><p class=\"value\">";
    if (value) {
      append_html(out_, *value);
    } else {
      out_ += "<span class=\"none\">no data</span>";
    }
    out_ += "</p><p class=\"note\">";
    append_html(out_, note);
    out_ += "</p>";
  }
  void spark(Series series, std::optional<float> top = std::nullopt) {
    append_spark(out_, view_.history.series(series, spark_points), top);
  }
  void bar(const std::optional<double>& ratio) {
    if (ratio) append_bar(out_, *ratio);
  }
  void close() { out_ += "</article>"; }

 private:
  const NodeView& view_;
  std::string& out_;
};

template <class T, class F>
std::optional<std::string> shown(const std::optional<T>& value, F format) {
  return value ? std::optional<std::string>(format(static_cast<double>(*value))) : std::nullopt;
}

void append_traffic_cards(const NodeView& view, Cards& cards) {
  static const Traffic unknown;
  const auto& known = view.reading.traffic;
  const Traffic& traffic = known ? *known : unknown;
  std::string totals = "no access log read";
  if (known) {
    totals = human_count(static_cast<double>(traffic.requests_total)) + " since the start, " +
             human_count(static_cast<double>(traffic.status_classes[4])) + " of them 5xx";
  }
  cards.open("Requests per second", shown(traffic.requests_per_s, human_count), totals);
  cards.spark(Series::requests);
  cards.close();
  const auto median = shown(traffic.latency_p50_s, latency);
  cards.open("Latency, p99", shown(traffic.latency_p99_s, latency),
             median ? "median " + *median + ", last minute" : "of the last minute");
  cards.spark(Series::latency_p99);
  cards.close();
  cards.open("Edge connections", shown(view.reading.edge_connections, human_count), "established");
  cards.spark(Series::connections);
  cards.close();
}

void append_box_cards(const NodeView& view, Cards& cards) {
  const auto& box = view.reading;
  std::string load = "load unknown";
  if (box.load1) {
    char text[64];
    std::snprintf(text, sizeof text, "load %.2f, %u CPUs", *box.load1, box.cpus.value_or(0));
    load = text;
  }
  cards.open("CPU", shown(box.cpu_busy_ratio, percent), load);
  cards.spark(Series::cpu, 1.0F);
  cards.close();
  std::optional<double> used;
  if (box.mem_total_bytes && box.mem_available_bytes && *box.mem_total_bytes > 0) {
    used = 1 - static_cast<double>(*box.mem_available_bytes) /
                   static_cast<double>(*box.mem_total_bytes);
  }
  const auto available = shown(box.mem_available_bytes, human_bytes);
  cards.open("Memory", shown(used, percent), available ? *available + " available" : "");
  cards.bar(used);
  cards.close();
  const auto ingress = shown(box.net_rx_bytes_per_s, human_bits_per_second);
  cards.open("Egress", shown(box.net_tx_bytes_per_s, human_bits_per_second),
             ingress ? "ingress " + *ingress : "");
  cards.spark(Series::egress);
  cards.close();
  const auto written = shown(box.disk_write_bytes_per_s, human_bytes);
  const auto read = shown(box.disk_read_bytes_per_s, human_bytes);
  cards.open("Disk busy", shown(box.disk_busy_ratio, percent),
             written && read ? "reads " + *read + "/s, writes " + *written + "/s" : "");
  cards.spark(Series::disk, 1.0F);
  cards.close();
}

void append_pill(std::string& out, std::string_view text) {
  out += "<span class=\"pill ";
  append_html(out, text);
  out += "\">";
  append_html(out, text);
  out += "</span>";
}

void append_checks(const NodeView& view, MonoTime now, std::string& out) {
  out += "<section><h2>Checks</h2>";
  if (view.health.checks.empty()) {
    out += "<p class=\"note\">No checks are configured.</p></section>";
    return;
  }
  out +=
      "<table><thead><tr><th>Check</th><th>Outcome</th><th>What it "
      "found</th><th>Age</th></tr></thead>";
  for (const auto& check : view.health.checks) {
    out += "<tr><td>";
    append_html(out, check.name);
    out += " <span class=\"note\">";
    out += check.kind;
    out += "</span></td><td>";
    append_pill(out, to_string(check.finding.outcome));
    out += "</td><td>";
    append_html(out, check.finding.reason);
    out += "</td><td>";
    out += check.at ? human_duration(now - *check.at) : "never";
    out += "</td></tr>";
  }
  out += "</table></section>";
}

void append_row(std::string& out, std::string_view name, std::string_view value) {
  out += "<tr><td>";
  append_html(out, name);
  out += "</td><td>";
  append_html(out, value);
  out += "</td></tr>";
}

void append_logs(const NodeView& view, std::string& out) {
  if (!view.shipping && view.log_trouble.empty()) return;
  out += "<section><h2>Access log</h2><table>";
  if (!view.log_trouble.empty()) append_row(out, "trouble", view.log_trouble);
  if (view.shipping) {
    const auto& shipping = *view.shipping;
    append_row(out, "waiting to be stored",
               std::to_string(shipping.spool_segments) + " segments, " +
                   human_bytes(static_cast<double>(shipping.spool_bytes)));
    append_row(out, "stored and verified",
               std::to_string(shipping.stored_segments_total) + " segments, " +
                   std::to_string(shipping.stored_lines_total) + " lines");
    append_row(out, "lines known to be lost", std::to_string(shipping.lines_lost_total));
    if (!shipping.trouble.empty()) append_row(out, "last trouble", shipping.trouble);
  }
  out += "</table></section>";
}

void append_coordinators(const NodeView& view, std::string& out) {
  if (view.coordinators.empty()) return;
  out += "<section><h2>Coordinators</h2><table>";
  for (const auto& line : view.coordinators) {
    std::string what = line.phase;
    if (line.last_heard) what += ", heard " + human_duration(*line.last_heard) + " ago";
    if (!line.refusal.empty()) what += ", refused: " + line.refusal;
    append_row(out, line.name, what);
  }
  out += "</table></section>";
}

}  // namespace

std::string_view page_script() {
  return assets::script;
}

void render_page(const NodeView& view, MonoTime now, std::string& out) {
  out += "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  append_html(out, view.node);
  out +=
      "</title><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript><style>";
  out += assets::style;
  out += "</style></head><body><main><header><h1>";
  append_html(out, view.node);
  out += "</h1>";
  append_pill(out, view.state);
  append_pill(out, to_string(view.health.verdict));
  out += "<p class=\"note\">";
  if (!view.zone.empty()) append_html(out, view.zone + " · ");
  if (view.cloud) {
    const auto& cloud = *view.cloud;
    append_html(out, cloud.provider + " " + cloud.zone + " " + cloud.instance_id + " · ");
  }
  if (!view.image_version.empty()) append_html(out, "image " + view.image_version + " · ");
  append_html(out, "agent " + view.agent_version + " · up " + human_duration(now - view.started));
  out += "</p></header>";
  if (!view.waiting_for.empty()) {
    out += "<section><h2>Waiting</h2><p>for ";
    append_html(out, view.waiting_for);
    out += "</p></section>";
  }
  out += "<div class=\"cards\">";
  Cards cards(view, out);
  append_traffic_cards(view, cards);
  append_box_cards(view, cards);
  out += "</div>";
  append_checks(view, now, out);
  append_logs(view, out);
  append_coordinators(view, out);
  out +=
      "<footer><a href=\"/status.json\">status.json</a> <a href=\"/metrics\">metrics</a> "
      "<a href=\"/readyz\">readyz</a> <a href=\"/livez\">livez</a></footer></main><script>";
  out += assets::script;
  out += "</script></body></html>\n";
}

}  // namespace edgeherd::agent
