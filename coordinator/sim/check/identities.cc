// Identities: the agent that speaks for a node is the one on the node's own server.
//
// Several servers may carry one node's enrolment token: a creation that came true twice, a clone.
// None of them that is to go is let in, and the one that stays is not shut out by one that is gone.
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration to_mend = 1min;
constexpr long long look_every_s = 10;

class Identities final : public Checker {
 public:
  void admitting(World& world, std::size_t brain, const AgentKey& key) override {
    const Box* box = owner(world, key);
    if (box == nullptr) return;
    brought_by_[key] = box->vm().id;
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      if (node.vm != box->vm().id || node.cause != model::Cause::duplicate) continue;
      world.violated("identity", "the agent of server " + node.vm.str() + " is let in, which is " +
                                     id.str() + " and to go");
    }
  }

  void second(World& world) override {
    if (static_cast<long long>(seconds(world.elapsed())) % look_every_s != 0) return;
    const act::Controller* controller = world.controller();
    if (controller == nullptr) return;
    const MonoTime now = world.loop.clock().mono();
    std::map<NodeId, MonoTime> still;
    for (const auto& [id, node] : controller->fleet().nodes()) {
      if (node.state != model::NodeState::in_service || !is_shut_out(world, node)) continue;
      const auto known = shut_out_.find(id);
      const MonoTime since = known == shut_out_.end() ? now : known->second;
      still[id] = since;
      if (now - since <= to_mend) continue;
      world.violated("identity", "the agent of server " + node.vm.str() + ", which is node " +
                                     id.str() + ", is shut out by the key of " +
                                     brought_by_.at(node.key).str() + ", which is gone");
    }
    shut_out_ = std::move(still);
  }

 private:
  static const Box* owner(const World& world, const AgentKey& key) {
    for (const auto& [vm, box] : world.yard.all()) {
      if (box->key() == key) return box.get();
    }
    return nullptr;
  }

  // Its own agent runs, and the key that is bound was brought by another server, which is gone.
  bool is_shut_out(const World& world, const model::Node& node) const {
    const auto brought = brought_by_.find(node.key);
    if (brought == brought_by_.end() || brought->second == node.vm) return false;
    const Box* own = world.yard.find(node.vm);
    return own != nullptr && own->up() && own->probe(Box::Page::alive) != 0 &&
           world.yard.find(brought->second) == nullptr;
  }

  std::map<AgentKey, VmId> brought_by_;
  std::map<NodeId, MonoTime> shut_out_;
};

}  // namespace

std::unique_ptr<Checker> make_identity_checker() {
  return std::make_unique<Identities>();
}

}  // namespace edgeherd::sim
