#include "coordinator/act/carry_out.h"

#include <cctype>
#include <utility>

#include "coordinator/decide/guard.h"
#include "coordinator/model/agent_words.h"

namespace edgeherd::act {

using decide::Action;
using decide::ActionKind;
using model::NodeState;

namespace {

const Protection before_command("recheck", "before_command");
const Protection command_kept("journal", "command");
const Protection create_settled("check", "create_settled");

constexpr std::size_t token_length = 10;
constexpr std::size_t most_slug = 40;  // a host name's label has at most 63 characters
constexpr Duration command_deadline = 60s;

std::string reason_of(const Action& action) {
  return action.reasons.empty() ? std::string() : action.reasons.front().text;
}

// Flushing lasts as long as it lasts; the rest is quick, or has gone wrong.
Duration deadline_of(const std::string& verb, const model::Timings& timings) {
  return verb == model::verb::flush ? timings.flush_deadline : command_deadline;
}

}  // namespace

NodeId make_node_id(const ZoneId& zone, Random& random) {
  const std::string& full = zone.str();
  const std::size_t slash = full.rfind('/');
  std::string slug;
  for (const char c : slash == std::string::npos ? full : full.substr(slash + 1)) {
    if (slug.size() == most_slug) break;
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 && byte < 0x80) {
      slug += static_cast<char>(std::tolower(byte));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  if (slug.empty()) slug = "node";
  return NodeId(slug + "-" + random.token(token_length));
}

CarryOut::CarryOut(Core& core, Accounts& accounts, Uploads& uploads, Stories& stories,
                   const UserDataSource& user_data, std::function<void()> names_changed)
    : core_(core),
      accounts_(accounts),
      uploads_(uploads),
      stories_(stories),
      calls_(core, accounts, user_data),
      names_changed_(std::move(names_changed)) {}

void CarryOut::run(const decide::Plan& plan) {
  for (const Action& action : plan.actions) {
    if (begin(action)) ++counts_[std::string(to_string(action.kind))];
  }
}

bool CarryOut::begin(const Action& action) {
  // The guard holds back what is in shadow; a dry run that acts would be worse than none.
  if (!core_.may_act()) return false;
  if (!accounts_.contains(action.provider)) return false;
  if (action.kind == ActionKind::launch) return launch(action);
  const model::Node* node = core_.fleet().node(action.node);
  if (node == nullptr) return false;
  stories_.decided(action);
  switch (action.kind) {
    case ActionKind::launch:
      return false;
    case ActionKind::create_again:
      return create_again(action, *node);
    case ActionKind::admit:
    case ActionKind::return_to_service:
      return enter(action, NodeState::in_service);
    case ActionKind::withdraw:
      return enter(action, NodeState::draining);
    case ActionKind::begin_flush:
      return enter(action, NodeState::flushing);
    case ActionKind::finish_flush:
      return enter(action, NodeState::flushed);
    case ActionKind::mark_gone:
      return enter(action, NodeState::gone);
    case ActionKind::command:
      return command(action, *node);
    case ActionKind::check_archive:
      return check_archive(action);
    case ActionKind::hold:
      core_.apply(model::NodeHeld{action.node, reason_of(action)});
      return true;
    case ActionKind::give_up_flush:
      core_.apply(model::FlushGivenUp{action.node, reason_of(action)});
      return true;
    case ActionKind::terminate:
    case ActionKind::discard:
      return enter(action, NodeState::terminating);
    case ActionKind::destroy_again:
      return destroy(action, *node);
    case ActionKind::reboot:
      if (node->vm.empty() || node->call != model::Call::none) return false;
      calls_.reboot(action);
      return true;
  }
  return false;
}

bool CarryOut::launch(const Action& action) {
  const model::ZonePolicy* zone = core_.policy().zone(action.zone);
  if (zone == nullptr) return false;
  const NodeId id = make_node_id(action.zone, core_.random());
  if (core_.fleet().node(id) != nullptr)
    return false;  // 50 bits of chance: the next plan draws anew
  const auto there = model::placement_at(*zone, action.place, action.size);
  if (!there) return false;
  core_.apply(model::LaunchIntended{id, action.zone, action.provider, there->image,
                                    there->image_version, there->size, there->place, action.price,
                                    action.spilled_for});
  const model::Node* node = core_.fleet().node(id);
  if (node == nullptr) return false;
  Action create = action;
  create.node = id;
  create.expected_state = node->state;
  create.expected_visit = node->visit;
  stories_.decided(create);
  calls_.create(create);
  return true;
}

// A listing proves that nothing was made only if it was asked for after the last call had ended,
// and the provider had its time to show it. Of a call of before the start nothing is known: it
// ended no later than that.
bool CarryOut::create_again(const Action& action, const model::Node& node) {
  if (node.call != model::Call::none) return false;
  const auto ended = std::max(calls_.create_ended(node.id), core_.fleet().started_at());
  const auto listed = accounts_.at(action.provider)->inventory.asked_at();
  const bool proven = listed && ended && *listed >= *ended + core_.policy().timings.create_settle;
  if (!proven && create_settled.on()) return false;
  calls_.create(action);
  return true;
}

bool CarryOut::enter(const Action& action, NodeState state) {
  core_.apply(model::StateEntered{action.node, state, action.cause, reason_of(action)});
  if (state == NodeState::gone) {
    calls_.forget(action.node);
    return true;
  }
  if (state == NodeState::in_service || state == NodeState::draining) names_changed_();
  if (state != NodeState::terminating) return true;
  const model::Node* node = core_.fleet().node(action.node);
  // What was never seen cannot be destroyed: the inventory will show it, or that there is nothing.
  if (node == nullptr || node->vm.empty() || node->call != model::Call::none) return true;
  Action aimed = action;
  aimed.expected_state = node->state;
  aimed.expected_visit = node->visit;
  calls_.destroy(aimed);
  return true;
}

bool CarryOut::destroy(const Action& action, const model::Node& node) {
  if (node.vm.empty() || node.call != model::Call::none) return false;
  calls_.destroy(action);
  return true;
}

bool CarryOut::command(const Action& action, const model::Node& node) {
  if (node.key.empty()) return false;
  wire::Command message;
  message.action = model::action_id(node, action.verb, core_.fleet().epoch());
  message.epoch = core_.fleet().epoch();
  message.deadline_ms =
      static_cast<std::uint32_t>(millis(deadline_of(action.verb, core_.policy().timings)));
  message.verb = action.verb;
  core_.apply(model::CommandDecided{node.id});
  core_.when_durable(
      command_kept, lifetime_.bind([this, action, key = node.key,
                                    message = std::move(message)](const Status& status) {
        if (!status.ok()) return;
        if (decide::stale_precondition(before_command, action, core_.fleet(), core_.policy()))
          return;
        core_.apply(model::CommandSent{action.node, action.verb, message.action});
        // Lost or refused: the plan sends it again until it is answered.
        (void)core_.agents().send(key, message);
      }));
  return true;
}

bool CarryOut::check_archive(const Action& action) {
  core_.apply(model::CallStarted{action.node, model::Call::check_archive});
  // A fact of this visit, whatever has been ordered meanwhile: what is done with it is asked again.
  uploads_.check_archive(
      action.node, lifetime_.bind([this, node = action.node,
                                   visit = action.expected_visit](const Status& status) {
        core_.apply(model::ArchiveChecked{
            node, visit, status.ok() ? std::nullopt : std::optional(status.error())});
      }));
  return true;
}

}  // namespace edgeherd::act
