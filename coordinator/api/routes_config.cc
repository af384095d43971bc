// POST: the configuration. check reads, reload puts into effect, apply confirms what it removes.
#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "coordinator/api/body.h"
#include "coordinator/api/state.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

using Reply = http::Server::Reply;

json::array texts(const std::vector<std::string>& lines) {
  json::array result;
  for (const std::string& line : lines) result.emplace_back(line);
  return result;
}

http::Response outcome_response(const ConfigOutcome& outcome, std::string_view done) {
  json::object document;
  document["schema"] = 1;
  document["warnings"] = texts(outcome.warnings);
  if (outcome.problems.empty()) {
    document[done] = true;
    return ok(document);
  }
  document["code"] = "invalid";
  document["message"] = "the configuration has " + std::to_string(outcome.problems.size()) +
                        (outcome.problems.size() == 1 ? " problem" : " problems") +
                        "; the running one stays";
  document["hint"] = outcome.problems.front();
  document["problems"] = texts(outcome.problems);
  return http::json_response(422, json::serialize(document) + "\n");
}

// Removals that wait for an operator's word, by zone.
std::map<ZoneId, int> unconfirmed(const Api::State& state) {
  std::map<ZoneId, int> counts;
  for (const decide::Withheld& held : state.host.controller->plan_now().withheld) {
    if (held.brake == decide::Brake::unconfirmed) ++counts[held.action.zone];
  }
  return counts;
}

// Protected servers that stay although the configuration has no place for them, by zone.
std::map<ZoneId, int> staying(const Api::State& state, const std::map<ZoneId, int>& pending) {
  const act::Controller& controller = *state.host.controller;
  std::map<ZoneId, int> stay;
  for (const auto& [id, removals] : pending) {
    const model::ZonePolicy* zone = controller.policy().zone(id);
    const bool closing = zone == nullptr || zone->activity == model::ZoneActivity::inactive;
    int serving = 0;
    int is_protected = 0;
    for (const auto& [node_id, node] : controller.fleet().nodes()) {
      if (node.zone != id || !model::is_capacity(node) || node.asked_out) continue;
      ++serving;
      is_protected += node.is_protected ? 1 : 0;
    }
    const int left = serving - (closing ? 0 : zone->max_servers) - removals;
    if (const int kept = std::min(is_protected, left); kept > 0) stay[id] = kept;
  }
  return stay;
}

// Confirms zone after zone; the reply comes once all are durable, or with the first error.
void confirm_next(const std::weak_ptr<Api::State>& weak, std::map<ZoneId, int> left,
                  json::object document, Reply reply) {
  const auto self = weak.lock();
  if (!self) return;
  if (left.empty()) return reply(ok(document));
  const auto [zone, count] = *left.begin();
  left.erase(left.begin());
  self->host.controller->confirm(
      {zone, count}, [weak, left = std::move(left), document = std::move(document),
                      reply = std::move(reply)](const Status& status) mutable {
        if (!status) return reply(error_response(status.error()));
        confirm_next(weak, std::move(left), std::move(document), std::move(reply));
      });
}

void apply(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {"expect_count", "zone"});
  if (!body) return reply(error_response(body.error()));
  const auto expected = body->count("expect_count");
  if (!expected) return reply(error_response(expected.error()));
  const auto name = body->text("zone");
  if (!name) return reply(error_response(name.error()));
  std::map<ZoneId, int> pending = unconfirmed(state);
  if (*name) {
    const Result<ZoneId> zone = state.zone_named(**name);
    if (!zone) return reply(error_response(zone.error()));
    std::erase_if(pending, [&](const auto& entry) { return entry.first != *zone; });
  }
  int total = 0;
  json::object zones;
  std::string list;
  json::object kept;
  int protected_ones = 0;
  for (const auto& [zone, count] : staying(state, pending)) {
    kept[zone.str()] = count;
    protected_ones += count;
  }
  for (const auto& [zone, count] : pending) {
    total += count;
    zones[zone.str()] = count;
    list += (list.empty() ? "" : ", ") + zone.str() + " " + std::to_string(count);
  }
  if (total == 0) {
    return reply(error_response(409, "conflict", "no removal is waiting for a confirmation", ""));
  }
  if (!*expected || **expected != total) {
    return reply(error_response(
        409, "conflict",
        "the configuration implies the removal of " + std::to_string(total) + " servers (" + list +
            ")" +
            (protected_ones > 0
                 ? "; " + std::to_string(protected_ones) + " more are protected and stay"
                 : "") +
            (*expected ? ", not of " + std::to_string(**expected) : ""),
        "repeat with expect_count " + std::to_string(total) +
            " (`edgeherd config apply --expect-count " + std::to_string(total) +
            "`) if that is meant; else change the configuration and reload"));
  }
  state.record(call.caller, "config apply: " + list, NodeId{}, ZoneId{});
  json::object document;
  document["schema"] = 1;
  document["confirmed"] = total;
  document["zones"] = std::move(zones);
  document["protected"] = std::move(kept);
  confirm_next(state.weak_from_this(), std::move(pending), std::move(document), std::move(reply));
}

}  // namespace

void add_config_routes(Api::State& state) {
  Router& router = state.router;
  router.add("POST", "/v1/config/check", Role::viewer,
             [&state](const Call& call, const Reply& reply) {
               const Result<Body> body = Body::read(call.request, {});
               if (!body) return reply(error_response(body.error()));
               reply(outcome_response(state.host.check_config(), "good"));
             });
  router.add("POST", "/v1/config/reload", Role::operator_,
             [&state](const Call& call, const Reply& reply) {
               const Result<Body> body = Body::read(call.request, {});
               if (!body) return reply(error_response(body.error()));
               const ConfigOutcome outcome = state.host.reload_config();
               if (outcome.problems.empty()) {
                 state.record(call.caller, "config reload", NodeId{}, ZoneId{});
               }
               reply(outcome_response(outcome, "reloaded"));
             });
  router.add("POST", "/v1/config/apply", Role::operator_,
             [&state](const Call& call, Reply reply) { apply(state, call, std::move(reply)); });
}

}  // namespace edgeherd::api
