#include <optional>

#include <boost/asio/io_context.hpp>

#include "common/http/client.h"
#include "common/http/server.h"
#include "common/http/stream.h"
#include "tests/support/catch.h"
#include "tests/support/raw_socket.h"
#include "tests/support/real_loop.h"
#include "tests/support/test_ca.h"

using namespace edgeherd;
using namespace edgeherd::http;
using edgeherd::test::RealLoop;
using edgeherd::test::TestCa;

namespace {

struct Fixture {
  explicit Fixture(const std::string& names, int days = 2) {
    ca.issue("server", names, days);
    server.emplace(world.asio().io(), ServerLimits{}, [this](const Request& request, auto reply) {
      ++served;
      reply(text_response(200, request.path + std::string(request.body.size(), 'x')));
    });
    const TlsFiles files{ca.certificate("server"), ca.key("server")};
    REQUIRE(server->listen("127.0.0.1", 0, files).ok());
  }

  Result<Response> get(const std::string& host, const std::string& authority) {
    client.emplace(world.asio().io(), ClientOptions{authority});
    return ask(host, "GET", "");
  }

  Result<Response> ask(const std::string& host, const std::string& method,
                       const std::string& body) {
    ClientRequest request;
    request.method = method;
    request.url = "https://" + host + ":" + std::to_string(server->port()) + "/path";
    request.body = body;
    return test::await<Result<Response>>(world, [&](auto done) { client->send(request, done); });
  }

  RealLoop world;
  TestCa ca;
  std::optional<Server> server;
  std::optional<Client> client;
  int served = 0;
};

enum class Goodbye { said, none };

// Answers one request with a body that has no length, and closes with or without TLS's own end.
class HalfServer {
 public:
  explicit HalfServer(Goodbye goodbye) : goodbye_(goodbye) {
    ca_.issue("server", "IP:127.0.0.1", 2);
    context_.use_certificate_chain_file(ca_.certificate("server"));
    context_.use_private_key_file(ca_.key("server"), asio::ssl::context::pem);
    acceptor_.async_accept(peer_.socket(), [this](const error_code& error) {
      REQUIRE_FALSE(error);
      peer_.use_tls(context_);
      peer_.tls().async_handshake(asio::ssl::stream_base::server, [this](const error_code& failed) {
        REQUIRE_FALSE(failed);
        answer();
      });
    });
  }

  Result<Response> get() {
    ClientRequest request;
    request.url =
        "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/path";
    return test::await<Result<Response>>(world_, [&](auto done) { client_.send(request, done); });
  }

 private:
  void answer() {
    peer_.read_some(asio::buffer(input_), [this](const error_code&, std::size_t) {
      peer_.write("HTTP/1.1 200 OK\r\n\r\n", "so far", [this](const error_code&, std::size_t) {
        if (goodbye_ == Goodbye::none) return peer_.close();
        peer_.tls().async_shutdown([this](const error_code&) { peer_.close(); });
      });
    });
  }

