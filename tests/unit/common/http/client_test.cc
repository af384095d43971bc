#include "common/http/client.h"

#include <future>
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"
#include "tests/support/raw_socket.h"

using namespace edgeherd;
using namespace edgeherd::http;
using edgeherd::test::LoopThread;
using edgeherd::test::RawListener;
using edgeherd::test::RawSocket;

namespace {

class Fixture {
 public:
  Fixture() {
    loop_.run([&] { client_.emplace(loop_.loop().io(), ClientOptions{}); });
  }
  ~Fixture() { destroy_client(); }
  void destroy_client() {
    loop_.run([&] { client_.reset(); });
  }

  std::future<Result<Response>> send(ClientRequest request) {
    auto promise = std::make_shared<std::promise<Result<Response>>>();
    loop_.loop().post([this, promise, request] {
      client_->send(request,
                    [promise](Result<Response> result) { promise->set_value(std::move(result)); });
    });
    return promise->get_future();
  }

  ClientRequest request(const std::string& target = "/") {
    ClientRequest made;
    made.url = "http://127.0.0.1:" + std::to_string(peer.port()) + target;
    made.deadline = 5s;
    return made;
  }

  // Answers one request on a new connection with these bytes, and closes.
  Result<Response> answered_with(const std::string& bytes, ClientRequest asked) {
    auto result = send(std::move(asked));
    RawSocket socket = peer.accept();
    seen = socket.receive_until("\r\n\r\n");
    socket.send(bytes);
    socket.shutdown_send();
    return result.get();
  }
  Result<Response> answered_with(const std::string& bytes) {
    return answered_with(bytes, request());
  }

  RawListener peer;
  std::string seen;  // the last request's header

 private:
  LoopThread loop_;
  std::optional<Client> client_;
};

}  // namespace

TEST_CASE("an answer is a value, whatever its status") {
  Fixture client;
  const auto answer =
      client.answered_with("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nX-A: b\r\n\r\nno");
  REQUIRE(answer.ok());
  CHECK(answer->status == 503);
  CHECK(answer->body == "no");
  CHECK(header(answer->headers, "x-a") == "b");
}

TEST_CASE("a request goes out as it was asked for") {
  Fixture client;
  ClientRequest request = client.request("/a%2Fb?X-Sig=a%2Bb&x");
  request.method = "PUT";
  request.body = "body";
  request.headers = {{"X-Mine", "yes"}};
  REQUIRE(client.answered_with("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", request).ok());
  CHECK(client.seen.starts_with("PUT /a%2Fb?X-Sig=a%2Bb&x HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(client.seen.find("\r\nContent-Length: 4\r\n") != std::string::npos);
  CHECK(client.seen.find("\r\nX-Mine: yes\r\n") != std::string::npos);
}

TEST_CASE("what is not HTTP, contradicts itself or is cut short is broken") {
  Fixture client;
  for (const char* bytes :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab"}) {
    CAPTURE(bytes);
    const auto answer = client.answered_with(bytes);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == Errc::broken);
  }
}

TEST_CASE("an answer over the limit is given up, told by length, in chunks or by the end") {
  Fixture client;
  const std::string body(200, 'x');
  for (const std::string& bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + body,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n" + body + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + body,
        "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"}) {
    ClientRequest request = client.request();
    request.answer_limit = 100;
    const auto answer = client.answered_with(bytes, request);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == Errc::exhausted);
  }
}

TEST_CASE("bodies are read by length, in chunks, and up to the end") {
  Fixture client;
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
                            "HTTP/1.0 200 OK\r\n\r\nhello",
                            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                            "Content-Length: 5\r\n\r\nhello"}) {
    CAPTURE(bytes);
    const auto answer = client.answered_with(bytes);
    REQUIRE(answer.ok());
    CHECK(answer->body == "hello");
  }
}

