// P7: once faults stop, desired = actual within five minutes; longer only while something is known
// to be waited for: a brake, a closed placement, a server on its way in or out. However long these
// may take together, all is as it should be when the scenario's time for it ends.
//
// Every zone has as many good servers in service as its plan wants and its viewers need, its name
// gives their addresses and no others, and nothing is left that nobody wants. It must stay so for a
// while.
#include <algorithm>
#include <array>
#include <map>

#include "coordinator/decide/lifecycle.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration promised = 5min;
constexpr Duration must_hold = 90s;
constexpr long long look_every_s = 5;
constexpr double most_use = 0.9;  // of what servers can answer; 0.7 is aimed at, with a tolerance

class Convergence final : public Checker {
 public:
  void started(World& world, std::size_t) override { archive_took_at_ = world.elapsed(); }

  void sending(World& world, std::size_t, const AgentKey&, const wire::Message& message) override {
    const auto* verdict = std::get_if<wire::UploadVerdict>(&message);
    if (verdict != nullptr && verdict->stored) archive_took_at_ = world.elapsed();
  }

  void second(World& world) override {
    if (!world.faults_over()) return;
    const Duration now = world.elapsed();
    if (static_cast<long long>(seconds(now)) % look_every_s != 0) return;
    last_ = what_is_missing(world);
    if (last_.empty()) {
      stands_since_.reset();
      if (!since_) since_ = now;
      if (now - *since_ >= must_hold) world.settled(*since_);
      return;
    }
    since_.reset();
    if (is_awaited(world)) return stands_since_.reset();
    if (!stands_since_) stands_since_ = now;
    if (now - *stands_since_ <= promised) return;
    world.violated("P7", "nothing is on its way, and yet: " + last_);
    stands_since_.reset();
  }

  void ended(World& world) override {
    if (since_ && world.elapsed() - *since_ >= must_hold) return;
    if (world.scenario().convergence < promised) return;  // no time was given
    if (since_) last_ = "it has been so for a moment alone";
    world.violated("P7", "the fleet has not become as it should be: " + last_);
  }

 private:
  // Whether something that is known to end keeps the fleet from being as it should be.
  [[nodiscard]] bool is_awaited(World& world) const {
    act::Controller* controller = world.controller();
    if (controller == nullptr) return true;  // it was killed, and is started again
    const model::Fleet& fleet = controller->fleet();
    if (!controller->last_plan().withheld.empty()) return true;
    const MonoTime now = world.loop.clock().mono();
    const auto is_closed = [&](const auto& entry) {
      const model::Placement& placement = entry.second;
      return std::max(placement.not_before, placement.stock_not_before) > now;
    };
    if (std::ranges::any_of(fleet.memory().placements, is_closed)) return true;
    return std::ranges::any_of(fleet.nodes(), [&](const auto& entry) {
      const model::Node& node = entry.second;
      return node.state != model::NodeState::in_service && !may_stay(world, node);
    });
  }

  // One line: the first thing that is not as it should be; empty when all is.
  [[nodiscard]] std::string what_is_missing(World& world) const {
    act::Controller* controller = world.controller();
    if (controller == nullptr || !controller->fleet().started_at()) return "no coordinator runs";
    const model::Fleet& fleet = controller->fleet();
    if (fleet.paused() || fleet.read_only() || fleet.superseded()) return "it may not act";
    for (const decide::ZoneDecision& zone : controller->last_plan().zones) {
      const std::string why = zone_missing(world, fleet, zone);
      if (!why.empty()) return zone.zone.str() + ": " + why;
    }
    for (const auto& [id, account] : fleet.accounts()) {
      if (!account.strangers.empty()) return id.str() + ": there are strangers";
    }
    if (const std::string why = servers_missing(world, fleet); !why.empty()) return why;
    return names_missing(world, fleet);
  }

  // Every name gives the addresses of its nodes in service, and there are no others.
  static std::string names_missing(World& world, const model::Fleet& fleet) {
    std::map<act::NameKey, std::set<std::string>> wanted;
    for (const auto& [id, node] : fleet.nodes()) {
      const model::ZonePolicy* zone = world.policy.zone(node.zone);
      if (zone == nullptr || node.state != model::NodeState::in_service) continue;
      for (const act::NameKey& key : model::shared_names(*zone)) wanted[key].insert(node.address);
      if (const auto own = model::node_name(*zone, id); !own.empty()) {
        wanted[own].insert(node.address);
      }
    }
    for (const auto& [key, addresses] : wanted) {
      if (world.dns.addresses(key) != addresses) {
        return "the name " + to_string(key) + " does not give the addresses of its nodes";
      }
    }
    for (const auto& [key, set] : world.dns.sets()) {
      // A lost name keeps who serves for an hour: also who has the address of its server by now.
      const bool serves = std::ranges::any_of(set.addresses, [&](const std::string& address) {
        const Box* box = world.yard.at(address);
        return box != nullptr && box->answers_viewers();
      });
      if (!wanted.contains(key) && !serves && !may_be_forgotten(world)) {
        return "there is the name " + to_string(key) + ", which is nobody's";
      }
    }
    return "";
  }

