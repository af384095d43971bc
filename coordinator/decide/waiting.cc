// For people: what a leaving node waits for, in the words of the conditions of leaving.cc.
#include "coordinator/decide/life.h"
#include "coordinator/decide/lifecycle.h"
#include "coordinator/decide/placing.h"
#include "coordinator/model/agent_words.h"

namespace edgeherd::decide {

using model::Call;
using model::NodeState;

namespace {

// Before a boot's end: time enough for names to be read, however many there are.
constexpr Duration given_up_soon = 1min;

}  // namespace

std::optional<std::string> Life::waiting() const {
  if (!model::is_leaving(node_)) return std::nullopt;
  if (node_.quarantined) return "an operator: it is quarantined";
  if (const auto next = step()) return waiting_with(*next);
  switch (node_.state) {
    case NodeState::draining:
      return waiting_in_drain();
    case NodeState::flushing:
      return waiting_in_flush();
    case NodeState::flushed:
      return waiting_for_call();
    default:
      if (node_.missing_listings > 0 && !node_.vm.empty())
        return "its agent to fall silent: the provider no longer lists it";
      if (node_.cause == model::Cause::duplicate && !name_settled())
        return "names that do not give its address: the DNS is to show that";
      return node_.vm.empty() || node_.destroyed_at ? "an inventory that no longer lists it"
                                                    : waiting_for_call();
  }
}

// Its next step is known: commands are asked again until they are answered.
std::string Life::waiting_with(const Action& next) const {
  if (next.kind == ActionKind::command) return waiting_for_agent(next.verb);
  return "the next tick, to " + std::string(to_string(next.kind));
}

std::string Life::waiting_for_agent(const std::string& verb) const {
  const std::string& failure = node_.leaving.command_failure;
  return "its agent, to " + verb + (failure.empty() ? "" : "; it said: " + failure);
}

std::string Life::waiting_in_drain() const {
  if (reachable() && node_.agent.drain_state == model::drain_state::serving &&
      !past(t_.drain_deadline))
    return waiting_for_agent(model::verb::drain);
  if (!name_settled()) {
    const model::ZonePolicy* zone = policy_.zone(node_.zone);
    const bool named = zone != nullptr && model::has_names(*zone, node_.id);
    const bool read = fleet_.zone(node_.zone).names_read_at.has_value();
    if (!named || (read && node_.leaving.name_gone_at))
      return "the TTL of its name, which resolvers may still keep";
    std::string names = model::node_name(*zone, node_.id);
    for (const model::NameKey& key : model::shared_names(*zone)) {
      names += (names.empty() ? "" : ", ") + key.name;
    }
    return names + " to answer without it" +
           (read ? "" : "; they were not read since the coordinator started");
  }
  if (!connections_settled()) {
    const auto connections = node_.load.rates().connections;
    return std::string("its connections to end") +
           (connections ? ", " + std::to_string(static_cast<int>(*connections)) + " now" : "") +
           "; at most until the drain deadline";
  }
  return reachable() ? waiting_for_agent(model::verb::close_listener)
                     : "its agent, which may still come back after the coordinator's start";
}

std::string Life::waiting_in_flush() const {
  if (node_.call == Call::check_archive) return "the check of its stored objects";
  if (node_.call == Call::reboot) return "its reboot";
  if (node_.leaving.command_done) return "another check of its stored objects";
  const std::string silent = reachable() ? "" : waiting_for_silent();
  if (node_.held) {
    return "its logs to be stored, or an operator: it is held" +
           (silent.empty() ? "" : "; for " + silent);
  }
  return silent.empty() ? waiting_for_agent(model::verb::flush) : silent;
}

std::string Life::waiting_for_silent() const {
  if (settling()) return "its agent, silent since before its reboot";
  if (is_down(node_.provider, fleet_, policy_, now_)) {
    return "its agent, which is silent, and its account, which cannot be listed: no reboot can be "
           "asked for";
  }
  const bool again = !node_.leaving.rebooted && node_.leaving.reboot_refused_at;
  return "its agent, which is silent" +
         (again ? ", and another try of its reboot, after: " + node_.leaving.reboot_failure : "");
}

bool Life::rests_on_names() const {
  const model::ZonePolicy* zone = policy_.zone(node_.zone);
  if (zone == nullptr || !model::has_names(*zone, node_.id)) return false;
  switch (node_.state) {
    case NodeState::draining:
      return !name_settled();
    case NodeState::terminating:
      return node_.cause == model::Cause::duplicate && !name_settled();
    case NodeState::booting:
    case NodeState::verifying:
      return node_.origin == model::Origin::launched && !node_.address.empty() &&
             now_ + given_up_soon >= boot_deadline(node_, fleet_, policy_);
    default:
      return false;
  }
}

std::string Life::waiting_for_call() const {
  if (node_.call != Call::none) return "the provider's answer";
  return "the next call to the provider" +
         (node_.call_failure.empty() ? "" : ", after: " + node_.call_failure);
}

}  // namespace edgeherd::decide
