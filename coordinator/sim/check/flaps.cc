// A zone whose size went up and down and up within half an hour stays up: it flaps.
//
// What an operator decided, a lower maximum or a closed zone, is no flapping.
#include <algorithm>
#include <deque>
#include <map>

#include "coordinator/sim/check/checkers.h"
#include "coordinator/sim/check/unstored.h"

namespace edgeherd::sim {

namespace {

constexpr Duration window = 30min;
constexpr int turns_to_stop = 2;

enum class Way { up, down };

class Flaps final : public Checker {
 public:
  void appeared(World& world, const model::Node& node, std::size_t brain) override {
    if (node.origin == model::Origin::adopted || node.cause == model::Cause::duplicate) return;
    turn(world, brain, node.zone, Way::up);
  }

  void moved(World& world, const Move& move) override {
    if (move.from == model::NodeState::draining && move.to == model::NodeState::in_service) {
      turn(world, move.brain, move.node.zone, Way::up);
    }
    if (!move.departs() || move.node.cause != model::Cause::scale_in) return;
    judge(world, move);
    turn(world, move.brain, move.node.zone, Way::down);
  }

  void started(World& world, std::size_t brain) override {
    for (auto& [key, turns] : turns_) {
      if (key.first != brain) continue;
      for (Turn& turn : turns) {
        if (is_perhaps_unstored(world, brain, turn.at)) turn.known = turn.counts = false;
      }
    }
  }

  // What the new process knows of these was perhaps never durable.
  void undone(World&, const NodeId&, std::size_t brain) override { forget(brain); }
  void forgot(World&, std::size_t brain) override { forget(brain); }

 private:
  struct Turn {
    MonoTime at;
    Way way;
    bool counts = true;  // surely: the way before was known
    bool known = true;   // to the coordinator, whose store may never have taken it
  };
  using Turns = std::deque<Turn>;

  void forget(std::size_t brain) {
    std::erase_if(turns_, [&](const auto& entry) { return entry.first.first == brain; });
  }

  void turn(World& world, std::size_t brain, const ZoneId& zone, Way way) {
    Turns& turns = turns_[{brain, zone}];
    const MonoTime now = world.loop.clock().mono();
    if (turns.empty() || turns.back().way != way) {
      turns.push_back({now, way, turns.empty() || turns.back().known});
    }
    turns.back().known = true;
  }

  void judge(World& world, const Move& move) {
    const act::Controller& controller = world.brains[move.brain]->controller();
    const model::ZonePolicy* zone = controller.policy().zone(move.node.zone);
    const Turns& turns = turns_[{move.brain, move.node.zone}];
    if (zone == nullptr || turns.empty() || turns.back().way == Way::down) return;
    int serving = 1;
    for (const auto& [id, node] : controller.fleet().nodes()) {
      serving += node.zone == move.node.zone && node.state == model::NodeState::in_service ? 1 : 0;
    }
    if (zone->activity == model::ZoneActivity::inactive || serving > zone->max_servers) return;
    const MonoTime now = world.loop.clock().mono();
    const auto recent = std::count_if(turns.begin() + 1, turns.end(), [&](const Turn& turn) {
      return turn.counts && now - turn.at < window - 2s;
    });
    if (recent < turns_to_stop) return;
    world.violated("flaps", "node " + move.node.id.str() +
                                " leaves for lack of load, and its zone " + "turned " +
                                std::to_string(recent) + " times in half an hour");
  }

  std::map<std::pair<std::size_t, ZoneId>, Turns> turns_;
};

}  // namespace

std::unique_ptr<Checker> make_flap_checker() {
  return std::make_unique<Flaps>();
}

}  // namespace edgeherd::sim
