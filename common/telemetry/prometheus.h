// Writes a page in Prometheus' text exposition format 0.0.4.
//
//   PrometheusPage page;
//   page.family("edgeherd_nodes", MetricKind::gauge, "Nodes by state.");
//   page.sample({{"zone", "lon1"}, {"state", "in_service"}}, 12);
//
// A family is begun once, and its samples follow at once. Names are the program's own: a malformed
// one, a counter without "_total", or a family begun twice is a defect and stops the program.
// Label values may be anything. Thread: one owner.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgeherd::telemetry {

enum class MetricKind { gauge, counter, histogram };

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::span<const Label>;

class PrometheusPage {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  void family(std::string_view name, MetricKind kind, std::string_view help);

  void sample(Labels labels, double value);
  void sample(std::initializer_list<Label> labels, double value) {
    sample(Labels(labels.begin(), labels.size()), value);
  }
  void sample(double value) { sample(Labels(), value); }
  // Counters beyond 2^53 keep every digit.
  void sample(Labels labels, std::uint64_t value);
  void sample(std::initializer_list<Label> labels, std::uint64_t value) {
    sample(Labels(labels.begin(), labels.size()), value);
  }

  // One histogram: cumulative counts by upper bound (ascending, without +Inf), then the whole.
  struct Bucket {
    double upper = 0;
    std::uint64_t cumulative = 0;
  };
  void histogram(Labels labels, std::span<const Bucket> buckets, std::uint64_t count, double sum);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view upper, std::string_view value);

  std::string text_;
  std::string name_;
  MetricKind kind_ = MetricKind::gauge;
  std::set<std::string, std::less<>> begun_;
};

}  // namespace edgeherd::telemetry
