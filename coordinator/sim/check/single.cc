// P4: at most one server per intent, by the coordinator's own act.
//
// What the cloud makes twice for one call, and what somebody clones, is not its own act; of those
// all but one are gone soon (P5). Two coordinators may know the same intent, while there are two.
#include <map>
#include <set>
#include <utility>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

class Single final : public Checker {
 public:
  void second(World& world) override {
    for (const auto& [id, cloud] : world.clouds) {
      const std::uint64_t calls = cloud->creations();
      if (std::exchange(seen_[id], calls) == calls) continue;
      for (const auto& [node, most] : cloud->most_at_once()) {
        if (most > 1 && world.is_disputed()) disputed_.insert(node);
        if (most > 1 && !disputed_.contains(node) && !cloud->doubled().contains(node)) {
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
  std::map<ProviderId, std::uint64_t> seen_;
  std::set<NodeId> disputed_;
};

}  // namespace

std::unique_ptr<Checker> make_single_checker() {
  return std::make_unique<Single>();
}

}  // namespace edgeherd::sim
