#include "coordinator/sim/run/play.h"

#include <algorithm>
#include <set>

#include "coordinator/sim/check/referee.h"

namespace edgeherd::sim {

namespace {

// Counts what the coordinators had destroyed; a call may come more than once for a server.
class Removals final : public Watcher {
 public:
  void destroying(World&, const model::Vm& vm) override { servers_.insert(vm.id); }
  [[nodiscard]] std::uint64_t count() const { return servers_.size(); }

 private:
  std::set<VmId> servers_;
};

std::uint64_t launches(const World& world) {
  std::uint64_t count = 0;
  for (const auto& [id, cloud] : world.clouds) {
    for (const auto& [node, servers] : cloud->made()) count += static_cast<std::uint64_t>(servers);
  }
  return count;
}

std::map<FaultKind, std::uint64_t> faults_begun(const World& world) {
  std::map<FaultKind, std::uint64_t> begun;
  const Duration over = std::min(world.elapsed(), world.scenario().length);
  for (const Fault& fault : world.scenario().faults) {
    if (fault.at < over) ++begun[fault.kind];
  }
  return begun;
}

}  // namespace

Outcome play(const Scenario& scenario, const Audience& audience) {
  World world(scenario);
  Referee referee(world);
  Removals removals;
  world.watch(referee);
  world.watch(removals);
  if (audience.watcher != nullptr) world.watch(*audience.watcher);
  if (audience.on_line) world.diary.on_line(audience.on_line);
  world.run();

  Outcome outcome;
  outcome.seed = scenario.seed;
  outcome.digest = world.diary.digest();
  outcome.lines = world.diary.lines();
  outcome.node_hours = world.node_seconds() / 3600;
  outcome.simulated = world.elapsed();
  outcome.settled = world.settled_after();
  outcome.events = world.events();
  outcome.faults = faults_begun(world);
  outcome.launches = launches(world);
  outcome.removals = removals.count();
  outcome.violation = world.violation();
  if (outcome.violation) {
    const auto& newest = world.diary.newest();
    const auto kept = static_cast<std::ptrdiff_t>(std::min(newest.size(), kept_lines));
    outcome.last_lines.assign(newest.end() - kept, newest.end());
  }
  return outcome;
}

}  // namespace edgeherd::sim
