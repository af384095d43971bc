// The coordinator's process, its clock and its database.
#include "coordinator/sim/world/faults.h"

namespace edgeherd::sim {

namespace {

constexpr Duration days = 24h;
constexpr Duration least_away = 2s;
constexpr double most_commits = 20;
constexpr std::uint64_t every_host = 4;
constexpr Duration least_commit = 1ms;
constexpr Duration most_commit = 3ms;

// Kills it right after the n-th commit from now has become durable, before it hears of it.
void crash_at_commit(World& world, const Fault& fault) {
  const auto left = std::make_shared<int>(1 + static_cast<int>(fault.strength * most_commits));
  SimStateStore& store = world.brains.front()->store();
  store.on_commit([&world, left, away = fault.lasts](const act::Batch&) {
    if (--*left == 0 && !world.faults_over()) {
      world.loop.post([&world, away] { world.crash_brain(0, std::max(least_away, away)); });
    }
  });
}

void put_rows(World& world, std::map<act::Table, act::StateStore::Rows> rows, Duration away) {
  Brain& brain = *world.brains.front();
  world.crash_brain(0, std::max(least_away, away));
  brain.store().replace(std::move(rows));
  world.kept.clear();  // it may know nothing of that
}

// Of some the whole host goes down, and starts again before its coordinator does.
void crash(World& world, const Fault& fault) {
  Brain& brain = *world.brains.front();
  world.crash_brain(0, std::max(least_away, fault.lasts));
  if (fault.pick % every_host != every_host - 1) return;
  world.diary.write("... its host starts again");
  brain.reboot_host();
}

// It knows what the first one knew at this moment, and the agents know it.
Undo start_second(World& world, const Fault& fault) {
  if (fault.lasts <= Duration{} || world.brains.size() < 2) return {};
  Brain& second = *world.brains[1];
  if (second.alive()) return {};
  second.store().replace(world.brains.front()->store().tables());
  world.start_brain(1);
  return [&world, &second] {
    world.diary.write("coordinator 1 is taken away");
    second.crash();
    (void)world;
  };
}

}  // namespace

Undo begin_brain_fault(World& world, const Fault& fault) {
  Brain& brain = *world.brains.front();
  SimStateStore& store = brain.store();
  switch (fault.kind) {
    case FaultKind::brain_crash:
      crash(world, fault);
      return {};
    case FaultKind::brain_crash_at_commit:
      crash_at_commit(world, fault);
      return {};
    case FaultKind::brain_hang:
      brain.hang(true);
      return [&brain] { brain.hang(false); };
    case FaultKind::brain_clock:
      brain.set_clock(from_seconds(fault.strength * seconds(days)));
      return [&brain] { brain.set_clock(Duration{}); };
    case FaultKind::store_fails:
      store.fail_commits(true);
      return [&store] { store.fail_commits(false); };
    case FaultKind::store_slow:
      store.set_latency(least_commit, std::max(least_commit, from_seconds(fault.strength)));
      return [&store] { store.set_latency(least_commit, most_commit); };
    case FaultKind::store_restored:
      if (auto rows = world.rows_of_earlier(
              0, std::max<Duration>(10min, from_seconds(fault.strength * seconds(days))))) {
        put_rows(world, std::move(*rows), 30s);
      }
      return {};
    case FaultKind::store_lost:
      put_rows(world, {}, 30s);
      return {};
    case FaultKind::second_brain:
      return start_second(world, fault);
    default:
      return {};
  }
}

}  // namespace edgeherd::sim
