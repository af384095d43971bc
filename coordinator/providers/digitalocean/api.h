// Api: requests to Digital Ocean's API, each within the account's budget, each with one answer.
//
// An answer that is no success becomes an Error here: refused (401, 403), not_found (404 in the
// API's own form; any other is broken), conflict (409), throttled (429, or never sent for want of
// budget), out_of_stock (422 for want of a droplet's place), invalid (other 4xx), unavailable (5xx,
// no connection), timeout. Neither the token nor what was sent stands in one. A request whose token
// was refused is sent once more, within the budget, if its source gives another by now; else the
// next one asks for it. Thread: the loop's; `done` once, never inline.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/http/client.h"
#include "coordinator/providers/budget/account_budget.h"

namespace edgeherd::digitalocean {

// What carries a request out: http::Client::send, or a test.
using Transport = std::function<void(http::ClientRequest, http::Client::Done)>;
// Asked when the first request is made, and again after the API refused the token it gave.
using TokenSource = std::function<Result<std::string>()>;

struct Endpoint {
  std::string url = "https://api.digitalocean.com";  // without a path
  Duration timeout = 20s;                            // of one request
  TokenSource token;
};

struct ApiRequest {
  std::string method = "GET";
  std::string target;  // "/v2/droplets?tag_name=x"
  std::string body = {};
};

class Api {
 public:
  using Done = std::function<void(Result<std::string>)>;  // the body

  // Destroying it drops what is under way.
  Api(Endpoint endpoint, std::shared_ptr<budget::AccountBudget> budget, Transport transport);

  // A call that begins now: all its requests are sent with this, and none of them late.
  [[nodiscard]] budget::Call begin(budget::Kind kind) const;
  void send(const budget::Call& call, ApiRequest request, Done done);

 private:
  class Ticket;
  struct State;
  std::shared_ptr<State> state_;
};

// What a request's failure is called in errors: "GET /v2/droplets", without a query.
[[nodiscard]] std::string name_of(const ApiRequest& request);
// For an answer that is not 2xx.
[[nodiscard]] Error error_of(const http::Response& response);
[[nodiscard]] budget::Reported report_of(const http::Headers& headers);

}  // namespace edgeherd::digitalocean