TEST_CASE("answers that have no body are not waited for") {
  Fixture client;
  ClientRequest head = client.request();
  head.method = "HEAD";
  auto pending = client.send(head);
  RawSocket socket = client.peer.accept();
  (void)socket.receive_until("\r\n\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
  const auto answer = pending.get();
  REQUIRE(answer.ok());
  CHECK(header(answer->headers, "Content-Length") == "5000");
  // The connection stays usable: the next request comes on it.
  auto next = client.send(client.request());
  (void)socket.receive_until("\r\n\r\n");
  socket.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
  CHECK(next.get()->status == 304);
}

TEST_CASE("one deadline holds for a peer that stalls anywhere") {
  Fixture client;
  ClientRequest request = client.request("/secret?sig=hidden");
  request.deadline = 100ms;
  auto silent = client.send(request);
  const auto first = silent.get();
  REQUIRE_FALSE(first.ok());
  CHECK(first.error().code == Errc::timeout);
  CHECK(first.error().message.find("/secret") != std::string::npos);
  CHECK(first.error().message.find("hidden") == std::string::npos);
  (void)client.peer.accept();

  auto half = client.send(request);
  RawSocket socket = client.peer.accept();
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234");
  CHECK(half.get().error().code == Errc::timeout);

  // Nobody reads: the body fills every buffer on the way.
  request.method = "PUT";
  request.body.assign(32 << 20, 'x');
  CHECK(client.send(request).get().error().code == Errc::timeout);
}

TEST_CASE("a peer that is not there, or resets, is unavailable") {
  Fixture client;
  auto pending = client.send(client.request());
  {
    RawSocket socket = client.peer.accept();
    (void)socket.receive_until("\r\n\r\n");
    socket.reset();
  }
  CHECK(pending.get().error().code == Errc::unavailable);
  std::uint16_t closed = 0;
  {
    RawListener gone;
    closed = gone.port();
  }
  ClientRequest request = client.request();
  request.url = "http://127.0.0.1:" + std::to_string(closed) + "/";
  const auto refused = client.send(request).get();
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().message.find(std::to_string(closed)) != std::string::npos);
}

TEST_CASE("an early answer is heard although the body was not read to its end") {
  Fixture client;
  ClientRequest request = client.request();
  request.method = "PUT";
  request.body.assign(8 << 20, 'x');
  auto pending = client.send(request);
  RawSocket socket = client.peer.accept();
  (void)socket.receive(100);
  socket.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  const auto answer = pending.get();
  REQUIRE(answer.ok());
  CHECK(answer->status == 413);
}

TEST_CASE("a stale idle connection costs a GET nothing, and a POST is not sent twice") {
  const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (const char* method : {"GET", "POST"}) {
    Fixture client;
    auto first = client.send(client.request());
    RawSocket socket = client.peer.accept();
    (void)socket.receive_until("\r\n\r\n");
    socket.send(fine);
    REQUIRE(first.get().ok());
    ClientRequest request = client.request();
    request.method = method;
    auto second = client.send(request);
    // The peer hangs up in the moment in which the connection is used again.
    (void)socket.receive_until("\r\n\r\n");
    socket.reset();
    if (request.method == "GET") {
      RawSocket fresh = client.peer.accept();
      (void)fresh.receive_until("\r\n\r\n");
      fresh.send(fine);
      CHECK(second.get().ok());
    } else {
      CHECK(second.get().error().code == Errc::unavailable);
    }
  }
}

TEST_CASE("a connection on which the peer said too much is not used again") {
  Fixture client;
  auto first = client.send(client.request());
  RawSocket socket = client.peer.accept();
  (void)socket.receive_until("\r\n\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
  CHECK(first.get()->body == "ok");
  const auto second = client.answered_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh");
  CHECK(second->body == "fresh");
}

TEST_CASE("the source address is the one that was asked for") {
  Fixture client;
  ClientRequest request = client.request();
  request.bind_address = "127.0.0.77";
  auto pending = client.send(request);
  RawSocket socket = client.peer.accept();
  (void)socket.receive_until("\r\n\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(pending.get().ok());
  CHECK(socket.peer_address() == "127.0.0.77");
}

TEST_CASE("an impossible request is refused before anything is sent") {
  Fixture client;
  const auto error_of = [&](ClientRequest request) {
    return client.send(std::move(request)).get().error().code;
  };
  for (const char* url : {"", "nonsense", "ftp://host/", "http://", "http://host:99999/",
                          "http://user:pass@host/", "http://ho st/", "http://h/\r\nX: y"}) {
    CAPTURE(url);
    ClientRequest request;
    request.url = url;
    CHECK(error_of(request) == Errc::invalid);
  }
  ClientRequest request = client.request();
  request.headers = {{"X", "a\r\nEvil: yes"}};
  CHECK(error_of(request) == Errc::invalid);
  request = client.request();
  request.method = "GET /evil";
  CHECK(error_of(request) == Errc::invalid);
  request = client.request();
  request.bind_address = "nowhere";
  CHECK(error_of(request) == Errc::invalid);
}

TEST_CASE("nothing is called once the client is gone") {
  Fixture client;
  auto pending = client.send(client.request());
  RawSocket socket = client.peer.accept();
  (void)socket.receive_until("\r\n\r\n");
  client.destroy_client();
  CHECK(socket.receive_all().empty());
  CHECK_THROWS_AS(pending.get(), std::future_error);  // the promise went unanswered
}
