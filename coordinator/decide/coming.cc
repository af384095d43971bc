// From the launch to being in service.
#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/decide/life.h"
#include "coordinator/decide/lifecycle.h"
#include "coordinator/decide/placing.h"
#include "coordinator/decide/zone_view.h"
#include "coordinator/model/agent_words.h"

namespace edgeherd::decide {

using model::Cause;
using model::Node;

namespace {

const Protection boot_time_again("check", "boot_deadline_after_start");
const Protection launch_settled("check", "launch_settled");
const Protection server_settled("check", "server_settled");
const Protection right_image("check", "right_image");
const Protection verified("check", "verified_before_service");
const Protection names_unread("check", "discard_wants_names_read");

}  // namespace

std::optional<Action> Life::requested() const {
  const std::string said = node_.call_failure.empty() ? "" : ": " + node_.call_failure;
  // No failure of a boot: the fold counts those of servers that were made.
  const auto give_up_on = [&](const std::string& why) {
    return act(ActionKind::discard, Cause::failed_boot, why + said);
  };
  if (now_ - node_.requested_at > t_.boot_deadline) {
    // Another launch there would fare no better, and nobody can tell yet what became of this one.
    if (is_down(node_.provider, fleet_, policy_, now_)) return std::nullopt;
    return give_up_on("never appeared at the provider");
  }
  if (!may_call()) return std::nullopt;
  if (auto asked = asked_away()) return asked;
  // Asked and unanswered, or asked before a restart: only a complete inventory that is younger
  // than the settle window can say that nothing was made.
  const MonoTime asked = node_.call_failed_at.value_or(
      std::max(node_.requested_at, fleet_.started_at().value_or(now_)));
  const auto listed = fleet_.account(node_.provider).listed_at;
  const bool settled = listed && *listed >= asked + t_.create_settle && node_.missing_listings > 0;
  if (!settled && launch_settled.on()) return std::nullopt;
  if (too_late_to_boot(node_, fleet_, policy_, now_)) {
    return give_up_on("never appeared at the provider, and too late to boot in time");
  }
  return act(ActionKind::create_again, Cause::none, "a complete inventory does not have it",
             listed ? std::optional(now_ - *listed) : std::nullopt);
}

std::optional<Action> Life::booting() const {
  if (auto lost = vanished(Cause::failed_boot)) return lost;
  if (node_.quarantined) return std::nullopt;
  if (auto asked = asked_away()) return asked;
  if (node_.origin == model::Origin::adopted) return std::nullopt;
  if (now_ > boot_deadline(node_, fleet_, policy_)) {
    return give_up(Cause::failed_boot, "its agent did not enrol within the boot deadline");
  }
  return std::nullopt;
}

// A boot that failed has nothing to lose. But one that a name gives to viewers serves, by another
// coordinator's word or by one that an older database has lost: it leaves as any other, and its
// logs are stored.
Action Life::give_up(Cause cause, const std::string& why) const {
  if (node_.address.empty()) return act(ActionKind::discard, cause, why);
  const model::Zone& zone = fleet_.zone(node_.zone);
  if (zone.names.contains(node_.address)) {
    return act(ActionKind::withdraw, cause,
               why + ", but a name gives its address: withdrawn first");
  }
  // Its drain waits for a reading that shows them without its address.
  const model::ZonePolicy* policy = policy_.zone(node_.zone);
  const bool older = node_.requested_at < fleet_.started_at().value_or(node_.requested_at);
  // The database may be older than what it has served since.
  if (older && (node_.power == model::Power::stopped || node_.powered_on_at)) {
    return act(ActionKind::withdraw, cause,
               why + ", but it was stopped, and may have served before: withdrawn first");
  }
  const bool named = policy != nullptr && model::has_names(*policy, node_.id);
  if (older && named && !zone.names_read_at && names_unread.on()) {
    return act(ActionKind::withdraw, cause,
               why + ", but what its names answer is not known since the start: withdrawn first");
  }
  return act(ActionKind::discard, cause, why);
}

// An adopted one may serve, and have logs, without a word of its agent.
std::optional<Action> Life::asked_away() const {
  if (!node_.asked_out || node_.is_protected) return std::nullopt;
  constexpr auto why = "the operator asked for it";
  if (node_.origin == model::Origin::adopted) {
    return act(ActionKind::withdraw, Cause::operator_request, why);
  }
  return give_up(Cause::operator_request, why);
}

std::optional<Action> Life::verifying() const {
  if (auto lost = vanished(Cause::failed_boot)) return lost;
  if (node_.quarantined) return std::nullopt;
  if (auto asked = asked_away()) return asked;
  if (const auto wrong = wrong_build(); wrong && right_image.on()) {
    if (node_.origin == model::Origin::adopted) return std::nullopt;
    // Launched before the zone wanted another image: that is nobody's failure to boot.
    const model::ZonePolicy* zone = policy_.zone(node_.zone);
    const bool outdated =
        zone != nullptr && model::image_at(*zone, node_.place, node_.size) != node_.image;
    return give_up(outdated ? Cause::rotation : Cause::failed_boot, *wrong);
  }
  if (auto open = undrain("about to serve")) return open;
  const auto reason = unfit(node_, policy_, now_);
  if (!reason || !verified.on())
    return act(ActionKind::admit, Cause::none,
               "verified: version, checks, health page and edge port");
  // Its account has not named its address yet, and cannot.
  if (node_.address.empty() && is_down(node_.provider, fleet_, policy_, now_)) return std::nullopt;
  const bool watched = now_ > boot_deadline(node_, fleet_, policy_);
  if (node_.origin == model::Origin::launched && past(t_.boot_deadline) && watched) {
    return give_up(Cause::failed_boot, "not fit within the boot deadline: " + *reason);
  }
  return std::nullopt;
}

// A wrong image is never put in service, and waiting does not mend it.
std::optional<std::string> Life::wrong_build() const {
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

std::optional<Action> Life::in_service() const {
  if (auto lost = vanished(Cause::lost)) return lost;
  return undrain("in service");
}

// Its agent was told to drain before: by an un-drain that was lost, or a database that was.
std::optional<Action> Life::undrain(const std::string& what) const {
  const std::string& state = node_.agent.drain_state;
  if (!reachable()) return std::nullopt;
  if (state == model::drain_state::draining || state == model::drain_state::closed) {
    return command(model::verb::undrain, what + ", but its agent is " + state);
  }
  // Its state is told by HELLO alone, and another coordinator may have drained it since.
  const bool unexplained =
      has_data(node_, policy_, now_) && !node_.agent.ready && node_.agent.failing.empty();
  if (!unexplained) return std::nullopt;
  return command(model::verb::undrain,
                 what + ", but its agent is not ready, and no check says why");
}

MonoTime boot_deadline(const Node& node, const model::Fleet& fleet, const model::Policy& policy) {
  const auto started = fleet.started_at();
  const bool counts = started && boot_time_again.on();
  MonoTime since = counts ? std::max(node.requested_at, *started) : node.requested_at;
  if (node.powered_on_at) since = std::max(since, *node.powered_on_at);
  return since + policy.timings.boot_deadline;
}

bool too_late_to_boot(const Node& node, const model::Fleet& fleet, const model::Policy& policy,
                      MonoTime now) {
  return now + policy.timings.boot_time > boot_deadline(node, fleet, policy);
}

namespace {

// Of two servers of one launch the agent of one may speak while the other is the node as yet: the
// next complete listing says which of them stays. (An agent may also know its server by another
// name than the provider does; a listing settles that, too.)
bool is_which_server_open(const Node& node) {
  const std::string& own = node.agent.vm_id;
  const bool other = !own.empty() && own != node.vm.str();
  const bool listed_since = node.listed_at && *node.listed_at > node.state_since;
  return other && !listed_since && server_settled.on();
}

}  // namespace

std::optional<std::string> unfit(const Node& node, const model::Policy& policy, MonoTime now) {
  const int wanted = policy.timings.verify_in_a_row;
  if (node.vm.empty() || node.address.empty()) return "the provider has not named its address";
  if (node.agent.boot_id.empty()) return "its agent has not said hello";
  if (is_which_server_open(node)) {
    return "its agent says that it runs on server " + node.agent.vm_id + ", the node is server " +
           node.vm.str() + ": a listing is to settle that";
  }
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
