// P6, of connections: a server that leaves in order is closed when its viewers are done, or when
// the drain deadline is over.
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr double slack = 5;  // connections
constexpr Duration just_before = 3s;

class Drain final : public Checker {
 public:
  void moved(World& world, const Move& move) override {
    if (move.to == model::NodeState::draining) {
      since_[{move.brain, move.node.id}] = world.loop.clock().mono();
    }
  }

  void sending(World& world, std::size_t brain, const AgentKey& to,
               const wire::Message& message) override {
    const auto* command = std::get_if<wire::Command>(&message);
    if (command == nullptr || command->verb != "close_listener") return;
    const act::Controller& controller = world.brains[brain]->controller();
    const model::Node* node = controller.fleet().node_of(to);
    const Box* box = node != nullptr ? world.yard.find(node->vm) : nullptr;
    if (box == nullptr || node->drop_now) return;
    const model::Timings& timings = controller.policy().timings;
    const auto since = since_.find({brain, node->id});
    if (since == since_.end()) return;  // from before this process
    const Duration drained = world.loop.clock().mono() - since->second;
    if (drained + just_before >= timings.drain_deadline) return;
    if (box->connections() <= timings.drain_connections + slack) return;
    world.violated("P6", "node " + node->id.str() + " is told to close with " +
                             std::to_string(static_cast<int>(box->connections())) +
                             " connections, after " +
                             std::to_string(static_cast<int>(seconds(drained))) + " s");
  }

  void started(World&, std::size_t brain) override {
    std::erase_if(since_, [&](const auto& entry) { return entry.first.first == brain; });
  }

 private:
  std::map<std::pair<std::size_t, NodeId>, MonoTime> since_;
};

}  // namespace

std::unique_ptr<Checker> make_drain_checker() {
  return std::make_unique<Drain>();
}

}  // namespace edgeherd::sim