  // Held logs wait for an operator, where something may have damaged them or what is stored of them;
  // so do those that nobody gives up while the archive takes no one's: all may be damaged. And those
  // of a server whose agent never spoke, although a name gave its address.
  [[nodiscard]] bool may_stay(World& world, const model::Node& node) const {
    using enum FaultKind;
    constexpr std::array damages{disk_full, disk_failing, archive_spoils, archive_forgets};
    const bool overdue =
        node.state == model::NodeState::flushing &&
        world.loop.clock().mono() - node.state_since > world.policy.timings.flush_deadline;
    if (node.held && node.key.empty()) return true;
    // It obeys a coordinator that is gone and that no other agent has met.
    if (node.agent.highest_epoch > world.controller()->fleet().epoch()) return true;
    const bool kept = node.held || (overdue && takes_nothing(world, node));
    return kept && std::ranges::any_of(world.scenario().faults, [&](const Fault& fault) {
             return std::ranges::find(damages, fault.kind) != damages.end();
           });
  }

  // The archive has taken nothing for half a flush deadline, although another has logs for it, too.
  [[nodiscard]] bool takes_nothing(World& world, const model::Node& node) const {
    const bool others_wait =
        std::ranges::any_of(world.controller()->fleet().nodes(), [&](const auto& entry) {
          return entry.first != node.id && entry.second.agent.spool_segments > 0;
        });
    return others_wait &&
           world.elapsed() - archive_took_at_ > world.policy.timings.flush_deadline / 2;
  }

  // Who lost a database may never have heard of a server, nor of its name.
  static bool may_be_forgotten(World& world) {
    return std::ranges::any_of(world.scenario().faults, [](const Fault& fault) {
      return fault.kind == FaultKind::store_lost || fault.kind == FaultKind::store_restored ||
             fault.kind == FaultKind::second_brain;
    });
  }

  [[nodiscard]] std::string zone_missing(World& world, const model::Fleet& fleet,
                                         const decide::ZoneDecision& zone) const {
    int good = 0;
    std::set<std::string> addresses;
    for (const auto& [id, node] : fleet.nodes()) {
      if (node.zone != zone.zone) continue;
      const Box* box = world.yard.find(node.vm);
      const bool serves = box != nullptr && box->up() && box->answers_viewers();
      if (node.state == model::NodeState::in_service) {
        if (!serves) return "node " + id.str() + " is in service and does not serve";
        ++good;
        addresses.insert(node.address);
      } else if (!may_stay(world, node)) {
        const auto unfit = decide::unfit(node, world.policy, world.loop.clock().mono());
        return "node " + id.str() + " is still " + std::string(to_string(node.state)) + " " +
               node.call_failure + unfit.value_or("");
      }
    }
    const model::ZonePolicy* policy = world.policy.zone(zone.zone);
    const bool active = policy != nullptr && policy->activity == model::ZoneActivity::active &&
                        !policy->shadow && !world.policy.shadow;
    const bool can_pay = !std::ranges::any_of(
        world.controller()->last_plan().withheld, [&](const decide::Withheld& held) {
          return held.action.zone == zone.zone && held.brake == decide::Brake::hourly_budget;
        });
    if (active && can_pay && good < policy->min_servers) {
      return std::to_string(good) + " in service, its minimum is " +
             std::to_string(policy->min_servers) + ": " + zone.outcome;
    }
    if (good > zone.desired || (good < zone.desired && can_pay)) {
      return std::to_string(good) + " in service, " + std::to_string(zone.desired) + " wanted, " +
             zone.outcome;
    }
    // What the plan wants is the coordinator's own reckoning; what viewers ask for is not.
    const bool may_grow = active && can_pay && good < policy->max_servers &&
                          static_cast<int>(fleet.nodes().size()) < world.scenario().fleet_ceiling;
    const double asked = world.viewers->rate(zone.zone);
    if (may_grow && asked > most_use * good * world.scenario().node_rps) {
      return "its viewers ask for " + std::to_string(static_cast<int>(asked)) +
             " requests/s, too much for its " + std::to_string(good) + " servers";
    }
    if (world.dns.addresses(dns_name_of(zone.zone)) != addresses) {
      return "its name does not give the addresses of its nodes in service";
    }
    return "";
  }

  static std::string servers_missing(World& world, const model::Fleet& fleet) {
    for (const auto& [account, cloud] : world.clouds) {
      for (const auto& [vm, server] : cloud->servers()) {
        if (server.vm.fleet != world.policy.fleet_id) continue;
        const model::Node* node = fleet.node(server.vm.node);
        if (node == nullptr || node->vm != vm) return "server " + vm.str() + " is nobody's";
      }
    }
    return "";
  }

  Duration archive_took_at_{};            // somebody's logs, the last time
  std::optional<Duration> since_;         // as it should be
  std::optional<Duration> stands_since_;  // it is not, and nothing is awaited
  std::string last_ = "not looked at";
};

}  // namespace

std::unique_ptr<Checker> make_convergence_checker() {
  return std::make_unique<Convergence>();
}

}  // namespace edgeherd::sim
