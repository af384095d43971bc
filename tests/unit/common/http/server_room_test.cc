// Who gets a connection when there are too many, and for how long it is kept without an answer.
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>

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

ServerLimits room_for(std::size_t connections) {
  ServerLimits limits;
  limits.connections = connections;
  return limits;
}

}  // namespace

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
  Fixture server(room_for(1));
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
