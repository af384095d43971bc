// Placements: what is out of stock is not asked again before its time, and then by one launch;
// servers for other zones are launched where and when they may be; and no launch lifts the costs
// above the budget.
//
// By its own reckoning: the clouds tell which launches they refused, and prices are the scenario's.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "coordinator/sim/check/checkers.h"
#include "coordinator/sim/check/unstored.h"

namespace edgeherd::sim {

namespace {

constexpr Duration least_wait = 5min;  // doubles ...
constexpr Duration most_doubled = 20min;
constexpr Duration most_wait = 30min;
constexpr Duration slack = 2s;  // what is refused and what is launched in one tick are strangers

class Placements final : public Checker {
 public:
  void appeared(World& world, const model::Node& node, std::size_t brain) override {
    if (node.origin == model::Origin::adopted || node.cause == model::Cause::duplicate) return;
    const MonoTime now = world.loop.clock().mono();
    const Key key{brain, model::placement_of(node)};
    if (const auto here = sold_out_.find(key); here != sold_out_.end()) {
      if (is_back(here->second, world.brains[brain]->controller().fleet())) {
        reopen(world, here);
      } else {
        asks(world, here->second, node);
      }
    }
    launched_[node.id] = {key, now};
    if (!node.spilled_for.empty()) spilled_.push_back(node);
    check_budget(world, brain);
  }

  // What was refused in a tick is told in the order of ids, and so maybe after what came of it.
  void ticked(World& world, std::size_t brain) override {
    for (const model::Node& node : std::exchange(spilled_, {})) check_spill(world, node, brain);
  }

  void moved(World& world, const Move& move) override {
    if (move.from != model::NodeState::requested) return;
    const auto here = sold_out_.find({move.brain, model::placement_of(move.node)});
    if (here == sold_out_.end()) return;
    here->second.asking.erase(move.node.id);
    const auto launched = launched_.find(move.node.id);
    const bool after = launched != launched_.end() && launched->second.second >= here->second.until;
    if (after && move.to == model::NodeState::booting) reopen(world, here);
  }

  void left(World& world, const NodeId& node, model::NodeState was, std::size_t brain) override {
    const auto launched = launched_.find(node);
    if (launched == launched_.end()) return;
    const auto [key, at] = launched->second;
    launched_.erase(launched);
    const auto here = sold_out_.find(key);
    if (here != sold_out_.end()) here->second.asking.erase(node);
    if (was != model::NodeState::requested || key.first != brain) return;
    if (was_refused(world, node)) refuse(world, key, at);
  }

  // Back-off goes on through a restart, except for what was never stored.
  void started(World& world, std::size_t brain) override {
    const auto reopened = reopened_at_.find(brain);
    if (reopened != reopened_at_.end() && is_perhaps_unstored(world, brain, reopened->second)) {
      remembers_more_.insert(brain);
    }
    const auto forgotten = std::erase_if(sold_out_, [&](const auto& entry) {
      return entry.first.first == brain && is_unstored(world, entry.second, brain);
    });
    if (forgotten > 0) remembers_more_.insert(brain);
  }
  void forgot(World&, std::size_t brain) override {
    remembers_more_.insert(brain);
    std::erase_if(sold_out_, [&](const auto& entry) { return entry.first.first == brain; });
  }
  void undone(World& world, const NodeId& node, std::size_t brain) override {
    if (launched_.erase(node) > 0 && was_refused(world, node)) remembers_more_.insert(brain);
    for (auto& [key, here] : sold_out_) {
      if (key.first == brain) here.asking.erase(node);
    }
  }

 private:
  using Key = std::pair<std::size_t, model::PlacementId>;
  struct SoldOut {
    int times = 0;
    MonoTime known{};
    MonoTime until{};
    std::set<NodeId> asking;  // launches since the wait was over, not answered yet
  };

  using SoldOuts = std::map<Key, SoldOut>;

  static bool was_refused(const World& world, const NodeId& node) {
    return std::ranges::any_of(
        world.clouds, [&](const auto& cloud) { return cloud.second->sold_out().contains(node); });
  }

  // That it was refused, or when it was asked for again.
  bool is_unstored(const World& world, const SoldOut& here, std::size_t brain) const {
    return is_perhaps_unstored(world, brain, here.known) ||
           std::ranges::any_of(here.asking, [&](const NodeId& id) {
             const auto launched = launched_.find(id);
             return launched != launched_.end() &&
                    is_perhaps_unstored(world, brain, launched->second.second);
           });
  }

