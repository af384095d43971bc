// P5: no server of an abandoned intent older than ten minutes, after any crash.
//
// Counted is only the time in which the coordinator can do anything about it: it runs, it may act,
// the cloud lists its servers, and the names can be read: no server goes that a name may answer.
#include <map>
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration limit = 10min;
constexpr long long look_every_s = 10;
constexpr Duration fresh_listing = 1min;

bool can_act(World& world, const act::Controller& controller, const ProviderId& account) {
  // Nothing is done before it is written down.
  if (!controller.status().commit_failure.empty()) return false;
  const model::Fleet& fleet = controller.fleet();
  const auto listed = fleet.account(account).listed_at;
  const bool listing = listed && world.loop.clock().mono() - *listed <= fresh_listing;
  const bool troubled_cloud = world.clouds.at(account)->weather().fail_destroy > 0 ||
                              world.clouds.at(account)->weather().throttle > 0.2 ||
                              world.clouds.at(account)->weather().lose_answer > 0.2;
  return fleet.started_at() && listing && !troubled_cloud && world.dns.readable() &&
         !fleet.paused() && !fleet.read_only() && !fleet.superseded() &&
         !controller.policy().shadow;
}

class Abandoned final : public Checker {
 public:
  void appeared(World&, const model::Node& node, std::size_t) override {
    if (node.origin == model::Origin::adopted) adopted_.insert(node.id);
  }

  // Its end was ordered, or nothing had come of it: whatever carries its name is to go.
  void left(World&, const NodeId& node, model::NodeState was, std::size_t brain) override {
    const bool ended = was == model::NodeState::requested || was == model::NodeState::terminating;
    if (brain == 0 && ended && !adopted_.contains(node)) ended_.insert(node);
  }
  void undone(World&, const NodeId& node, std::size_t) override { ended_.erase(node); }
  void forgot(World&, std::size_t brain) override {
    if (brain == 0) ended_.clear();
  }

  void second(World& world) override {
    if (static_cast<long long>(seconds(world.elapsed())) % look_every_s != 0) return;
    const act::Controller* controller = world.controller();
    if (controller == nullptr) return;
    for (const auto& [account, known] : controller->fleet().accounts()) {
      for (const model::Vm& stranger : known.strangers) {
        if (!ended_.contains(stranger.node)) continue;
        return world.violated("P5", "server " + stranger.id.str() + " of the abandoned launch of " +
                                        stranger.node.str() + " is taken for a stranger");
      }
    }
    std::map<VmId, Duration> still;
    for (const auto& [account, cloud] : world.clouds) {
      const bool able = can_act(world, *controller, account);
      for (const auto& [vm, server] : cloud->servers()) {
        if (server.vm.fleet != controller->policy().fleet_id) continue;
        if (is_wanted(controller->fleet(), server.vm)) continue;
        const model::ZonePolicy* zone = controller->policy().zone(world.zone_of(server.vm));
        if (zone == nullptr || zone->shadow || is_named(world, server.vm.address)) continue;
        const auto known = ages_.find(vm);
        const Duration before = known == ages_.end() ? Duration{} : known->second;
        const Duration age = before + (able ? Duration(look_every_s * 1s) : Duration{});
        still[vm] = age;
        if (age > limit) {
          world.violated("P5", "server " + vm.str() + " of " + server.vm.node.str() +
                                   " is nobody's for " +
                                   std::to_string(static_cast<int>(seconds(age))) + " s");
        }
      }
    }
    ages_ = std::move(still);
  }

 private:
  // It got the address of one that is gone, say, and names cannot be written: they go first.
  static bool is_named(const World& world, const std::string& address) {
    return std::ranges::any_of(world.dns.sets(), [&](const auto& entry) {
      return entry.second.addresses.contains(address);
    });
  }

  // A node of the fleet is this very server, or it is reported as a stranger and people decide.
  static bool is_wanted(const model::Fleet& fleet, const model::Vm& vm) {
    const model::Node* node = fleet.node(vm.node);
    if (node != nullptr && (node->vm == vm.id || node->vm.empty())) {
      return node->state != model::NodeState::terminating;
    }
    for (const auto& [account, known] : fleet.accounts()) {
      for (const model::Vm& stranger : known.strangers) {
        if (stranger.id == vm.id) return true;
      }
    }
    return false;
  }

  std::map<VmId, Duration> ages_;
  std::set<NodeId> adopted_;
  std::set<NodeId> ended_;
};

}  // namespace

std::unique_ptr<Checker> make_abandoned_checker() {
  return std::make_unique<Abandoned>();
}

}  // namespace edgeherd::sim
