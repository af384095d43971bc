// P6: an edge keeps serving, with or without its coordinator. P12: no name points to an address
// that is not ours.
//
// No viewer with a valid answer meets a server that was closed or destroyed by the coordinator's
// own act; and when a server is destroyed, its name has been gone for a TTL.
#include <set>
#include <unordered_map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration slack = 2s;  // of the seconds in which names are looked at

class Viewer final : public Checker {
 public:
  void second(World& world) override {
    const MonoTime now = world.loop.clock().mono();
    for (const auto& [key, set] : world.dns.sets()) {
      for (const std::string& address : set.addresses) named_[address] = now;
    }
    // An address that is used again.
    std::erase_if(destroyed_,
                  [&](const std::string& address) { return world.yard.at(address) != nullptr; });
    if (meddled_ == Meddled::unknown) {
      meddled_ = Meddled::no;
      for (const Fault& fault : world.scenario().faults) {
        if (fault.kind == FaultKind::dns_foreign_hand || fault.kind == FaultKind::second_brain) {
          meddled_ = Meddled::yes;
        }
      }
    }
  }

  void destroying(World& world, const model::Vm& vm) override {
    const bool by_order = world.given_up.contains(vm.node);
    if (!by_order) destroyed_.insert(vm.address);
    if (meddled_ == Meddled::yes || by_order) return;
    const auto named = named_.find(vm.address);
    if (named == named_.end()) return;
    const Duration ago = world.loop.clock().mono() - named->second;
    if (ago + slack >= dns_ttl) return;
    world.violated("P12", "server " + vm.id.str() + " is destroyed, and a name pointed to " +
                              vm.address + " " + std::to_string(static_cast<int>(seconds(ago))) +
                              " s ago");
  }

  void gone(World&, const model::Vm& vm) override { named_.erase(vm.address); }

  void viewer_failed(World& world, const ZoneId& zone, const std::string& address) override {
    if (meddled_ == Meddled::yes) return;
    const Box* box = world.yard.at(address);
    const bool closed = box != nullptr && box->up() && box->told_to_close();
    const bool gone = box == nullptr && destroyed_.contains(address);
    if (!closed && !gone) return;
    if (box != nullptr && world.given_up.contains(box->vm().node)) return;
    world.violated("P6", "a viewer of " + zone.str() + " asks " + address + ", which was " +
                             (closed ? "closed" : "destroyed") + " by the coordinator's own act");
  }

 private:
  enum class Meddled { unknown, no, yes };
  Meddled meddled_ = Meddled::unknown;
  std::unordered_map<std::string, MonoTime> named_;
  std::set<std::string> destroyed_;
};

}  // namespace

std::unique_ptr<Checker> make_viewer_checker() {
  return std::make_unique<Viewer>();
}

}  // namespace edgeherd::sim
