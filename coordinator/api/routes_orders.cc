// POST: standing orders of the whole coordinator, and another try of a zone.
#include <utility>

#include <boost/json/array.hpp>

#include "coordinator/api/body.h"
#include "coordinator/api/state.h"

namespace edgeherd::api {

namespace {

using Reply = http::Server::Reply;

constexpr std::size_t longest_reason = 500;

void pause(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {"reason"});
  if (!body) return reply(error_response(body.error()));
  const auto reason = body->needed_text("reason");
  if (!reason) return reply(error_response(reason.error()));
  if (reason->size() > longest_reason) {
    return reply(error_response(fail(Errc::invalid, "\"reason\" is longer than 500 bytes")));
  }
  const std::string text = *reason + " (" + call.caller.name + ")";
  state.host.controller->pause(
      text, state.answer(call.caller, "pause: " + *reason, NodeId{}, ZoneId{}, std::move(reply)));
}

void resume(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {"read_only", "expect_count"});
  if (!body) return reply(error_response(body.error()));
  const auto read_only = body->flag("read_only");
  if (!read_only) return reply(error_response(read_only.error()));
  const auto left = body->count("expect_count");
  if (!left) return reply(error_response(left.error()));
  act::Controller& controller = *state.host.controller;
  if (*read_only) {
    if (!controller.fleet().read_only()) {
      return reply(error_response(409, "conflict", "the coordinator is not read-only", ""));
    }
    return controller.allow_writes(
        left->value_or(0),
        state.answer(call.caller, "end of read-only", NodeId{}, ZoneId{}, std::move(reply)));
  }
  if (!controller.fleet().paused()) {
    return reply(error_response(409, "conflict", "the coordinator is not paused",
                                controller.fleet().read_only()
                                    ? "it is read-only; `edgeherd resume --read-only` ends that"
                                    : ""));
  }
  controller.resume(state.answer(call.caller, "resume", NodeId{}, ZoneId{}, std::move(reply)));
}

void takeover(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {});
  if (!body) return reply(error_response(body.error()));
  state.host.controller->takeover(
      state.answer(call.caller, "takeover", NodeId{}, ZoneId{}, std::move(reply)));
}

// Which placements were opened.
void retry(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {"zone"});
  if (!body) return reply(error_response(body.error()));
  const auto name = body->needed_text("zone");
  if (!name) return reply(error_response(name.error()));
  const Result<ZoneId> zone = state.zone_named(*name);
  if (!zone) return reply(error_response(zone.error()));
  state.host.controller->retry(
      *zone, [weak = state.weak_from_this(), caller = call.caller, zone = *zone,
              reply = std::move(reply)](const Result<std::vector<model::PlacementId>>& opened) {
        if (!opened) return reply(error_response(opened.error()));
        if (const auto self = weak.lock()) self->record(caller, "retry", NodeId{}, zone);
        boost::json::array names;
        for (const model::PlacementId& id : *opened) names.emplace_back(model::to_string(id));
        reply(ok({{"schema", 1}, {"opened", std::move(names)}}));
      });
}

}  // namespace

void add_order_routes(Api::State& state) {
  Router& router = state.router;
  router.add("POST", "/v1/pause", Role::operator_,
             [&state](const Call& call, Reply reply) { pause(state, call, std::move(reply)); });
  router.add("POST", "/v1/resume", Role::operator_,
             [&state](const Call& call, Reply reply) { resume(state, call, std::move(reply)); });
  router.add("POST", "/v1/takeover", Role::operator_,
             [&state](const Call& call, Reply reply) { takeover(state, call, std::move(reply)); });
  router.add("POST", "/v1/retry", Role::operator_,
             [&state](const Call& call, Reply reply) { retry(state, call, std::move(reply)); });
}

}  // namespace edgeherd::api
