// P12 and P6, of names: what a coordinator writes into them.
//
// No address of a server that it could know to be gone; no server of the fleet that viewers use, that
// is well and that nobody has withdrawn is left out; and a zone with servers in service is never
// without any.
#include <algorithm>
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration to_know = 90s;  // that a server is gone: a listing, and the time that it takes
constexpr Duration long_well = 2min;  // longer than a verdict looks back

class Names final : public Checker {
 public:
  void started(World& world, std::size_t brain) override {
    started_at_[brain] = world.loop.clock().mono();
  }

  void second(World& world) override {
    const MonoTime now = world.loop.clock().mono();
    for (const auto& [vm, box] : world.yard.all()) {
      const auto ailing = box->seen_ailing_at();
      const bool ill = (ailing && now - *ailing <= 1s) || box->trouble_since() ||
                       !box->answers_viewers() || world.switchboard.cut_off(box->vm());
      if (ill) ill_at_[vm] = now;
    }
    for (std::size_t brain = 0; brain < world.brains.size(); ++brain) {
      if (world.brains[brain]->alive()) look(world, brain);
    }
  }

  void gone(World& world, const model::Vm& vm) override {
    gone_at_[vm.address] = world.loop.clock().mono();
  }

  void naming(World& world, std::size_t brain, const std::vector<act::NameSet>& names) override {
    for (const act::NameSet& set : names) {
      const act::NameKey key = key_of(set);
      const std::set<std::string>& now = world.dns.addresses(key);
      if (set.addresses.empty() && !now.empty()) emptied(world, brain, key);
      for (const std::string& address : set.addresses) {
        if (!now.contains(address)) added(world, brain, address);
      }
      for (const std::string& address : now) {
        if (!set.addresses.contains(address)) dropped(world, brain, key, address);
      }
    }
  }

 private:
  using Known = std::pair<std::size_t, NodeId>;  // by that coordinator

  template <class Key>
  static bool is_long_ago(const World& world, const std::map<Key, MonoTime>& times,
                          const Key& key) {
    const auto last = times.find(key);
    return last == times.end() || world.loop.clock().mono() - last->second >= long_well;
  }

  static bool is_to_be_named(const model::Node& node) {
    return node.state == model::NodeState::in_service && !node.cordoned && !node.quarantined;
  }

  // Who was last not to be in its names, and who is rightly found bad.
  void look(World& world, std::size_t brain) {
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      if (!is_to_be_named(node)) apart_at_[{brain, id}] = world.loop.clock().mono();
      if (node.verdict == model::Verdict::bad) {
        bad_.try_emplace({brain, id}, !is_long_ago(world, ill_at_, node.vm));
      } else if (!bad_.empty()) {
        bad_.erase({brain, id});
      }
    }
  }

  // Whether nothing speaks for taking a node out of a name that others share.
  bool is_to_stay(const World& world, std::size_t brain, const model::Node& node) const {
    const Known known{brain, node.id};
    const auto bad = bad_.find(known);
    const bool rightly_bad = bad != bad_.end() && bad->second;
    return !rightly_bad && is_to_be_named(node) && is_long_ago(world, ill_at_, node.vm) &&
           is_long_ago(world, apart_at_, known) && is_long_ago(world, started_at_, brain);
  }

  static bool shares(World& world, const act::NameKey& key, const ZoneId& zone) {
    const model::ZonePolicy* policy = world.policy.zone(zone);
    if (policy == nullptr) return false;
    const auto shared = model::shared_names(*policy);
    return std::ranges::find(shared, key) != shared.end();
  }

  // Whether viewers of that name come to a node of the zone.
  static bool leads_to(World& world, const act::NameKey& key, const ZoneId& zone,
                       const NodeId& node) {
    const model::ZonePolicy* policy = world.policy.zone(zone);
    return shares(world, key, zone) ||
           (policy != nullptr && model::node_name(*policy, node) == key.name);
  }

  static void emptied(World& world, std::size_t brain, const act::NameKey& key) {
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      const bool serves = node.state == model::NodeState::in_service && !node.cordoned &&
                          !node.quarantined && leads_to(world, key, node.zone, id);
      if (!serves || node.missing_listings > 0) continue;
      // A server that stopped may have lost its address, and then has none to be found at.
      const Box* box = world.yard.find(node.vm);
      if (node.address.empty() && (box == nullptr || !box->up())) continue;
      // Its own name goes when its place in the others goes; these are never empty.
      const bool own =
          key.part.empty() && model::node_name(*world.policy.zone(node.zone), id) == key.name;
      if (own && node.verdict == model::Verdict::bad) continue;
      return world.violated("P6", "the name " + to_string(key) + " is emptied while node " +
                                      id.str() + " is in service");
    }
  }

  void added(World& world, std::size_t brain, const std::string& address) {
    if (world.yard.at(address) != nullptr) return;
    const auto gone = gone_at_.find(address);
    const MonoTime now = world.loop.clock().mono();
    if (gone == gone_at_.end() || now - gone->second < to_know) return;
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    for (const auto& [id, node] : fleet.nodes()) {
      if (node.address != address) continue;
      const auto listed = fleet.account(node.provider).listed_at;
      // Its account cannot be listed for as long: nobody can know.
      if (listed && *listed < gone->second + to_know) return;
    }
    world.violated("P12", "the address " + address + " of a server that is gone for " +
                              std::to_string(static_cast<int>(seconds(now - gone->second))) +
                              " s is put into a name");
  }

  // One in service that is well; and of a lost database: servers that wait to be adopted, and
  // adopted ones on their way.
  void dropped(World& world, std::size_t brain, const act::NameKey& key,
               const std::string& address) const {
    const Box* box = world.yard.at(address);
    if (box == nullptr || !box->answers_viewers()) return;
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    for (const auto& [id, node] : fleet.nodes()) {
      if (node.vm != box->vm().id) continue;
      if (shares(world, key, node.zone) && is_to_stay(world, brain, node)) {
        return world.violated("P6", "the address of node " + id.str() +
                                        ", which is in service and well, is taken out of " +
                                        to_string(key));
      }
      const bool waits = node.origin == model::Origin::adopted && model::is_coming(node) &&
                         !node.cordoned && !node.quarantined && leads_to(world, key, node.zone, id);
      if (!waits) return;
      return world.violated("P6", "the address of node " + id.str() +
                                      ", which is adopted and serves, is taken out of its name");
    }
    for (const auto& [account, known] : fleet.accounts()) {
      for (const model::Vm& stranger : known.strangers) {
        if (stranger.id != box->vm().id) continue;
        if (stranger.power == model::Power::stopped ||
            !leads_to(world, key, world.zone_of(stranger), stranger.node)) {
          return;
        }
        return world.violated("P6", "the address of server " + stranger.id.str() +
                                        ", which nobody has adopted yet, is taken out of its name");
      }
    }
  }

  std::map<std::string, MonoTime> gone_at_;
  std::map<VmId, MonoTime> ill_at_;     // the last time
  std::map<Known, MonoTime> apart_at_;  // the last time that it was not to be named
  std::map<Known, bool> bad_;           // while it is: whether rightly
  std::map<std::size_t, MonoTime> started_at_;
};

}  // namespace

std::unique_ptr<Checker> make_name_checker() {
  return std::make_unique<Names>();
}

}  // namespace edgeherd::sim
