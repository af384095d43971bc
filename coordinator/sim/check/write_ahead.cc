// Journal before deed: whatever a coordinator does outside rests on rows that are durable by then.
#include "coordinator/act/core/durable.h"
#include "coordinator/act/core/folded.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

using act::Table;

class WriteAhead final : public Checker {
 public:
  void calling(World& world, std::size_t brain, const CloudCall& call) override {
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    act::IntentKind kind = act::IntentKind::launch;
    NodeId node = call.node;
    if (call.kind != CloudCall::Kind::create) {
      kind = call.kind == CloudCall::Kind::destroy ? act::IntentKind::destroy
                                                   : act::IntentKind::reboot;
      for (const auto& [id, known] : fleet.nodes()) {
        if (known.vm == call.vm) node = id;
      }
    }
    const std::string key = act::intent_key(node, kind);
    const std::string* body = row(world, brain, Table::intent, key);
    const auto intent =
        body != nullptr ? act::read_intent(key, *body) : Result<act::Intent>(Error{});
    if (!intent.ok()) {
      missing(world, "the intent to " + std::string(to_string(kind)) + " node " + node.str());
    } else if (call.kind != CloudCall::Kind::create && intent->vm != call.vm) {
      missing(world, "the intent to " + std::string(to_string(kind)) + " server " + call.vm.str() +
                         ": it names " + intent->vm.str());
    }
    const model::Node* known = fleet.node(node);
    const auto kept = durable_node(world, brain, node);
    if (known == nullptr || !kept || kept->state != known->state) {
      missing(world, "the state of node " + node.str() + ", which is " +
                         std::string(known ? to_string(known->state) : "gone"));
    }
  }

  void sending(World& world, std::size_t brain, const AgentKey& to,
               const wire::Message& message) override {
    const model::Fleet& fleet = world.brains[brain]->controller().fleet();
    const model::Node* node = fleet.node_of(to);
    if (node == nullptr) return;
    if (const auto* command = std::get_if<wire::Command>(&message)) {
      const auto kept = durable_node(world, brain, node->id);
      if (!kept || kept->state != node->state) {
        missing(world, "the state behind the command " + command->action.str());
      }
    } else if (const auto* verdict = std::get_if<wire::UploadVerdict>(&message)) {
      const std::string* folded = row(world, brain, Table::folded, node->id.str());
      const auto known = folded != nullptr ? act::read_folded(node->id.str(), *folded)
                                           : Result<act::Folded>(Error{});
      const std::string key = act::segment_key(node->id, verdict->seq);
      const bool kept = row(world, brain, Table::segment, key) != nullptr ||
                        (known.ok() && known->has(verdict->seq));
      if (verdict->stored && verdict->seq > 0 && !kept) {
        missing(world, "segment " + std::to_string(verdict->seq) + " of node " + node->id.str());
      }
    } else if (const auto* enrolled = std::get_if<wire::EnrollReply>(&message)) {
      const auto kept = durable_node(world, brain, node->id);
      if (enrolled->accepted && (!kept || kept->key != to)) {
        missing(world, "the enrolment of node " + node->id.str());
      }
    } else if (const auto* reply = std::get_if<wire::HelloReply>(&message)) {
      const auto* body = row(world, brain, Table::order, std::string(act::orders_key));
      const auto orders = body != nullptr ? act::read_orders(*body) : Result<act::Orders>(Error{});
      if (!orders.ok() || orders->epoch < reply->epoch) {
        missing(world, "epoch " + std::to_string(reply->epoch));
      }
    }
  }

  void admitting(World& world, std::size_t brain, const AgentKey& key) override {
    const model::Node* node = world.brains[brain]->controller().fleet().node_of(key);
    if (node == nullptr) return;
    const auto kept = durable_node(world, brain, node->id);
    if (!kept || kept->key != key) missing(world, "the key of node " + node->id.str());
  }

  void naming(World& world, std::size_t brain, const std::vector<act::NameSet>& names) override {
    for (const auto& [id, node] : world.brains[brain]->controller().fleet().nodes()) {
      const bool serves = node.state == model::NodeState::in_service;
      for (const act::NameSet& set : names) {
        const bool is_there = world.dns.addresses(key_of(set)).contains(node.address);
        if (set.addresses.contains(node.address) == is_there || serves == is_there) continue;
        const auto kept = durable_node(world, brain, id);
        const bool kept_serving = kept && kept->state == model::NodeState::in_service;
        if (kept_serving == serves) continue;
        missing(world, "the state of node " + id.str() + ", which " +
                           (serves ? "is put into a name" : "is taken out of one"));
      }
    }
  }

 private:
  static const std::string* row(World& world, std::size_t brain, Table table,
                                const std::string& key) {
    const auto& tables = world.brains[brain]->store().tables();
    const auto rows = tables.find(table);
    if (rows == tables.end()) return nullptr;
    const auto found = rows->second.find(key);
    return found == rows->second.end() ? nullptr : &found->second;
  }

  static std::optional<model::Node> durable_node(World& world, std::size_t brain,
                                                 const NodeId& id) {
    const std::string* body = row(world, brain, Table::node, id.str());
    if (body == nullptr) return std::nullopt;
    auto node = act::read_node(id.str(), *body, world.brains[brain]->controller().policy(),
                               {world.loop.clock().mono(), world.loop.clock().wall()});
    if (!node.ok()) return std::nullopt;
    return std::move(*node);
  }

  static void missing(World& world, const std::string& what) {
    world.violated("journal", "it acts before this is durable: " + what);
  }
};

}  // namespace

std::unique_ptr<Checker> make_write_ahead_checker() {
  return std::make_unique<WriteAhead>();
}

}  // namespace edgeherd::sim
