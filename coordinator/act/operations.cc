// The operator's part of Controller, and enrolment: each checks, folds, and answers when durable.
// An order that could not be stored is taken back (order_book.h).
#include <algorithm>
#include <array>
#include <set>
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
const Protection termination_kept("journal", "termination");
const Protection flag_kept("journal", "flag");

const Protection key_bound("check", "enrolment_first_key");
const Protection doubles_refused("check", "enrolment_of_doubles");
const Protection selector_wanted("check", "empty_selector_refused");
const Protection count_expected("check", "termination_count");

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

std::string note_of(const Node& node) {
  if (is_leaving(node)) return "already leaving";
  if (node.asked_out) return "already asked out";
  if (is_coming(node)) return "not in service yet";
  return "";
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
  if (adopted && !vm.empty() && !node->vm.empty() && vm != node->vm) {
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

Result<std::vector<const Node*>> Controller::State::chosen(const TerminateRequest& request) const {
  if (request.nodes.empty() == !request.whole_zone && selector_wanted.on()) {
    return fail(Errc::invalid, "name nodes, or one zone with --all, but not both");
  }
  std::vector<const Node*> nodes;
  if (request.whole_zone) {
    for (const auto& [id, node] : core.fleet().nodes()) {
      if (node.zone == *request.whole_zone && node.state != NodeState::terminating) {
        nodes.push_back(&node);
      }
    }
    if (nodes.empty()) {
      return fail(Errc::not_found, "zone '" + request.whole_zone->str() +
                                       "' has no nodes; `edgeherd zones` lists the zones");
    }
  }
  const std::set<NodeId> once(request.nodes.begin(), request.nodes.end());
  for (const NodeId& id : once) {
    const Node* node = core.fleet().node(id);
    if (node == nullptr) return no_node(id);
    nodes.push_back(node);
  }
  for (const Node* node : nodes) {
    if (node->is_protected) {
      return fail(Errc::refused, "node " + node->id.str() + " is protected; `edgeherd unprotect " +
                                     node->id.str() + "` first");
    }
  }
  return nodes;
}

Result<TerminationPreview> Controller::State::preview(const TerminateRequest& request) const {
  const auto nodes = chosen(request);
  if (!nodes.ok()) return nodes.error();
  TerminationPreview preview;
  std::map<ZoneId, int> leaving;
  for (const Node* node : *nodes) {
    preview.lines.push_back({node->id, node->zone, node->state, note_of(*node)});
    if (model::is_capacity(*node)) ++leaving[node->zone];
  }
  for (const auto& [id, count] : leaving) {
    const model::ZonePolicy* zone = core.policy().zone(id);
    if (zone == nullptr || zone->activity != model::ZoneActivity::active) continue;
    int capacity = 0;
    for (const auto& [other, node] : core.fleet().nodes()) {
      capacity += node.zone == id && model::is_capacity(node) ? 1 : 0;
    }
    if (capacity - count < zone->min_servers) {
      preview.warnings.push_back(
          "zone " + id.str() + " has " + std::to_string(capacity) + " in service and min_servers " +
          std::to_string(zone->min_servers) + ": each node waits for its replacement");
    }
  }
  foretell(request.mode, preview);
  if (request.mode == TerminateMode::now) {
    preview.warnings.emplace_back(
        "now: open connections are cut, and log lines not yet stored are lost");
  }
  return preview;
}

// What the next plan would do with the order: of the nodes in service, who leaves at once and what
// holds the others.
void Controller::State::foretell(TerminateMode mode, TerminationPreview& preview) const {
  model::Fleet then = core.fleet().copy();
  for (const TerminationPreview::Line& line : preview.lines) {
    then.apply(model::FlagSet{line.node, Flag::asked_out, true}, core.policy(), core.now());
    if (mode == TerminateMode::now)
      then.apply(model::FlagSet{line.node, Flag::drop_now, true}, core.policy(), core.now());
  }
  const decide::Plan foreseen = decide::plan(then, core.policy(), core.now());
  const auto leaves = [](const decide::Action& action, const NodeId& node) {
    return action.kind == decide::ActionKind::withdraw && action.node == node;
  };
  int waiting = 0;
  for (TerminationPreview::Line& line : preview.lines) {
    if (line.state != NodeState::in_service) continue;
    const auto held =
        std::find_if(foreseen.withheld.begin(), foreseen.withheld.end(),
                     [&](const decide::Withheld& w) { return leaves(w.action, line.node); });
    if (held == foreseen.withheld.end()) {
      line.note += (line.note.empty() ? "" : ", ") + std::string("leaves service at once");
      continue;
    }
    ++waiting;
    line.note += (line.note.empty() ? "" : ", ") + std::string("waits, held by ") +
                 std::string(to_string(held->brake)) + ": " + held->text;
  }
  if (waiting == 0) return;
  const model::Budgets& budgets = core.policy().budgets;
  preview.warnings.push_back(
      std::to_string(waiting) + " of " + std::to_string(preview.lines.size()) +
      (mode == TerminateMode::now ? " wait all the same: `--now` skips connections and logs, not "
                                    "the brakes"
                                  : " wait") +
      "; of a zone at most " + std::to_string(static_cast<int>(budgets.other_fraction * 100)) +
      " % (at least one) leave "
      "within " +
      std::to_string(static_cast<int>(seconds(budgets.other_window))) + " s");
}

Result<TerminationPreview> Controller::preview(const TerminateRequest& request) const {
  return state_->preview(request);
}

void Controller::terminate(const TerminateRequest& request, Reply<TerminationPreview> reply) {
  State& state = *state_;
  auto preview = state.preview(request);
  if (!preview.ok()) {
    return post_reply(state.core.loop(), std::move(reply), preview.error());
  }
  const int count = static_cast<int>(preview->lines.size());
  const bool expected =
      request.expect_count ? *request.expect_count == count : count <= expect_count_above;
  if (!expected && count_expected.on()) {
    const std::string seen =
        request.expect_count ? ", not " + std::to_string(*request.expect_count) : "";
    return post_reply(state.core.loop(), std::move(reply),
                      fail(Errc::refused, "this would terminate " + std::to_string(count) +
                                              " nodes" + seen + "; if that is meant, repeat with " +
                                              "--expect-count " + std::to_string(count)));
  }
  for (const TerminationPreview::Line& line : preview->lines) {
    if (!decide::in_shadow(line.zone, state.core.policy())) continue;
    return post_reply(
        state.core.loop(), std::move(reply),
        fail(Errc::refused, "zone " + line.zone.str() +
                                " is in shadow mode: nothing is done there, and nothing is kept "
                                "for later; end it in the configuration first"));
  }
  std::vector<model::Event> orders;
  for (const TerminationPreview::Line& line : preview->lines) {
    orders.emplace_back(model::FlagSet{line.node, Flag::asked_out, true});
    if (request.mode == TerminateMode::now) {
      orders.emplace_back(model::FlagSet{line.node, Flag::drop_now, true});
    }
  }
  const std::string what = "the operator asked " + std::to_string(count) +
                           (count == 1 ? " node out" : " nodes out") +
                           (request.mode == TerminateMode::now ? ", now" : "");
  state.core.note({model::Severity::info, "termination_asked", what, NodeId(),
                   request.whole_zone.value_or(ZoneId())});
  state.orders.give_once_stored(
      termination_kept, what, std::move(orders),
      [reply = std::move(reply), done = std::move(*preview)](const Status& status) {
        if (status.ok()) {
          reply(done);
        } else {
          reply(status.error());
        }
      });
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
