#include "packaging/demo/traffic_plan.h"

#include <algorithm>
#include <charconv>

namespace edgeherd::demo {

namespace {

constexpr double most_requests_per_s = 20'000;
constexpr double longest_phase_s = 24 * 3600;

Result<double> number(const std::string& text, double most) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0 || value > most) {
    return fail(Errc::invalid, "\"" + text + "\" is not a number from 0 to " +
                                   std::to_string(static_cast<long>(most)));
  }
  return value;
}

Result<Phase> parse_phase(const std::string& text) {
  const auto first = text.find(':');
  const auto second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos)
    return fail(Errc::invalid, "phase \"" + text + "\" is not NAME:SECONDS:RATE");
  const auto length_s = number(text.substr(first + 1, second - first - 1), longest_phase_s);
  if (!length_s) return length_s.error().within("phase \"" + text + "\"");
  const auto rate = number(text.substr(second + 1), most_requests_per_s);
  if (!rate) return rate.error().within("phase \"" + text + "\"");
  return Phase{text.substr(0, first), from_seconds(*length_s), *rate};
}

}  // namespace

Result<TrafficPlan> TrafficPlan::parse(const std::string& text) {
  TrafficPlan plan;
  std::size_t from = 0;
  while (from <= text.size()) {
    const auto comma = std::min(text.find(',', from), text.size());
    auto phase = parse_phase(text.substr(from, comma - from));
    if (!phase) return phase.error();
    plan.phases_.push_back(std::move(*phase));
    from = comma + 1;
  }
  return plan;
}

Duration TrafficPlan::length() const {
  Duration sum{};
  for (const Phase& phase : phases_) sum += phase.length;
  return sum;
}

std::uint64_t TrafficPlan::due(Duration since_start) const {
  double sum = 0;
  Duration begin{};
  for (const Phase& phase : phases_) {
    const Duration in_phase = std::clamp(since_start - begin, Duration{}, phase.length);
    sum += seconds(in_phase) * phase.requests_per_s;
    begin += phase.length;
  }
  return static_cast<std::uint64_t>(sum);
}

const Phase& TrafficPlan::phase(Duration since_start) const {
  Duration end{};
  for (const Phase& phase : phases_) {
    end += phase.length;
    if (since_start < end) return phase;
  }
  return phases_.back();
}

}  // namespace edgeherd::demo
