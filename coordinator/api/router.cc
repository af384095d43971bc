#include "coordinator/api/router.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace edgeherd::api {

namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  // "/v1/zones/" is "/v1/zones".
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

bool is_parameter(std::string_view part) {
  return part.starts_with('{');
}
bool takes_rest(std::string_view part) {
  return part.ends_with("*}");
}

std::optional<Parameters> match(const std::vector<std::string>& pattern,
                                const std::vector<std::string>& path) {
  Parameters parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string& part = pattern[i];
    if (i >= path.size()) return std::nullopt;
    if (!is_parameter(part)) {
      if (part != path[i]) return std::nullopt;
    } else if (takes_rest(part)) {
      std::string rest = path[i];
      for (std::size_t more = i + 1; more < path.size(); ++more) rest += "/" + path[more];
      parameters.emplace(part.substr(1, part.size() - 3), std::move(rest));
      return parameters;
    } else {
      if (path[i].empty()) return std::nullopt;
      parameters.emplace(part.substr(1, part.size() - 2), path[i]);
    }
  }
  if (path.size() != pattern.size()) return std::nullopt;
  return parameters;
}

http::Response unauthenticated(std::string_view message) {
  http::Response response =
      error_response(401, "unauthenticated", message,
                     "send \"Authorization: Bearer <token>\" with a token of the configuration's "
                     "\"tokens\"; the edgeherd program takes it from --token, EDGEHERD_TOKEN or "
                     "EDGEHERD_TOKEN_FILE");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::optional<http::Response> unknown_query(const http::Request& request,
                                            const std::vector<std::string>& known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names;
    for (const std::string& one : known) names += (names.empty() ? "" : ", ") + one;
    return error_response(400, "invalid", request.path + " has no query parameter \"" + name + "\"",
                          known.empty() ? "it has none" : "it has: " + names);
  }
  return std::nullopt;
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
  const auto at = parameters.find(name);
  assert(at != parameters.end());
  return at->second;
}

http::Response error_response(int status, std::string_view code, std::string_view message,
                              std::string_view hint) {
  boost::json::object body;
  body["schema"] = 1;
  body["code"] = code;
  body["message"] = message;
  if (hint.empty()) {
    body["hint"] = nullptr;
  } else {
    body["hint"] = hint;
  }
  return http::json_response(status, boost::json::serialize(body) + "\n");
}

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::refused:
      return 403;
    case Errc::throttled:
      return 429;
    case Errc::out_of_stock:
      return 409;
    case Errc::unavailable:
      return 503;
    case Errc::timeout:
      return 504;
    case Errc::broken:
      return 502;
    case Errc::exhausted:
      return 503;
    case Errc::internal:
      return 500;
  }
  return 500;
}

http::Response error_response(const Error& error, std::string_view hint) {
  return error_response(http_status(error.code), to_string(error.code), error.message, hint);
}

void Router::add(std::string method, std::string pattern, Role role, Handle handle,
                 std::vector<std::string> queries) {
  routes_.push_back(
      {std::move(method), split(pattern), role, std::move(handle), std::move(queries)});
}

void Router::handle(const Access& access, const http::Request& request,
                    http::Server::Reply reply) const {
  const std::vector<std::string> path = split(request.path);
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  std::string allowed;
  for (const Route& route : routes_) {
    auto parameters = match(route.parts, path);
    if (!parameters) continue;
    if (route.method != method) {
      if (allowed.find(route.method) == std::string::npos) {
        allowed += (allowed.empty() ? "" : ", ") + route.method;
      }
      continue;
    }
    const std::optional<Caller> caller = access.caller(request);
    if (route.role != Role::anyone) {
      if (!caller) return reply(unauthenticated("this token is not known"));
      if (caller->role == Role::anyone) return reply(unauthenticated("a token is needed for this"));
      if (caller->role < route.role) {
        return reply(error_response(
            403, "forbidden",
            "the token \"" + caller->name + "\" is a " + std::string(to_string(caller->role)) +
                "'s; this needs an " + std::string(to_string(route.role)) + "'s",
            "use a token whose role is \"operator\""));
      }
    }
    if (!path.empty() && path.front() == "v1") {
      if (auto unknown = unknown_query(request, route.queries)) return reply(std::move(*unknown));
    }
    return route.handle(Call{request, std::move(*parameters), caller.value_or(Caller{})},
                        std::move(reply));
  }
  if (!allowed.empty()) {
    http::Response response = error_response(405, "method_not_allowed",
                                             request.method + " is not possible on " + request.path,
                                             "this path answers " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return reply(std::move(response));
  }
  reply(error_response(404, "not_found", "there is nothing at " + request.path,
                       "the paths are listed in docs/api.md; zones in GET /v1/zones"));
}

}  // namespace edgeherd::api
