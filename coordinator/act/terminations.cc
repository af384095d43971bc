// The operator's terminations: what one would do, and the order itself.
#include <algorithm>
#include <set>
#include <utility>

#include "coordinator/act/controller_state.h"
#include "coordinator/decide/guard.h"

namespace edgeherd::act {

using model::Flag;
using model::Node;
using model::NodeState;

namespace {

// An operator who was told that it is done may rely on it.
const Protection termination_kept("journal", "termination");

const Protection selector_wanted("check", "empty_selector_refused");
const Protection count_expected("check", "termination_count");

std::string note_of(const Node& node) {
  if (is_leaving(node)) return "already leaving";
  if (node.asked_out) return "already asked out";
  if (is_coming(node)) return "not in service yet";
  return "";
}

// What `now` spares the servers, and nobody else.
void warn_of_now(const model::Fleet& fleet, const model::Policy& policy,
                 TerminationPreview& preview) {
  preview.warnings.emplace_back(
      "now: open connections are cut, and log lines not yet stored are lost");
  std::set<ZoneId> zones;
  for (const TerminationPreview::Line& line : preview.lines) zones.insert(line.zone);
  for (const ZoneId& id : zones) {
    const model::ZonePolicy* zone = policy.zone(id);
    if (zone == nullptr || !model::has_names(*zone)) continue;
    const model::Zone& seen = fleet.zone(id);
    const Duration ttl = std::max(zone->dns_ttl, seen.names_ttl);
    preview.warnings.push_back("zone " + id.str() +
                               ": whoever was answered their addresses finds nobody there, for " +
                               model::words_of(ttl) + " after the names are without them");
    if (seen.names_read_at && seen.names_failure.empty()) continue;
    preview.warnings.push_back(
        "zone " + id.str() + ": its names " +
        (seen.names_failure.empty() ? "were not read yet" : seen.names_failure) +
        "; they may go on answering these addresses for as long");
  }
}

}  // namespace

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
  if (request.mode == TerminateMode::now) warn_of_now(core.fleet(), core.policy(), preview);
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
    const bool goes =
        action.kind == decide::ActionKind::withdraw || action.kind == decide::ActionKind::discard;
    return goes && action.node == node;
  };
  int waiting = 0;
  for (TerminationPreview::Line& line : preview.lines) {
    if (line.state > NodeState::in_service) continue;
    const auto held =
        std::find_if(foreseen.withheld.begin(), foreseen.withheld.end(),
                     [&](const decide::Withheld& w) { return leaves(w.action, line.node); });
    if (held == foreseen.withheld.end()) {
      const bool goes = std::ranges::any_of(foreseen.actions, [&](const decide::Action& action) {
        return leaves(action, line.node);
      });
      const char* when = line.state == NodeState::in_service ? "leaves service at once"
                         : goes                              ? "ends at once"
                                                             : "ends once its creation is answered";
      line.note += (line.note.empty() ? "" : ", ") + std::string(when);
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

}  // namespace edgeherd::act
