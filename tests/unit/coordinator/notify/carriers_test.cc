#include "coordinator/notify/carriers.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include <boost/asio/io_context.hpp>

#include "common/http/server.h"
#include "common/os/asio_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;

namespace {

// Delivers one body and waits for the verdict.
Status deliver(os::AsioLoop& loop, const notify::Outbox::Deliver& carrier, std::string body) {
  std::optional<Status> result;
  carrier(std::move(body), [&](const Status& status) {
    result = status;
    loop.stop();
  });
  REQUIRE_FALSE(result);  // never inline
  loop.run();
  REQUIRE(result);
  return *result;
}

struct Receiver {
  os::AsioLoop loop;
  http::Client client{loop.io(), {}};
  std::vector<http::Request> got;
  int status = 200;
  bool answers = true;
  std::vector<http::Server::Reply> unanswered;
  http::Server server{loop.io(), {}, [this](const http::Request& request, auto reply) {
                        got.push_back(request);
                        if (!answers) return unanswered.push_back(std::move(reply));
                        reply(http::text_response(status, "ok"));
                      }};

  Receiver() { REQUIRE(server.listen("127.0.0.1", 0, std::nullopt).ok()); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server.port()) + "/hook"; }
};

}  // namespace

TEST_CASE("a webhook is a POST of the JSON, signed with the time") {
  Receiver receiver;
  const auto carrier = notify::webhook(receiver.client, receiver.loop.clock(),
                                       {receiver.url(), {{"X-Team", "edge"}}, "secret", 5s});
  CHECK(deliver(receiver.loop, carrier, "{\"a\":1}").ok());
  REQUIRE(receiver.got.size() == 1);
  const http::Request& request = receiver.got[0];
  CHECK(request.method == "POST");
  CHECK(request.path == "/hook");
  CHECK(request.body == "{\"a\":1}");
  CHECK(http::header(request.headers, "Content-Type") == "application/json");
  CHECK(http::header(request.headers, "X-Team") == "edge");
  const std::string signature(http::header(request.headers, "X-Edgeherd-Signature"));
  const auto comma = signature.find(",v1=");
  REQUIRE(comma != std::string::npos);
  const long long at = std::strtoll(signature.c_str() + 2, nullptr, 10);
  CHECK(signature == notify::signature("secret", at, request.body));
  CHECK(signature != notify::signature("other", at, request.body));
}

TEST_CASE("a webhook's refusal is final, its trouble is not") {
  Receiver receiver;
  const auto carrier =
      notify::webhook(receiver.client, receiver.loop.clock(), {receiver.url(), {}, "", 5s});
  for (const auto& [status, code] : {std::pair{500, Errc::unavailable},
                                     {503, Errc::unavailable},
                                     {429, Errc::unavailable},
                                     {404, Errc::refused},
                                     {401, Errc::refused},
                                     {302, Errc::refused}}) {
    receiver.status = status;
    const Status result = deliver(receiver.loop, carrier, "{}");
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == code);
    CHECK(result.error().message.find(std::to_string(status)) != std::string::npos);
  }
  CHECK(http::header(receiver.got[0].headers, "X-Edgeherd-Signature").empty());
}

TEST_CASE("a webhook that nobody listens to is unavailable") {
  os::AsioLoop loop;
  http::Client client(loop.io(), {});
  const auto carrier = notify::webhook(client, loop.clock(), {"http://127.0.0.1:1/x", {}, "", 2s});
  const Status result = deliver(loop, carrier, "{}");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == Errc::unavailable);
}

TEST_CASE("no failure of a webhook tells more of its URL than the host") {
  Receiver receiver;
  const std::string port = std::to_string(receiver.server.port());
  const std::string secret = "/services/T0/B0/s3cret?token=s3cret";
  const auto failure = [&](const std::string& origin) {
    const auto carrier =
        notify::webhook(receiver.client, receiver.loop.clock(), {origin + secret, {}, "", 200ms});
    const Status result = deliver(receiver.loop, carrier, "{}");
    REQUIRE_FALSE(result.ok());
    const std::string& text = result.error().message;
    INFO(text);
    CHECK(text.find("s3cret") == std::string::npos);
    CHECK(text.find("services") == std::string::npos);
    return text;
  };
  receiver.status = 404;
  CHECK(failure("http://127.0.0.1:" + port) == "127.0.0.1:" + port + " answered 404");
  CHECK(failure("http://127.0.0.1:1") == "127.0.0.1:1: connecting: Connection refused");
  CHECK(failure("https://127.0.0.1:" + port).starts_with("127.0.0.1:" + port + ": "));  // no TLS
  CHECK(failure("http://nowhere.invalid").starts_with("nowhere.invalid: "));
  CHECK(failure("http://user:password@127.0.0.1") == "the webhook: invalid");
  CHECK(failure("http://127.0.0.1:" + port + "/a b") == "the webhook: invalid");
  receiver.answers = false;
  CHECK(failure("http://127.0.0.1:" + port) ==
        "127.0.0.1:" + port + ": no answer within 200 ms (waiting for the answer)");
}

TEST_CASE("a program gets the JSON on its standard input, without a shell") {
  os::AsioLoop loop;
  char name[] = "/tmp/edgeherd-notify-XXXXXX";
  const int made = mkstemp(name);
  REQUIRE(made >= 0);
  const auto carrier = notify::program(loop.io(), loop, {{"tee", name}, 10s});
  const std::string body = "{\"text\":\"" + std::string(100'000, 'x') + "; $(id) `id`\"}";
  CHECK(deliver(loop, carrier, body).ok());
  std::stringstream stored;
  stored << std::ifstream(name).rdbuf();
  CHECK(stored.str() == body);
  CHECK(deliver(loop, carrier, "{}").ok());  // again, with the same carrier
  std::remove(name);
}

TEST_CASE("a program that fails or does not end is told with its words") {
  os::AsioLoop loop;
  const auto failing =
      notify::program(loop.io(), loop, {{"sh", "-c", "echo no pager >&2; exit 3"}, 10s});
  const Status failed = deliver(loop, failing, "{}");
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message == "sh: exit code 3: no pager");
  const auto endless = notify::program(loop.io(), loop, {{"sleep", "60"}, 200ms});
  const Status late = deliver(loop, endless, "{}");
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().code == Errc::timeout);
  const auto absent = notify::program(loop.io(), loop, {{"/nowhere/pager"}, 1s});
  CHECK(deliver(loop, absent, "{}").error().code == Errc::not_found);
}
