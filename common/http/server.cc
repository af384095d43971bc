#include "common/http/server.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/http/connection.h"
#include "common/http/origin.h"
#include "common/http/tls.h"
#include "common/os/real.h"

namespace edgeherd::http {

namespace {

// A wait before the next accept when descriptors have run out: they come back when peers leave.
constexpr Duration accept_pause = 100ms;

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::io_context& context, const ServerLimits& limits, Handler handler, Judge judge)
      : io(context), acceptor(context), pause(context) {
    host->limits = limits;
    host->handler = std::move(handler);
    host->judge = std::move(judge);
    host->limits.bodies_bytes = std::max(limits.bodies_bytes, limits.body_bytes);
    host->clock = &clock;
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
      if (!self->acceptor.is_open()) return;
      if (error) return self->accept_later();
      self->admit(std::move(socket));
      self->accept();
    });
  }

  void accept_later() {
    pause.expires_after(accept_pause);
    pause.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }

  struct Guest {
    std::shared_ptr<Connection> connection;
    std::string origin;
  };

  // Who finds no room is closed by the socket's destructor.
  void admit(tcp::socket socket) {
    error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    if (failed) return;
    std::string origin = origin_of(peer.address());
    const auto of_same = [&origin](const Guest& guest) { return guest.origin == origin; };
    const auto of_all = [](const Guest&) { return true; };
    if (!origin.empty() && !room_within(host->limits.peer_connections, of_same)) return;
    if (!room_within(host->limits.connections, of_all)) return;
    const std::uint64_t id = ++last_id;
    auto connection = std::make_shared<Connection>(host, id, std::move(socket));
    guests.emplace(id, Guest{connection, std::move(origin)});
    connection->start(tls.get());
  }

  // Makes it if need be.
  template <class Which>
  bool room_within(std::size_t limit, Which which) {
    std::size_t count = 0;
    std::optional<Connection::Waiting> longest;
    auto found = guests.end();
    for (auto guest = guests.begin(); guest != guests.end(); ++guest) {
      if (!which(guest->second)) continue;
      ++count;
      const auto waiting = guest->second.connection->waiting();
      if (!waiting || (longest && *longest <= *waiting)) continue;
      longest = waiting;
      found = guest;
    }
    if (count < limit) return true;
    if (found == guests.end()) return false;
    found->second.connection->close();
    guests.erase(found);
    return true;
  }

  void stop() {
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    const auto all = std::exchange(guests, {});
    for (const auto& [id, guest] : all) guest.connection->close();
  }

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  os::RealClock clock;
  std::shared_ptr<ConnectionHost> host = std::make_shared<ConnectionHost>();
  std::unique_ptr<asio::ssl::context> tls;
  std::unordered_map<std::uint64_t, Guest> guests;
  std::uint64_t last_id = 0;
};

Server::Server(asio::io_context& io, ServerLimits limits, Handler handler, Judge judge)
    : state_(std::make_shared<State>(io, limits, std::move(handler), std::move(judge))) {
  State* const state = state_.get();
  state->host->closed = [state](std::uint64_t id) { state->guests.erase(id); };
}

Server::~Server() {
  state_->stop();
}

Status Server::listen(const std::string& address, std::uint16_t port,
                      const std::optional<TlsFiles>& tls) {
  const std::string where = "listening on " + address + ":" + std::to_string(port);
  if (tls) {
    auto context = server_tls(*tls);
    if (!context) return context.error();
    state_->tls = std::move(*context);
  }
  error_code failed;
  const auto ip = asio::ip::make_address(address, failed);
  if (failed) return fail(Errc::invalid, where + ": not an IP address");
  const tcp::endpoint endpoint(ip, port);
  tcp::acceptor& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    error_code ignored;
    acceptor.close(ignored);
    const bool taken = failed == asio::error::address_in_use;
    return fail(taken ? Errc::conflict : Errc::unavailable, where + ": " + failed.message());
  }
  state_->accept();
  return {};
}

std::uint16_t Server::port() const {
  error_code failed;
  const auto endpoint = state_->acceptor.local_endpoint(failed);
  return failed ? std::uint16_t{0} : endpoint.port();
}

}  // namespace edgeherd::http
