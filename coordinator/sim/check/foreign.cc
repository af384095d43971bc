// It touches only its own: whatever a server of an account calls itself, where it does not carry the
// tag of this fleet it is neither destroyed nor rebooted, and no name is given its address. At the
// end all of them are there.
#include <set>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr long long look_every_s = 10;

bool is_foreign(const World& world, const model::Vm& vm) {
  return vm.fleet != world.policy.fleet_id;
}

class Foreign final : public Checker {
 public:
  void calling(World& world, std::size_t /*brain*/, const CloudCall& call) override {
    if (call.kind == CloudCall::Kind::create) return;
    for (const auto& [id, cloud] : world.clouds) {
      const auto server = cloud->servers().find(call.vm);
      if (server == cloud->servers().end() || !is_foreign(world, server->second.vm)) continue;
      touched(world, server->second.vm,
              call.kind == CloudCall::Kind::destroy ? "is to be destroyed" : "is to be rebooted");
    }
  }

  void destroying(World& world, const model::Vm& vm) override {
    if (is_foreign(world, vm)) touched(world, vm, "is destroyed");
  }

  void naming(World& world, std::size_t /*brain*/,
              const std::vector<act::NameSet>& names) override {
    for (const auto& [id, cloud] : world.clouds) {
      for (const auto& [vm, server] : cloud->servers()) {
        if (!is_foreign(world, server.vm)) continue;
        for (const act::NameSet& set : names) {
          const std::string& address = server.vm.address;
          if (!set.addresses.contains(address)) continue;
          if (world.dns.addresses(key_of(set)).contains(address)) continue;
          touched(world, server.vm, "is put into the name " + to_string(key_of(set)));
        }
      }
    }
  }

  void second(World& world) override {
    if (static_cast<long long>(seconds(world.elapsed())) % look_every_s != 0) return;
    for (const auto& [id, cloud] : world.clouds) {
      for (const auto& [vm, server] : cloud->servers()) {
        if (is_foreign(world, server.vm)) seen_.insert(vm);
      }
    }
  }

  void ended(World& world) override {
    for (const VmId& vm : seen_) {
      const auto& servers = world.clouds.at(world.account_of(vm))->servers();
      if (!servers.contains(vm)) world.violated("ours", "server " + vm.str() + " is gone");
    }
  }

 private:
  static void touched(World& world, const model::Vm& vm, const std::string& what) {
    world.violated("ours", "server " + vm.id.str() + ", which is " +
                               (vm.fleet.empty() ? "nobody's" : "of the fleet " + vm.fleet) + ", " +
                               what);
  }

  std::set<VmId> seen_;
};

}  // namespace

std::unique_ptr<Checker> make_foreign_checker() {
  return std::make_unique<Foreign>();
}

}  // namespace edgeherd::sim
