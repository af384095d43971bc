// What the inputs of a decision cost: bytes as written and as stored, and the time to write them on
// the loop, to compress them on the history's thread, and to make the plan again.
//
// Method: a fleet in service with samples of a random second and random loads, so that hardly
// anything is equal by chance; medians of `rounds`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "coordinator/evidence/replan.h"
#include "coordinator/evidence/snapshot.h"
#include "coordinator/store/compress.h"
#include "tests/support/fleet_world.h"

using namespace edgeherd;
using edgeherd::testing::FleetWorld;

namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int zones = argc > 1 ? std::atoi(argv[1]) : 20;
  const int per_zone = argc > 2 ? std::atoi(argv[2]) : 50;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 11;
  std::mt19937 random(1);
  FleetWorld world;
  world.policy.budgets.fleet_ceiling = 1'000'000;
  std::vector<NodeId> nodes;
  for (int z = 0; z < zones; ++z) {
    const std::string id = "p/z" + std::to_string(z);
    world.zone(id, per_zone / 2, per_zone * 2).slo_p99 = 200ms;
    for (int n = 0; n < per_zone; ++n) nodes.push_back(world.serving(id));
  }
  world.now += 20min;
  std::vector<double> encode_ms;
  std::vector<double> compress_ms;
  std::vector<double> replan_ms;
  std::size_t written = 0;
  std::size_t stored = 0;
  for (int round = 0; round < rounds + 3; ++round) {
    for (const NodeId& id : nodes) {
      world.now += 1s * 1000 / static_cast<int>(nodes.size()) / 1000 + Duration(random() % 997);
      world.sample(id, {.requests_per_s = 60 + static_cast<double>(random() % 2000) / 100,
                        .cpu = 0.4 + static_cast<double>(random() % 1000) / 5000,
                        .connections = static_cast<std::uint32_t>(random() % 80)});
      world.probe(id, model::ProbeKind::edge, true);
    }
    const decide::Plan plan = world.plan();
    auto start = std::chrono::steady_clock::now();
    const std::string bytes = evidence::encode(world.fleet, world.policy, world.now, plan);
    const double encoded = milliseconds_since(start);
    start = std::chrono::steady_clock::now();
    const std::string stream = store::compressed(bytes);
    const double compressed = milliseconds_since(start);
    start = std::chrono::steady_clock::now();
    const auto differs = evidence::replan_differs(bytes);
    const double replanned = milliseconds_since(start);
    if (!differs || *differs) return 1;
    if (round < 3) continue;  // rates are being learnt
    encode_ms.push_back(encoded);
    compress_ms.push_back(compressed);
    replan_ms.push_back(replanned);
    written = bytes.size();
    stored = stream.size();
  }
  std::printf(
      "{\"nodes\": %zu, \"zones\": %d, \"rounds\": %d, \"written_kb\": %.0f, \"stored_kb\": %.0f, "
      "\"bytes_per_node\": %.0f, \"encode_ms\": %.2f, \"compress_ms\": %.1f, \"replan_ms\": "
      "%.1f}\n",
      nodes.size(), zones, rounds, static_cast<double>(written) / 1024,
      static_cast<double>(stored) / 1024,
      static_cast<double>(stored) / static_cast<double>(nodes.size()), median(encode_ms),
      median(compress_ms), median(replan_ms));
  return 0;
}
