#include "coordinator/api/api.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "coordinator/api/state.h"

namespace edgeherd::api {

namespace {

// Without tokens, a name in the Host header other than the loopback's own means that a web page
// made the browser ask us under a name of its choice (DNS rebinding).
bool names_this_machine(std::string_view host) {
  if (host.empty()) return true;
  if (host.starts_with('[')) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  return http::same_name(name, "localhost") ||
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string joined(const std::vector<ZoneId>& zones) {
  constexpr std::size_t shown = 12;
  std::string text;
  for (std::size_t i = 0; i < zones.size() && i < shown; ++i) {
    text += (text.empty() ? "" : ", ") + zones[i].str();
  }
  if (zones.size() > shown) text += ", ...";
  return text.empty() ? "none" : text;
}

}  // namespace

http::Response ok(const boost::json::object& document) {
  http::Response response = http::json_response(200, boost::json::serialize(document) + "\n");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<ZoneId> Api::State::zone_named(const std::string& text) const {
  const std::vector<ZoneId> zones = known_zones(sight());
  std::vector<ZoneId> matching;
  for (const ZoneId& zone : zones) {
    if (zone.str() == text) return zone;
    if (zone.str().ends_with("/" + text)) matching.push_back(zone);
  }
  if (matching.size() == 1) return matching.front();
  if (matching.empty()) {
    return fail(Errc::not_found, "there is no zone \"" + text + "\"; there are: " + joined(zones));
  }
  return fail(Errc::conflict,
              "zone \"" + text + "\" is not unique: say one of " + joined(matching));
}

Result<ZoneId> Api::State::zone_of(const Call& call) const {
  const auto provider = call.parameters.find("provider");
  const std::string& zone = call.parameter("zone");
  return zone_named(provider == call.parameters.end() ? zone : provider->second + "/" + zone);
}

Result<NodeId> Api::State::node_named(const std::string& text) const {
  if (host.controller->fleet().node(NodeId(text)) != nullptr) return NodeId(text);
  return fail(Errc::not_found, "there is no node \"" + text + "\"; `edgeherd nodes` lists the " +
                                   std::to_string(host.controller->fleet().nodes().size()) +
                                   " there are");
}

void Api::State::record(const Caller& caller, const std::string& what, const NodeId& node,
                        const ZoneId& zone) {
  act::EventRecord record;
  record.at = host.loop->clock().wall();
  record.note = {model::Severity::info, "operator", caller.name + ": " + what, node, zone};
  host.history->append(std::move(record));
}

act::Controller::Reply<void> Api::State::answer(const Caller& caller, std::string what, NodeId node,
                                                ZoneId zone, http::Server::Reply reply) {
  return [weak = weak_from_this(), caller, what = std::move(what), node = std::move(node),
          zone = std::move(zone), reply = std::move(reply)](const Status& status) {
    if (!status) return reply(error_response(status.error()));
    if (const auto self = weak.lock()) self->record(caller, what, node, zone);
    boost::json::object document;
    document["schema"] = 1;
    document["done"] = true;
    reply(ok(document));
  };
}

Api::Api(Host host) : state_(std::make_shared<State>(std::move(host))) {
  add_read_routes(*state_);
  add_record_routes(*state_);
  add_event_routes(*state_);
  add_node_routes(*state_);
  add_order_routes(*state_);
  add_config_routes(*state_);
}

Api::~Api() = default;

http::BodyRight Api::judge(const http::Request& head) const {
  const Host& host = state_->host;
  if (host.archive && head.path.starts_with("/v1/archive/")) return host.archive_judge(head);
  const auto caller = host.access.caller(head);
  return caller && caller->role != Role::anyone ? most_body_bytes : strangers_body_bytes;
}

void Api::handle(http::Request&& request, http::Server::Reply reply) {
  const bool changes = request.method != "GET" && request.method != "HEAD";
  if (state_->host.access.open() && !request.path.starts_with("/v1/archive/") &&
      !names_this_machine(http::header(request.headers, "Host"))) {
    return reply(error_response(403, "forbidden", "this name of the host is not accepted",
                                "without tokens only an address or localhost is, so that no web "
                                "page can reach this through a browser; configure \"tokens\""));
  }
  if (changes && state_->host.archive && request.path.starts_with("/v1/archive/")) {
    return state_->host.archive(std::move(request), std::move(reply));
  }
  state_->router.handle(state_->host.access, request, std::move(reply));
}

void Api::tick() {
  serve_polls(*state_);
}

void Api::set_access(Access access) {
  state_->host.access = std::move(access);
}

}  // namespace edgeherd::api
