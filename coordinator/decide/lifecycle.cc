#include "coordinator/decide/lifecycle.h"

#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

namespace {

using model::Call;
using model::Cause;
using model::Node;
using model::NodeState;

const Protection boot_time_again("check", "boot_deadline_after_start");
const Protection launch_settled("check", "launch_settled");
const Protection lost_twice("check", "lost_listed_twice");
const Protection lost_silent("check", "lost_silent");
const Protection right_image("check", "right_image");
const Protection verified("check", "verified_before_service");
const Protection name_gone("check", "name_gone");
const Protection name_ttl("check", "name_ttl");
const Protection drained("check", "connections_drained");
const Protection silence_counts("check", "silence_counts_from_start");
const Protection drain_bounded("check", "drain_bounded");
const Protection archive_first("check", "archive_before_end");
const Protection held_first("check", "held_before_given_up");

// A complete inventory that lacks a node twice in a row is believed; once, after its destruction.
constexpr int missing_to_be_lost = 2;

// The life of one node at one moment.
class Life {
 public:
  Life(const Node& node, const model::Fleet& fleet, const model::Policy& policy, int held_in_zone,
       MonoTime now)
      : node_(node),
        fleet_(fleet),
        policy_(policy),
        t_(policy.timings),
        held_in_zone_(held_in_zone),
        now_(now) {}

