#include "coordinator/cli/coordinator.h"

#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "common/http/client.h"
#include "common/os/asio_loop.h"
#include "coordinator/cli/fields.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

ExitCode exit_of(int status) {
  switch (status) {
    case 400:
      return exit_usage;
    case 401:
    case 403:
    case 409:
      return exit_refused;
    default:
      return exit_failed;
  }
}

// The API's own words when there are any.
Failed refused(const std::string& what, const http::Response& response) {
  boost::system::error_code broken;
  const json::value body = json::parse(response.body, broken);
  const json::object* document = broken ? nullptr : body.if_object();
  if (document == nullptr || text(*document, "message").empty()) {
    const std::string reason(http::reason_phrase(response.status));
    return Failed(exit_of(response.status), "broken",
                  what + " was answered with " + std::to_string(response.status) + " " + reason,
                  "the answer is not of Edgeherd's API: see whether --endpoint is right");
  }
  Failed failed(exit_of(response.status), text(*document, "code"), text(*document, "message"),
                text(*document, "hint"));
  if (document->contains("problems")) failed.details = texts(*document, "problems");
  return failed;
}

Failed unreached(const Error& error, const std::string& method) {
  const std::string& message = error.message;  // names the URL
  switch (error.code) {
    case Errc::invalid:
      return Failed(exit_usage, "invalid", message,
                    "an endpoint is http://HOST:PORT or https://...");
    case Errc::refused:
      return Failed(exit_unreachable, "untrusted", message,
                    "--ca-file FILE names the authority that its certificate is from");
    case Errc::broken:
    case Errc::exhausted:
      return Failed(exit_failed, std::string(to_string(error.code)), message,
                    "see whether --endpoint is right");
    case Errc::timeout:
      if (method != "GET") {
        return Failed(exit_unreachable, "timeout", message,
                      "it may have taken effect: `edgeherd events` tells");
      }
      [[fallthrough]];
    default:
      return Failed(exit_unreachable, "unreachable", "no coordinator answers: " + message,
                    "--endpoint or EDGEHERD_ENDPOINT says where it is");
  }
}

}  // namespace

struct Coordinator::State {
  explicit State(Result<Connection> connection)
      : to(std::move(connection)),
        client(loop.io(), http::ClientOptions{to ? to->ca_file : std::string()}) {}

  Answer call(http::ClientRequest request) {
    const std::string what = request.method + " " + request.url;
    const std::string method = request.method;
    if (!to) throw Failed(exit_usage, "usage", to.error().message, "");
    request.url = to->endpoint + request.url;
    if (!to->token.empty()) {
      request.headers.emplace_back("Authorization", "Bearer " + to->token);
    }
    std::optional<Result<http::Response>> result;
    client.send(std::move(request), [&](Result<http::Response> answer) {
      result = std::move(answer);
      loop.stop();
    });
    loop.run();
    if (!result) throw Failed(exit_failed, "internal", what + ": the loop was stopped", "");
    if (!*result) throw unreached(result->error(), method);
    http::Response& response = **result;
    if (response.status != 200) throw refused(what, response);
    boost::system::error_code broken;
    json::value body = json::parse(response.body, broken);
    if (broken || !body.is_object()) {
      throw Failed(exit_failed, "broken",
                   to->endpoint + ": the answer to " + what + " is no JSON object",
                   "something else may listen there: see whether --endpoint is right");
    }
    return {std::move(response.body), std::move(body.get_object())};
  }

  Result<Connection> to;
  os::AsioLoop loop;
  http::Client client;  // goes before the loop
};

Coordinator::Coordinator(Result<Connection> to) : state_(std::make_unique<State>(std::move(to))) {}

Coordinator::~Coordinator() = default;

Answer Coordinator::get(const std::string& target, Duration deadline) {
  http::ClientRequest request;
  request.url = target;
  request.deadline = deadline;
  request.headers = {{"Accept", "application/json"}};
  return state_->call(std::move(request));
}

Answer Coordinator::post(const std::string& path, const json::object& body) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = path;
  request.deadline = patience;
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
  request.body = json::serialize(body);
  return state_->call(std::move(request));
}

void Coordinator::idle(Duration span) {
  state_->loop.after(span, [this] { state_->loop.stop(); });
  state_->loop.run();
}

const Clock& Coordinator::clock() const {
  return state_->loop.clock();
}

std::string encoded_path(std::string_view text) {
  return http::percent_encode(text, http::Slash::keep);
}

std::string encoded_value(std::string_view text) {
  return http::percent_encode(text, http::Slash::escape);
}

}  // namespace edgeherd::cli
