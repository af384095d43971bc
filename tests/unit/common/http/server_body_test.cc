// What bodies may cost before anyone has looked at them.
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include <malloc.h>

#include "common/http/server.h"
#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"
#include "tests/support/raw_socket.h"

using namespace edgeherd;
using namespace edgeherd::http;
using edgeherd::test::LoopThread;
using edgeherd::test::RawSocket;

namespace {

constexpr std::size_t mib = 1024 * 1024;

// Sanitizers keep several bytes about each byte that is used.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define EDGEHERD_MEMORY_IS_WATCHED
#endif
#endif
#if defined(EDGEHERD_MEMORY_IS_WATCHED)
constexpr std::size_t overhead = 4;
#else
constexpr std::size_t overhead = 1;
#endif

// A server whose answers the test may keep back.
class Fixture {
 public:
  Fixture(ServerLimits limits, Server::Judge judge) {
    port_ = loop_.run([&] {
      server_.emplace(
          loop_.loop().io(), limits,
          [this](Request&& request, Server::Reply reply) {
            ++handled_;
            const std::string said = std::to_string(request.body.size()) + " from " + request.peer;
            if (request.path != "/later") return reply(text_response(200, said));
            kept_.push_back({std::move(request), std::move(reply)});
          },
          std::move(judge));
      REQUIRE(server_->listen("127.0.0.1", 0, std::nullopt).ok());
      return server_->port();
    });
  }
  ~Fixture() {
    loop_.run([&] {
      kept_.clear();
      server_.reset();
    });
  }
  [[nodiscard]] RawSocket connect() const { return RawSocket::connect(port_); }
  [[nodiscard]] int handled() {
    return loop_.run([&] { return handled_; });
  }
  [[nodiscard]] std::size_t kept() {
    return loop_.run([&] { return kept_.size(); });
  }
  void answer_all() {
    loop_.run([&] {
      for (Kept& one : kept_) one.reply(text_response(200, "at last"));
      kept_.clear();
    });
  }

 private:
  struct Kept {
    Request request;
    Server::Reply reply;
  };
  int handled_ = 0;
  std::vector<Kept> kept_;
  LoopThread loop_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
};

std::string put(const std::string& path, std::size_t bytes) {
  return "PUT " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n\r\n";
}

bool answered(RawSocket& peer, const std::string& status) {
  return peer.receive_until("\r\n\r\n").starts_with("HTTP/1.1 " + status + " ");
}

std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  in >> size >> resident;
  return resident * 4096;
}

BodyRight by_path(const Request& head) {
  if (head.path == "/forbidden") return text_response(403, "not you\n");
  return head.path == "/small" ? std::size_t{100} : 8 * mib;
}

ServerLimits large() {
  ServerLimits limits;
  limits.body_bytes = 8 * mib;
  limits.bodies_bytes = 16 * mib;
  return limits;
}

}  // namespace

TEST_CASE("the judge's answer comes before any of the body, and the handler never hears of it") {
  Fixture server(large(), by_path);
  RawSocket refused = server.connect();
  refused.send(put("/forbidden", 8 * mib));
  CHECK(answered(refused, "403"));
  CHECK(refused.receive_all().find("HTTP/1.1") == std::string::npos);  // the connection ends
  RawSocket waiting = server.connect();
  waiting.send(
      "PUT /forbidden HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
      "Content-Length: 5\r\n\r\n");
  CHECK(answered(waiting, "403"));
  CHECK(server.handled() == 0);
}

TEST_CASE("the judge's limit holds for this request alone, by length and in chunks") {
  Fixture server(large(), by_path);
  RawSocket peer = server.connect();
  peer.send(put("/small", 100) + std::string(100, 'x') + put("/", 101) + std::string(101, 'x'));
  const std::string both = peer.receive_until("101 from ");
  CHECK(both.find("\r\n\r\n100 from 127.0.0.1:") != std::string::npos);
  CHECK(both.find("\r\n\r\n101 from ") != std::string::npos);
  RawSocket by_length = server.connect();
  by_length.send(put("/small", 101));
  CHECK(answered(by_length, "413"));
  RawSocket chunked = server.connect();
  chunked.send("PUT /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
               std::string(101, 'x') + "\r\n");
  CHECK(answered(chunked, "413"));
}