  std::optional<Action> step() const {
    switch (node_.state) {
      case NodeState::requested:
        return requested();
      case NodeState::booting:
        return booting();
      case NodeState::verifying:
        return verifying();
      case NodeState::in_service:
        return in_service();
      case NodeState::draining:
        return draining();
      case NodeState::flushing:
        return flushing();
      case NodeState::flushed:
        return flushed();
      case NodeState::terminating:
        return terminating();
      case NodeState::gone:
        return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  Action act(ActionKind kind, Cause cause, std::string text,
             std::optional<Duration> age = std::nullopt) const {
    Action action;
    action.kind = kind;
    action.node = node_.id;
    action.zone = node_.zone;
    action.provider = node_.provider;
    action.cause = cause;
    action.reasons.push_back({std::move(text), age});
    action.expected_state = node_.state;
    action.expected_visit = node_.visit;
    return action;
  }

  std::optional<Action> command(std::string verb, std::string text) const {
    const auto& sent = node_.leaving.command_sent_at;
    if (sent && now_ - *sent < t_.resend_command) return std::nullopt;
    Action action = act(ActionKind::command, node_.cause, std::move(text));
    action.verb = std::move(verb);
    return action;
  }

  bool may_call() const {
    return node_.call == Call::none &&
           (!node_.call_failed_at || now_ - *node_.call_failed_at >= t_.retry_call);
  }
  bool past(Duration limit) const { return now_ - node_.state_since > limit; }
  bool reachable() const { return heard_within(node_, now_, t_.agent_away); }
  // Not heard, though it had the time: after a start agents take a while to come back.
  bool gone_silent() const {
    const auto started = fleet_.started_at();
    const bool had_time = !started || !silence_counts.on() || now_ - *started > 4 * t_.agent_away;
    return !reachable() && had_time;
  }

  // Listed before, now missing from complete inventories: somebody else deleted it. But a server
  // that speaks is there: the credentials of another project list none of ours, and are complete.
  std::optional<Action> vanished(Cause cause) const {
    const int enough = lost_twice.on() ? missing_to_be_lost : 1;
    if (node_.vm.empty() || node_.missing_listings < enough) return std::nullopt;
    if (node_.state == NodeState::booting && !past(t_.create_settle)) return std::nullopt;
    if (reachable() && lost_silent.on()) return std::nullopt;
    return act(ActionKind::mark_gone, cause, "the provider no longer lists VM " + node_.vm.str());
  }

  std::optional<Action> requested() const {
    if (now_ - node_.requested_at > t_.boot_deadline) {
      return act(ActionKind::discard, Cause::failed_boot,
                 "never appeared at the provider" +
                     (node_.call_failure.empty() ? "" : ": " + node_.call_failure));
    }
    if (!may_call()) return std::nullopt;
    // Asked and unanswered, or asked before a restart: only a complete inventory that is younger
    // than the settle window can say that nothing was made.
    const MonoTime asked = node_.call_failed_at.value_or(
        std::max(node_.requested_at, fleet_.started_at().value_or(now_)));
    const auto listed = fleet_.account(node_.provider).listed_at;
    const bool settled =
        listed && *listed >= asked + t_.create_settle && node_.missing_listings > 0;
    if (!settled && launch_settled.on()) return std::nullopt;
    return act(ActionKind::create_again, Cause::none, "a complete inventory does not have it",
               listed ? std::optional(now_ - *listed) : std::nullopt);
  }

  std::optional<Action> booting() const {
    if (auto lost = vanished(Cause::failed_boot)) return lost;
    if (node_.origin == model::Origin::adopted) return std::nullopt;
    if (now_ > boot_deadline(node_, fleet_, policy_)) {
      return give_up("its agent did not enrol within the boot deadline");
    }
    return std::nullopt;
  }

  // A boot that failed has nothing to lose. But one that its zone's name gives to viewers serves,
  // by another coordinator's word or by one that an older database has lost: it leaves as any
  // other, and its logs are stored.
  Action give_up(const std::string& why) const {
    if (node_.address.empty() || !fleet_.zone(node_.zone).names.contains(node_.address)) {
      return act(ActionKind::discard, Cause::failed_boot, why);
    }
    return act(ActionKind::withdraw, Cause::failed_boot,
               why + ", but its zone's name gives its address: withdrawn first");
  }

  std::optional<Action> verifying() const {
    if (auto lost = vanished(Cause::failed_boot)) return lost;
    if (const auto wrong = wrong_build(); wrong && right_image.on()) {
      if (node_.origin == model::Origin::adopted) return std::nullopt;
      // Launched before the zone wanted another image: that is nobody's failure to boot.
      const model::ZonePolicy* zone = policy_.zone(node_.zone);
      const bool outdated = zone != nullptr && zone->image != node_.image;
      return act(ActionKind::discard, outdated ? Cause::rotation : Cause::failed_boot, *wrong);
    }
    if (auto open = undrain("about to serve")) return open;
    const auto reason = unfit(node_, policy_, now_);
    if (!reason || !verified.on())
      return act(ActionKind::admit, Cause::none,
                 "verified: version, checks, health page and edge port");
    const bool watched = now_ > boot_deadline(node_, fleet_, policy_);
    if (node_.origin == model::Origin::launched && past(t_.boot_deadline) && watched) {
      return give_up("not fit within the boot deadline: " + *reason);
    }
    return std::nullopt;
  }

  // A wrong image is never put in service, and waiting does not mend it.
  std::optional<std::string> wrong_build() const {
    if (!node_.agent.heard_at || node_.agent.boot_id.empty()) return std::nullopt;
    if (!node_.image_version.empty() && node_.agent.image_version != node_.image_version) {
      return "image version is \"" + node_.agent.image_version + "\", wanted \"" +
             node_.image_version + "\"";
    }
    const model::ZonePolicy* zone = policy_.zone(node_.zone);
    if (zone != nullptr && !zone->config_digest.empty() &&
        node_.agent.config_digest != zone->config_digest) {
      return "configuration digest is " + node_.agent.config_digest + ", wanted " +
             zone->config_digest;
    }
    return std::nullopt;
  }

  std::optional<Action> in_service() const {
    if (auto lost = vanished(Cause::lost)) return lost;
    return undrain("in service");
  }

  // Its agent was told to drain before: by an un-drain that was lost, or a database that was.
  std::optional<Action> undrain(const std::string& what) const {
    const std::string& state = node_.agent.drain_state;
    if (!reachable()) return std::nullopt;
    if (state == "draining" || state == "closed") {
      return command("undrain", what + ", but its agent is " + state);
    }
    // Its state is told by HELLO alone, and another coordinator may have drained it since.
    const bool unexplained =
        has_data(node_, policy_, now_) && !node_.agent.ready && node_.agent.failing.empty();
    if (!unexplained) return std::nullopt;
    return command("undrain", what + ", but its agent is not ready, and no check says why");
  }

  std::optional<Action> draining() const {
    if (auto lost = vanished(Cause::lost)) return lost;
    if (node_.quarantined) return std::nullopt;
    if (node_.drop_now) return act(ActionKind::begin_flush, node_.cause, "the operator's --now");
    // An agent that cannot obey (its disk is full, say) holds up nothing for ever.
    const bool patient = !past(2 * t_.drain_deadline);
    if (reachable() && node_.agent.drain_state == "serving" && !past(t_.drain_deadline))
      return command("drain", "leaving service");
    if (!name_settled()) return std::nullopt;
    if (!connections_settled()) return std::nullopt;
    if (reachable() && node_.agent.drain_state != "closed" && patient) {
      return command("close_listener", "name, TTL and connections are settled");
    }
    if (!reachable() && !gone_silent()) return std::nullopt;
    return act(ActionKind::begin_flush, node_.cause, why_flush());
  }

  std::string why_flush() const {
    if (!reachable()) return "its agent is silent, its name is gone";
    if (node_.agent.drain_state == "closed") return "the listener is closed";
    return "the listener is not closed, and the drain deadline is over: " +
           (node_.leaving.command_failure.empty() ? "its agent says nothing"
                                                  : node_.leaving.command_failure);
  }

  bool name_settled() const {
    const model::ZonePolicy* zone = policy_.zone(node_.zone);
    const Duration ttl = zone != nullptr ? zone->dns_ttl : model::ZonePolicy{}.dns_ttl;
    const bool named = zone != nullptr && !zone->dns_name.empty() && name_gone.on();
    const std::optional<MonoTime> gone =
        named ? node_.leaving.name_gone_at : std::optional(node_.state_since);
    return gone && (now_ - *gone >= ttl || !name_ttl.on());
  }

  bool connections_settled() const {
    if ((past(t_.drain_deadline) && drain_bounded.on()) || !drained.on()) return true;
    if (!has_data(node_, policy_, now_))
      return !reachable() && node_.verdict == model::Verdict::bad;
    const auto connections = node_.load.rates().connections;
    return connections && static_cast<int>(*connections) <= t_.drain_connections;
  }

  std::optional<Action> flushing() const {
    if (auto lost = vanished(Cause::lost)) return lost;
    if (node_.quarantined) return std::nullopt;
    if (node_.drop_now)
      return act(ActionKind::give_up_flush, node_.cause, "the operator's --now: logs are given up");
    if (node_.leaving.archive_checked || (node_.leaving.command_done && !archive_first.on())) {
      return act(ActionKind::finish_flush, node_.cause, "every stored object matches the manifest");
    }
    // A check of many objects takes its time: all is shipped, and its end will tell.
    if (node_.call == Call::check_archive) return std::nullopt;
    if (auto late = overdue()) return late;
    if (node_.leaving.command_done) {
      if (!may_call()) return std::nullopt;
      return act(ActionKind::check_archive, node_.cause, "the agent says that all is shipped");
    }
    if (reachable()) return command("flush", "the listener is closed");
    const bool settling =
        node_.leaving.rebooted_at && now_ - *node_.leaving.rebooted_at < t_.reboot_patience;
    if (node_.leaving.reboots == 0 && !settling && may_call() && past(t_.agent_away) &&
        gone_silent()) {
      return act(ActionKind::reboot, node_.cause,
                 "its agent is silent: once, so that its logs can be stored");
    }
    return std::nullopt;
  }

  std::optional<Action> overdue() const {
    if (!past(t_.flush_deadline)) return std::nullopt;
    const std::string why = node_.leaving.archive_failure.empty() ? node_.leaving.command_failure
                                                                  : node_.leaving.archive_failure;
    const std::string text =
        "logs not stored within the flush deadline" + (why.empty() ? "" : ": " + why);
    if (node_.held) {
      return past(t_.hold_limit) ? std::optional(act(ActionKind::give_up_flush, node_.cause,
                                                     text + "; held long enough"))
                                 : std::nullopt;
    }
    const bool hold = t_.flush_failure == model::FlushFailure::hold &&
                      held_in_zone_ < t_.hold_per_zone && held_first.on();
    return act(hold ? ActionKind::hold : ActionKind::give_up_flush, node_.cause, text);
  }

  std::optional<Action> flushed() const {
    if (auto lost = vanished(Cause::lost)) return lost;
    if (node_.quarantined || !may_call()) return std::nullopt;
    return act(ActionKind::terminate, node_.cause,
               node_.skip_flush ? "logs given up" : "drained, logs stored");
  }

  std::optional<Action> terminating() const {
    if (!may_call()) return std::nullopt;
    const bool unseen = node_.vm.empty();
    if (unseen ? node_.missing_listings >= missing_to_be_lost && past(t_.create_settle)
               : node_.missing_listings > 0) {
      return act(ActionKind::mark_gone, node_.cause, "a complete inventory no longer lists it");
    }
    if (unseen) return std::nullopt;
    // After the destruction was accepted the list may lag: only ask again when it still lists it.
    const MonoTime asked =
        node_.destroyed_at ? *node_.destroyed_at + t_.create_settle : node_.state_since;
    const bool listed_since = node_.listed_at && *node_.listed_at > asked;
    if (node_.destroyed_at && !listed_since) return std::nullopt;
    if (!listed_since && !node_.call_failed_at && !restarted_since()) return std::nullopt;
    // It came to light by itself and was in no drain; a name may answer it all the same (an older
    // database, a clone that was adopted).
    if (node_.cause == Cause::duplicate && !name_settled()) return std::nullopt;
    return act(ActionKind::destroy_again, node_.cause, "the provider still lists it");
  }

  // -- for people: what it waits for, in the words of next_step's conditions

 public:
  std::optional<std::string> waiting() const {
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
        return node_.vm.empty() || node_.destroyed_at ? "an inventory that no longer lists it"
                                                      : waiting_for_call();
    }
  }

 private:
  // Its next step is known: commands are asked again until they are answered.
  std::string waiting_with(const Action& next) const {
    if (next.kind == ActionKind::command) return waiting_for_agent(next.verb);
    return "the next tick, to " + std::string(to_string(next.kind));
  }

  std::string waiting_for_agent(const std::string& verb) const {
    const std::string& failure = node_.leaving.command_failure;
    return "its agent, to " + verb + (failure.empty() ? "" : "; it said: " + failure);
  }

  std::string waiting_in_drain() const {
    if (reachable() && node_.agent.drain_state == "serving" && !past(t_.drain_deadline))
      return waiting_for_agent("drain");
    if (!name_settled()) {
      const model::ZonePolicy* zone = policy_.zone(node_.zone);
      if (zone == nullptr || zone->dns_name.empty() || node_.leaving.name_gone_at) {
        return "the TTL of its name, which resolvers may still keep";
      }
      return zone->dns_name + " to answer without it";
    }
    if (!connections_settled()) {
      const auto connections = node_.load.rates().connections;
      return std::string("its connections to end") +
             (connections ? ", " + std::to_string(static_cast<int>(*connections)) + " now" : "") +
             "; at most until the drain deadline";
    }
    return reachable() ? waiting_for_agent("close_listener")
                       : "its agent, which may still come back after the coordinator's start";
  }

  std::string waiting_in_flush() const {
    if (node_.call == Call::check_archive) return "the check of its stored objects";
    if (node_.leaving.command_done) return "another check of its stored objects";
    if (node_.held) return "its logs to be stored, or an operator: it is held";
    if (reachable()) return waiting_for_agent("flush");
    return node_.leaving.rebooted_at ? "its agent, silent since before its reboot"
                                     : "its agent, which is silent";
  }

  std::string waiting_for_call() const {
    if (node_.call != Call::none) return "the provider's answer";
    return "the next call to the provider" +
           (node_.call_failure.empty() ? "" : ", after: " + node_.call_failure);
  }

  // The call under way, if there was one, died with the program that made it.
  bool restarted_since() const {
    return fleet_.started_at() && *fleet_.started_at() >= node_.state_since;
  }

  const Node& node_;
  const model::Fleet& fleet_;
  const model::Policy& policy_;
  const model::Timings& t_;
  int held_in_zone_;
  MonoTime now_;
};

}  // namespace

MonoTime boot_deadline(const Node& node, const model::Fleet& fleet, const model::Policy& policy) {
  const auto started = fleet.started_at();
  const bool counts = started && boot_time_again.on();
  const MonoTime since = counts ? std::max(node.requested_at, *started) : node.requested_at;
  return since + policy.timings.boot_deadline;
}

std::optional<Action> next_step(const Node& node, const model::Fleet& fleet,
                                const model::Policy& policy, int held_in_zone, MonoTime now) {
  return Life(node, fleet, policy, held_in_zone, now).step();
}

std::optional<std::string> waits_for(const Node& node, const model::Fleet& fleet,
                                     const model::Policy& policy, int held_in_zone, MonoTime now) {
  return Life(node, fleet, policy, held_in_zone, now).waiting();
}

std::optional<std::string> unfit(const Node& node, const model::Policy& policy, MonoTime now) {
  const int wanted = policy.timings.verify_in_a_row;
  if (node.vm.empty() || node.address.empty()) return "the provider has not named its address";
  if (node.agent.boot_id.empty()) return "its agent has not said hello";
  if (!has_data(node, policy, now)) return "no fresh sample";
  if (!node.agent.failing.empty()) return "checks fail: " + node.agent.failing.front();
  if (!node.agent.ready) return "its agent is not ready";
  if (node.health_probe.good_in_a_row < wanted) {
    return "health page: " + (node.health_probe.failure.empty() ? "not probed often enough"
                                                                : node.health_probe.failure);
  }
  if (node.edge_probe.good_in_a_row < wanted) {
    return "edge port: " +
           (node.edge_probe.failure.empty() ? "not probed often enough" : node.edge_probe.failure);
  }
  return std::nullopt;
}

}  // namespace edgeherd::decide
