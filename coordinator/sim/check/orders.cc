// Standing orders and the operator's word: pause, read-only, another coordinator, shadow,
// protection, closed zones, and the rules of the start.
#include <algorithm>

#include "coordinator/act/core/durable.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr double back_at_start = 0.90;  // of the agents, or so much time:
constexpr double most_scale_in = 0.10;  // of a zone, unconfirmed

class Orders final : public Checker {
 public:
  void started(World& world, std::size_t brain) override {
    starts_[brain] = world.loop.clock().mono();
    const auto& tables = world.brains[brain]->store().tables();
    const auto rows_of = [&](act::Table table) {
      const auto found = tables.find(table);
      return found == tables.end() ? 0 : found->second.size();
    };
    // Of the database as it was found: the first tick has written nothing of this kind.
    bool ours = false;
    for (const auto& [id, cloud] : world.clouds) {
      for (const auto& [vm, server] : cloud->servers()) {
        ours = ours || server.vm.fleet == world.policy.fleet_id;
      }
    }
    began_empty_[brain] =
        ours && rows_of(act::Table::node) == 0 && rows_of(act::Table::intent) == 0;
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    const std::uint64_t epoch = fleet.epoch();
    std::uint64_t& last = epochs_[brain];
    // One that is superseded does nothing with its epoch, and keeps it.
    if (epoch < last || (epoch == last && !fleet.superseded())) {
      world.violated("orders",
                     "two lives of a coordinator have the epoch " + std::to_string(epoch));
    }
    last = epoch;
  }
  void forgot(World&, std::size_t brain) override {
    epochs_.erase(brain);
    read_only_.erase(brain);
  }
  // It was never durable, and was not spent.
  void undone(World& world, const NodeId& node, std::size_t brain) override {
    const auto spent = spent_.extract({brain, node});
    if (spent) ++world.confirmed[spent.mapped()];
  }

  // Nothing but an order ends read-only mode.
  void ticked(World& world, std::size_t brain) override {
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    if (fleet.read_only()) {
      if (is_read_only_durably(world, brain)) {
        read_only_.emplace(brain, world.loop.clock().mono());
      }
      return;
    }
    const auto since = read_only_.extract(brain);
    if (!since || (world.writes_allowed && *world.writes_allowed >= since.mapped())) return;
    world.violated("orders", "it is not read-only any more, and nobody has allowed it to act");
  }

  void sending(World& world, std::size_t brain, const AgentKey& to,
               const wire::Message& message) override {
    const auto* command = std::get_if<wire::Command>(&message);
    const act::Controller& controller = world.brains[brain]->controller();
    const model::Node* node = controller.fleet().node_of(to);
    if (command == nullptr || node == nullptr) return;
    const bool closes = command->verb == "drain" || command->verb == "close_listener";
    const char* why = idle(controller, node->zone);
    if (why == nullptr && closes && is_paused(world, brain)) why = "the fleet is paused";
    if (why == nullptr) return;
    world.violated("orders", "the command " + command->action.str() + " although " + why);
  }

  void naming(World& world, std::size_t brain, const std::vector<act::NameSet>& names) override {
    const act::Controller& controller = world.brains[brain]->controller();
    for (const auto& [id, zone] : controller.policy().zones) {
      const char* why = idle(controller, id);
      if (why == nullptr) continue;
      const bool meant = std::ranges::any_of(names, [&, &its = zone](const act::NameSet& set) {
        return set.name == its.dns_name || moves_a_node(world, controller, its, set);
      });
      if (meant) {
        world.violated("orders", "a name of " + id.str() + " is changed although " + why);
      }
    }
  }

  void appeared(World& world, const model::Node& node, std::size_t brain) override {
    if (node.origin == model::Origin::adopted || node.cause == model::Cause::duplicate) return;
    forbidden(world, node, brain, "is launched");
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    if (!began_empty_[brain] || fleet.memory().writes_allowed_at) return;
    for (const auto& [id, account] : fleet.accounts()) {
      if (account.strangers.empty()) continue;
      world.violated("orders", "node " + node.id.str() +
                                   " is launched from an empty database, and " + id.str() +
                                   " has servers of this fleet");
    }
  }

  void calling(World& world, std::size_t brain, const CloudCall& call) override {
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    const char* why = nullptr;
    if (is_paused(world, brain)) why = "the fleet is paused";
    if (fleet.read_only()) why = "the fleet is read-only";
    if (fleet.superseded()) why = "another coordinator is in charge";
    if (world.brains[brain]->controller().policy().shadow) why = "the fleet is in shadow mode";
    for (const auto& [id, node] : fleet.nodes()) {
      const bool meant =
          call.kind == CloudCall::Kind::create ? id == call.node : node.vm == call.vm;
      if (!meant) continue;
      const bool destroyed = call.kind == CloudCall::Kind::destroy;
      if (destroyed && node.state != model::NodeState::terminating) why = "the node is not to go";
      const model::ZonePolicy* zone = world.brains[brain]->controller().policy().zone(node.zone);
      if (zone != nullptr && zone->shadow) why = "the zone is in shadow mode";
    }
    // Where the server stands, whatever the coordinator takes for its zone.
    for (const auto& [id, cloud] : world.clouds) {
      const auto server = cloud->servers().find(call.vm);
      if (server == cloud->servers().end()) continue;
      const auto& policy = world.brains[brain]->controller().policy();
      const model::ZonePolicy* there = policy.zone(world.zone_of(server->second.vm));
      if (there != nullptr && there->shadow) why = "the zone where it stands is in shadow mode";
    }
    if (why != nullptr) {
      world.violated("orders",
                     "a call for " + call.node.str() + call.vm.str() + " although " + why);
    }
  }

