// P1: never below a zone's floor by its own act.
//
// When a good server leaves service, at least min_servers others of its zone are good, or were a
// moment ago: what has only just failed nobody can know yet.
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration to_notice = 2min;  // of a server that fails

class Floor final : public Checker {
 public:
  void gone(World& world, const model::Vm& vm) override {
    gone_at_[vm.id] = world.loop.clock().mono();
  }

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
      if (serves && was_good(world, other.vm)) ++left;
    }
    if (left >= zone->min_servers) return;
    world.violated("P1", "node " + node.id.str() + " leaves service (" +
                             std::string(to_string(node.cause)) + ") and " + std::to_string(left) +
                             " of a minimum of " + std::to_string(zone->min_servers) + " are left");
  }

 private:
  bool was_good(World& world, const VmId& vm) const {
    const MonoTime now = world.loop.clock().mono();
    const Box* box = world.yard.find(vm);
    if (box == nullptr) {
      const auto gone = gone_at_.find(vm);
      return gone != gone_at_.end() && now - gone->second < to_notice;
    }
    const auto ailing = box->trouble_since();
    return !ailing || now - *ailing < to_notice;
  }

  std::map<VmId, MonoTime> gone_at_;
};

}  // namespace

std::unique_ptr<Checker> make_floor_checker() {
  return std::make_unique<Floor>();
}

}  // namespace edgeherd::sim
