// A plan as JSON: one form for the API's /v1/plan, for a zone's page, and for the body of a
// DecisionRecord, which `edgeherd explain` shows. Thread: free functions, safe from any.
#pragma once

#include <boost/json/object.hpp>

#include "coordinator/decide/plan.h"

namespace edgeherd::act {

// {"kind","node","zone","provider","cause","verb","reasons":[{"text","age_s"}],"expected_state"};
// what an action has not is null.
[[nodiscard]] boost::json::object action_json(const decide::Action& action);

// The sizing of one zone: its figures, "steps":[{"name","from","to","text"}] and "outcome".
[[nodiscard]] boost::json::object zone_decision_json(const decide::ZoneDecision& decision);

// One zone's part of a plan: {"schema":1,"zone","decision":{..}|null,"actions":[..],
// "withheld":[{"brake","text","action":{..}}]}.
[[nodiscard]] boost::json::object zone_plan_json(const decide::Plan& plan, const ZoneId& zone);

// The whole: {"schema":1,"actions":[..],"withheld":[..],"zones":[..]}.
[[nodiscard]] boost::json::object plan_json(const decide::Plan& plan);

}  // namespace edgeherd::act
