// P6: an edge keeps serving, with or without its coordinator. P12: no name points to an address
// that is not ours.
//
// No viewer with a valid answer meets a server that was closed or destroyed by the coordinator's
// own act; and when a server is destroyed, its name has been gone for a TTL. Excused are servers of a
// zone whose name somebody has edited by hand within the last minutes, or still gives what came of
// it, a server of which its cloud tells no address, and all while two coordinators dispute the fleet.
// And a server's own name that nobody can know: the database was lost, and the server was gone before
// another one could learn of it (docs/known-limits.md).
#include <algorithm>
#include <set>
#include <unordered_map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration slack = 2s;  // of the seconds in which names are looked at
// What somebody took out a change on its way, up to a minute late, may bring back; and then it is
// answered for a TTL, and somebody rests on that.
constexpr Duration meddling_lasts = 5min;
// A coordinator with a new database: to list the servers and to read the names, after a failure too.
constexpr Duration to_learn = 2min;

class Viewer final : public Checker {
 public:
  void forgot(World& world, std::size_t) override {
    learning_ = true;
    learns_since_ = world.loop.clock().mono();
  }

  void second(World& world) override {
    const MonoTime now = world.loop.clock().mono();
    if (learning_) learn(world);
    for (const auto& [key, set] : world.dns.sets()) {
      if (unknowable_.contains(key)) continue;
      for (const std::string& address : set.addresses) named_[address] = now;
    }
    // A name that gives who has left, after somebody's edit, does so until it can be written.
    for (auto& [key, at] : world.meddled) {
      if (now - at < meddling_lasts && gives_who_has_left(world, key)) at = now;
    }
    // An address that is used again.
    std::erase_if(destroyed_,
                  [&](const auto& entry) { return world.yard.at(entry.first) != nullptr; });
  }

  void destroying(World& world, const model::Vm& vm) override {
    const bool by_order = world.given_up.contains(vm.node);
    const ZoneId zone = world.zone_of(vm);
    if (by_order || is_address_untold(world, vm)) return;
    destroyed_[vm.address] = zone;
    if (is_excused(world, zone)) return;
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
    const Box* box = world.yard.at(address);
    const bool closed = box != nullptr && box->up() && box->told_to_close();
    const bool gone = box == nullptr && destroyed_.contains(address);
    if (!closed && !gone) return;
    if (is_excused(world, gone ? destroyed_.at(address) : world.zone_of(box->vm()))) return;
    if (box != nullptr && world.given_up.contains(box->vm().node)) return;
    if (unknowable_.contains(model::name_key_from(zone.str()))) return;  // not a zone's viewer
    world.violated("P6", "a viewer of " + zone.str() + " asks " + address + ", which was " +
                             (closed ? "closed" : "destroyed") + " by the coordinator's own act");
  }

 private:
  // Until what serves was listed, and the names read: the names of those that are gone.
  void learn(World& world) {
    const MonoTime now = world.loop.clock().mono();
    if (!can_learn(world)) learns_since_ = now;
    if (now - learns_since_ >= to_learn) learning_ = false;
    std::set<act::NameKey> known;
    for (const auto& [id, zone] : world.policy.zones) {
      for (const act::NameKey& key : model::shared_names(zone)) known.insert(key);
      for (const auto& [vm, box] : world.yard.all()) {
        known.insert(act::NameKey(model::node_name(zone, box->vm().node)));
      }
    }
    for (const auto& [key, set] : world.dns.sets()) {
      if (!known.contains(key)) unknowable_.insert(key);
    }
  }

  static bool can_learn(World& world) {
    Brain& brain = *world.brains.front();
    if (!brain.alive() || !world.dns.readable()) return false;
    const model::Fleet& fleet = brain.controller().fleet();
    return fleet.started_at() && std::ranges::all_of(world.policy.zones, [&](const auto& entry) {
             return fleet.account(entry.second.provider).listed_at.has_value();
           });
  }

  // A clone, say, that has got the address of one that is gone.
  static bool is_address_untold(World& world, const model::Vm& vm) {
    if (world.controller() == nullptr) return false;
    const auto& nodes = world.controller()->fleet().nodes();
    const bool unknown = std::ranges::any_of(nodes, [&](const auto& entry) {
      return entry.second.vm == vm.id && entry.second.address.empty();
    });
    return unknown && world.cloud_of(world.zone_of(vm)).weather().list_bare;
  }

  bool gives_who_has_left(const World& world, const act::NameKey& name) const {
    return std::ranges::any_of(world.dns.addresses(name), [&](const std::string& address) {
      const Box* box = world.yard.at(address);
      return box == nullptr ? destroyed_.contains(address) : box->told_to_close();
    });
  }

  static bool is_excused(const World& world, const ZoneId& zone) {
    if (world.is_disputed()) return true;
    const auto meddled = world.meddled.find(act::NameKey(dns_name_of(zone)));
    return meddled != world.meddled.end() &&
           world.loop.clock().mono() - meddled->second < meddling_lasts;
  }

  bool learning_ = false;  // since a database was lost
  MonoTime learns_since_{};
  std::set<act::NameKey> unknowable_;
  std::unordered_map<std::string, MonoTime> named_;
  std::unordered_map<std::string, ZoneId> destroyed_;  // by address, and where it stood
};

}  // namespace

std::unique_ptr<Checker> make_viewer_checker() {
  return std::make_unique<Viewer>();
}

}  // namespace edgeherd::sim