  void reopen(World& world, SoldOuts::iterator here) {
    reopened_at_[here->first.first] = world.loop.clock().mono();
    sold_out_.erase(here);
  }

  // A launch of after the wait has got its server. Moves of one tick are told in the order of ids.
  static bool is_back(const SoldOut& here, const model::Fleet& fleet) {
    return std::ranges::any_of(here.asking, [&](const NodeId& id) {
      const model::Node* node = fleet.node(id);
      return node != nullptr && node->state != model::NodeState::requested;
    });
  }

  static void asks(World& world, SoldOut& here, const model::Node& node) {
    const MonoTime now = world.loop.clock().mono();
    const auto retried = world.retried.find(node.zone);
    if (retried != world.retried.end() && retried->second >= here.known) return;
    const std::string what = "a launch at " + to_string(model::placement_of(node));
    if (now - here.known >= slack && now < here.until) {
      world.violated("launches", what + ", which is out of stock");
    }
    if (now < here.until) return;
    here.asking.insert(node.id);
    if (here.asking.size() > 1) {
      world.violated("launches",
                     what + ", which was out of stock, and another is not answered yet");
    }
  }

  // Launches of before it was known are of one wave.
  void refuse(World& world, const Key& key, MonoTime launched_at) {
    const MonoTime now = world.loop.clock().mono();
    SoldOut& here = sold_out_[key];
    if (here.times > 0 && launched_at < here.until) return;
    if (here.times > 0 && now - here.until > most_wait) here.times = 0;
    Duration wait = least_wait;
    for (int i = 0; i < here.times && wait < most_doubled; ++i) wait *= 2;
    ++here.times;
    here.known = now;
    here.until = now + std::min(wait, most_doubled) - slack;
  }

  // It takes what another zone of its region lacks, and that zone has been refused a server lately,
  // or nothing is heard of its cloud.
  void check_spill(World& world, const model::Node& node, std::size_t brain) {
    const act::Controller& controller = world.brains[brain]->controller();
    const model::ZonePolicy* here = controller.policy().zone(node.zone);
    const model::ZonePolicy* lacking = controller.policy().zone(node.spilled_for);
    if (here == nullptr || lacking == nullptr) return;
    if (here->region != lacking->region || here == lacking) {
      world.violated("spill", node.id.str() + " is launched for a zone of another region");
    }
    const bool refused = std::ranges::any_of(sold_out_, [&](const auto& entry) {
      return entry.first.first == brain && entry.first.second.provider == lacking->provider &&
             model::has_place(*lacking, entry.first.second.place);
    });
    const bool silent = !controller.fleet().account(lacking->provider).failure.empty();
    if (!refused && !silent && !remembers_more_.contains(brain)) {
      world.violated("spill", node.id.str() + " is launched for " + lacking->id.str() +
                                  ", which was refused nothing");
    }
    int there = 0;
    for (const auto& [id, other] : controller.fleet().nodes()) {
      const bool counts = other.zone == lacking->id || other.spilled_for == lacking->id;
      // Who was asked out is replaced before it leaves.
      const bool stands =
          model::is_coming(other) || (model::is_capacity(other) && !other.asked_out);
      there += counts && stands && other.origin == model::Origin::launched ? 1 : 0;
    }
    // Of a cloud that is silent nothing is expected, and what was asked of it may come all the
    // same.
    if (there > lacking->max_servers && !silent) {
      world.violated("spill", std::to_string(there) + " servers in and for " + lacking->id.str() +
                                  ", at most " + std::to_string(lacking->max_servers) + " may");
    }
  }

  static void check_budget(World& world, std::size_t brain) {
    const double budget = world.scenario().hourly_budget;
    if (budget <= 0) return;
    double cost = 0;
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      int fallback = 0;
      while (fallback < 20 && size_name(fallback) != node.size) ++fallback;
      cost += fallback < 20 ? size_price(fallback) : 0;
    }
    if (cost > budget + 1e-9) {
      world.violated("budget", "a launch, and servers cost " + std::to_string(cost) +
                                   " an hour, at most " + std::to_string(budget) + " may");
    }
  }

  SoldOuts sold_out_;
  std::map<NodeId, std::pair<Key, MonoTime>> launched_;
  std::vector<model::Node> spilled_;             // launched for other zones in this tick
  std::map<std::size_t, MonoTime> reopened_at_;  // the last time
  std::set<std::size_t> remembers_more_;         // than is known here
};

}  // namespace

std::unique_ptr<Checker> make_placement_checker() {
  return std::make_unique<Placements>();
}

}  // namespace edgeherd::sim
