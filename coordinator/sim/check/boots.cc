// Boots: none is called failed before its boot deadline is over, nor before a coordinator has
// watched it for as long; one that was never made may be given up as soon as it could not boot in
// time any more. And no server of a wrong image is put in service.
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration slack = 3s;
constexpr Duration standstill = 30s;  // of a process that was stopped: then it begins anew

class Boots final : public Checker {
 public:
  void started(World& world, std::size_t brain) override {
    watching_since_[brain] = world.loop.clock().mono();
  }

  void second(World& world) override {
    const MonoTime now = world.loop.clock().mono();
    for (std::size_t brain = 0; brain < world.brains.size(); ++brain) {
      if (!world.brains[brain]->hanging()) {
        hanging_since_.erase(brain);
        continue;
      }
      const MonoTime since = hanging_since_.try_emplace(brain, now).first->second;
      if (now - since >= standstill) watching_since_[brain] = now;
    }
  }

  void appeared(World& world, const model::Node& node, std::size_t /*brain*/) override {
    seen_since_.try_emplace(node.id, world.loop.clock().mono());
  }

  void moved(World& world, const Move& move) override {
    if (move.to == model::NodeState::in_service && move.from == model::NodeState::verifying) {
      image(world, move);
    }
    const bool failed = move.node.cause == model::Cause::failed_boot;
    if (failed && move.from == model::NodeState::requested) unmade(world, move);
    const bool late = failed && move.node.cause_text.find("boot deadline") != std::string::npos;
    if (!late || !model::is_leaving(move.node) || model::NodeState::verifying < move.from) return;
    const Duration deadline = world.brains[move.brain]->controller().policy().timings.boot_deadline;
    const Duration watched = world.loop.clock().mono() - watching_since_[move.brain];
    if (watched + slack >= deadline) return;
    world.violated("boots", "node " + move.node.id.str() +
                                " is given up as a failed boot, watched " +
                                std::to_string(static_cast<int>(seconds(watched))) + " s");
  }

 private:
  void unmade(World& world, const Move& move) {
    const auto since = seen_since_.find(move.node.id);
    if (since == seen_since_.end()) return;
    const model::Timings& timings = world.brains[move.brain]->controller().policy().timings;
    const Duration age = world.loop.clock().mono() - since->second;
    if (age + slack >= timings.boot_deadline - timings.boot_time) return;
    world.violated("boots", "node " + move.node.id.str() + " is given up as never made after " +
                                std::to_string(static_cast<int>(seconds(age))) + " s");
  }

  static void image(World& world, const Move& move) {
    const Box* box = world.yard.find(move.node.vm);
    if (box == nullptr || move.node.origin == model::Origin::adopted) return;
    if (box->image_version() == move.node.image_version) return;
    world.violated("boots", "node " + move.node.id.str() + " of image version " +
                                box->image_version() + " is put in service");
  }

  std::map<NodeId, MonoTime> seen_since_;
  std::map<std::size_t, MonoTime> watching_since_;
  std::map<std::size_t, MonoTime> hanging_since_;
};

}  // namespace

std::unique_ptr<Checker> make_boot_checker() {
  return std::make_unique<Boots>();
}

}  // namespace edgeherd::sim
