// P1: never below a zone's floor by its own act.
//
// When a good server leaves service, at least min_servers others of its zone are good, or were a
// moment ago: what has only just failed nobody can know yet.
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration to_notice = 2min;  // of a server that fails

bool was_good(World& world, const Box* box) {
  if (box == nullptr) return false;
  const auto ailing = box->trouble_since();
  return !ailing || world.loop.clock().mono() - *ailing < to_notice;
}

class Floor final : public Checker {
 public:
  void moved(World& world, const Move& move) override {
    const model::Node& node = move.node;
    if (!move.departs() || node.cordoned || node.quarantined) return;
    if (node.verdict == model::Verdict::bad) return;
    const Box* leaving = world.yard.find(node.vm);
    if (leaving == nullptr || leaving->trouble_since()) return;
    const model::ZonePolicy* zone = world.brains[move.brain]->controller().policy().zone(node.zone);
    if (zone == nullptr || zone->activity == model::ZoneActivity::inactive) return;
    int left = 0;
    for (const auto& [id, other] : world.brains[move.brain]->controller().fleet().nodes()) {
      const bool serves = other.zone == node.zone && other.state == model::NodeState::in_service &&
                          !other.cordoned && !other.quarantined;
      if (serves && was_good(world, world.yard.find(other.vm))) ++left;
    }
    if (left >= zone->min_servers) return;
    world.violated("P1", "node " + node.id.str() + " leaves service (" +
                             std::string(to_string(node.cause)) + ") and " + std::to_string(left) +
                             " of a minimum of " + std::to_string(zone->min_servers) + " are left");
  }
};

}  // namespace

std::unique_ptr<Checker> make_floor_checker() {
  return std::make_unique<Floor>();
}

}  // namespace edgeherd::sim