  void moved(World& world, const Move& move) override {
    if (!move.departs()) return;
    forbidden(world, move.node, move.brain, "leaves service");
    if (move.node.is_protected || (move.brain == 0 && world.kept.contains(move.node.id))) {
      world.violated("orders", "node " + move.node.id.str() + " leaves service and is protected");
    }
    too_early(world, move);
    unconfirmed(world, move);
  }

 private:
  static bool is_read_only_durably(World& world, std::size_t brain) {
    const auto& tables = world.brains[brain]->store().tables();
    const auto rows = tables.find(act::Table::order);
    if (rows == tables.end()) return false;
    const auto row = rows->second.find(std::string(act::orders_key));
    const auto kept =
        row != rows->second.end() ? act::read_orders(row->second) : Result<act::Orders>(Error{});
    return kept.ok() && kept->read_only;
  }

  // Whether one of the zone's nodes comes into this name, or leaves it.
  static bool moves_a_node(World& world, const act::Controller& controller,
                           const model::ZonePolicy& zone, const act::NameSet& set) {
    const std::set<std::string>& now = world.dns.addresses(key_of(set));
    return std::ranges::any_of(controller.fleet().nodes(), [&](const auto& entry) {
      const model::Node& node = entry.second;
      return node.zone == zone.id &&
             set.addresses.contains(node.address) != now.contains(node.address);
    });
  }

  void forbidden(World& world, const model::Node& node, std::size_t brain,
                 const std::string& what) {
    const act::Controller& controller = world.brains[brain]->controller();
    const model::Fleet& fleet = controller.fleet();
    const model::ZonePolicy* zone = controller.policy().zone(node.zone);
    const auto listed = fleet.account(node.provider).listed_at;
    const char* why = nullptr;
    if (is_paused(world, brain)) why = "the fleet is paused";
    if (fleet.read_only()) why = "the fleet is read-only";
    if (fleet.superseded()) why = "another coordinator is in charge";
    if (controller.policy().shadow) why = "the fleet is in shadow mode";
    if (zone != nullptr && zone->shadow) why = "the zone is in shadow mode";
    if (!listed || *listed < starts_[brain]) why = "its account was not listed since the start";
    if (why == nullptr) return;
    world.violated("orders", "node " + node.id.str() + " " + what + " although " + why);
  }

  // Why nothing at all may be done in a zone; null: it may.
  static const char* idle(const act::Controller& controller, const ZoneId& id) {
    const model::ZonePolicy* zone = controller.policy().zone(id);
    if (controller.fleet().read_only()) return "the fleet is read-only";
    if (controller.fleet().superseded()) return "another coordinator is in charge";
    if (controller.policy().shadow) return "the fleet is in shadow mode";
    if (zone != nullptr && zone->shadow) return "the zone is in shadow mode";
    return nullptr;
  }

  // By the coordinator's own word, or by that of the operator to whom it has answered.
  static bool is_paused(World& world, std::size_t brain) {
    return world.brains[brain]->controller().fleet().paused() || (brain == 0 && world.is_paused());
  }

  void too_early(World& world, const Move& move) {
    const act::Controller& controller = world.brains[move.brain]->controller();
    const MonoTime started = starts_[move.brain];
    if (world.loop.clock().mono() - started >= controller.policy().timings.start_up) return;
    int known = 0;
    int back = 0;
    for (const auto& [id, node] : controller.fleet().nodes()) {
      if (node.state != model::NodeState::in_service || node.key.empty()) continue;
      ++known;
      back += node.agent.heard_at && *node.agent.heard_at >= started ? 1 : 0;
    }
    if (back + 1 >= back_at_start * known - 1) return;
    world.violated("orders", "node " + move.node.id.str() + " leaves service and " +
                                 std::to_string(back) + " of " + std::to_string(known) +
                                 " agents are back since the start");
  }

  // Nobody confirms anything before the faults are over, unless a script says so: how many, and
  // under which configuration.
  void unconfirmed(World& world, const Move& move) {
    const auto word = world.confirmed.find(move.node.zone);
    const bool confirmed = word != world.confirmed.end() && word->second > 0;
    if (confirmed) {  // whatever it leaves for
      --word->second;
      spent_.emplace(std::pair{move.brain, move.node.id}, move.node.zone);
    }
    if (move.node.cause != model::Cause::scale_in || world.faults_over() || confirmed) return;
    const act::Controller& controller = world.brains[move.brain]->controller();
    const model::ZonePolicy* zone = controller.policy().zone(move.node.zone);
    const bool closed = zone == nullptr || zone->activity == model::ZoneActivity::inactive;
    int serving = 1;
    for (const auto& [id, node] : controller.fleet().nodes()) {
      const bool stays = node.state == model::NodeState::in_service && !node.asked_out &&
                         !node.cordoned && !node.quarantined;
      serving += node.zone == move.node.zone && stays ? 1 : 0;
    }
    const int over = zone == nullptr ? 0 : serving - zone->max_servers;
    const int may = std::max(1, static_cast<int>(most_scale_in * serving));
    if (!closed && over <= may + 1) return;
    world.violated("orders", "node " + move.node.id.str() +
                                 " leaves service and nobody confirmed " +
                                 (closed ? "that its zone is closed" : "the new maximum"));
  }

  std::map<std::size_t, MonoTime> starts_;
  std::map<std::size_t, std::uint64_t> epochs_;
  std::map<std::size_t, bool> began_empty_;
  std::map<std::pair<std::size_t, NodeId>, ZoneId> spent_;  // confirmed removals
  std::map<std::size_t, MonoTime> read_only_;               // since when, durably
};

}  // namespace

std::unique_ptr<Checker> make_order_checker() {
  return std::make_unique<Orders>();
}

}  // namespace edgeherd::sim
