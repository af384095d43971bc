// P12 and P6, of names: what a coordinator writes into them.
//
// No address of a server that it could know to be gone; no server of the fleet that viewers use and
// that nobody has withdrawn is left out; and a zone with servers in service is never without any.
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration to_know = 90s;  // that a server is gone: a listing, and the time that it takes

class Names final : public Checker {
 public:
  void gone(World& world, const model::Vm& vm) override {
    gone_at_[vm.address] = world.loop.clock().mono();
  }

  void naming(World& world, std::size_t brain, const std::vector<act::NameSet>& names) override {
    for (const act::NameSet& set : names) {
      const std::set<std::string>& now = world.dns.addresses(set.name);
      if (set.addresses.empty() && !now.empty()) emptied(world, brain, set.name);
      for (const std::string& address : set.addresses) {
        if (!now.contains(address)) added(world, brain, address);
      }
      for (const std::string& address : now) {
        if (!set.addresses.contains(address)) dropped(world, brain, set.name, address);
      }
    }
  }

 private:
  static void emptied(World& world, std::size_t brain, const std::string& name) {
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      const bool serves = node.state == model::NodeState::in_service && !node.cordoned &&
                          !node.quarantined && dns_name_of(node.zone) == name;
      if (!serves || node.missing_listings > 0) continue;
      return world.violated(
          "P6", "the name " + name + " is emptied while node " + id.str() + " is in service");
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

  // Of a lost database: servers that wait to be adopted, and adopted ones on their way.
  static void dropped(World& world, std::size_t brain, const std::string& name,
                      const std::string& address) {
    const Box* box = world.yard.at(address);
    if (box == nullptr || !box->answers_viewers()) return;
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    for (const auto& [id, node] : fleet.nodes()) {
      if (node.vm != box->vm().id) continue;
      const bool waits = node.origin == model::Origin::adopted && model::is_coming(node) &&
                         !node.cordoned && !node.quarantined && dns_name_of(node.zone) == name;
      if (!waits) return;
      return world.violated("P6", "the address of node " + id.str() +
                                      ", which is adopted and serves, is taken out of its name");
    }
    for (const auto& [account, known] : fleet.accounts()) {
      for (const model::Vm& stranger : known.strangers) {
        if (stranger.id != box->vm().id) continue;
        if (stranger.power == model::Power::stopped ||
            dns_name_of(world.zone_of(stranger)) != name) {
          return;
        }
        return world.violated("P6", "the address of server " + stranger.id.str() +
                                        ", which nobody has adopted yet, is taken out of its name");
      }
    }
  }

  std::map<std::string, MonoTime> gone_at_;
};

}  // namespace

std::unique_ptr<Checker> make_name_checker() {
  return std::make_unique<Names>();
}

}  // namespace edgeherd::sim
