// P3, of servers: one that is there is not taken for gone.
//
// A node leaves the fleet as lost only when two complete listings in a row, made while its server
// was there to be listed, did not have it, its agent says nothing, and its health page does not
// answer us either.
#include <map>
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr int listings_to_be_lost = 2;
constexpr Duration just_heard = 10s;
constexpr long long look_every_s = 5;

// Its server was destroyed, or never seen, before it left.
bool had_a_server(model::NodeState was) {
  return was != model::NodeState::requested && was != model::NodeState::terminating;
}

class Lost final : public Checker {
 public:
  void second(World& world) override {
    for (std::size_t brain = 0; brain < world.brains.size(); ++brain) {
      if (!world.brains[brain]->alive()) continue;
      for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
        if (node.quarantined) quarantined_.insert({brain, id});
      }
    }
    if (static_cast<long long>(seconds(world.elapsed())) % look_every_s != 0) return;
    for (std::size_t brain = 0; brain < world.brains.size(); ++brain) {
      if (!world.brains[brain]->alive()) continue;
      for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
        const auto& page = node.health_probe;
        known_[{brain, id}] = {node.provider, node.vm, node.agent.heard_at,
                               page.good ? page.asked_at : std::nullopt};
      }
    }
  }

  void left(World& world, const NodeId& node, model::NodeState was, std::size_t brain) override {
    const auto found = known_.extract({brain, node});
    if (!found || !had_a_server(was)) return;
    const Known& known = found.mapped();
    if (quarantined_.contains({brain, node})) return;  // such ones the operator may forget
    const auto& servers = world.clouds.at(known.provider)->servers();
    const auto server = servers.find(known.vm);
    if (server == servers.end()) return;
    if (server->second.left_out < listings_to_be_lost) {
      return world.violated("P3", "node " + node.str() + " is taken for lost, and its server " +
                                      known.vm.str() + " was left out of " +
                                      std::to_string(server->second.left_out) + " listings");
    }
    const MonoTime now = world.loop.clock().mono();
    const auto just = [now](const std::optional<MonoTime>& at) {
      return at && now - *at <= just_heard;
    };
    if (just(known.heard_at)) {
      world.violated("P3", "node " + node.str() + " is taken for lost while its agent speaks");
    } else if (just(known.page_seen_at)) {
      world.violated("P3", "node " + node.str() + " is taken for lost while its page answers");
    }
  }

 private:
  struct Known {
    ProviderId provider;
    VmId vm;
    std::optional<MonoTime> heard_at;
    std::optional<MonoTime> page_seen_at;
  };
  std::map<std::pair<std::size_t, NodeId>, Known> known_;
  std::set<std::pair<std::size_t, NodeId>> quarantined_;  // at any time
};

}  // namespace

std::unique_ptr<Checker> make_lost_checker() {
  return std::make_unique<Lost>();
}

}  // namespace edgeherd::sim
