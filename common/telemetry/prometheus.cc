#include "common/telemetry/prometheus.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

namespace edgeherd::telemetry {

namespace {

bool name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(std::string_view name) {
  return !name.empty() && name_start(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return name_start(c) || (c >= '0' && c <= '9'); });
}

std::string_view kind_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::gauge:
      return "gauge";
    case MetricKind::counter:
      return "counter";
    case MetricKind::histogram:
      return "histogram";
  }
  return "untyped";
}

// The shortest text that reads back as the same number.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

enum class Quotes { plain, escaped };

void append_escaped(std::string& out, std::string_view text, Quotes quotes) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes == Quotes::escaped)
      out += "\\\"";
    else
      out += c;
  }
}

}  // namespace

void PrometheusPage::family(std::string_view name, MetricKind kind, std::string_view help) {
  assert(is_name(name));
  assert((kind == MetricKind::counter) == name.ends_with("_total"));
  const bool is_new = begun_.emplace(name).second;
  assert(is_new);
  name_ = name;
  kind_ = kind;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, Quotes::plain);
  text_.append("\n# TYPE ").append(name).append(" ").append(kind_name(kind)).append("\n");
}

void PrometheusPage::line(std::string_view suffix, Labels labels, std::string_view upper,
                          std::string_view value) {
  assert(!name_.empty());
  text_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& [name, content] : labels) {
    assert(is_name(name));
    text_ += separator;
    text_.append(name).append("=\"");
    append_escaped(text_, content, Quotes::escaped);
    text_ += '"';
    separator = ',';
  }
  if (!upper.empty()) {
    text_ += separator;
    text_.append("le=\"").append(upper).append("\"");
    separator = ',';
  }
  if (separator == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

void PrometheusPage::sample(Labels labels, double value) {
  assert(kind_ != MetricKind::histogram);
  line("", labels, "", number_text(value));
}

void PrometheusPage::sample(Labels labels, std::uint64_t value) {
  assert(kind_ != MetricKind::histogram);
  line("", labels, "", std::to_string(value));
}

void PrometheusPage::histogram(Labels labels, std::span<const Bucket> buckets, std::uint64_t count,
                               double sum) {
  assert(kind_ == MetricKind::histogram);
  for (const Bucket& bucket : buckets) {
    line("_bucket", labels, number_text(bucket.upper), std::to_string(bucket.cumulative));
  }
  line("_bucket", labels, "+Inf", std::to_string(count));
  line("_sum", labels, "", number_text(sum));
  line("_count", labels, "", std::to_string(count));
}

}  // namespace edgeherd::telemetry
