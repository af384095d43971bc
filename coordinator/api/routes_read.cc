// GET: the fleet as it is.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "coordinator/api/state.h"
#include "coordinator/api/views.h"
#include "coordinator/web/metrics.h"
#include "coordinator/web/page.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

using Reply = http::Server::Reply;

constexpr Duration alive_limit = 10s;  // without a tick the coordinator is not ready
constexpr std::size_t page_events = 30;

void zones(const Api::State& state, const Reply& reply) {
  const web::Sight sight = state.sight();
  json::array list;
  for (const ZoneId& zone : known_zones(sight)) list.push_back(zone_view(sight, zone));
  json::object document;
  document["schema"] = 1;
  document["zones"] = std::move(list);
  reply(ok(document));
}

bool matches(const model::Node& node, const http::Request& request, const ZoneId& zone) {
  const std::string_view state = request.query_value("state");
  const std::string_view verdict = request.query_value("verdict");
  return (zone.empty() || node.zone == zone) && (state.empty() || state == to_string(node.state)) &&
         (verdict.empty() || verdict == to_string(node.verdict));
}

void nodes(const Api::State& state, const Call& call, const Reply& reply) {
  const web::Sight sight = state.sight();
  ZoneId zone;
  if (const std::string name(call.request.query_value("zone")); !name.empty()) {
    const Result<ZoneId> found = state.zone_named(name);
    if (!found) return reply(error_response(found.error()));
    zone = *found;
  }
  json::array list;
  for (const auto& [id, node] : state.host.controller->fleet().nodes()) {
    if (matches(node, call.request, zone)) list.push_back(node_view(sight, node));
  }
  json::object document;
  document["schema"] = 1;
  document["nodes"] = std::move(list);
  reply(ok(document));
}

using ZoneDocument = json::object (*)(const web::Sight&, const ZoneId&);

Router::Handle of_zone(Api::State& state, ZoneDocument make) {
  return [&state, make](const Call& call, const Reply& reply) {
    const Result<ZoneId> zone = state.zone_of(call);
    if (!zone) return reply(error_response(zone.error()));
    reply(ok(make(state.sight(), *zone)));
  };
}

// Whether servers of the zone may be at work that the journal does not know well enough to list.
bool unknown_servers(const model::Fleet& fleet, const ZoneId& zone, const model::ZonePolicy* of) {
  if (fleet.read_only()) return true;
  if (of != nullptr && !fleet.account(of->provider).strangers.empty()) return true;
  return std::ranges::any_of(fleet.nodes(), [&](const auto& entry) {
    const model::Node& node = entry.second;
    return node.zone == zone && node.origin == model::Origin::adopted &&
           node.state < model::NodeState::in_service;
  });
}

// Viewers are sent by this list. One that is empty only because the journal was lost would take the
// zone off the air: then there is no answer, and they keep the list that they have.
Router::Handle endpoints(Api::State& state) {
  return [&state](const Call& call, const Reply& reply) {
    const Result<ZoneId> zone = state.zone_of(call);
    if (!zone) return reply(error_response(zone.error()));
    json::object list = endpoints_view(state.sight(), *zone);
    const act::Controller& controller = *state.host.controller;
    if (list.at("endpoints").as_array().empty() &&
        unknown_servers(controller.fleet(), *zone, controller.policy().zone(*zone))) {
      return reply(
          error_response(503, "unavailable", "the zone's servers are not taken in yet",
                         "keep the list you have; `edgeherd status` says what is missing"));
    }
    reply(ok(std::move(list)));
  };
}

void ready(const Api::State& state, const Reply& reply) {
  const web::Sight sight = state.sight();
  const auto ticked = state.host.controller->last_tick();
  if (!ticked || sight.now - *ticked > alive_limit) {
    return reply(http::text_response(503, "no tick of the control loop for more than 10 s\n"));
  }
  const std::string failure = state.host.controller->status().commit_failure;
  if (!failure.empty())
    return reply(http::text_response(503, "the store fails: " + failure + "\n"));
  reply(http::text_response(200, "ready\n"));
}

void page(Api::State& state, const Reply& reply) {
  state.host.history->events(
      -1, page_events, NodeId{}, ZoneId{},
      [weak = state.weak_from_this(), reply](const Result<std::vector<act::EventRecord>>& events) {
        const auto self = weak.lock();
        if (!self) return;
        http::Response response;
        response.headers = {
            {"Content-Type", "text/html; charset=utf-8"},
            {"Cache-Control", "no-store"},
            {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
            {"X-Content-Type-Options", "nosniff"}};
        response.body = web::page(self->sight(), events ? *events : std::vector<act::EventRecord>{},
                                  events ? "" : events.error().message);
        reply(std::move(response));
      });
}

void metrics(const Api::State& state, const Reply& reply) {
  http::Response response;
  response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
  response.body = web::metrics(state.sight(),
                               state.host.gauges ? state.host.gauges() : std::vector<web::Gauge>{});
  reply(std::move(response));
}

}  // namespace

void add_read_routes(Api::State& state) {
  Router& router = state.router;
  const Role open = state.host.open_reads == OpenReads::yes ? Role::anyone : Role::viewer;
  router.add("GET", "/", open, [&state](const Call&, const Reply& reply) { page(state, reply); });
  router.add("GET", "/livez", Role::anyone,
             [](const Call&, const Reply& reply) { reply(http::text_response(200, "alive\n")); });
  router.add("GET", "/readyz", Role::anyone,
             [&state](const Call&, const Reply& reply) { ready(state, reply); });
  router.add("GET", "/metrics", open,
             [&state](const Call&, const Reply& reply) { metrics(state, reply); });
  router.add("GET", "/v1/status", Role::viewer,
             [&state](const Call&, const Reply& reply) { reply(ok(status_view(state.sight()))); });
  router.add("GET", "/v1/zones", Role::viewer,
             [&state](const Call&, const Reply& reply) { zones(state, reply); });
  router.add("GET", "/v1/zones/{zone}", Role::viewer, of_zone(state, &zone_detail));
  router.add("GET", "/v1/zones/{zone}/endpoints", open, endpoints(state));
  router.add("GET", "/v1/zones/{provider}/{zone}", Role::viewer, of_zone(state, &zone_detail));
  router.add("GET", "/v1/zones/{provider}/{zone}/endpoints", open, endpoints(state));
  router.add("GET", "/v1/nodes", Role::viewer,
             [&state](const Call& call, const Reply& reply) { nodes(state, call, reply); },
             {"zone", "state", "verdict"});
  router.add("GET", "/v1/plan", Role::viewer, [&state](const Call&, const Reply& reply) {
    reply(ok(plan_view(state.sight(), state.host.controller->plan_now())));
  });
}

}  // namespace edgeherd::api
