#include "common/http/server.h"

#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"
#include "tests/support/raw_socket.h"

using namespace edgeherd;
using namespace edgeherd::http;
using edgeherd::test::LoopThread;
using edgeherd::test::RawSocket;

namespace {

// Answers what it was asked, and a few special paths.
void echo(const Request& request, Server::Reply reply) {
  if (request.path == "/drop") return;
  if (request.path == "/inject") return reply({200, {{"X", "a\r\nEvil: yes"}}, ""});
  if (request.path == "/large") return reply(text_response(200, std::string(1 << 20, 'x')));
  if (request.path == "/empty") return reply({204, {}, ""});
  reply(text_response(200, request.method + " " + request.path + " " + request.body));
}

class Fixture {
 public:
  explicit Fixture(ServerLimits limits = {}, Server::Handler handler = echo,
                   Server::Judge judge = {}) {
    port_ = loop_.run([&] {
      server_.emplace(loop_.loop().io(), limits, std::move(handler), std::move(judge));
      REQUIRE(server_->listen("127.0.0.1", 0, std::nullopt).ok());
      return server_->port();
    });
  }
  ~Fixture() { stop(); }
  void stop() {
    loop_.run([&] { server_.reset(); });
  }
  [[nodiscard]] RawSocket connect() const { return RawSocket::connect(port_); }
  // Sends it on a connection of its own and returns all that comes until the server closes.
  [[nodiscard]] std::string talk(std::string_view bytes) const {
    RawSocket peer = connect();
    peer.send(bytes);
    return peer.receive_all();
  }
  [[nodiscard]] LoopThread& loop() { return loop_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  LoopThread loop_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
};

std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find('\r'));
}

bool ends_with_body(const std::string& answer, const std::string& body) {
  return answer.ends_with("\r\n\r\n" + body);
}

}  // namespace

TEST_CASE("malformed requests are answered with 400 and the connection ends") {
  Fixture server;
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /?a=%4 HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(status_of(server.talk(bytes)) == "HTTP/1.1 400 Bad Request");
  }
}

TEST_CASE("what the server does not speak is refused by name") {
  Fixture server;
  CHECK(status_of(server.talk("GET / HTTP/2.0\r\nHost: a\r\n\r\n")) ==
        "HTTP/1.1 505 HTTP Version Not Supported");
  CHECK(status_of(server.talk("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n")) ==
        "HTTP/1.1 501 Not Implemented");
  CHECK(status_of(server.talk("POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n")) ==
        "HTTP/1.1 417 Expectation Failed");
}

