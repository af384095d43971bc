#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/model/agent_words.h"
#include "coordinator/model/fold.h"

namespace edgeherd::model {

namespace {

const Protection doubles_unbound("check", "doubles_unbound");

// A reading that fails now and then hides nothing for as long.
constexpr Duration names_away = 1min;

}  // namespace

void Fold::operator()(const KeyBound& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  fleet_.memory_.nodes.bind(*node, e.key);
  touch(*node);
  if (node->state == NodeState::requested || node->state == NodeState::booting) {
    note(Severity::info, "node_enrolled", "its agent enrolled", *node);
    enter(*node, NodeState::verifying);
  }
}

void Fold::heard(Node& node) {
  if (!speaks(node)) asks_on(node);  // it could not be asked meanwhile
  node.agent.heard_at = now_;
}

void Fold::operator()(const HelloHeard& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  if (find(double_of(e.node, VmId(e.vm_id))) != nullptr && doubles_unbound.on()) {
    return unbind(*node, e.vm_id);
  }
  AgentView& agent = node->agent;
  heard(*node);
  agent.vm_id = e.vm_id;
  agent.boot_id = e.boot_id;
  agent.image_version = e.image_version;
  agent.config_digest = e.config_digest;
  agent.drain_state = e.drain_state;
  fleet_.memory_.awaited.erase(e.node);
  claims_epoch(*node, e.highest_epoch);
}

// Of two servers of one launch the one that is to go was first to enrol. It speaks for nobody, and
// the one that stays could never enrol: it would serve without a witness for good.
void Fold::unbind(Node& node, const std::string& vm) {
  fleet_.memory_.nodes.bind(node, AgentKey());
  node.agent = {};
  touch(node);
  note(Severity::warning, "key_unbound",
       "its agent turned out to be that of VM " + vm +
           ", which is destroyed as a second one: the agent of VM " + node.vm.str() + " may enrol",
       node);
}

void Fold::operator()(const SampleHeard& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  heard(*node);
  fleet_.memory_.awaited.erase(e.node);  // after a takeover connected agents do not greet again
  // Who could speak for or against may have changed since it said so.
  if (node->agent.highest_epoch > fleet_.memory_.epoch && !fleet_.superseded()) weigh_epochs();
  node->agent.ready = e.sample.ready;
  node->agent.failing = e.sample.failing;
  node->agent.spool_segments = e.sample.spool_segments;
  // The first sample after a start is a baseline: what it counts was told before.
  const bool is_news = node->load.sampled_at().has_value();
  if (is_news && e.sample.log_lines_lost > node->agent.log_lines_lost) {
    note(Severity::alarm, "log_lines_lost",
         std::to_string(e.sample.log_lines_lost - node->agent.log_lines_lost) + " log lines lost",
         *node);
  }
  node->agent.log_lines_lost = e.sample.log_lines_lost;
  const auto fresh = node->load.apply(e.sample, now_);
  if (!fresh.empty()) fleet_.memory_.zones[node->zone].latency.add(fresh, now_);
}

void Fold::operator()(const CommandAnswered& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  heard(*node);
  const auto is = [&](std::string_view verb) {
    return e.action == action_id(*node, verb, fleet_.memory_.epoch);
  };
  using Outcome = CommandAnswered::Outcome;
  if (is(verb::drain) && e.outcome == Outcome::done)
    node->agent.drain_state = drain_state::draining;
  if (is(verb::undrain) && e.outcome == Outcome::done)
    node->agent.drain_state = drain_state::serving;
  if (is(verb::close_listener) && e.outcome == Outcome::done)
    node->agent.drain_state = drain_state::closed;
  if (is(verb::flush) && e.outcome == Outcome::done) {
    node->leaving.command_done = true;
    touch(*node);
  }
  const bool turned = is(verb::drain) || is(verb::undrain) || is(verb::close_listener);
  const bool ours = turned || is(verb::flush);
  // If the agent shows later that it is otherwise, it is asked under another id: under this one it
  // would answer from memory.
  if (turned && e.outcome == Outcome::done) {
    ++node->visit;
    touch(*node);
  }
  if (ours && (e.outcome == Outcome::failed || e.outcome == Outcome::refused)) {
    node->leaving.command_failure = e.message;
    // The id is spent: another try needs another one.
    ++node->visit;
    touch(*node);
    note(Severity::warning, "command_failed", e.action.str() + ": " + e.message, *node);
  }
}

void Fold::operator()(const AgentSpoke& e) {
  const Node* node = find(e.node);
  if (node == nullptr) return;
  // A check that fails while the node boots or closes is the usual course: nobody is to be called.
  const bool usual = e.note.code == "check" && node->state != NodeState::in_service;
  const Severity severity = usual ? Severity::info : e.note.severity;
  fleet_.notes_.push_back({severity, e.note.code, e.note.text, node->id, node->zone});
}

void Fold::operator()(const Probed& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  ProbeView& view = e.kind == ProbeKind::edge ? node->edge_probe : node->health_probe;
  view.asked_at = now_;
  view.good = !e.error;
  view.good_in_a_row = view.good ? view.good_in_a_row + 1 : 0;
  view.failure = e.error ? e.error->message : std::string();
}

// By the names of any zone: its address may have been another's before.
bool Fold::is_given(const std::string& address) const {
  return std::ranges::any_of(fleet_.memory_.zones, [&](const auto& entry) {
    return entry.second.names.contains(address);
  });
}

// An address that no server of the fleet has which serves; empty if there is none.
std::string Fold::stray_in(const std::set<std::string>& names) const {
  std::set<std::string> strays = names;
  for (const auto& [id, node] : fleet_.nodes()) {
    const bool serves = node.state == NodeState::in_service || node.state == NodeState::draining;
    if (serves) strays.erase(node.address);
  }
  return strays.empty() ? std::string() : *strays.begin();
}

// Of a server that is stopped and has no address now: whether names still give the one that it had,
// and that is no other's by now. It may come back with it.
bool Fold::gives_address_before(const Node& node, const std::set<std::string>& names) const {
  if (node.address_before.empty() || !names.contains(node.address_before)) return false;
  return std::ranges::none_of(fleet_.nodes(), [&](const auto& other) {
    return other.second.address == node.address_before;
  });
}

void Fold::operator()(const NamesRead& e) {
  Zone& zone = fleet_.memory_.zones[e.zone];
  const Duration ttl = std::min(e.ttl, longest_dns_ttl);
  // Until this moment viewers may have been answered as at the read before.
  zone.names_cached_until = std::max(zone.names_cached_until, now_ + std::max(zone.names_ttl, ttl));
  zone.names_ttl = ttl;
  zone.names_read_at = now_;
  zone.names = e.addresses;
  zone.names_failure.clear();
  zone.names_failing_since.reset();
  if (const std::string stray = stray_in(e.addresses); !stray.empty()) {
    zone.names_off_at = now_;
    zone.names_off = "a name gave " + stray + ", of no server that serves";
  }
  if (const auto lasted = zone.names_trouble.not_seen(now_)) {
    note_zone(Severity::info, "dns_recovered",
              "the names are read and written again; they failed for " + words_of(*lasted), e.zone);
  }
  fleet_.memory_.nodes.each([&](Node& node) {
    const bool must_know = node.state == NodeState::draining ||
                           (node.state == NodeState::terminating && node.cause == Cause::duplicate);
    if (node.zone != e.zone || !must_know) return;
    const bool answers =
        !node.address.empty() ? is_given(node.address) : gives_address_before(node, e.addresses);
    if (answers) {
      if (node.leaving.name_gone_at) touch(node);
      node.leaving.name_gone_at.reset();
    } else if (!node.leaving.name_gone_at) {
      node.leaving.name_gone_at = now_;
      node.leaving.name_ttl = zone.names_cached_until - now_;
      touch(node);
    }
  });
}

void Fold::operator()(const NamesFailed& e) {
  Zone& zone = fleet_.memory_.zones[e.zone];
  if (const std::string told = zone.names_trouble.seen(e.error, now_); !told.empty()) {
    note_zone(Severity::warning, "dns_failed", "the names: " + told, e.zone);
  }
  zone.names_failure = e.error.message;
  if (!zone.names_failing_since) zone.names_failing_since = now_;
  if (now_ - *zone.names_failing_since < names_away) return;
  zone.names_off_at = now_;
  zone.names_off = "its names failed";
}

}  // namespace edgeherd::model
