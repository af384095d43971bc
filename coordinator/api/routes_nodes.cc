// POST on nodes: out of the fleet, into it, and the flags.
#include <utility>

#include <boost/json/array.hpp>

#include "coordinator/api/body.h"
#include "coordinator/api/state.h"
#include "coordinator/api/views.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

using Reply = http::Server::Reply;

struct Termination {
  act::TerminateRequest request;
  bool dry_run = false;
};

Result<Termination> read_termination(const Api::State& state, const Body& body) {
  Termination result;
  const auto nodes = body.texts("nodes");
  if (!nodes) return nodes.error();
  const auto zone = body.text("zone");
  if (!zone) return zone.error();
  const auto all = body.flag("all");
  if (!all) return all.error();
  // Empty means none, everywhere: there is no request that means "every node there is".
  if (nodes->empty() && !*zone) {
    return fail(Errc::invalid, "nothing selected: give \"nodes\", or \"zone\" with \"all\": true");
  }
  if (!nodes->empty() && (*zone || *all)) {
    return fail(Errc::invalid, "give either \"nodes\", or \"zone\" with \"all\": true, not both");
  }
  if (*zone && !*all) {
    return fail(Errc::invalid,
                "\"zone\" alone removes nothing: add \"all\": true to mean every node of it");
  }
  for (const std::string& name : *nodes) {
    const Result<NodeId> node = state.node_named(name);
    if (!node) return node.error();
    result.request.nodes.push_back(*node);
  }
  if (*zone) {
    const Result<ZoneId> found = state.zone_named(**zone);
    if (!found) return found.error();
    result.request.whole_zone = *found;
  }
  const auto count = body.count("expect_count");
  if (!count) return count.error();
  result.request.expect_count = *count;
  const auto now = body.flag("now");
  if (!now) return now.error();
  result.request.mode = *now ? act::TerminateMode::now : act::TerminateMode::in_order;
  const auto dry_run = body.flag("dry_run");
  if (!dry_run) return dry_run.error();
  result.dry_run = *dry_run;
  return result;
}

std::string describe(const act::TerminateRequest& request, std::size_t count) {
  std::string text = "terminate ";
  if (request.whole_zone) {
    text += "all " + std::to_string(count) + " of " + request.whole_zone->str();
  } else {
    for (std::size_t i = 0; i < request.nodes.size(); ++i) {
      text += (i > 0 ? ", " : "") + request.nodes[i].str();
    }
  }
  return text + (request.mode == act::TerminateMode::now ? " now" : "");
}

// The same document as the preview, with `started`.
json::object termination_view(const act::TerminationPreview& preview, bool started) {
  json::object document = preview_view(preview);
  document["started"] = started;
  return document;
}

// One event for all of them; but each one's story says who it was, too.
void tell_each(const Api::State& state, const Caller& caller, const std::string& what,
               const act::TerminationPreview& asked) {
  for (const auto& line : asked.lines) {
    act::StoryLine told;
    told.node = line.node;
    told.zone = line.zone;
    told.at = state.host.loop->clock().wall();
    told.what = "operator";
    told.text = caller.name + ": " + what;
    state.host.history->append(std::move(told));
  }
}

void terminate(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body =
      Body::read(call.request, {"nodes", "zone", "all", "expect_count", "now", "dry_run"});
  if (!body) return reply(error_response(body.error()));
  const Result<Termination> wanted = read_termination(state, *body);
  if (!wanted) return reply(error_response(wanted.error()));
  const act::TerminateRequest& request = wanted->request;

  act::TerminateRequest question = request;
  if (wanted->dry_run) question.expect_count.reset();
  const Result<act::TerminationPreview> preview = state.host.controller->preview(question);
  if (!preview) return reply(error_response(preview.error()));
  if (wanted->dry_run) return reply(ok(termination_view(*preview, false)));

  const std::size_t count = preview->lines.size();
  if (count > act::expect_count_above && !request.expect_count) {
    return reply(
        error_response(409, "conflict", "this removes " + std::to_string(count) + " servers",
                       "look at the plan (\"dry_run\": true), then repeat with expect_count " +
                           std::to_string(count)));
  }
  state.host.controller->terminate(
      request, [weak = state.weak_from_this(), caller = call.caller, request,
                reply = std::move(reply)](const Result<act::TerminationPreview>& done) {
        if (!done) return reply(error_response(done.error()));
        if (const auto self = weak.lock()) {
          const NodeId node = request.nodes.size() == 1 ? request.nodes.front() : NodeId{};
          const std::string what = describe(request, done->lines.size());
          self->record(caller, what, node, request.whole_zone.value_or(ZoneId{}));
          if (node.empty()) tell_each(*self, caller, what, *done);
        }
        reply(ok(termination_view(*done, true)));
      });
}

struct FlagRoute {
  const char* verb;
  model::Flag flag;
  bool on;
};
constexpr FlagRoute flag_routes[] = {
    {"cordon", model::Flag::cordoned, true},
    {"uncordon", model::Flag::cordoned, false},
    {"protect", model::Flag::is_protected, true},
    {"unprotect", model::Flag::is_protected, false},
    {"quarantine", model::Flag::quarantined, true},
    {"unquarantine", model::Flag::quarantined, false},
    {"keep", model::Flag::asked_out, false},
};

