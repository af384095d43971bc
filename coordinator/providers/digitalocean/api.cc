#include "coordinator/providers/digitalocean/api.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "common/core/number.h"
#include "common/core/text.h"
#include "coordinator/providers/digitalocean/answer.h"

namespace edgeherd::digitalocean {

namespace {

constexpr std::size_t most_shown = 300;                 // bytes of the cloud's own words
constexpr std::int64_t latest_reset_s = 4'000'000'000;  // later times are none; nanoseconds hold it

// Digital Ocean has no code of its own for want of a place or of a quota: only its words tell.
// An image that the region has not is "not available" as well, but no other place, size or time
// mends that.
bool lacks_stock(std::string_view message) {
  const std::string lower = lower_case(std::string(message));
  if (lower.find("image") != std::string::npos) return false;
  for (const std::string_view words :
       {"droplet limit", "not available", "unavailable", "out of capacity", "sold out"}) {
    if (lower.find(words) != std::string::npos) return true;
  }
  return false;
}

Errc code_of(int status, std::string_view word, std::string_view message) {
  if (status == 401 || status == 403) return Errc::refused;
  // It may be anybody between who speaks: a 404 of his is not the cloud's word that nothing is
  // there.
  if (status == 404) return word == "not_found" ? Errc::not_found : Errc::broken;
  if (status == 409) return Errc::conflict;
  if (status == 408) return Errc::timeout;
  if (status == 429) return Errc::throttled;
  if (status == 422 && message.find("pending event") != std::string_view::npos) {
    return Errc::conflict;
  }
  if (status == 422 && lacks_stock(message)) return Errc::out_of_stock;
  if (status >= 400 && status < 500) return Errc::invalid;
  return status >= 500 ? Errc::unavailable : Errc::broken;
}

}  // namespace

// A request that was let through: it is answered for at the latest when everybody has forgotten it.
class Api::Ticket {
 public:
  Ticket(std::weak_ptr<budget::AccountBudget> budget, budget::Kind kind)
      : budget_(std::move(budget)), kind_(kind) {}
  ~Ticket() { answered({}); }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  void answered(const budget::Reported& reported) {
    if (const auto budget = std::exchange(budget_, {}).lock()) budget->answered(kind_, reported);
  }

 private:
  std::weak_ptr<budget::AccountBudget> budget_;
  budget::Kind kind_;
};

struct Api::State : std::enable_shared_from_this<State> {
  enum class Attempt { first, last };

  State(Endpoint where, std::shared_ptr<budget::AccountBudget> account, Transport how)
      : endpoint(std::move(where)), budget(std::move(account)), transport(std::move(how)) {}

  void send(const budget::Call& call, ApiRequest request, Attempt attempt, Done done) {
    budget->ask(call, [call, weak = weak_from_this(), account = std::weak_ptr(budget), attempt,
                       request = std::move(request), done = std::move(done)](const Status& may) {
      const auto ticket = may ? std::make_shared<Ticket>(account, call.kind) : nullptr;
      const auto self = weak.lock();
      if (!self) return;
      if (!may) return done(may.error().within(name_of(request)));
      self->carry_out(call, ticket, request, attempt, done);
    });
  }

  void carry_out(const budget::Call& call, const std::shared_ptr<Ticket>& ticket,
                 const ApiRequest& request, Attempt attempt, const Done& done) {
    if (token.empty()) {
      auto given = endpoint.token();
      if (!given) return done(given.error());
      token = std::move(*given);
    }
    http::ClientRequest out;
    out.method = request.method;
    out.url = endpoint.url + request.target;
    out.headers = {{"Authorization", "Bearer " + token}, {"Accept", "application/json"}};
    if (!request.body.empty()) out.headers.emplace_back("Content-Type", "application/json");
    out.body = request.body;
    out.deadline = endpoint.timeout;
    out.answer_limit = max_answer_bytes;
    transport(std::move(out), [weak = weak_from_this(), call, ticket, request, attempt, done,
                               used = token](Result<http::Response> answer) {
      ticket->answered(answer ? report_of(answer->headers) : budget::Reported{});
      const auto self = weak.lock();
      if (!self) return;
      if (!answer) return done(answer.error());
      if (answer->status / 100 == 2) return done(std::move(answer->body));
      const bool renewed = answer->status == 401 && self->has_other_than(used);
      // With that token nothing was done.
      if (renewed && attempt == Attempt::first) {
        return self->send(call, request, Attempt::last, done);
      }
      done(error_of(*answer).within(name_of(request)));
    });
  }

  // A token was refused: its file may hold another by now.
  bool has_other_than(const std::string& used) {
    if (token.empty() || token == used) {
      const auto given = endpoint.token();
      token = given ? *given : "";
    }
    if (token == used) token.clear();
    return !token.empty();
  }

  Endpoint endpoint;
  std::shared_ptr<budget::AccountBudget> budget;
  Transport transport;
  std::string token;
};

Api::Api(Endpoint endpoint, std::shared_ptr<budget::AccountBudget> budget, Transport transport)
    : state_(
          std::make_shared<State>(std::move(endpoint), std::move(budget), std::move(transport))) {}

budget::Call Api::begin(budget::Kind kind) const {
  return state_->budget->begin(kind);
}

void Api::send(const budget::Call& call, ApiRequest request, Done done) {
  state_->send(call, std::move(request), State::Attempt::first, std::move(done));
}

std::string name_of(const ApiRequest& request) {
  return request.method + " " + request.target.substr(0, request.target.find('?'));
}

Error error_of(const http::Response& response) {
  const std::string words = message_of(response.body);
  const std::string shown = quoted_words(words, most_shown);
  std::string what = "status " + std::to_string(response.status);
  if (!shown.empty()) what += ": " + shown;
  return fail(code_of(response.status, word_of(response.body), words), std::move(what));
}

budget::Reported report_of(const http::Headers& headers) {
  budget::Reported reported;
  reported.limit = parse_number<std::int64_t>(http::header(headers, "ratelimit-limit"));
  reported.remaining = parse_number<std::int64_t>(http::header(headers, "ratelimit-remaining"));
  if (const auto reset = parse_number<std::int64_t>(http::header(headers, "ratelimit-reset"));
      reset && *reset >= 0 && *reset <= latest_reset_s) {
    reported.reset = from_unix_millis(*reset * 1000);
  }
  if (const auto wait = parse_number<std::int64_t>(http::header(headers, "retry-after"));
      wait && *wait >= 0) {
    reported.retry_after = std::chrono::seconds(std::min<std::int64_t>(*wait, 86'400));
  }
  return reported;
}

}  // namespace edgeherd::digitalocean
