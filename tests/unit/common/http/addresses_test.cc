// How the client comes from a name to a connection: lookups that hang, addresses that are dead.
#include <atomic>
#include <future>
#include <map>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <boost/asio/io_context.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/http/client.h"
#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"
#include "tests/support/raw_socket.h"

using namespace edgeherd;
using namespace edgeherd::http;
using edgeherd::test::LoopThread;
using edgeherd::test::RawListener;
using edgeherd::test::RawSocket;

namespace {

// Neither refuses nor answers: its row of connections that wait to be accepted is full.
class DeadEnd {
 public:
  DeadEnd(const char* address, std::uint16_t port) : listener_(tcp()) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    REQUIRE(::inet_pton(AF_INET, address, &at.sin_addr) == 1);
    const auto* raw = reinterpret_cast<const sockaddr*>(&at);
    REQUIRE(::bind(listener_.get(), raw, sizeof at) == 0);
    REQUIRE(::listen(listener_.get(), 0) == 0);
    REQUIRE(::connect(waiting_.get(), raw, sizeof at) == 0);
  }

 private:
  static os::Fd tcp() { return os::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
  os::Fd listener_;
  os::Fd waiting_ = tcp();
};

using Known = std::map<std::string, std::vector<std::string>>;

// The names that the client may look up. Asked for one that it does not know, it hangs until it is
// released. Threads that hang keep it.
struct Names {
  Known known;
  std::atomic<int> hanging = 0;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();

  Result<std::vector<std::string>> look_up(const std::string& host) {
    if (const auto found = known.find(host); found != known.end()) return found->second;
    ++hanging;
    released.wait();
    return fail(Errc::unavailable, "no such name");
  }
};

class Fixture {
 public:
  explicit Fixture(Known known) {
    names->known = std::move(known);
    ClientOptions options;
    options.look_up = [names = names](const std::string& host) { return names->look_up(host); };
    loop_.run([&] { client_.emplace(loop_.loop().io(), std::move(options)); });
  }
  ~Fixture() {
    destroy_client();
    if (!released_) names->release.set_value();
  }
  void release() {
    names->release.set_value();
    released_ = true;
  }
  void destroy_client() {
    loop_.run([&] { client_.reset(); });
  }

  std::future<Result<Response>> get(const std::string& host, Duration deadline) {
    auto promise = std::make_shared<std::promise<Result<Response>>>();
    ClientRequest request;
    request.url = "http://" + host + ":" + std::to_string(peer.port()) + "/";
    request.deadline = deadline;
    loop_.loop().post([this, promise, request] {
      client_->send(request,
                    [promise](Result<Response> got) { promise->set_value(std::move(got)); });
    });
    return promise->get_future();
  }

  void answer() {
    RawSocket socket = peer.accept();
    (void)socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }

  RawListener peer;  // at 127.0.0.1
  std::shared_ptr<Names> names = std::make_shared<Names>();

 private:
  bool released_ = false;
  LoopThread loop_;
  std::optional<Client> client_;
};

}  // namespace

TEST_CASE("a dead address costs its share of the time, and the next one answers") {
  Fixture client(Known{{"two.test", {"127.0.0.2", "127.0.0.1"}}});
  const DeadEnd dead("127.0.0.2", client.peer.port());
  auto pending = client.get("two.test", 2s);
  client.answer();
  const auto answer = pending.get();
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
}

TEST_CASE("an address that refuses, and one of no family, cost nothing") {
  Fixture client(Known{{"three.test", {"127.0.0.3", "nonsense", "127.0.0.1"}}});
  auto pending = client.get("three.test", 5s);
  client.answer();
  CHECK(pending.get().ok());
}

TEST_CASE("when the last address is dead too the deadline ends it, and says where it stood") {
  Fixture client(Known{{"dead.test", {"127.0.0.2", "127.0.0.3"}}, {"none.test", {}}});
  const DeadEnd first("127.0.0.2", client.peer.port());
  const DeadEnd second("127.0.0.3", client.peer.port());
  const auto ended = client.get("dead.test", 300ms).get();
  CHECK(ended.error().code == Errc::timeout);
  CHECK(ended.error().message.find("connecting") != std::string::npos);
  const auto none = client.get("none.test", 5s).get();
  CHECK(none.error().code == Errc::unavailable);
  CHECK(none.error().message.find("no address of a usable family") != std::string::npos);
}

