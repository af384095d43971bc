#include "coordinator/act/record.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "coordinator/evidence/snapshot.h"

namespace edgeherd::act {

namespace json = boost::json;

namespace {

constexpr std::size_t most_reasons = 12;
constexpr std::size_t most_text = 400;

std::string cut(const std::string& text) {
  if (text.size() <= most_text) return text;
  std::size_t end = most_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;  // a whole character
  return text.substr(0, end) + "...";
}

json::value number_or_null(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

json::object head_json(const decide::ZoneDecision& zone, const model::Policy& policy) {
  const model::ZonePolicy* zone_policy = policy.zone(zone.zone);
  json::array steps;
  for (const decide::Step& step : zone.steps) {
    steps.push_back({{"name", step.name},
                     {"from", number_or_null(step.from)},
                     {"to", number_or_null(step.to)},
                     {"text", cut(step.text)}});
  }
  return {{"schema", 1},
          {"zone", zone.zone.str()},
          {"shadow", policy.shadow || (zone_policy != nullptr && zone_policy->shadow)},
          {"in_service", zone.in_service},
          {"coming", zone.coming},
          {"leaving", zone.leaving},
          {"desired", zone.desired},
          {"proposal", zone.proposal},
          {"requests_per_s", number_or_null(zone.requests_per_s)},
          {"cpu", number_or_null(zone.cpu)},
          {"egress_bits_per_s", number_or_null(zone.egress_bits_per_s)},
          {"disk_busy", number_or_null(zone.disk_busy)},
          {"p99_s", number_or_null(zone.p99_seconds)},
          {"latency_requests", zone.latency_requests},
          {"latency_high", zone.latency_high},
          {"without_data", zone.without_data},
          {"lent", zone.lent},
          {"borrowed", zone.borrowed},
          {"cost_per_hour", price_json(zone.cost)},
          {"outcome", cut(zone.outcome)},
          {"steps", std::move(steps)}};
}

bool is_repeated(const decide::Action& action, const model::Fleet& fleet) {
  if (action.kind != decide::ActionKind::command) return false;
  const model::Node* node = fleet.node(action.node);
  return node != nullptr && node->leaving.command_sent_at.has_value();
}

// What makes a decision another one: what is done to which nodes, and what is held back how often
// by which brake. No texts, whose figures (the seconds to the next try) change every tick; only the
// outcome of a zone without either has none. Empty when all that is to be done is to repeat
// commands, until they are answered: that is the decision of before.
std::string fingerprint(const decide::ZoneDecision& zone, const decide::Plan& plan,
                        const model::Fleet& fleet) {
  std::string text;
  bool repeats = false;
  for (const decide::Action& action : plan.actions) {
    if (action.zone != zone.zone) continue;
    if (is_repeated(action, fleet)) {
      repeats = true;
      continue;
    }
    text +=
        '\n' + std::string(to_string(action.kind)) + ' ' + action.node.str() + ' ' + action.verb;
    if (action.kind == decide::ActionKind::launch) text += action.place + ' ' + action.size;
  }
  // Which servers would go is chosen anew every tick, by how busy they are.
  std::map<std::pair<decide::ActionKind, decide::Brake>, int> held_back;
  for (const decide::Withheld& held : plan.withheld) {
    if (held.action.zone == zone.zone) ++held_back[{held.action.kind, held.brake}];
  }
  for (const auto& [what, times] : held_back) {
    text += "\n! " + std::to_string(times) + ' ' + std::string(to_string(what.first)) + ' ' +
            std::string(to_string(what.second));
  }
  return text.empty() && !repeats ? zone.outcome : text;
}

// What is kept longer: the record of whatever takes a server away.
Removes removes(const ZoneId& zone, const decide::Plan& plan) {
  const bool any = std::ranges::any_of(plan.actions, [&](const decide::Action& action) {
    return action.zone == zone &&
           (decide::is_removal(action.kind) || action.kind == decide::ActionKind::mark_gone);
  });
  return any ? Removes::yes : Removes::no;
}

}  // namespace

json::value price_json(const std::optional<model::Price>& price) {
  constexpr std::int64_t unit = 1'000'000;
  if (!price) return nullptr;
  const std::int64_t micros = price->micros_per_hour;
  // Whole ones as integers: the library writes the double 10 as 1E1.
  if (micros % unit == 0) return micros / unit;
  return static_cast<double>(micros) / unit;
}

json::object action_json(const decide::Action& action) {
  json::array reasons;
  for (const decide::Reason& reason : action.reasons) {
    if (reasons.size() == most_reasons) break;
    json::object one{{"text", cut(reason.text)}, {"age_ms", nullptr}};
    if (reason.age) one["age_ms"] = static_cast<std::int64_t>(millis(*reason.age));
    reasons.push_back(std::move(one));
  }
  json::object result{{"kind", std::string(to_string(action.kind))},
                      {"node", action.node.str()},
                      {"cause", std::string(to_string(action.cause))},
                      {"verb", action.verb},
                      {"reasons", std::move(reasons)}};
  if (action.kind == decide::ActionKind::launch) {
    result["place"] = action.place;
    result["size"] = action.size;
    result["price_per_hour"] = price_json(action.price);
    result["spilled_for"] = action.spilled_for.str();
  }
  return result;
}

std::string decision_body(const decide::ZoneDecision& zone, const decide::Plan& plan,
                          const model::Policy& policy, std::size_t limit) {
  json::array actions;
  json::array withheld;
  for (const decide::Action& action : plan.actions) {
    if (action.zone == zone.zone) actions.push_back(action_json(action));
  }
  for (const decide::Withheld& held : plan.withheld) {
    if (held.action.zone != zone.zone) continue;
    withheld.push_back({{"brake", std::string(to_string(held.brake))},
                        {"text", cut(held.text)},
                        {"action", action_json(held.action)}});
  }
  json::object body = head_json(zone, policy);
  const std::size_t all = actions.size() + withheld.size();
  for (;;) {
    const std::size_t kept = actions.size() + withheld.size();
    body["actions"] = actions;
    body["withheld"] = withheld;
    body["left_out"] = all - kept;
    std::string text = json::serialize(body);
    if (text.size() <= limit || kept == 0) return text;
    actions.resize(actions.size() / 2);
    withheld.resize(withheld.size() / 2);
  }
}

// All zones are recorded together once a period, so that they share a snapshot; between that each
// one whose decision changes.
void Recorder::record(const decide::Plan& plan, const model::Fleet& fleet,
                      const model::Policy& policy, MonoTime now, WallTime wall) {
  const bool all = !all_recorded_at_ || now - *all_recorded_at_ >= limits_.period;
  if (all) all_recorded_at_ = now;
  TickRecord tick;
  for (const decide::ZoneDecision& zone : plan.zones) {
    std::string print = fingerprint(zone, plan, fleet);
    std::string& last = fingerprints_[zone.zone];
    if (!all && (print.empty() || last == print)) continue;
    if (!print.empty()) last = std::move(print);
    DecisionRecord record;
    record.at = wall;
    record.zone = zone.zone;
    record.body = decision_body(zone, plan, policy, limits_.decision_bytes);
    record.removes = removes(zone.zone, plan);
    tick.decisions.push_back(std::move(record));
  }
  if (tick.decisions.empty()) return;
  if (limits_.snapshot_bytes > 0) {
    tick.snapshot = evidence::encode(fleet, policy, now, plan);
    if (tick.snapshot.size() > limits_.snapshot_bytes) tick.snapshot.clear();
  }
  history_.append(std::move(tick));
}

}  // namespace edgeherd::act
