// Freezes: when many servers change health at once, the fault is likelier ours or the network's,
// and nobody is removed for it.
#include <algorithm>
#include <deque>
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration window = 5min;
constexpr int least_nodes = 2;
constexpr double zone_share = 0.30;
constexpr double account_share = 0.50;

bool is_good(const model::Node& node) {
  return node.verdict == model::Verdict::healthy || node.verdict == model::Verdict::degraded;
}

class Freeze final : public Checker {
 public:
  // What a new process finds good at first was so before.
  void started(World&, std::size_t brain) override {
    std::erase_if(judged_, [&](const auto& entry) { return entry.first == brain; });
  }

  void health_changed(World& world, const model::Node& node, std::size_t brain) override {
    const bool first = judged_.insert({brain, node.id}).second;
    if (first && is_good(node)) return;
    changes_.push_back({world.loop.clock().mono(), node.id, node.zone, node.provider, brain});
  }

  void moved(World& world, const Move& move) override {
    if (!move.departs()) return;
    const MonoTime now = world.loop.clock().mono();
    while (!changes_.empty() && now - changes_.front().at >= window - 1s) changes_.pop_front();
    std::set<NodeId> in_zone;
    std::set<NodeId> in_account;
    for (const Change& change : changes_) {
      if (change.brain != move.brain) continue;
      if (change.zone == move.node.zone) in_zone.insert(change.node);
      if (change.provider == move.node.provider) in_account.insert(change.node);
    }
    int zone = 1;
    int account = 1;
    for (const auto& [id, node] : world.brains[move.brain]->controller().fleet().nodes()) {
      const bool counts =
          node.state == model::NodeState::in_service || node.state == model::NodeState::draining;
      if (counts && node.zone == move.node.zone) ++zone;
      if (counts && node.provider == move.node.provider) ++account;
    }
    judge(world, move, "zone", static_cast<int>(in_zone.size()), zone_share * zone);
    judge(world, move, "account", static_cast<int>(in_account.size()), account_share * account);
    // Whom the operator names goes once the wave is over: somebody has looked.
    const bool asked = move.node.asked_out;
    if (move.node.cause == model::Cause::sick && !asked) judge_lasting(world, move, zone);
  }

  void forgot(World&, std::size_t brain) override {
    std::erase_if(changes_, [&](const Change& change) { return change.brain == brain; });
  }

 private:
  struct Change {
    MonoTime at;
    NodeId node;
    ZoneId zone;
    ProviderId provider;
    std::size_t brain;
  };

  static void judge(World& world, const Move& move, const std::string& where, int changed,
                    double share) {
    const int most = std::max(least_nodes, static_cast<int>(share));
    if (changed <= most) return;
    world.violated("freeze", "node " + move.node.id.str() + " leaves service (" +
                                 std::string(to_string(move.node.cause)) + ") and " +
                                 std::to_string(changed) + " servers of its " + where +
                                 " changed health in five minutes, at most " +
                                 std::to_string(most) + " may");
  }

  // As long as many are in trouble nobody is removed as sick, however long ago it began. That the
  // provider says a server is off is its own matter.
  static void judge_lasting(World& world, const Move& move, int size) {
    int troubled = move.node.power == model::Power::stopped ? 0 : 1;
    for (const auto& [id, node] : world.brains[move.brain]->controller().fleet().nodes()) {
      const bool counts = node.state == model::NodeState::in_service && node.zone == move.node.zone;
      troubled += counts && !is_good(node) && node.power != model::Power::stopped ? 1 : 0;
    }
    const int most = std::max(least_nodes, static_cast<int>(zone_share * size));
    if (troubled <= most) return;
    world.violated("freeze", "node " + move.node.id.str() + " leaves service as sick while " +
                                 std::to_string(troubled) + " of " + std::to_string(size) +
                                 " servers of its zone are in trouble");
  }

  std::deque<Change> changes_;
  std::set<std::pair<std::size_t, NodeId>> judged_;  // since the process began
};

}  // namespace

std::unique_ptr<Checker> make_freeze_checker() {
  return std::make_unique<Freeze>();
}

}  // namespace edgeherd::sim