TEST_CASE("a header beyond the limit is refused, in one piece or line by line") {
  ServerLimits limits;
  limits.header_bytes = 1000;
  Fixture server(limits);
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  CHECK(status_of(server.talk(start + "X: " + std::string(2000, 'x') + "\r\n\r\n")) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_of(server.talk("GET /" + std::string(2000, 'x'))) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  RawSocket peer = server.connect();
  peer.send(start);
  for (int i = 0; i < 60 && peer.send("X-Line: some text here\r\n"); ++i) {
  }
  CHECK(status_of(peer.receive_all()) == "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_CASE("a body beyond the limit is refused before it is sent, and while it comes in chunks") {
  ServerLimits limits;
  limits.body_bytes = 100;
  Fixture server(limits);
  CHECK(status_of(server.talk("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n")) ==
        "HTTP/1.1 413 Content Too Large");
  CHECK(status_of(server.talk("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                              "Content-Length: 101\r\n\r\n")) == "HTTP/1.1 413 Content Too Large");
  const std::string chunk = "33\r\n" + std::string(0x33, 'x') + "\r\n";
  CHECK(status_of(server.talk("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              chunk + chunk)) == "HTTP/1.1 413 Content Too Large");
}

TEST_CASE("the refusal reaches a peer that has not stopped sending") {
  ServerLimits limits;
  limits.body_bytes = 100;
  Fixture server(limits);
  RawSocket peer = server.connect();
  peer.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
            std::string(100000, 'x'));
  CHECK(status_of(peer.receive_all()) == "HTTP/1.1 413 Content Too Large");
}

TEST_CASE("a peer that says nothing, or too little too slowly, is dropped") {
  ServerLimits limits;
  limits.idle = 100ms;
  limits.request = 200ms;
  limits.body = 200ms;
  Fixture server(limits);
  CHECK(server.connect().receive_all().empty());
  RawSocket half = server.connect();
  half.send("GET / HTTP/1.1\r\nHo");
  CHECK(half.receive_all().empty());
  // Steady drops do not extend the time: it counts from the first byte.
  RawSocket drip = server.connect();
  drip.send("GET / HTTP/1.1\r\nX: ");
  bool dropped = false;
  for (int i = 0; i < 500 && !dropped; ++i) {
    std::this_thread::sleep_for(10ms);
    dropped = !drip.send("x");
  }
  CHECK(dropped);
  RawSocket body = server.connect();
  body.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12");
  CHECK(body.receive_all().empty());
}

TEST_CASE("one connection carries many requests, pipelined and in pieces") {
  Fixture server;
  RawSocket peer = server.connect();
  peer.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT");
  const std::string two = peer.receive_until("GET /2 ");
  CHECK(two.find("GET /1 ") < two.find("GET /2 "));
  peer.send("TP/1.1\r\nHost: a\r\n\r\n");
  CHECK(ends_with_body(peer.receive_until("GET /3 "), "GET /3 "));
}

TEST_CASE("bodies come by length and in chunks, whatever the pieces") {
  Fixture server;
  const std::string by_length =
      "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
  const std::string chunked =
      "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n";
  for (const std::string& request : {by_length, chunked}) {
    CHECK(ends_with_body(server.talk(request), "PUT /x hello"));
    RawSocket peer = server.connect();
    for (const char c : request) peer.send({&c, 1});
    CHECK(ends_with_body(peer.receive_all(), "PUT /x hello"));
  }
}

TEST_CASE("a peer that expects a word before its body gets it") {
  Fixture server;
  RawSocket peer = server.connect();
  peer.send("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(peer.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("hello");
  CHECK(ends_with_body(peer.receive_until("hello"), "PUT /x hello"));
}

TEST_CASE("HEAD gets the header of a GET and no body") {
  Fixture server;
  const std::string answer =
      server.talk("HEAD /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("Content-Length: 1048576\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a 204 has neither body nor length") {
  Fixture server;
  const std::string answer =
      server.talk("GET /empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(status_of(answer) == "HTTP/1.1 204 No Content");
  CHECK(answer.find("Content-Length") == std::string::npos);
}

TEST_CASE("HTTP/1.0 is closed after the answer unless it asks for more") {
  Fixture server;
  CHECK(ends_with_body(server.talk("GET /a HTTP/1.0\r\n\r\n"), "GET /a "));
  RawSocket peer = server.connect();
  peer.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(peer.receive_until("GET /a ").find("Connection: keep-alive\r\n") != std::string::npos);
  peer.send("GET /b HTTP/1.0\r\n\r\n");
  CHECK(ends_with_body(peer.receive_all(), "GET /b "));
}

TEST_CASE("a target is decoded, in absolute form too, and unknown methods reach the handler") {
  Fixture server;
  const auto ask = [&](const std::string& line) {
    return server.talk(line + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  };
  CHECK(ends_with_body(ask("GET /a%20b+c"), "GET /a b+c "));
  CHECK(ends_with_body(ask("GET http://host/p?q"), "GET /p "));
  CHECK(ends_with_body(ask("GET http://host"), "GET / "));
  CHECK(ends_with_body(ask("BREW /pot"), "BREW /pot "));
  CHECK(ends_with_body(ask("OPTIONS *"), "OPTIONS * "));
}

TEST_CASE("a large answer arrives whole at a slow reader") {
  Fixture server;
  RawSocket peer = server.connect();
  peer.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(ends_with_body(peer.receive_all(), std::string(1 << 20, 'x')));
}

TEST_CASE("a dropped request and a malformed reply are a 500, not silence") {
  Fixture server;
  const std::string end = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  CHECK(status_of(server.talk("GET /drop" + end)) == "HTTP/1.1 500 Internal Server Error");
  const std::string injected = server.talk("GET /inject" + end);
  CHECK(status_of(injected) == "HTTP/1.1 500 Internal Server Error");
  CHECK(injected.find("Evil") == std::string::npos);
}

TEST_CASE("a reply may come later, and only the first one counts") {
  std::optional<Server::Reply> kept;
  Fixture server({}, [&](const Request&, Server::Reply reply) { kept = std::move(reply); });
  RawSocket peer = server.connect();
  peer.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  for (bool asked = false; !asked;) asked = server.loop().run([&] { return kept.has_value(); });
  server.loop().run([&] {
    (*kept)(text_response(200, "first"));
    (*kept)(text_response(200, "second"));
  });
  CHECK(ends_with_body(peer.receive_all(), "first"));
}

TEST_CASE("a server that is destroyed while a reply is pending lets the reply come to nothing") {
  std::optional<Server::Reply> kept;
  Fixture server({}, [&](const Request&, Server::Reply reply) { kept = std::move(reply); });
  RawSocket peer = server.connect();
  peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (bool asked = false; !asked;) asked = server.loop().run([&] { return kept.has_value(); });
  server.stop();
  CHECK(peer.receive_all().empty());
  server.loop().run([&] { (*kept)(text_response(200, "late")); });
}

TEST_CASE("a peer that leaves before its reply harms nobody") {
  std::optional<Server::Reply> kept;
  Fixture server({}, [&](const Request&, Server::Reply reply) { kept = std::move(reply); });
  server.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (bool asked = false; !asked;) asked = server.loop().run([&] { return kept.has_value(); });
  server.loop().run([&] { (*kept)(text_response(200, std::string(1 << 20, 'x'))); });
  CHECK(server.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

TEST_CASE("an address that cannot be listened on is an error that names it") {
  Fixture server;
  server.loop().run([&] {
    Server other(server.loop().loop().io(), {}, echo);
    const Status taken = other.listen("127.0.0.1", server.port(), std::nullopt);
    REQUIRE_FALSE(taken.ok());
    CHECK(taken.error().code == Errc::conflict);
    CHECK(taken.error().message.find(std::to_string(server.port())) != std::string::npos);
    CHECK(other.listen("localhost", 0, std::nullopt).error().code == Errc::invalid);
    const TlsFiles missing{"/no/such.crt", "/no/such.key"};
    CHECK(other.listen("127.0.0.1", 0, missing).error().message.find("/no/such.crt") !=
          std::string::npos);
  });
}
