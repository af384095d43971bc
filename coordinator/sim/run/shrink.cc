#include "coordinator/sim/run/shrink.h"

#include <algorithm>
#include <utility>

namespace edgeherd::sim {

namespace {

constexpr Duration shortest = 1s;

class Shrinking {
 public:
  Shrinking(Shrunk start, const Trial& trial, int most_runs)
      : best_(std::move(start)), trial_(trial), most_runs_(most_runs) {}

  void drop_what_came_later();
  void drop_faults();
  void shorten_faults();
  void end_earlier();

  [[nodiscard]] Result<Shrunk> result() && {
    if (error_) return *error_;
    return std::move(best_);
  }

 private:
  // Takes the candidate if it breaks the same promise.
  bool better(Scenario candidate);
  bool without(std::size_t from, std::size_t count);
  bool shorter(std::size_t fault, int divisor);
  [[nodiscard]] bool over() const { return error_.has_value() || best_.runs >= most_runs_; }

  Shrunk best_;
  const Trial& trial_;
  const int most_runs_;
  std::optional<Error> error_;
};

bool Shrinking::better(Scenario candidate) {
  if (over() || candidate == best_.scenario) return false;
  ++best_.runs;
  Result<Outcome> outcome = trial_(candidate);
  if (!outcome) {
    error_ = outcome.error();
    return false;
  }
  if (!outcome->violation || outcome->violation->promise != best_.outcome.violation->promise) {
    return false;
  }
  best_.scenario = std::move(candidate);
  best_.outcome = std::move(*outcome);
  return true;
}

void Shrinking::drop_what_came_later() {
  Scenario candidate = best_.scenario;
  const Duration at = best_.outcome.violation->at;
  std::erase_if(candidate.faults, [at](const Fault& fault) { return fault.at > at; });
  better(std::move(candidate));
}

bool Shrinking::without(std::size_t from, std::size_t count) {
  Scenario candidate = best_.scenario;
  const auto begin = candidate.faults.begin() + static_cast<std::ptrdiff_t>(from);
  const std::size_t left = candidate.faults.size() - from;
  candidate.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(count, left)));
  return better(std::move(candidate));
}

// Groups of half of all faults, of a quarter, ..., of one; again with single ones until none of
// them can be spared.
void Shrinking::drop_faults() {
  std::size_t group = std::max<std::size_t>(1, best_.scenario.faults.size());
  while (!over() && !best_.scenario.faults.empty()) {
    bool dropped = false;
    for (std::size_t at = 0; at < best_.scenario.faults.size() && !over();) {
      if (without(at, group)) {
        dropped = true;
      } else {
        at += group;
      }
    }
    if (group == 1 && !dropped) return;
    group = std::max<std::size_t>(1, group / 2);
  }
}

bool Shrinking::shorter(std::size_t fault, int divisor) {
  Scenario candidate = best_.scenario;
  Duration& lasts = candidate.faults[fault].lasts;
  if (lasts <= shortest) return false;
  // Whole seconds are easier to read.
  lasts = std::max<Duration>(shortest, std::chrono::floor<std::chrono::seconds>(lasts / divisor));
  return better(std::move(candidate));
}

void Shrinking::shorten_faults() {
  for (std::size_t i = best_.scenario.faults.size(); i-- > 0;) {
    while (shorter(i, 8) || shorter(i, 2)) {
    }
  }
}

void Shrinking::end_earlier() {
  const auto& faults = best_.scenario.faults;
  const Duration last = faults.empty() ? 0s : faults.back().at;
  const Duration least = std::chrono::ceil<std::chrono::seconds>(last) + shortest;
  const auto with_length = [this](Duration length) {
    Scenario candidate = best_.scenario;
    candidate.length = length;
    return better(std::move(candidate));
  };
  if (least < best_.scenario.length && with_length(least)) return;
  // A violation before the end does not need the rest.
  const Duration until = std::chrono::ceil<std::chrono::seconds>(best_.outcome.violation->at);
  if (until + shortest < best_.scenario.length) with_length(until + shortest);
  while (true) {
    const Duration middle =
        std::chrono::floor<std::chrono::seconds>(least + (best_.scenario.length - least) / 2);
    if (middle >= best_.scenario.length || middle <= least || !with_length(middle)) return;
  }
}

}  // namespace

Result<Shrunk> shrink(const Scenario& failing, const Trial& trial, int most_runs) {
  Result<Outcome> first = trial(failing);
  if (!first) return first.error();
  if (!first->violation) {
    return fail(Errc::invalid, "there is nothing to shrink: no promise is broken");
  }
  Shrinking shrinking({failing, std::move(*first), 1}, trial, most_runs);
  shrinking.drop_what_came_later();
  shrinking.drop_faults();
  shrinking.shorten_faults();
  shrinking.end_earlier();
  return std::move(shrinking).result();
}

}  // namespace edgeherd::sim
