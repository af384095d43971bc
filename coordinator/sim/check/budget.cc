// P2: never more than the removal budgets, over all reasons together, across restarts.
//
// The figures are the design's, not the policy's: max(1, 10 %) of a zone a minute for scale-in,
// max(1, 5 %) in ten minutes for all other reasons together.
#include <algorithm>
#include <deque>
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

struct Limit {
  Duration window;
  double share;
};
constexpr Limit scale_in{1min, 0.10};
constexpr Limit others{10min, 0.05};

class Budget final : public Checker {
 public:
  void moved(World& world, const Move& move) override {
    if (!move.departs()) return;
    const MonoTime now = world.loop.clock().mono();
    const bool shrinking = move.node.cause == model::Cause::scale_in;
    const Limit& limit = shrinking ? scale_in : others;
    auto& gone = departures_[{move.brain, move.node.zone, shrinking}];
    while (!gone.empty() && now - gone.front().at >= limit.window) gone.pop_front();
    gone.push_back({now, move.node.id});
    // The zone as it was before: who left for other reasons just now counts, too.
    int size = static_cast<int>(gone.size());
    for (const Departure& other : departures_[{move.brain, move.node.zone, !shrinking}]) {
      size += now - other.at < 1s ? 1 : 0;
    }
    for (const auto& [id, other] : world.brains[move.brain]->controller().fleet().nodes()) {
      const bool serves =
          other.zone == move.node.zone && other.state == model::NodeState::in_service;
      size += serves ? 1 : 0;
    }
    const int most = std::max(1, static_cast<int>(limit.share * size + 1e-9));
    if (static_cast<int>(gone.size()) <= most) return;
    world.violated("P2", std::to_string(gone.size()) + " nodes of " + move.node.zone.str() +
                             " left service within " +
                             std::to_string(static_cast<int>(seconds(limit.window))) + " s (" +
                             (shrinking ? "scale-in" : "other reasons") + "), " +
                             std::to_string(most) + " of " + std::to_string(size) + " may");
  }

  void undone(World&, const NodeId& node, std::size_t brain) override {
    for (auto& [key, gone] : departures_) {
      if (std::get<0>(key) != brain) continue;
      std::erase_if(gone, [&](const Departure& d) { return d.node == node; });
    }
  }

  void forgot(World&, std::size_t brain) override {
    std::erase_if(departures_,
                  [&](const auto& entry) { return std::get<0>(entry.first) == brain; });
  }

 private:
  struct Departure {
    MonoTime at;
    NodeId node;
  };
  std::map<std::tuple<std::size_t, ZoneId, bool>, std::deque<Departure>> departures_;
};

}  // namespace

std::unique_ptr<Checker> make_budget_checker() {
  return std::make_unique<Budget>();
}

}  // namespace edgeherd::sim
