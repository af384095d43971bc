#include "coordinator/sim/run/report.h"

#include <algorithm>

namespace edgeherd::sim {

namespace json = boost::json;

namespace {

json::value ratio(double of, Duration span) {
  if (span <= 0s) return nullptr;
  return of / seconds(span);
}

}  // namespace

json::array outcomes_json(const std::vector<Outcome>& outcomes, const Replay& replay) {
  json::array list;
  for (const Outcome& outcome : outcomes) {
    json::object document = to_json(outcome);
    if (outcome.violation) document["replay"] = replay(outcome);
    list.push_back(std::move(document));
  }
  return list;
}

json::object totals_json(const Campaign& campaign) {
  const Totals totals = totals_of(campaign.outcomes);
  return {{"seeds", totals.seeds},
          {"skipped", campaign.skipped},
          {"violations", totals.violations},
          {"node_hours", totals.node_hours},
          {"simulated_s", seconds(totals.simulated)},
          {"events", totals.events},
          {"launches", totals.launches},
          {"removals", totals.removals},
          {"faults", faults_json(totals.faults)},
          {"cpu_s", seconds(totals.cpu)},
          {"wall_s", seconds(campaign.wall)},
          {"node_hours_per_cpu_s", ratio(totals.node_hours, totals.cpu)},
          {"simulated_to_real", ratio(seconds(campaign.simulated_now), campaign.wall)}};
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-./:=+,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace edgeherd::sim
