#include "coordinator/decide/health.h"

#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/decide/zone_view.h"

namespace edgeherd::decide {

namespace {

using model::Node;
using model::Verdict;

const Protection unknown_is_not_bad("check", "unknown_is_not_bad");
const Protection edge_quorum("check", "edge_quorum");
const Protection takes_time("check", "bad_takes_time");
const Protection serving_only("check", "health_of_serving_only");

// An answer of another node that is to speak for our side of the network must be of the newest
// round: that comes every 5 s, with some jitter, and an answer may take 2 s.
constexpr Duration fresh_answer = 8s;

struct NewestRound {
  int nodes = 0;  // in service
  int fresh = 0;  // of these, with an answer of the newest round
  int good = 0;
};

bool is_fresh(const model::ProbeView& probe, MonoTime now) {
  return probe.asked_at && now - *probe.asked_at <= fresh_answer;
}

NewestRound count_edges(const model::Fleet& fleet, MonoTime now) {
  NewestRound sum;
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.state != model::NodeState::in_service) continue;
    ++sum.nodes;
    if (!is_fresh(node.edge_probe, now)) continue;
    ++sum.fresh;
    if (node.edge_probe.good) ++sum.good;
  }
  return sum;
}

// Whether the others answer well enough for the silence of this node, which is failing, to be its
// own. Where there are others, but none was heard of late, nobody knows.
bool others_answer(const Node& node, const NewestRound& all, bool stream_fresh, double quorum,
                   MonoTime now) {
  if (all.nodes <= 1) return stream_fresh;
  const int others = all.fresh - (is_fresh(node.edge_probe, now) ? 1 : 0);
  return others > 0 && static_cast<double>(all.good) >= quorum * static_cast<double>(others);
}

struct Finding {
  bool failing = false;
  bool silent = false;
  std::string text;
};

Finding examine(const Node& node, const NewestRound& edges, const model::Policy& policy,
                MonoTime now) {
  const bool fresh = has_data(node, policy, now);
  const bool edge_known = is_recent(node.edge_probe, now);
  const bool seen_well = fresh && edge_known && node.edge_probe.good;
  if (node.power == model::Power::stopped && !seen_well) {
    return {true, !fresh, "the provider says it is stopped"};
  }
  if (fresh && !node.agent.failing.empty()) {
    std::string names;
    for (const std::string& name : node.agent.failing) names += (names.empty() ? "" : ", ") + name;
    return {true, false, "checks fail: " + names};
  }
  if (edge_known && !node.edge_probe.good) {
    if (!edge_quorum.on() || others_answer(node, edges, fresh, policy.timings.edge_quorum, now)) {
      return {true, !fresh, "the edge does not answer: " + node.edge_probe.failure};
    }
    return {false, !fresh, "the edge does not answer, but neither do the others"};
  }
  if (fresh) return {false, false, "checks good"};
  return {!unknown_is_not_bad.on(), true,
          edge_known ? "its agent is silent, the edge answers" : "no witness speaks"};
}

// `now_failing`: a failing second that is not among the node's yet.
Verdict verdict_of(const Node& node, const Finding& finding, bool now_failing,
                   const model::Policy& policy, MonoTime now) {
  const auto& t = policy.timings;
  const auto failures =
      now_failing + std::count_if(node.bad_seconds.begin(), node.bad_seconds.end(),
                                  [&](MonoTime at) { return now - at < t.health_period; });
  if (failures >= (takes_time.on() ? t.failures_in_period : 1)) return Verdict::bad;
  // Once bad, a node stays so until half of the failures have passed out of the period.
  const bool still_bad = node.verdict == Verdict::bad && failures > t.failures_in_period / 2;
  if (finding.failing) return still_bad ? Verdict::bad : Verdict::degraded;
  if (finding.silent) return Verdict::unknown;
  return still_bad ? Verdict::bad : Verdict::healthy;
}

// Failing seconds are noted once a second, however short the tick is and however often it is
// brought forward; a little less than a second, for ticks come a little early at times.
bool due(const Node& node, MonoTime now) {
  return node.bad_seconds.empty() || now - node.bad_seconds.back() >= 900ms;
}

}  // namespace

std::map<ZoneId, EdgeAnswers> edge_answers(const model::Fleet& fleet, MonoTime now) {
  std::map<ZoneId, EdgeAnswers> answers;
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.state != model::NodeState::in_service || !is_recent(node.edge_probe, now)) continue;
    EdgeAnswers& zone = answers[node.zone];
    ++zone.known;
    zone.good += node.edge_probe.good ? 1 : 0;
  }
  return answers;
}

std::vector<VerdictChange> judge(const model::Fleet& fleet, const model::Policy& policy,
                                 MonoTime now) {
  std::vector<VerdictChange> changes;
  const NewestRound edges = count_edges(fleet, now);
  for (const auto& [id, node] : fleet.nodes()) {
    if (node.state != model::NodeState::in_service && serving_only.on()) continue;
    const Finding finding = examine(node, edges, policy, now);
    const bool failing = finding.failing && due(node, now);
    const Verdict verdict = verdict_of(node, finding, failing, policy, now);
    if (failing || verdict != node.verdict) changes.push_back({id, verdict, finding.text, failing});
  }
  return changes;
}

}  // namespace edgeherd::decide
