// Epochs: a coordinator gives way to one that is there, not to the word of one agent, and never to
// an epoch that nobody can have.
#include <algorithm>
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr std::uint64_t most_credible = 1ULL << 48;
constexpr int speakers_to_doubt = 3;  // so many could have said the same
constexpr Duration just_heard = 10s;

class Epochs final : public Checker {
 public:
  void ticked(World& world, std::size_t brain) override {
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    highest_ = std::max(highest_, fleet.epoch());
    if (!fleet.superseded()) {
      superseded_.erase(brain);
      return;
    }
    if (!superseded_.insert(brain).second) return;
    const std::uint64_t met = fleet.highest_epoch_met();
    if (met > most_credible) {
      return world.violated("epochs", "epoch " + std::to_string(met) + " is believed");
    }
    if (met <= highest_ || world.claimants.size() > 1) return;
    const MonoTime now = world.loop.clock().mono();
    int speakers = 0;
    for (const auto& [id, node] : fleet.nodes()) {
      const auto heard = node.agent.heard_at;
      speakers += heard && now - *heard <= just_heard && !node.key.empty() ? 1 : 0;
    }
    if (speakers < speakers_to_doubt) return;
    world.violated("epochs", "it gives way to epoch " + std::to_string(met) +
                                 " on the word of one agent of " + std::to_string(speakers) +
                                 ", and no coordinator has had more than " +
                                 std::to_string(highest_));
  }

 private:
  std::uint64_t highest_ = 0;  // that any coordinator ever had
  std::set<std::size_t> superseded_;
};

}  // namespace

std::unique_ptr<Checker> make_epoch_checker() {
  return std::make_unique<Epochs>();
}

}  // namespace edgeherd::sim
