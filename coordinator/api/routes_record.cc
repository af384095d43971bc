// GET: the record of why: decisions, the same plans made again, and the lives of nodes.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "common/core/number.h"
#include "common/core/utc.h"
#include "coordinator/api/state.h"
#include "coordinator/api/views.h"
#include "coordinator/evidence/replan.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

using Reply = http::Server::Reply;

constexpr std::size_t most_differences = 50;
constexpr Duration clocks_apart = 1min;  // of who asks and the coordinator, at most

void explain(Api::State& state, const Call& call, const Reply& reply) {
  const Result<ZoneId> zone = state.zone_of(call);
  if (!zone) return reply(error_response(zone.error()));
  const WallTime now = state.host.loop->clock().wall();
  WallTime at = now;
  if (const std::string_view text = call.request.query_value("at"); !text.empty()) {
    const Result<WallTime> parsed = parse_utc(text);
    if (!parsed) return reply(error_response(parsed.error().within("\"at\"")));
    if (*parsed > now + clocks_apart) {
      return reply(error_response(
          fail(Errc::invalid, "\"at\": " + utc_text(*parsed) + " is yet to come; it is " +
                                  utc_text(now) + ". `edgeherd plan` shows what is next")));
    }
    at = *parsed;
  }
  state.host.history->decision(
      *zone, at,
      [reply, zone = *zone, at](const Result<std::optional<act::DecisionRecord>>& record) {
        if (!record) return reply(error_response(record.error()));
        if (!*record) {
          return reply(error_response(
              404, "not_found",
              "no decision about " + zone.str() + " is recorded at or before " + utc_text(at),
              "records begin when the coordinator first ran, and the oldest are dropped; try a "
              "later "
              "time, or none for the newest"));
        }
        const Result<json::object> document = decision_view(**record);
        reply(document ? ok(*document) : error_response(document.error()));
      });
}

json::object not_made_again(const Error& why) {
  return {{"same", nullptr},
          {"differences", json::array()},
          {"left_out", 0},
          {"code", to_string(why.code)},
          {"message", why.message}};
}

// Whether today's code makes the same plan of what was recorded.
json::object made_again(const act::DecisionRecord& record,
                        const Result<std::optional<std::string>>& snapshot) {
  if (!snapshot) return not_made_again(snapshot.error());
  if (!*snapshot) {
    const std::string id = "decision " + std::to_string(record.number);
    return not_made_again(fail(
        Errc::not_found, record.snapshot == 0
                             ? "the inputs of " + id + " were not recorded"
                             : "the inputs of " + id + " are not kept any more (\"history\")"));
  }
  const Result<evidence::Replan> again = evidence::replan(**snapshot);
  if (!again) return not_made_again(again.error());
  json::array shown;
  for (const std::string& line : again->differences) {
    if (shown.size() == most_differences) break;
    shown.emplace_back(line);
  }
  const std::size_t left_out = again->differences.size() - shown.size();
  return {{"same", again->differences.empty()},
          {"differences", std::move(shown)},
          {"left_out", left_out},
          {"code", nullptr},
          {"message", nullptr}};
}

void decision(Api::State& state, const Call& call, const Reply& reply) {
  const std::string& text = call.parameter("number");
  const std::int64_t number = parse_number<std::int64_t>(text).value_or(0);
  if (number < 1) {
    return reply(error_response(400, "invalid", "\"" + text + "\" is not the id of a decision",
                                "an id is a number; `edgeherd explain ZONE` shows it"));
  }
  act::History& history = *state.host.history;
  history.decision(
      number, [&history, reply, number](const Result<std::optional<act::DecisionRecord>>& record) {
        if (!record) return reply(error_response(record.error()));
        if (!*record) {
          return reply(error_response(404, "not_found",
                                      "there is no decision " + std::to_string(number),
                                      "the oldest are dropped (\"history\" in the configuration)"));
        }
        history.snapshot(
            (*record)->snapshot,
            [reply, record = **record](const Result<std::optional<std::string>>& snapshot) {
              Result<json::object> document = decision_view(record);
              if (!document) return reply(error_response(document.error()));
              (*document)["replan"] = made_again(record, snapshot);
              reply(ok(*document));
            });
      });
}

// The story of a node, living or gone; `reply` gets 404 for one that nobody ever heard of.
void tell(Api::State& state, const NodeId& id, const Reply& reply) {
  state.host.history->story(
      id, [weak = state.weak_from_this(), id, reply](const Result<act::Story>& story) {
        const auto self = weak.lock();
        if (!self) return;
        if (!story) return reply(error_response(story.error()));
        const model::Node* node = self->host.controller->fleet().node(id);
        if (node == nullptr && story->empty()) {
          return reply(
              error_response(404, "not_found", self->node_named(id.str()).error().message,
                             "of nodes that are gone the story is kept for a while (\"history\")"));
        }
        const Result<json::object> document = story_view(id, node, *story);
        reply(document ? ok(*document) : error_response(document.error()));
      });
}

void node(Api::State& state, const Call& call, const Reply& reply) {
  const NodeId id(call.parameter("node"));
  const model::Node* found = state.host.controller->fleet().node(id);
  if (found != nullptr) return reply(ok(node_detail(state.sight(), *found)));
  tell(state, id, reply);
}

}  // namespace

void add_record_routes(Api::State& state) {
  Router& router = state.router;
  const auto add = [&](const char* pattern, void (*handle)(Api::State&, const Call&, const Reply&),
                       std::vector<std::string> queries = {}) {
    router.add(
        "GET", pattern, Role::viewer,
        [&state, handle](const Call& call, const Reply& reply) { handle(state, call, reply); },
        std::move(queries));
  };
  add("/v1/nodes/{node}", &node);
  add("/v1/nodes/{node}/story", [](Api::State& of, const Call& call, const Reply& reply) {
    tell(of, NodeId(call.parameter("node")), reply);
  });
  add("/v1/explain/{zone}", &explain, {"at"});
  add("/v1/explain/{provider}/{zone}", &explain, {"at"});
  add("/v1/decisions/{number}", &decision);
}

}  // namespace edgeherd::api
