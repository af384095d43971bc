#include "coordinator/notify/carriers.h"

#include <memory>
#include <utility>

#include "common/crypto/digest.h"
#include "common/http/url.h"
#include "common/os/process.h"

namespace edgeherd::notify {

namespace {

constexpr std::size_t answer_limit = 64 * 1024;

// Whom errors name: viewers see them, and the path or the query of a webhook is often its secret.
struct Shown {
  explicit Shown(const std::string& text) {
    const auto url = http::parse_url(text);
    if (!url) return;
    host = url->authority;
    named = "POST " + url->without_secrets() + ": ";
  }
  std::string host = "the webhook";
  std::string named;  // what the client's errors begin with
};

// Of words that do not begin as the client's do nothing is told: they may hold the URL anywhere.
Error without_url(const Error& error, const Shown& shown) {
  const bool known = !shown.named.empty() && error.message.starts_with(shown.named);
  return fail(error.code, shown.host + ": " +
                              (known ? error.message.substr(shown.named.size())
                                     : std::string(to_string(error.code))));
}

Status judge(const Result<http::Response>& answer, const Shown& shown) {
  if (!answer) return without_url(answer.error(), shown);
  const int status = answer->status;
  if (status >= 200 && status < 300) return {};
  const std::string what = shown.host + " answered " + std::to_string(status);
  const bool later = status >= 500 || status == 408 || status == 425 || status == 429;
  return fail(later ? Errc::unavailable : Errc::refused, what);
}

}  // namespace

std::string signature(const std::string& secret, long long unix_seconds, std::string_view body) {
  const std::string at = std::to_string(unix_seconds);
  const std::string mac = crypto::hmac_sha256(secret, at + "." + std::string(body));
  return "t=" + at + ",v1=" + crypto::to_hex(mac);
}

Outbox::Deliver webhook(http::Client& client, const Clock& clock, Webhook target) {
  const Shown shown(target.url);
  return [&client, &clock, target = std::move(target), shown](std::string body,
                                                              std::function<void(Status)> done) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = target.url;
    request.headers = target.headers;
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("User-Agent", "edgeherd/" EDGEHERD_VERSION);
    if (!target.secret.empty()) {
      request.headers.emplace_back(
          "X-Edgeherd-Signature", signature(target.secret, unix_millis(clock.wall()) / 1000, body));
    }
    request.body = std::move(body);
    request.deadline = target.deadline;
    request.answer_limit = answer_limit;
    client.send(std::move(request),
                [shown, done = std::move(done)](const Result<http::Response>& answer) {
                  done(judge(answer, shown));
                });
  };
}

Outbox::Deliver program(boost::asio::io_context& io, EventLoop& loop, Program target) {
  // One record at a time, so one process at a time; a new one only begins when the last has ended.
  auto running = std::make_shared<std::unique_ptr<os::Process>>();
  return [&io, &loop, running, target = std::move(target)](std::string body,
                                                           std::function<void(Status)> done) {
    os::ProcessSpec spec;
    spec.argv = target.argv;
    spec.deadline = target.deadline;
    spec.input = std::move(body);
    auto ended = [&loop, name = target.argv.front(),
                  done = std::move(done)](Result<os::ExitStatus> result) {
      Status status;
      if (!result) {
        status = result.error();
      } else if (!result->success()) {
        status = fail(Errc::unavailable, name + ": " + result->describe());
      }
      // Not inline: the next delivery replaces the process whose callback this is.
      loop.post([done, status] { done(status); });
    };
    *running = os::Process::run(io, std::move(spec), std::move(ended));
  };
}

}  // namespace edgeherd::notify