TEST_CASE("a request without a body is not judged") {
  Fixture server(large(), by_path);
  RawSocket peer = server.connect();
  peer.send("GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answered(peer, "200"));
}

TEST_CASE("large bodies that do not fit in together are refused until one has been answered") {
  Fixture server(large(), by_path);
  std::vector<RawSocket> first;
  for (int i = 0; i < 2; ++i) {
    first.push_back(server.connect());
    first.back().send(put("/later", 8 * mib) + std::string(8 * mib, 'x'));
  }
  while (server.kept() < 2) std::this_thread::yield();
  RawSocket third = server.connect();
  third.send(put("/", 8 * mib));
  CHECK(answered(third, "503"));
  RawSocket small = server.connect();
  small.send(put("/", 5) + "hello");
  CHECK(answered(small, "200"));

  first.pop_back();  // it does not wait for its answer: its body is still with the handler
  RawSocket fourth = server.connect();
  fourth.send(put("/", 8 * mib));
  CHECK(answered(fourth, "503"));
  server.answer_all();
  CHECK(answered(first.front(), "200"));
  RawSocket fifth = server.connect();
  fifth.send(put("/", 8 * mib) + std::string(8 * mib, 'x'));
  CHECK(answered(fifth, "200"));
}

TEST_CASE("a peer that leaves in the middle of its body gives its share back") {
  Fixture server(large(), by_path);
  for (int i = 0; i < 10; ++i) {
    RawSocket peer = server.connect();
    peer.send(put("/", 8 * mib) + std::string(1000, 'x'));
    peer.reset();
  }
  bool fits = false;
  for (int i = 0; i < 500 && !fits; ++i) {
    RawSocket peer = server.connect();
    peer.send(put("/", 8 * mib) + std::string(8 * mib, 'x'));
    fits = answered(peer, "200");
  }
  CHECK(fits);
}

TEST_CASE("256 peers without a right to large bodies cost little memory, however they send") {
  ServerLimits limits = large();
  limits.body_bytes = 64 * mib;
  Fixture server(limits, [](const Request&) -> BodyRight { return std::size_t{16 * 1024}; });
  const std::string piece = "40000\r\n" + std::string(256 * 1024, 'x') + "\r\n";
  ::malloc_trim(0);
  const std::size_t before = resident_bytes();
  std::vector<RawSocket> peers;
  for (std::size_t i = 0; i < limits.connections; ++i) {
    peers.push_back(server.connect());
    if (i % 2 == 0) {
      peers.back().send(put("/", 64 * mib) + piece);
    } else {
      peers.back().send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + piece);
    }
  }
  (void)server.handled();
  const std::size_t after = resident_bytes();
  CHECK(after < before + overhead * 48 * mib);
  for (RawSocket& peer : peers) CHECK(answered(peer, "413"));
  CHECK(server.handled() == 0);
}

TEST_CASE("256 peers with a right to large bodies get no more than all may have together") {
  ServerLimits limits = large();
  Fixture server(limits, by_path);
  std::vector<RawSocket> peers;
  for (std::size_t i = 0; i < limits.connections; ++i) {
    peers.push_back(server.connect());
    peers.back().send(put("/", 4 * mib));
  }
  // The first four have their share; their bodies never come.
  for (std::size_t i = 4; i < peers.size(); ++i) CHECK(answered(peers[i], "503"));
  for (std::size_t i = 0; i < 4; ++i) {
    peers[i].send(std::string(4 * mib, 'x'));
    CHECK(answered(peers[i], "200"));
  }
}

TEST_CASE("a body may take longer than a head, as long as it goes on") {
  ServerLimits limits = large();
  limits.request = 100ms;
  limits.body = 4s;
  Fixture server(limits, {});
  RawSocket peer = server.connect();
  peer.send(put("/", 40));
  for (int i = 0; i < 40; ++i) {
    std::this_thread::sleep_for(10ms);
    REQUIRE(peer.send("x"));
  }
  CHECK(answered(peer, "200"));
}

TEST_CASE("what came of a body buys it time at the slowest rate that is allowed") {
  ServerLimits limits = large();
  limits.body = 100ms;
  limits.body_rate = 1000;
  Fixture server(limits, {});
  RawSocket steady = server.connect();
  steady.send(put("/", 4001) + std::string(4000, 'x'));  // four seconds
  std::this_thread::sleep_for(300ms);
  steady.send("x");
  CHECK(answered(steady, "200"));
  RawSocket stalled = server.connect();
  stalled.send(put("/", 4001) + "x");
  CHECK(stalled.receive_all().empty());
}
