// A real context, loop and ZAP handler on the loopback, and a loop that turns until something is
// so.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/net/context.h"
#include "common/net/curve_key.h"
#include "common/net/dealer_link.h"
#include "common/net/router_socket.h"
#include "common/net/zap.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "tests/support/catch.h"

namespace edgeherd::net::test {

struct Received {
  std::string routing_id;
  std::string user;
  std::string bytes;
};

class Rig {
 public:
  explicit Rig(EnrollRate rate = {1000, 1000, 1000, 1000})
      : context_(*Context::make(1)), server_(*make_key_pair()) {
    auto started = ZapHandler::start(*context_, keys_, loop_.clock(), rate);
    REQUIRE(started.ok());
    zap_ = std::move(*started);
  }

  Context& context() { return *context_; }
  os::AsioLoop& loop() { return loop_; }
  AdmittedKeys& keys() { return keys_; }
  ZapHandler& zap() { return *zap_; }
  const CurveKeyPair& server() const { return server_; }

  RouterOptions router_options(std::string_view domain = fleet_domain) const {
    RouterOptions options;
    options.endpoint = "tcp://127.0.0.1:*";
    options.domain = domain;
    options.keys = server_;
    return options;
  }

  std::unique_ptr<RouterSocket> listen(RouterOptions options) {
    auto router = RouterSocket::listen(
        *context_, loop_, *zap_, std::move(options), [this](std::span<const Incoming> messages) {
          for (const auto& [id, user, bytes] : messages) {
            received.push_back({std::string(id), std::string(user), std::string(bytes)});
          }
        });
    REQUIRE(router.ok());
    return std::move(*router);
  }

  DealerOptions dealer_options(const RouterSocket& router, const CurveKeyPair& pair) const {
    DealerOptions options;
    options.endpoint = router.endpoint();
    options.server_key = server_.public_key;
    options.keys = pair;
    options.reconnect.first = 20ms;
    options.reconnect.most = options.reconnect.answered_most = 40ms;
    return options;
  }

  std::unique_ptr<DealerLink> dial(DealerOptions options) {
    auto link = DealerLink::open(*context_, loop_, random_, std::move(options));
    REQUIRE(link.ok());
    (*link)->on_event([this](LinkEvent event) { events.push_back(event); });
    (*link)->on_message([this](std::string_view bytes) { answers.emplace_back(bytes); });
    return std::move(*link);
  }

  // Turns the loop until `done`, looked at every 2 ms; false after `limit`.
  bool until(const std::function<bool()>& done, Duration limit = 20s) {
    const MonoTime end = loop_.clock().mono() + limit;
    bool reached = false;
    std::function<void()> look = [&] {
      reached = done();
      if (reached || loop_.clock().mono() >= end) return loop_.stop();
      loop_.after(2ms, look);
    };
    loop_.post(look);
    loop_.run();
    return reached;
  }

  // For the absence of something: lets the loop turn for a while.
  void turn_for(Duration time) {
    until([] { return false; }, time);
  }

  [[nodiscard]] int count(LinkEvent event) const {
    return static_cast<int>(std::count(events.begin(), events.end(), event));
  }

  std::vector<Received> received;
  std::vector<LinkEvent> events;
  std::vector<std::string> answers;

 private:
  AdmittedKeys keys_;
  os::RealRandom random_;
  std::unique_ptr<Context> context_;
  os::AsioLoop loop_;
  CurveKeyPair server_;
  std::unique_ptr<ZapHandler> zap_;
};

}  // namespace edgeherd::net::test
