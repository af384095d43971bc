// From service to the end.
#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/decide/life.h"
#include "coordinator/decide/placing.h"
#include "coordinator/decide/zone_view.h"
#include "coordinator/model/agent_words.h"
#include "coordinator/model/asking.h"

namespace edgeherd::decide {

using model::Call;
using model::Cause;

namespace {

const Protection name_gone("check", "name_gone");
const Protection name_ttl("check", "name_ttl");
const Protection drained("check", "connections_drained");
const Protection drain_bounded("check", "drain_bounded");
const Protection archive_first("check", "archive_before_end");
const Protection archive_outage("check", "no_giving_up_in_an_archive_outage");
const Protection held_first("check", "held_before_given_up");
const Protection close_asked("check", "close_asked_before_given_up");
constexpr int most_reboots = 3;  // of which nobody knows whether they were done

const Protection flush_time_again("check", "flush_deadline_after_start");

}  // namespace

std::optional<Action> Life::draining() const {
  if (auto lost = vanished(Cause::lost)) return lost;
  if (node_.quarantined) return std::nullopt;
  if (node_.drop_now) return act(ActionKind::begin_flush, node_.cause, "the operator's --now");
  if (reachable() && node_.agent.drain_state == model::drain_state::serving &&
      !past(t_.drain_deadline))
    return command(model::verb::drain, "leaving service");
  if (!name_settled()) return std::nullopt;
  if (!connections_settled()) return std::nullopt;
  if (reachable() && node_.agent.drain_state != model::drain_state::closed && closing_patiently()) {
    return command(model::verb::close_listener, "name, TTL and connections are settled");
  }
  if (!reachable() && !gone_silent()) return std::nullopt;
  return act(ActionKind::begin_flush, node_.cause, why_flush());
}

// An agent that cannot obey (its disk is full, say) holds up nothing for ever. But time in which
// nobody asked it (no coordinator, a pause, a shadow mode) says nothing of it, also when it had been
// asked before: then its patience begins anew.
bool Life::closing_patiently() const {
  if (!past(2 * t_.drain_deadline)) return true;
  if (!close_asked.on()) return false;
  const std::optional<MonoTime> asked = asked_since(model::verb::close_listener);
  return !asked || now_ - *asked < t_.drain_deadline;
}

std::optional<MonoTime> Life::asked_since(std::string_view verb) const {
  const bool asked = node_.leaving.asked == verb && model::is_asked(node_, t_, now_);
  return asked ? node_.leaving.asked_since : std::nullopt;
}

std::string Life::why_flush() const {
  if (!reachable()) return "its agent is silent, its name is gone";
  if (node_.agent.drain_state == model::drain_state::closed) return "the listener is closed";
  return "the listener is not closed, and the drain deadline is over: " +
         (node_.leaving.command_failure.empty() ? "its agent says nothing"
                                                : node_.leaving.command_failure);
}

bool Life::name_settled() const {
  const model::ZonePolicy* zone = policy_.zone(node_.zone);
  // The configured one, or the one under which the address was answered before that was changed.
  const Duration ttl = std::max(zone != nullptr ? zone->dns_ttl : model::ZonePolicy{}.dns_ttl,
                                node_.leaving.name_ttl);
  const bool named = zone != nullptr && model::has_names(*zone, node_.id) && name_gone.on();
  // What they answered before a start, another coordinator may have changed since.
  if (named && !fleet_.zone(node_.zone).names_read_at) return false;
  const std::optional<MonoTime> gone =
      named ? node_.leaving.name_gone_at : std::optional(node_.state_since);
  return gone && (now_ - *gone >= ttl || !name_ttl.on());
}

bool Life::connections_settled() const {
  if ((past(t_.drain_deadline) && drain_bounded.on()) || !drained.on()) return true;
  if (!has_data(node_, policy_, now_)) return !reachable() && node_.verdict == model::Verdict::bad;
  const auto connections = node_.load.rates().connections;
  return connections && static_cast<int>(*connections) <= t_.drain_connections;
}

std::optional<Action> Life::flushing() const {
  if (auto lost = vanished(Cause::lost)) return lost;
  if (node_.quarantined) return std::nullopt;
  if (node_.drop_now)
    return act(ActionKind::give_up_flush, node_.cause, "the operator's --now: logs are given up");
  if (node_.leaving.archive_checked || (node_.leaving.command_done && !archive_first.on())) {
    return act(ActionKind::finish_flush, node_.cause, "every stored object matches the manifest");
  }
  // A check of many objects takes its time: all is shipped, and its end will tell. So will a
  // reboot's.
  if (node_.call != Call::none) return std::nullopt;
  // However late: what is shipped is looked at before it is given up.
  if (node_.leaving.command_done) {
    if (!may_call()) return std::nullopt;
    return act(ActionKind::check_archive, node_.cause, "the agent says that all is shipped");
  }
  const std::optional<Action> late = overdue();
  if (late && late->kind == ActionKind::hold) return late;
  if (may_reboot() && past(t_.agent_away) && gone_silent()) {
    return act(ActionKind::reboot, node_.cause,
               "its agent is silent: once, so that its logs can be stored");
  }
  if (late) return late;
  if (reachable()) return command(model::verb::flush, "the listener is closed");
  return std::nullopt;
}

// Once. One that was refused is asked for again, and so is one of which nobody knows whether it was
// done, a few times; but not of an account that cannot even be listed.
bool Life::may_reboot() const {
  if (node_.leaving.rebooted || node_.leaving.reboots >= most_reboots || settling()) return false;
  const std::optional<MonoTime>& refused = node_.leaving.reboot_refused_at;
  if (refused && now_ - *refused < t_.reboot_patience) return false;
  return may_call() && !is_down(node_.provider, fleet_, policy_, now_);
}

// A reboot that was done, or may have been, may still bring its agent back.
bool Life::settling() const {
  return node_.leaving.rebooted_at && now_ - *node_.leaving.rebooted_at < t_.reboot_patience;
}

// While no coordinator ran, or a shadow mode kept it silent, nobody asked for the logs, and while
// the archive was away nobody took them: the deadline begins with the start, with the first
// question to an agent that can hear it, anew after a gap, and with the archive's return.
MonoTime Life::flush_watched_since() const {
  if (!flush_time_again.on()) return node_.state_since;
  MonoTime running = std::max(node_.state_since, fleet_.started_at().value_or(now_));
  const auto back = fleet_.memory().archive_back_at;
  if (back && archive_outage.on()) running = std::max(running, *back);
  return reachable() ? std::max(running, asked_since(model::verb::flush).value_or(now_)) : running;
}

// Others have logs to store as well, and nobody's were stored for half of the time that this one
// had: it is the archive that fails, and no server's logs are given up for that.
bool Life::archive_is_away() const {
  const bool others_wait = std::ranges::any_of(fleet_.nodes(), [&](const auto& entry) {
    const model::Node& other = entry.second;
    return other.id != node_.id && other.agent.spool_segments > 0 &&
           heard_within(other, now_, t_.agent_away);
  });
  const auto stored = std::max(fleet_.started_at(), fleet_.memory().archive_confirmed_at);
  return others_wait && stored && now_ - *stored > t_.flush_deadline / 2 && archive_outage.on();
}

std::optional<Action> Life::overdue() const {
  if (!past(t_.flush_deadline) || now_ - flush_watched_since() <= t_.flush_deadline)
    return std::nullopt;
  const std::string why = node_.leaving.archive_failure.empty() ? node_.leaving.command_failure
                                                                : node_.leaving.archive_failure;
  const std::string text =
      "logs not stored within the flush deadline" + (why.empty() ? "" : ": " + why);
  const bool may_hold = t_.flush_failure == model::FlushFailure::hold &&
                        held_in_zone_ < t_.hold_per_zone && held_first.on();
  if (!node_.held && may_hold) return act(ActionKind::hold, node_.cause, text);
  if (node_.held && !past(t_.hold_limit)) return std::nullopt;
  // Nothing is gained by giving up the logs of a server that nobody can destroy.
  if (settling() || is_down(node_.provider, fleet_, policy_, now_)) return std::nullopt;
  if (!past(t_.hold_limit) && archive_is_away()) return std::nullopt;
  return act(ActionKind::give_up_flush, node_.cause,
             text + (node_.held ? "; held long enough" : ""));
}

std::optional<Action> Life::flushed() const {
  if (auto lost = vanished(Cause::lost)) return lost;
  if (node_.quarantined || !may_call()) return std::nullopt;
  return act(ActionKind::terminate, node_.cause,
             node_.skip_flush ? "logs given up" : "drained, logs stored");
}

std::optional<Action> Life::terminating() const {
  if (!may_call()) return std::nullopt;
  const bool unseen = node_.vm.empty();
  if (unseen ? node_.missing_listings >= missing_to_be_lost && past(t_.create_settle)
             : node_.missing_listings > 0) {
    // Of a destruction that was accepted the list is believed at once.
    const bool doubtful = !node_.destroyed_at || node_.destroy_not_found;
    if (!unseen && doubtful && (shows_life() || !gone_silent())) return std::nullopt;
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

// The call under way, if there was one, died with the program that made it.
bool Life::restarted_since() const {
  return fleet_.started_at() && *fleet_.started_at() >= node_.state_since;
}

}  // namespace edgeherd::decide