void set_flag(Api::State& state, const FlagRoute& route, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {});
  if (!body) return reply(error_response(body.error()));
  const Result<NodeId> node = state.node_named(call.parameter("node"));
  if (!node) return reply(error_response(node.error()));
  const ZoneId zone = state.host.controller->fleet().node(*node)->zone;
  state.host.controller->set_flag(
      *node, route.flag, route.on,
      state.answer(call.caller, route.verb, *node, zone, std::move(reply)));
}

// `not_found` names the accounts that there are.
Status check_account(const Api::State& state, const std::string& name) {
  const auto accounts = state.host.controller->status().accounts;
  if (accounts.contains(ProviderId(name))) return {};
  std::string list;
  for (const auto& [id, account] : accounts) list += (list.empty() ? "" : ", ") + id.str();
  return fail(Errc::not_found,
              "there is no account '" + name + "'" + (list.empty() ? "" : "; there are: " + list));
}

void adopt(Api::State& state, const Call& call, const Reply& reply) {
  const Result<Body> body = Body::read(call.request, {"provider", "vm", "zone"});
  if (!body) return reply(error_response(body.error()));
  const auto provider = body->needed_text("provider");
  if (!provider) return reply(error_response(provider.error()));
  const auto vm = body->needed_text("vm");
  if (!vm) return reply(error_response(vm.error()));
  const auto zone_text = body->text("zone");
  if (!zone_text) return reply(error_response(zone_text.error()));
  if (auto known = check_account(state, *provider); !known) {
    return reply(error_response(known.error()));
  }
  std::optional<ZoneId> zone;
  if (*zone_text) {
    const Result<ZoneId> found = state.zone_named(**zone_text);
    if (!found) return reply(error_response(found.error()));
    zone = *found;
  }
  state.host.controller->adopt(ProviderId(*provider), VmId(*vm), zone,
                               [weak = state.weak_from_this(), caller = call.caller,
                                what = *provider + "/" + *vm, reply](const Result<NodeId>& node) {
                                 if (!node) return reply(error_response(node.error()));
                                 if (const auto self = weak.lock())
                                   self->record(caller, "adopt " + what, *node, ZoneId{});
                                 json::object document;
                                 document["schema"] = 1;
                                 document["node"] = node->str();
                                 reply(ok(document));
                               });
}

void forget(Api::State& state, const Call& call, Reply reply) {
  const Result<Body> body = Body::read(call.request, {"node"});
  if (!body) return reply(error_response(body.error()));
  const auto name = body->needed_text("node");
  if (!name) return reply(error_response(name.error()));
  const Result<NodeId> node = state.node_named(*name);
  if (!node) return reply(error_response(node.error()));
  const ZoneId zone = state.host.controller->fleet().node(*node)->zone;
  state.host.controller->forget(
      *node, state.answer(call.caller, "forget " + node->str(), *node, zone, std::move(reply)));
}

void enroll_token(Api::State& state, const Call& call, const Reply& reply) {
  const Result<Body> body = Body::read(call.request, {"node"});
  if (!body) return reply(error_response(body.error()));
  const auto name = body->needed_text("node");
  if (!name) return reply(error_response(name.error()));
  const Result<NodeId> id = state.node_named(*name);
  if (!id) return reply(error_response(id.error()));
  const model::Node& node = *state.host.controller->fleet().node(*id);
  if (!node.key.empty()) {
    return reply(error_response(409, "conflict", "node " + id->str() + " has enrolled already",
                                "a token admits one key once; to replace the server, terminate the "
                                "node and let a new one be launched"));
  }
  state.record(call.caller, "read the enrolment token of " + id->str(), *id, node.zone);
  json::object document;
  document["schema"] = 1;
  document["node"] = id->str();
  document["token"] = state.host.enrolment_token(*id);
  document["user_data"] = state.host.user_data(node);
  reply(ok(document));
}

}  // namespace

void add_node_routes(Api::State& state) {
  Router& router = state.router;
  router.add("POST", "/v1/nodes/terminate", Role::operator_,
             [&state](const Call& call, Reply reply) { terminate(state, call, std::move(reply)); });
  for (const FlagRoute& route : flag_routes) {
    router.add("POST", "/v1/nodes/{node}/" + std::string(route.verb), Role::operator_,
               [&state, &route](const Call& call, Reply reply) {
                 set_flag(state, route, call, std::move(reply));
               });
  }
  router.add("POST", "/v1/adopt", Role::operator_,
             [&state](const Call& call, const Reply& reply) { adopt(state, call, reply); });
  router.add("POST", "/v1/forget", Role::operator_,
             [&state](const Call& call, Reply reply) { forget(state, call, std::move(reply)); });
  router.add("POST", "/v1/enroll-token", Role::operator_,
             [&state](const Call& call, const Reply& reply) { enroll_token(state, call, reply); });
}

}  // namespace edgeherd::api
