// Who gets a connection when there are too many, and for how long it is kept without an answer.
#include <deque>
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "common/http/origin.h"
#include "common/http/server.h"
#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"
#include "tests/support/raw_socket.h"

using namespace edgeherd;
using namespace edgeherd::http;
using edgeherd::test::LoopThread;
using edgeherd::test::RawSocket;

namespace {

const std::string get = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string get_later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";

// Answers at once, but what is to come later when it is told to.
class Fixture {
 public:
  explicit Fixture(ServerLimits limits) {
    port_ = loop_.run([&] {
      server_.emplace(loop_.loop().io(), limits,
                      [this](const Request& request, Server::Reply reply) {
                        if (request.path == "/later") return pending_.push_back(std::move(reply));
                        reply(text_response(200, "here"));
                      });
      REQUIRE(server_->listen("127.0.0.1", 0, std::nullopt).ok());
      return server_->port();
    });
  }
  ~Fixture() {
    loop_.run([&] { server_.reset(); });
  }
  [[nodiscard]] RawSocket connect(const char* from = "127.0.0.1") const {
    return RawSocket::connect(port_, from);
  }
  // Asks for something that is answered later, and returns when the handler has it.
  [[nodiscard]] RawSocket busy(const char* from = "127.0.0.1") {
    const std::size_t before = waiting();
    RawSocket peer = connect(from);
    peer.send(get_later);
    while (waiting() == before) std::this_thread::yield();
    return peer;
  }
  void answer_all() {
    loop_.run([&] {
      for (const auto& reply : pending_) reply(text_response(200, "later"));
    });
  }

 private:
  std::size_t waiting() {
    return loop_.run([&] { return pending_.size(); });
  }

  std::vector<Server::Reply> pending_;
  LoopThread loop_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
};

bool served(RawSocket& peer) {
  return peer.send(get) && peer.receive_until("here").ends_with("here");
}
bool served(RawSocket&& peer) {
  return served(peer);
}

ServerLimits room_for(std::size_t connections, std::size_t peer_connections) {
  ServerLimits limits;
  limits.connections = connections;
  limits.peer_connections = peer_connections;
  return limits;
}

}  // namespace

TEST_CASE("connections that say nothing keep nobody out, however many they are") {
  Fixture server(room_for(8, 8));
  std::deque<RawSocket> silent;
  for (int i = 0; i < 30; ++i) {
    silent.push_back(server.connect("127.0.0.2"));
    if (i % 2 == 0) silent.back().send("GET / HTTP/1.1\r\nX: ");
  }
  CHECK(served(server.connect("127.0.0.3")));
  // The oldest went.
  CHECK(silent.front().receive_all().empty());
}

TEST_CASE("who is served waits for its next request longer than a stranger for his first") {
  Fixture server(room_for(4, 4));
  RawSocket known = server.connect();
  REQUIRE(served(known));
  std::deque<RawSocket> silent;
  for (int i = 0; i < 30; ++i) silent.push_back(server.connect("127.0.0.2"));
  CHECK(served(known));
}

TEST_CASE("among those who were served the one that waits longest makes room") {
  Fixture server(room_for(2, 2));
  RawSocket first = server.connect();
  RawSocket second = server.connect();
  REQUIRE(served(first));
  REQUIRE(served(second));
  REQUIRE(served(first));
  CHECK(served(server.connect()));
  CHECK(second.receive_all().empty());
  CHECK(served(first));
}

TEST_CASE("requests at work are not closed: who comes beyond the limit is, and room comes back") {
  Fixture server(room_for(2, 2));
  RawSocket first = server.busy();
  RawSocket second = server.busy();
  CHECK(server.connect().receive_all().empty());
  server.answer_all();
  CHECK(first.receive_until("later").ends_with("later"));
  CHECK(second.receive_until("later").ends_with("later"));
  CHECK(served(server.connect()));
}

TEST_CASE("one address has no more than its share, this host's own has no limit but that of all") {
  Fixture server(room_for(8, 2));
  RawSocket first = server.busy("127.0.0.2");
  RawSocket second = server.busy("127.0.0.2");
  CHECK(server.connect("127.0.0.2").receive_all().empty());
  CHECK(served(server.connect("127.0.0.3")));
  std::deque<RawSocket> own;
  for (int i = 0; i < 5; ++i) own.push_back(server.busy());
  server.answer_all();
  for (auto& peer : own) CHECK(peer.receive_until("later").ends_with("later"));
  // Its own that waits makes room.
  RawSocket third = server.connect("127.0.0.2");
  CHECK(served(third));
}

TEST_CASE("addresses are counted as one host has them") {
  const auto origin = [](const char* text) {
    return origin_of(boost::asio::ip::make_address(text));
  };
  CHECK(origin("127.0.0.1").empty());
  CHECK(origin("::1").empty());
  CHECK(origin("::ffff:127.0.0.1").empty());
  CHECK(origin("203.0.113.7") == "203.0.113.7");
  CHECK(origin("::ffff:203.0.113.7") == "203.0.113.7");
  CHECK(origin("2001:db8:0:1::7") == origin("2001:db8:0:1:ffff::"));
  CHECK(origin("2001:db8:0:1::7") != origin("2001:db8:0:2::7"));
}

TEST_CASE("an answer that never comes is a 503, and the connection ends") {
  ServerLimits limits;
  limits.handler = 100ms;
  Fixture server(limits);
  RawSocket peer = server.busy();
  const std::string answer = peer.receive_all();
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  server.answer_all();
  CHECK(served(server.connect()));
}

TEST_CASE("an answer within the time is given, and the connection goes on") {
  Fixture server(ServerLimits{});
  RawSocket peer = server.busy();
  std::this_thread::sleep_for(1200ms);  // it has been looked after in between
  server.answer_all();
  CHECK(peer.receive_until("later").ends_with("later"));
  CHECK(served(peer));
}

TEST_CASE("a peer that leaves before its answer makes room") {
  Fixture server(room_for(1, 1));
  std::optional<RawSocket> gone = server.busy();
  CHECK(server.connect().receive_all().empty());
  gone.reset();
  bool again = false;
  for (int i = 0; i < 500 && !again; ++i) {
    std::this_thread::sleep_for(10ms);
    again = served(server.connect());
  }
  CHECK(again);
}
