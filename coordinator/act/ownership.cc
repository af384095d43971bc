// The operator's word on whose a server is: adopted into a zone, or forgotten.
#include <algorithm>
#include <utility>

#include "coordinator/act/controller_state.h"

namespace edgeherd::act {

using model::Node;
using model::NodeState;

namespace {

const Protection adoption_kept("journal", "adoption");
const Protection forgotten_kept("journal", "forgotten");
const Protection in_service_kept("check", "forget_not_in_service");

}  // namespace

void Controller::adopt(const ProviderId& provider, const VmId& vm,
                       const std::optional<ZoneId>& wanted, Reply<NodeId> reply) {
  State& state = *state_;
  const auto refuse = [&](Errc code, std::string why) {
    post_reply(state.core.loop(), std::move(reply), fail(code, std::move(why)));
  };
  for (const auto& [id, node] : state.core.fleet().nodes()) {
    if (node.provider == provider && node.vm == vm) {
      return refuse(Errc::conflict, "server " + vm.str() + " is node " + id.str() + " already");
    }
  }
  const auto& strangers = state.core.fleet().account(provider).strangers;
  const auto found = std::find_if(strangers.begin(), strangers.end(),
                                  [&](const model::Vm& stranger) { return stranger.id == vm; });
  if (found == strangers.end()) {
    return refuse(Errc::not_found, "account '" + provider.str() + "' lists no server '" + vm.str() +
                                       "' with the tag of this fleet");
  }
  const model::Vm& stranger = *found;
  if (const Node* node = model::node_of_stranger(state.core.fleet(), stranger)) {
    return refuse(Errc::conflict, "server " + vm.str() + " is that of node " + node->id.str() +
                                      ", of account '" + node->provider.str() +
                                      "': two accounts list it");
  }
  // The others of its launch are destroyed as doubles: it must be the original that stays.
  for (const model::Vm& other : strangers) {
    if (other.node.empty() || other.node != stranger.node || other.created >= stranger.created) {
      continue;
    }
    return refuse(Errc::conflict, "server " + vm.str() + " is a younger double of " +
                                      other.id.str() + ", of the same launch; adopt that one");
  }
  const model::ZonePolicy* zone = wanted ? state.core.policy().zone(*wanted) : nullptr;
  // The zone of that name before one that may launch there as well.
  const auto take_if = [&](auto is_there) {
    for (const auto& [id, policy] : state.core.policy().zones) {
      if (zone == nullptr && policy.provider == provider && is_there(policy)) zone = &policy;
    }
  };
  if (!wanted) {
    take_if([&](const model::ZonePolicy& policy) { return policy.place == stranger.place; });
    take_if(
        [&](const model::ZonePolicy& policy) { return model::has_place(policy, stranger.place); });
  }
  if (zone == nullptr || zone->provider != provider) {
    return refuse(Errc::invalid, wanted ? "zone '" + wanted->str() + "' is not one of this account"
                                        : "no zone is configured for the place '" + stranger.place +
                                              "'; name one with --zone");
  }
  // Its agent knows the name that it was launched under, and can prove that one alone.
  const bool keeps_name =
      !stranger.node.empty() && state.core.fleet().node(stranger.node) == nullptr;
  const NodeId id = keeps_name ? stranger.node : NodeId(provider.str() + "-" + vm.str());
  state.orders.give_once_stored(adoption_kept, "the adoption of server " + vm.str(),
                                {model::Adopted{id, zone->id, provider, stranger}},
                                [reply = std::move(reply), id](const Status& status) {
                                  if (status.ok()) {
                                    reply(id);
                                  } else {
                                    reply(status.error());
                                  }
                                });
}

void Controller::forget(const NodeId& id, Reply<void> reply) {
  State& state = *state_;
  const Node* node = state.core.fleet().node(id);
  const auto refuse = [&](Error error) {
    post_reply<void>(state.core.loop(), std::move(reply), std::move(error));
  };
  if (node == nullptr) return refuse(no_node(id));
  if (node->state == NodeState::in_service && !node->quarantined && in_service_kept.on()) {
    return refuse(fail(Errc::refused, "node " + id.str() +
                                          " is in service; terminate it, or quarantine it first"));
  }
  if (node->call != model::Call::none) {
    return refuse(fail(Errc::conflict, "a call for node " + id.str() + " is under way; try again"));
  }
  state.core.apply(model::Forgotten{id});
  // What a node leaves behind (its logs' places, its story) cannot be put together again. So this
  // one order stays in force, and the operator is told what is true.
  state.core.when_durable(forgotten_kept, [reply = std::move(reply)](const Status& status) {
    if (status.ok()) return reply({});
    reply(status.error().within(
        "forgotten, but that could not be stored yet and is tried again; a restart before may "
        "bring the node back"));
  });
}

}  // namespace edgeherd::act
