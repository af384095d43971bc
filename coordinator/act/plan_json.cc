#include "coordinator/act/plan_json.h"

#include <cmath>
#include <optional>
#include <string>

#include <boost/json/array.hpp>

namespace edgeherd::act {

namespace json = boost::json;

namespace {

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object withheld_json(const decide::Withheld& held) {
  json::object result;
  result["brake"] = to_string(held.brake);
  result["text"] = held.text;
  result["action"] = action_json(held.action);
  return result;
}

}  // namespace

json::object action_json(const decide::Action& action) {
  json::array reasons;
  for (const decide::Reason& reason : action.reasons) {
    json::object link;
    link["text"] = reason.text;
    link["age_s"] = reason.age ? json::value(std::round(seconds(*reason.age) * 1000) / 1000)
                               : json::value(nullptr);
    reasons.push_back(std::move(link));
  }
  json::object result;
  result["kind"] = to_string(action.kind);
  result["node"] = text_or_null(action.node.str());
  result["zone"] = text_or_null(action.zone.str());
  result["provider"] = text_or_null(action.provider.str());
  result["cause"] = action.cause == model::Cause::none ? json::value(nullptr)
                                                       : json::value(to_string(action.cause));
  result["verb"] = text_or_null(action.verb);
  result["reasons"] = std::move(reasons);
  result["expected_state"] =
      action.expected_state ? json::value(to_string(*action.expected_state)) : json::value(nullptr);
  return result;
}

json::object zone_decision_json(const decide::ZoneDecision& decision) {
  json::array steps;
  for (const decide::Step& step : decision.steps) {
    json::object entry;
    entry["name"] = step.name;
    entry["from"] = step.from;
    entry["to"] = step.to;
    entry["text"] = step.text;
    steps.push_back(std::move(entry));
  }
  json::object result;
  result["zone"] = decision.zone.str();
  result["in_service"] = decision.in_service;
  result["coming"] = decision.coming;
  result["leaving"] = decision.leaving;
  result["desired"] = decision.desired;
  result["proposal"] = decision.proposal;
  result["requests_per_s"] = or_null(decision.requests_per_s);
  result["cpu"] = or_null(decision.cpu);
  result["egress_bits_per_s"] = or_null(decision.egress_bits_per_s);
  result["disk_busy"] = or_null(decision.disk_busy);
  result["p99_s"] = or_null(decision.p99_seconds);
  result["latency_requests"] = decision.latency_requests;
  result["latency_high"] = decision.latency_high;
  result["without_data"] = decision.without_data;
  result["steps"] = std::move(steps);
  result["outcome"] = decision.outcome;
  return result;
}

json::object zone_plan_json(const decide::Plan& plan, const ZoneId& zone) {
  json::object result;
  result["schema"] = 1;
  result["zone"] = zone.str();
  result["decision"] = nullptr;
  for (const decide::ZoneDecision& decision : plan.zones) {
    if (decision.zone == zone) result["decision"] = zone_decision_json(decision);
  }
  json::array actions;
  for (const decide::Action& action : plan.actions) {
    if (action.zone == zone) actions.push_back(action_json(action));
  }
  json::array withheld;
  for (const decide::Withheld& held : plan.withheld) {
    if (held.action.zone == zone) withheld.push_back(withheld_json(held));
  }
  result["actions"] = std::move(actions);
  result["withheld"] = std::move(withheld);
  return result;
}

json::object plan_json(const decide::Plan& plan) {
  json::array actions;
  for (const decide::Action& action : plan.actions) actions.push_back(action_json(action));
  json::array withheld;
  for (const decide::Withheld& held : plan.withheld) withheld.push_back(withheld_json(held));
  json::array zones;
  for (const decide::ZoneDecision& decision : plan.zones) {
    zones.push_back(zone_decision_json(decision));
  }
  json::object result;
  result["schema"] = 1;
  result["actions"] = std::move(actions);
  result["withheld"] = std::move(withheld);
  result["zones"] = std::move(zones);
  return result;
}

}  // namespace edgeherd::act