TEST_CASE("a name that hangs holds up nobody who asks for another") {
  Fixture client(Known{{"fine.test", {"127.0.0.1"}}});
  auto lame = client.get("lame.test", 60s);
  auto fine = client.get("fine.test", 5s);
  client.answer();
  CHECK(fine.get().ok());
  client.release();
  const auto ended = lame.get();
  CHECK(ended.error().code == Errc::unavailable);
  CHECK(ended.error().message.find("resolving: no such name") != std::string::npos);
}

TEST_CASE("who asks for a name that is being looked up waits for the same answer") {
  Fixture client(Known{{"fine.test", {"127.0.0.1"}}});
  std::vector<std::future<Result<Response>>> pending;
  for (int i = 0; i < 50; ++i) pending.push_back(client.get("lame.test", i % 2 == 0 ? 60s : 50ms));
  for (std::size_t i = 1; i < 50; i += 2) CHECK(pending[i].get().error().code == Errc::timeout);
  auto fine = client.get("fine.test", 5s);
  client.answer();
  CHECK(fine.get().ok());
  while (client.names->hanging == 0) std::this_thread::yield();
  CHECK(client.names->hanging == 1);
  client.release();
  for (std::size_t i = 0; i < 50; i += 2) CHECK(pending[i].get().error().code == Errc::unavailable);
}

TEST_CASE("lookups are bounded in number, and those that wait have their turn") {
  Fixture client(Known{{"fine.test", {"127.0.0.1"}}});
  std::vector<std::future<Result<Response>>> lame;
  for (int i = 0; i < 20; ++i) lame.push_back(client.get("l" + std::to_string(i) + ".test", 60s));
  while (client.names->hanging < 8) std::this_thread::yield();
  CHECK(client.get("fine.test", 100ms).get().error().code == Errc::timeout);
  CHECK(client.names->hanging == 8);
  auto fine = client.get("fine.test", 60s);
  client.release();
  client.answer();
  CHECK(fine.get().ok());
  for (auto& one : lame) CHECK(one.get().error().code == Errc::unavailable);
}

TEST_CASE("too many names that hang are refused, not kept") {
  Fixture client(Known{});
  std::vector<std::future<Result<Response>>> lame;
  for (int i = 0; i < 257; ++i) lame.push_back(client.get("l" + std::to_string(i) + ".test", 60s));
  CHECK(lame.back().get().error().message.find("too many names") != std::string::npos);
}

TEST_CASE("a client that goes does not wait for a name that hangs") {
  Fixture client(Known{});
  auto lame = client.get("lame.test", 60s);
  while (client.names->hanging == 0) std::this_thread::yield();
  client.destroy_client();
  CHECK_THROWS_AS(lame.get(), std::future_error);
}

TEST_CASE("the system's own lookup finds what it knows, and says what it does not") {
  LoopThread loop;
  RawListener peer;
  std::optional<Client> client;
  loop.run([&] { client.emplace(loop.loop().io(), ClientOptions{}); });
  const auto get = [&](const std::string& host) {
    auto promise = std::make_shared<std::promise<Result<Response>>>();
    ClientRequest request;
    request.url = "http://" + host + ":" + std::to_string(peer.port()) + "/";
    loop.loop().post([&, promise, request] {
      client->send(request,
                   [promise](Result<Response> got) { promise->set_value(std::move(got)); });
    });
    return promise->get_future();
  };
  auto known = get("localhost");
  RawSocket socket = peer.accept();
  (void)socket.receive_until("\r\n\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(known.get().ok());
  const auto unknown = get(std::string(64, 'a') + ".test").get();
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Errc::unavailable);
  loop.run([&] { client.reset(); });
}
