// The fleet as JSON: the documents of the API (docs/api.md). Pure: everything comes as an argument.
//
// Conventions: ages and spans in seconds ("_s"), moments as UTC text ("_at"), shares from 0 to 1;
// what is not known is null, never 0. Thread: any.
#pragma once

#include <boost/json/object.hpp>

#include "coordinator/web/sight.h"

namespace edgeherd::api {

using web::Sight;

[[nodiscard]] boost::json::object status_view(const Sight& sight);

[[nodiscard]] boost::json::object zone_view(const Sight& sight, const ZoneId& zone);
// With the sizing's steps, what is withheld, and the zone's nodes.
[[nodiscard]] boost::json::object zone_detail(const Sight& sight, const ZoneId& zone);
// What `plan` says about a zone, in the form of the decision records (coordinator/act/record.h).
[[nodiscard]] boost::json::object zone_plan_view(const Sight& sight, const decide::Plan& plan,
                                                 const ZoneId& zone);
[[nodiscard]] boost::json::object plan_view(const Sight& sight, const decide::Plan& plan);
// What clients may use: nodes in service that are not bad, as the zone's name lists them.
[[nodiscard]] boost::json::object endpoints_view(const Sight& sight, const ZoneId& zone);
[[nodiscard]] boost::json::object node_view(const Sight& sight, const model::Node& node);
[[nodiscard]] boost::json::object node_detail(const Sight& sight, const model::Node& node);

// The record as it was written, in an envelope that says which it is and of when. `broken` when it
// cannot be read.
[[nodiscard]] Result<boost::json::object> decision_view(const act::DecisionRecord& record);
// `node`: null when it is gone. `broken` when a part cannot be read.
[[nodiscard]] Result<boost::json::object> story_view(const NodeId& id, const model::Node* node,
                                                     const act::Story& story);

[[nodiscard]] boost::json::object event_view(const act::EventRecord& record);
[[nodiscard]] boost::json::object preview_view(const act::TerminationPreview& preview);

}  // namespace edgeherd::api
