// Launches: ceilings, budgets, and the back-off after failed boots.
#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "coordinator/sim/check/checkers.h"
#include "coordinator/sim/check/unstored.h"

namespace edgeherd::sim {

namespace {

constexpr Duration least_backoff = 30s;  // doubles with each failed boot in a row ...
constexpr int failures_to_stop = 3;      // ... and from here on the placement is stopped
constexpr Duration stopped_for = 30min;
constexpr int stopped_to_freeze = 2;

class Launches final : public Checker {
 public:
  void appeared(World& world, const model::Node& node, std::size_t brain) override {
    if (node.origin == model::Origin::adopted || node.cause == model::Cause::duplicate) return;
    const MonoTime now = world.loop.clock().mono();
    const act::Controller& controller = world.brains[brain]->controller();
    const model::Budgets& budgets = controller.policy().budgets;
    too_many(world, node, controller);
    too_many_with_the_sick(world, node, controller);
    const Placement& here = placements_[{brain, model::placement_of(node)}];
    // What fails and what is launched in one tick do not know of each other.
    const auto is_told = [&](MonoTime at) { return now - at >= 2s; };
    const auto known = [&](const Placement& placement) {
      return now < placement.not_before && is_told(placement.failed_at);
    };
    if (known(here)) {
      world.violated("launches", "a launch in " + node.zone.str() + " after " +
                                     std::to_string(here.failures) + " failed boots in a row");
    }
    int stopped = 0;
    for (const auto& [key, placement] : placements_) {
      const bool waits =
          key.first == brain && placement.failures >= failures_to_stop && known(placement);
      stopped += waits ? 1 : 0;
    }
    if (stopped >= stopped_to_freeze) {
      world.violated("launches", "a launch while two placements are stopped");
    }
    auto& launched = launched_[{brain, node.provider}];
    forget_old(launched, now, budgets.launch_window);
    launched.push_back({now, node.id, {}});
    if (static_cast<int>(launched.size()) > budgets.launches) {
      world.violated("launches", std::to_string(launched.size()) + " launches in an account, " +
                                     std::to_string(budgets.launches) + " may");
    }
    auto& failed = failed_[{brain, node.provider}];
    std::erase_if(failed,
                  [&](const Entry& entry) { return now - entry.at >= budgets.failed_boot_window; });
    const auto told =
        std::ranges::count_if(failed, [&](const Entry& entry) { return is_told(entry.failed_at); });
    if (static_cast<int>(told) >= budgets.failed_boots) {
      world.violated("launches",
                     "a launch after " + std::to_string(told) + " failed boots in an account");
    }
    homes_[node.id] = {model::placement_of(node), now};
  }

  void moved(World& world, const Move& move) override {
    if (move.from < model::NodeState::in_service && move.to == model::NodeState::in_service) {
      boot_succeeded(move.node, move.brain);
    }
    const bool failed = move.from != model::NodeState::requested &&
                        move.to == model::NodeState::terminating &&
                        move.node.cause == model::Cause::failed_boot;
    if (failed) boot_failed(world, move.node.id, move.brain);
  }

  void left(World&, const NodeId& node, model::NodeState, std::size_t) override {
    homes_.erase(node);
  }

  void undone(World&, const NodeId& node, std::size_t brain) override {
    for (auto* ledger : {&launched_, &failed_}) {
      for (auto& [key, entries] : *ledger) {
        if (key.first == brain) {
          std::erase_if(entries, [&](const Entry& entry) { return entry.node == node; });
        }
      }
    }
  }
  // Back-off and budgets go on through a restart, except for failures that were never stored.
  void started(World& world, std::size_t brain) override {
    const auto is_unstored = [&](const auto& failure) {
      return is_perhaps_unstored(world, brain, failure.failed_at);
    };
    std::erase_if(placements_, [&](const auto& entry) {
      return entry.first.first == brain && is_unstored(entry.second);
    });
    for (auto& [key, entries] : failed_) {
      if (key.first == brain) std::erase_if(entries, is_unstored);
    }
    // What came into service just before the end, unseen.
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      const bool serves = node.state == model::NodeState::in_service;
      if (serves && homes_.contains(id)) boot_succeeded(node, brain);
    }
  }
  void forgot(World&, std::size_t brain) override {
    const auto is_its = [&](const auto& entry) { return entry.first.first == brain; };
    for (auto* ledger : {&launched_, &failed_}) std::erase_if(*ledger, is_its);
    std::erase_if(placements_, is_its);
  }

 private:
  struct Entry {
    MonoTime at;  // of the launch
    NodeId node;
    MonoTime failed_at{};
  };
  struct Placement {
    int failures = 0;
    MonoTime not_before{};
    MonoTime failed_at{};
  };
  using Ledger = std::map<std::pair<std::size_t, ProviderId>, std::deque<Entry>>;

