// The operator's orders about single nodes, and enrolment: each checks, folds, and answers when
// durable. An order that could not be stored is taken back (order_book.h).
#include <algorithm>
#include <array>
#include <utility>

#include "coordinator/act/controller_state.h"
#include "coordinator/decide/guard.h"
#include "coordinator/decide/lifecycle.h"

namespace edgeherd::act {

using model::Flag;
using model::Node;
using model::NodeState;

namespace {

// An operator who was told that it is done may rely on it, and so may an agent.
const Protection enrolment_kept("journal", "enrolment");
const Protection flag_kept("journal", "flag");

const Protection key_bound("check", "enrolment_first_key");
const Protection doubles_refused("check", "enrolment_of_doubles");
const Protection clones_refused("check", "enrolment_of_clones");

std::string flag_name(Flag flag) {
  switch (flag) {
    case Flag::cordoned:
      return "cordoned";
    case Flag::is_protected:
      return "protected";
    case Flag::quarantined:
      return "quarantined";
    case Flag::asked_out:
      return "asked out";
    case Flag::drop_now:
      return "to be dropped now";
  }
  return "unknown";
}

}  // namespace

Error no_node(const NodeId& id) {
  return fail(Errc::not_found, "no node '" + id.str() + "'; `edgeherd nodes` lists them all");
}

void Controller::State::reply_when_durable(const Protection& place, Reply<void> reply) {
  core.when_durable(place, [reply = std::move(reply)](const Status& status) { reply(status); });
}

void Controller::State::raise(std::string code, std::string text, const NodeId& id) {
  const Node* node = core.fleet().node(id);
  core.note({model::Severity::alarm, std::move(code), std::move(text), id,
             node != nullptr ? node->zone : ZoneId()});
}

// Names that an earlier start gave addresses, and that no DNS is configured for any more.
void Controller::State::tell_left_behind(const std::vector<NameKey>& left) {
  if (left.empty()) return;
  raise("names_left_behind",
        "no DNS is configured, but these names were given addresses of this fleet, and may go on "
        "answering them: " +
            in_words(left) + ": clean them by hand, or go back",
        NodeId());
}

Status Controller::State::may_enroll(const NodeId& id, const AgentKey& key, const VmId& vm) const {
  const Node* node = core.fleet().node(id);
  if (node == nullptr) return fail(Errc::refused, "no such node");
  const Node* owner = core.fleet().node_of(key);
  if (owner != nullptr && owner->id != id) {
    return fail(Errc::refused, "the key is bound to node " + owner->id.str());
  }
  if (core.fleet().node(model::double_of(id, vm)) != nullptr && doubles_refused.on()) {
    return fail(Errc::refused, "server " + vm.str() + " is a second one, and is destroyed");
  }
  if (!node->key.empty()) {
    if (node->key == key || !key_bound.on()) return {};
    return fail(Errc::refused, "the node is bound to another key");
  }
  const bool adopted = node->origin == model::Origin::adopted;
  // People said which server it is. A clone has its token, too: were the clone the node, the server
  // that viewers use would be destroyed as its double.
  const bool another = !vm.empty() && !node->vm.empty() && vm != node->vm;
  if (adopted && another && clones_refused.on()) {
    return fail(Errc::refused, "the node is server " + node->vm.str() + ", not " + vm.str());
  }
  if (!adopted && core.now() > decide::boot_deadline(*node, core.fleet(), core.policy())) {
    return fail(Errc::refused, "the token has expired");
  }
  if (is_leaving(*node)) return fail(Errc::refused, "the node is leaving");
  return {};
}

// Some clouds name a server's address in their list alone, and it is wanted from now on.
void Controller::State::look_for_address(const NodeId& id) {
  const Node* node = core.fleet().node(id);
  const auto account = node != nullptr ? accounts.find(node->provider) : accounts.end();
  if (account != accounts.end() && node->address.empty()) account->second->inventory.soon();
}

void Controller::enroll(const NodeId& id, const AgentKey& key, const VmId& vm, Reply<void> reply) {
  State& state = *state_;
  if (const Status may = state.may_enroll(id, key, vm); !may.ok()) {
    const Node* node = state.core.fleet().node(id);
    const bool other_key = node != nullptr && !node->key.empty() && node->key != key;
    if (other_key || state.core.fleet().node_of(key) != nullptr) {
      state.raise(
          "enrolment_refused",
          "someone with a valid token tried to enrol with another key: " + may.error().message, id);
    }
    return post_reply<void>(state.core.loop(), std::move(reply), may.error());
  }
  if (state.core.fleet().node(id)->key != key) {
    state.core.apply(model::KeyBound{id, key});
    state.core.sync_keys();  // before the answer: the agent comes to the fleet port at once
    state.look_for_address(id);
  }
  state.reply_when_durable(enrolment_kept, std::move(reply));
}

void Controller::set_flag(const NodeId& id, Flag flag, bool on, Reply<void> reply) {
  State& state = *state_;
  const Node* node = state.core.fleet().node(id);
  const auto refuse = [&](Error error) {
    post_reply<void>(state.core.loop(), std::move(reply), std::move(error));
  };
  if (node == nullptr) return refuse(no_node(id));
  if (flag == Flag::drop_now || (flag == Flag::asked_out && on)) {
    return refuse(fail(Errc::invalid, "nodes are asked out by `edgeherd terminate`"));
  }
  if (flag == Flag::asked_out) {
    if (is_leaving(*node))
      return refuse(fail(Errc::conflict, "node " + id.str() + " is leaving already: " +
                                             std::string(to_string(node->state))));
    if (!node->asked_out)
      return refuse(fail(Errc::conflict, "nobody asked node " + id.str() + " out"));
  }
  if (on && node->state == NodeState::terminating) {
    return refuse(fail(Errc::conflict, "node " + id.str() + " is being destroyed already"));
  }
  if (on && flag == Flag::is_protected && is_leaving(*node)) {
    return refuse(fail(Errc::conflict, "node " + id.str() + " is leaving already: " +
                                           std::string(to_string(node->state)) +
                                           "; `edgeherd quarantine` keeps it where it is"));
  }
  const std::string what = std::string(on ? "now " : "no longer ") + flag_name(flag);
  state.core.note({model::Severity::info, "flag_set", what, id, node->zone});
  state.orders.give_flag(
      flag_kept, id.str() + " " + what, *node, flag, on,
      [self = state.weak_from_this(), reply = std::move(reply)](const Status& status) {
        const auto then = self.lock();
        if (then && then->names) then->names->hurry();
        reply(status);
      });
  if (state.names) state.names->hurry();
}

Status Controller::command(const NodeId& id, const std::string& verb,
                           const std::vector<std::pair<std::string, std::string>>& arguments) {
  static constexpr std::array<std::string_view, 3> known = {"rotate", "reload", "set_interval"};
  State& state = *state_;
  const Node* node = state.core.fleet().node(id);
  if (node == nullptr) return no_node(id);
  if (std::find(known.begin(), known.end(), verb) == known.end()) {
    return fail(Errc::invalid, "'" + verb + "' is not for operators: rotate, reload, set_interval");
  }
  if (node->key.empty()) return fail(Errc::conflict, "node " + id.str() + " has not enrolled");
  if (!state.core.may_act() || decide::in_shadow(node->zone, state.core.policy())) {
    return fail(Errc::refused, "this coordinator does not act: read-only, superseded or in shadow");
  }
  wire::Command message;
  message.action = ActionId(id.str() + "-" + verb + "-" + state.core.random().token(10));
  message.epoch = state.core.fleet().epoch();
  message.deadline_ms = 60'000;
  message.verb = verb;
  message.arguments = arguments;
  return state.core.agents().send(node->key, message);
}

}  // namespace edgeherd::act
