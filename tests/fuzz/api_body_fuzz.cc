// Any bytes as the body of a request to the API, and as the API's answer to the shell: refused, or
// read without control characters. As a path with a token in the line after it: answered once, by
// the route or for whoever knows the token alone.
#include <boost/json.hpp>

#include "common/crypto/digest.h"
#include "coordinator/api/body.h"
#include "coordinator/api/router.h"
#include "coordinator/cli/coordinator.h"
#include "coordinator/cli/fields.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

void as_request(std::string_view text) {
  http::Request request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = text;
  const auto body = api::Body::read(request, {"nodes", "zone", "expect_count", "now", "reason"});
  if (!body.ok()) {
    fuzz::require(!body.error().message.empty());
    return;
  }
  for (const char* key : {"nodes", "zone", "expect_count", "now", "reason"}) {
    (void)body->text(key);
    (void)body->flag(key);
    (void)body->texts(key);
    if (const auto count = body->count(key); count.ok() && *count) fuzz::require(**count >= 0);
    if (const auto needed = body->needed_text(key); needed.ok()) fuzz::require(!needed->empty());
  }
}

void as_call(std::string_view text) {
  const auto lines = fuzz::parts_of(text, '\n');
  http::Request request;
  request.method = "GET";
  if (!http::parse_target(lines[0], request).ok()) return;
  if (lines.size() > 1) request.headers.emplace_back("Authorization", lines[1]);
  const api::Access access({{"v", api::Role::viewer, crypto::to_hex(crypto::sha256("t"))}});
  const auto caller = access.caller(request);
  const bool known = caller && caller->role == api::Role::viewer;
  if (known) fuzz::require(lines[1].ends_with(" t"));
  int handled = 0;
  api::Router router;
  router.add("GET", "/v1/zones/{provider}/{rest*}", api::Role::viewer,
             [&](const api::Call& call, const http::Server::Reply& reply) {
               fuzz::require(known && !call.parameter("provider").empty());
               fuzz::require(call.parameter("provider").find('/') == std::string::npos);
               (void)call.parameter("rest");
               ++handled;
               reply(http::text_response(200, ""));
             });
  int answered = 0;
  router.handle(access, request, [&](const http::Response& answer) {
    ++answered;
    fuzz::require((answer.status == 200) == (handled == 1));
  });
  fuzz::require(answered == 1);
}

void as_answer(std::string_view text) {
  boost::system::error_code failed;
  const auto value = boost::json::parse(text, failed);
  if (failed || !value.is_object()) return;
  for (const auto& member : value.get_object()) {
    try {
      const auto& from = value.get_object();
      for (const char c : cli::text(from, member.key())) fuzz::require(c >= 0x20 || c < 0);
      (void)cli::number(from, member.key());
      (void)cli::count(from, member.key());
    } catch (const cli::Failed&) {  // another type: a broken answer
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  as_request(text);
  as_call(text);
  as_answer(text);
  return 0;
}
