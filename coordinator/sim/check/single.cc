// P4: at most one server per intent, by the coordinator's own act.
//
// A cloud that makes two for one call, somebody who clones a server, and two coordinators that know
// the same intent are not its own act; of those all but one are gone soon (P5).
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

bool is_doubling(FaultKind kind) {
  return kind == FaultKind::cloud_doubles || kind == FaultKind::vm_cloned ||
         kind == FaultKind::second_brain || kind == FaultKind::store_restored;
}

class Single final : public Checker {
 public:
  void second(World& world) override {
    if (doubles_ == Doubles::unknown) {
      doubles_ = Doubles::own_act;
      for (const Fault& fault : world.scenario().faults) {
        if (is_doubling(fault.kind)) doubles_ = Doubles::others;
      }
    }
    if (doubles_ == Doubles::others) return;
    for (const auto& [id, cloud] : world.clouds) {
      const std::uint64_t calls = cloud->creations();
      if (std::exchange(seen_[id], calls) == calls) continue;
      for (const auto& [node, most] : cloud->most_at_once()) {
        if (most > 1) {
          world.violated("P4", std::to_string(most) + " servers were made for " + node.str());
        }
      }
      for (const auto& [node, bodies] : cloud->asked_with()) {
        if (bodies.size() > 1) {
          world.violated("P4", node.str() + " was asked for with different user data");
        }
      }
    }
  }

 private:
  enum class Doubles { unknown, own_act, others };
  Doubles doubles_ = Doubles::unknown;
  std::map<ProviderId, std::uint64_t> seen_;
};

}  // namespace

std::unique_ptr<Checker> make_single_checker() {
  return std::make_unique<Single>();
}

}  // namespace edgeherd::sim