  RealLoop world_;
  TestCa ca_;
  Goodbye goodbye_;
  asio::ssl::context context_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{world_.asio().io(),
                          tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
  Stream peer_{tcp::socket(world_.asio().io())};
  std::array<char, 4096> input_{};
  Client client_{world_.asio().io(), ClientOptions{ca_.authority()}};
};

}  // namespace

TEST_CASE("a server whose certificate is right is talked to, by address and by name") {
  Fixture tls("DNS:localhost,IP:127.0.0.1");
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto answer = tls.get(host, tls.ca.authority());
    CAPTURE(host, answer.ok() ? "" : answer.error().message);
    REQUIRE(answer.ok());
    CHECK(answer->body == "/path");
    // The second request goes over the same connection, with bodies larger than one TLS record.
    const auto again = tls.ask(host, "PUT", std::string(100'000, 'x'));
    REQUIRE(again.ok());
    CHECK(again->body.size() == 100'005);
  }
}

TEST_CASE("a certificate of an unknown authority is refused, and nothing is sent") {
  Fixture tls("DNS:localhost,IP:127.0.0.1");
  TestCa other;
  const auto answer = tls.get("127.0.0.1", other.authority());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == Errc::refused);
  CHECK(tls.served == 0);
  CHECK(tls.get("127.0.0.1", "").error().code == Errc::refused);
}

TEST_CASE("a client that takes any certificate talks to who made his own, and still encrypts") {
  Fixture tls("DNS:other.example", -1);
  tls.client.emplace(tls.world.asio().io(), ClientOptions{"", 16, PeerCheck::any});
  const auto answer = tls.ask("127.0.0.1", "GET", "");
  CAPTURE(answer.ok() ? "" : answer.error().message);
  REQUIRE(answer.ok());
  CHECK(answer->body == "/path");
}

TEST_CASE("a certificate for another host is refused") {
  Fixture tls("DNS:other.example,IP:127.0.0.9");
  const auto answer = tls.get("127.0.0.1", tls.ca.authority());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == Errc::refused);
  CHECK(answer.error().message.find("not valid for host 127.0.0.1") != std::string::npos);
  CHECK(tls.served == 0);
}

TEST_CASE("an expired certificate is refused and the error says so") {
  Fixture tls("IP:127.0.0.1", -1);
  const auto answer = tls.get("127.0.0.1", tls.ca.authority());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == Errc::refused);
  CHECK(answer.error().message.find("expired") != std::string::npos);
}

TEST_CASE("a trust store that cannot be read is an error that names it") {
  Fixture tls("IP:127.0.0.1");
  const auto answer = tls.get("127.0.0.1", "/no/such/ca.crt");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == Errc::invalid);
  CHECK(answer.error().message.find("/no/such/ca.crt") != std::string::npos);
}

TEST_CASE("plain words on a TLS port are dropped, and the server goes on") {
  Fixture tls("IP:127.0.0.1");
  auto peer = test::RawSocket::connect(tls.server->port());
  peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  tls.world.run_for(50ms);
  CHECK(peer.receive_all().find("HTTP/1.1 200") == std::string::npos);
  CHECK(tls.get("127.0.0.1", tls.ca.authority()).ok());
  CHECK(tls.served == 1);
}

TEST_CASE(
    "a server that talks plainly where TLS is expected is told nothing, and the error says so") {
  RealLoop world;
  std::string heard;
  Server server(world.asio().io(), {}, [&](const Request& request, auto reply) {
    heard = request.path;
    reply(text_response(200, "plain"));
  });
  REQUIRE(server.listen("127.0.0.1", 0, {}).ok());
  Client client(world.asio().io(), {});
  ClientRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/secret";
  const auto answer =
      test::await<Result<Response>>(world, [&](auto done) { client.send(request, done); });
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().message.find("not TLS") != std::string::npos);
  CHECK(heard.empty());
}

TEST_CASE("a body without a length ends with TLS's own end, and with nothing less") {
  for (const auto& [goodbye, whole] : {std::pair(Goodbye::said, true), {Goodbye::none, false}}) {
    HalfServer tls(goodbye);
    const auto answer = tls.get();
    CAPTURE(whole, answer.ok() ? "" : answer.error().message);
    CHECK(answer.ok() == whole);
    if (answer.ok()) CHECK(answer->body == "so far");
    if (answer.ok()) continue;
    CHECK(answer.error().code == Errc::unavailable);
    CHECK(answer.error().message.find("the answer broke off") != std::string::npos);
  }
}

TEST_CASE("a key that is not the certificate's is refused when listening begins") {
  Fixture tls("IP:127.0.0.1");
  tls.ca.issue("other", "IP:127.0.0.1", 2);
  Server server(tls.world.asio().io(), {}, [](const Request&, auto) {});
  const Status status =
      server.listen("127.0.0.1", 0, TlsFiles{tls.ca.certificate("server"), tls.ca.key("other")});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find(tls.ca.key("other")) != std::string::npos);
}
