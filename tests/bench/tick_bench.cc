// The decision tick: 10,000 nodes in 200 zones, samples folded in, verdicts, sizing and guard.
//
// Method: a fleet in service with fresh samples; each round folds one second of samples and probes
// (not timed), then times decide::plan. Prints the median and the worst of `rounds` in
// milliseconds, and the time to fold one sample.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/support/fleet_world.h"

using namespace edgeherd;
using edgeherd::testing::FleetWorld;

namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

int main(int argc, char** argv) {
  const int zones = argc > 1 ? std::atoi(argv[1]) : 200;
  const int per_zone = argc > 2 ? std::atoi(argv[2]) : 50;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 15;
  FleetWorld world;
  world.policy.budgets.fleet_ceiling = 1'000'000;
  std::vector<NodeId> nodes;
  for (int z = 0; z < zones; ++z) {
    const std::string id = "p/z" + std::to_string(z);
    world.zone(id, per_zone / 2, per_zone * 2).slo_p99 = 200ms;
    for (int n = 0; n < per_zone; ++n) nodes.push_back(world.serving(id));
  }
  world.now += 20min;

  std::vector<double> plan_ms;
  std::vector<double> fold_us;
  for (int round = 0; round < rounds + 3; ++round) {
    world.now += 1s;
    const auto fold_start = std::chrono::steady_clock::now();
    for (const NodeId& id : nodes)
      world.sample(id, {.requests_per_s = 70, .cpu = 0.5, .connections = 40});
    const double folded = milliseconds_since(fold_start) * 1000 / static_cast<double>(nodes.size());
    for (const NodeId& id : nodes) world.probe(id, model::ProbeKind::edge, true);
    const auto start = std::chrono::steady_clock::now();
    const decide::Plan plan = world.plan();
    const double took = milliseconds_since(start);
    if (round < 3) continue;  // rates are being learnt
    plan_ms.push_back(took);
    fold_us.push_back(folded);
    if (plan.zones.size() != static_cast<std::size_t>(zones)) return 1;
  }
  std::sort(plan_ms.begin(), plan_ms.end());
  std::sort(fold_us.begin(), fold_us.end());
  std::printf(
      "{\"nodes\": %zu, \"zones\": %d, \"rounds\": %d, \"plan_ms_median\": %.2f, "
      "\"plan_ms_worst\": %.2f, "
      "\"fold_sample_us_median\": %.2f}\n",
      nodes.size(), zones, rounds, plan_ms[plan_ms.size() / 2], plan_ms.back(),
      fold_us[fold_us.size() / 2]);
  return 0;
}
