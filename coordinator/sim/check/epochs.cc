// Epochs: a coordinator gives way to one that is there, not to the word of one agent, and never to
// an epoch that nobody can have; and of two that talk to the same agents one gives way.
#include <algorithm>
#include <optional>
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr std::uint64_t most_credible = 1ULL << 56;
constexpr int speakers_to_doubt = 3;  // so many could have said the same
constexpr Duration just_heard = 10s;
constexpr Duration just_sampled = 30s;
constexpr int agents_of_both = 3;     // at least, honest and in one talk with both coordinators
constexpr Duration to_settle = 2min;  // beyond the start-up, in which many may yet come back

class Epochs final : public Checker {
 public:
  void ticked(World& world, std::size_t brain) override {
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    for (const auto& one : world.brains) {
      if (one->alive()) highest_ = std::max(highest_, one->controller().fleet().epoch());
    }
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

  void second(World& world) override {
    if (!two_in_charge(world)) return both_since_.reset();
    const MonoTime now = world.loop.clock().mono();
    if (!both_since_) both_since_ = now;
    if (now - *both_since_ < world.policy.timings.start_up + to_settle) return;
    world.violated("epochs", "two coordinators are in charge of the same agents, with the epochs " +
                                 std::to_string(epoch_of(world, 0)) + " and " +
                                 std::to_string(epoch_of(world, 1)));
  }

 private:
  static std::uint64_t epoch_of(World& world, std::size_t brain) {
    return world.brains[brain]->controller().fleet().epoch();
  }

  static bool two_in_charge(World& world) {
    if (world.brains.size() < 2) return false;
    for (const auto& brain : world.brains) {
      if (!brain->alive() || brain->controller().policy().shadow) return false;
      if (brain->controller().fleet().superseded()) return false;
    }
    const MonoTime now = world.loop.clock().mono();
    const auto talks = [&](const model::Node& node) {
      const auto sampled = node.load.sampled_at();
      return sampled && now - *sampled <= just_sampled;
    };
    const model::Fleet& second = world.brains[1]->controller().fleet();
    int common = 0;
    for (const auto& [id, node] : world.brains[0]->controller().fleet().nodes()) {
      const model::Node* same = second.node(id);
      if (same == nullptr || same->vm != node.vm || world.claimants.contains(node.vm)) continue;
      common += talks(node) && talks(*same) ? 1 : 0;
    }
    return common >= agents_of_both;
  }

  std::uint64_t highest_ = 0;  // that any coordinator ever had
  std::set<std::size_t> superseded_;
  std::optional<MonoTime> both_since_;
};

}  // namespace

std::unique_ptr<Checker> make_epoch_checker() {
  return std::make_unique<Epochs>();
}

}  // namespace edgeherd::sim
