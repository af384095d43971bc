// Any bytes as the body of a request to the API, and as the API's answer to the shell: refused, or
// read without control characters.
#include <boost/json.hpp>

#include "coordinator/api/body.h"
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
  as_answer(text);
  return 0;
}
