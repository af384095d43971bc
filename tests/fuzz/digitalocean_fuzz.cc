// Any bytes as an answer of Digital Ocean's API: refused, or read with an id for each droplet, and
// with a next page of the very list that was asked for. As its headers, they may close the account
// for a while, and never break the count of its requests.
#include "common/sim/sim_loop.h"
#include "coordinator/dns/digitalocean/records.h"
#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/digitalocean/order.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

namespace {

http::Headers headers_of(std::string_view text) {
  http::Headers headers;
  for (const std::string_view line : fuzz::parts_of(text, '\n')) {
    const auto parts = fuzz::parts_of(line, ':');
    if (parts.size() == 2) headers.emplace_back(parts[0], parts[1]);
  }
  return headers;
}

void as_failure(const std::string& body) {
  for (const int status : {404, 422, 503}) {
    const Error error = digitalocean::error_of(http::Response{status, {}, body});
    require(error.message.find('\n') == std::string::npos && error.message.size() < 1000);
  }
}

void as_report(const http::Headers& headers) {
  const auto reported = digitalocean::report_of(headers);
  if (reported.reset) require(unix_millis(*reported.reset) >= 0);
  if (reported.retry_after) {
    require(*reported.retry_after >= 0s && *reported.retry_after <= 24h);
  }
}

// Each of several calls is answered with these headers, and whatever they say each ends.
void as_answers(const http::Headers& headers, const std::string& body) {
  constexpr std::size_t calls = 4;
  sim::SimLoop loop;
  const auto account = std::make_shared<budget::AccountBudget>(loop, budget::Limits{});
  std::size_t sent = 0;
  digitalocean::Endpoint endpoint;
  endpoint.token = [] { return std::string("t"); };
  digitalocean::Api api(
      endpoint, account, [&](const http::ClientRequest&, http::Client::Done done) {
        const int status = ++sent % 2 == 0 ? 429 : 422;
        loop.at(loop.clock().mono() + 1s, [=] { done(http::Response{status, headers, body}); });
      });
  std::size_t ended = 0;
  for (std::size_t i = 0; i < calls; ++i) {
    const auto kind = i % 2 == 0 ? budget::Kind::look : budget::Kind::change;
    api.send(api.begin(kind), {"GET", "/v2/droplets"}, [&](const Result<std::string>& answer) {
      require(!answer.ok() && answer.error().message.find('\n') == std::string::npos);
      ++ended;
    });
    loop.run_for(i == 1 ? 3s : 0s);
  }
  loop.run_for(2min);
  require(ended == calls && account->counters().waiting == 0);
  require(account->counters().last_hour == sent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto page = digitalocean::parse_droplets(text, "/v2/droplets"); page.ok()) {
    for (const auto& vm : page->items) require(!vm.id.empty());
    require(page->next.empty() || page->next.starts_with("/v2/droplets?"));
  }
  if (const auto made = digitalocean::parse_droplet(text); made.ok()) require(!made->id.empty());
  (void)digitalocean::parse_images(text, "/v2/images").ok();
  (void)digitalocean::parse_image(text).ok();
  (void)digitalocean::parse_image_actions(text, "/v2/images/1/actions").ok();
  if (const auto action = digitalocean::parse_action(text); action.ok()) {
    require(!action->id.empty());
  }
  (void)digitalocean::message_of(text);
  if (const auto page = dns::parse_records(text, "example.org"); page.ok()) {
    for (const auto& record : page->items) require(record.name.ends_with("example.org"));
  }
  as_failure(std::string(text));
  if (const http::Headers headers = headers_of(text); !headers.empty()) {
    as_report(headers);
    as_answers(headers, std::string(text));
  }
  return 0;
}