  // An adopted server whose agent never spoke promises no capacity.
  static bool is_promise(const model::Node& node) {
    return node.origin == model::Origin::launched || !model::is_coming(node) || node.agent.ready;
  }

  static void forget_old(std::deque<Entry>& entries, MonoTime now, Duration window) {
    while (!entries.empty() && now - entries.front().at >= window) entries.pop_front();
  }

  // Sick ones may not leave while many are sick, and each is replaced: so many more, and no end.
  static void too_many_with_the_sick(World& world, const model::Node& node,
                                     const act::Controller& controller) {
    const model::ZonePolicy* zone = controller.policy().zone(node.zone);
    if (zone == nullptr) return;
    int there = 0;
    for (const auto& [id, other] : controller.fleet().nodes()) {
      const bool stands = other.zone == node.zone && !model::is_leaving(other) && is_promise(other);
      there += stands && !other.cordoned && !other.quarantined ? 1 : 0;
    }
    const double most = zone->max_servers + std::max(2.0, std::ceil(0.3 * zone->max_servers));
    if (there <= most) return;
    world.violated("launches", std::to_string(there) + " servers stand in " + node.zone.str() +
                                   ", sick ones with them, at most " +
                                   std::to_string(static_cast<int>(most)) + " may");
  }

  static void too_many(World& world, const model::Node& node, const act::Controller& controller) {
    const model::ZonePolicy* zone = controller.policy().zone(node.zone);
    if (zone == nullptr) return;
    int there = 0;
    for (const auto& [id, other] : controller.fleet().nodes()) {
      const bool counts = other.zone == node.zone && !model::is_leaving(other) &&
                          other.verdict != model::Verdict::bad && !other.cordoned &&
                          !other.quarantined && !other.asked_out && is_promise(other);
      there += counts ? 1 : 0;
    }
    // Adopted servers whose agents are awaited count for a while, too.
    const Duration awaited = controller.policy().timings.boot_deadline - 5s;
    int adopted = 0;
    for (const auto& [id, other] : controller.fleet().nodes()) {
      const bool waits = other.zone == node.zone && other.origin == model::Origin::adopted &&
                         model::is_coming(other) && !other.agent.ready &&
                         world.loop.clock().mono() - other.requested_at < awaited;
      adopted += waits ? 1 : 0;
    }
    if (adopted > 0 && there + adopted > zone->max_servers) {
      world.violated("launches", "a launch in " + node.zone.str() + ", which has " +
                                     std::to_string(there - 1) + " servers and awaits " +
                                     std::to_string(adopted) + " adopted ones, at most " +
                                     std::to_string(zone->max_servers) + " may");
    }
    if (there > zone->max_servers) {
      world.violated("launches", std::to_string(there) + " servers in " + node.zone.str() +
                                     ", at most " + std::to_string(zone->max_servers) + " may");
    }
    const auto all = static_cast<int>(controller.fleet().nodes().size());
    if (all > controller.policy().budgets.fleet_ceiling) {
      world.violated("launches", std::to_string(all) + " servers in the fleet, at most " +
                                     std::to_string(controller.policy().budgets.fleet_ceiling) +
                                     " may");
    }
  }

  void boot_succeeded(const model::Node& node, std::size_t brain) {
    placements_[{brain, model::placement_of(node)}] = {};
    homes_.erase(node.id);
  }

  // Of a server that was made: what the cloud refused is another matter (placements.cc).
  void boot_failed(World& world, const NodeId& node, std::size_t brain) {
    const auto home = homes_.find(node);
    if (home == homes_.end()) return;
    const MonoTime now = world.loop.clock().mono();
    const auto& [id, launched_at] = home->second;
    failed_[{brain, id.provider}].push_back({launched_at, node, now});
    Placement& placement = placements_[{brain, id}];
    ++placement.failures;
    placement.failed_at = now;
    Duration wait = least_backoff;
    for (int i = 1; i < placement.failures && wait < stopped_for; ++i) wait *= 2;
    if (placement.failures >= failures_to_stop) wait = stopped_for;
    placement.not_before = now + std::min(wait, stopped_for) - 2s;  // ticks see it a little late
  }

  Ledger launched_;
  Ledger failed_;
  std::map<std::pair<std::size_t, model::PlacementId>, Placement> placements_;
  std::map<NodeId, std::pair<model::PlacementId, MonoTime>> homes_;  // of those that boot
};

}  // namespace

std::unique_ptr<Checker> make_launch_checker() {
  return std::make_unique<Launches>();
}

}  // namespace edgeherd::sim
