// Router: method and path to a handler, roles, and errors of one form.
//
// Errors are {"schema":1,"code":..,"message":..,"hint":..}; the hint says what would work, or is
// null. Thread: the loop's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"
#include "coordinator/api/access.h"

namespace edgeherd::api {

// One matched request. Parameters are the decoded parts of the path that stood in braces.
struct Call {
  const http::Request& request;  // alive until the handler returns, not until it replies
  std::map<std::string, std::string, std::less<>> parameters;
  Caller caller;

  [[nodiscard]] const std::string& parameter(std::string_view name) const;
};

[[nodiscard]] http::Response error_response(int status, std::string_view code,
                                            std::string_view message, std::string_view hint);
// The HTTP status for what went wrong, and the error as JSON.
[[nodiscard]] http::Response error_response(const Error& error, std::string_view hint = {});
[[nodiscard]] int http_status(Errc code);

class Router {
 public:
  using Handle = std::function<void(const Call&, http::Server::Reply)>;

  // pattern: "/v1/zones/{provider}/{zone}"; "{rest*}" at the end takes what is left. `queries`: the
  // names that a query may hold.
  void add(std::string method, std::string pattern, Role role, Handle handle,
           std::vector<std::string> queries = {});

  // 404 for an unknown path, 405 with Allow for an unknown method, 401 and 403 by role; below /v1 a
  // 400 for a name in the query that the route does not have: a filter that is misspelt would
  // otherwise show, or mean, everything.
  void handle(const Access& access, const http::Request& request, http::Server::Reply reply) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    Role role = Role::viewer;
    Handle handle;
    std::vector<std::string> queries;
  };
  std::vector<Route> routes_;
};

}  // namespace edgeherd::api
