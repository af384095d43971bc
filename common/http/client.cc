#include "common/http/client.h"

#include <unordered_map>

#include "common/http/exchange.h"
#include "common/http/lookups.h"
#include "common/http/pool.h"
#include "common/http/tls.h"
#include "common/os/real.h"

namespace edgeherd::http {

struct Client::State final : ExchangeHost, std::enable_shared_from_this<Client::State> {
  State(asio::io_context& loop, ClientOptions what)
      : io(loop),
        options(std::move(what)),
        names(loop, options.look_up),
        pool(options.idle_connections),
        sweeper(loop) {}

  // Made at the first https request, since reading a system's trust store takes a while.
  Result<asio::ssl::context*> tls() override {
    if (!context) {
      auto made = client_tls(options.ca_file, options.peers);
      if (!made) return made.error();
      context = std::move(*made);
    }
    return context.get();
  }

  Lookups& lookups() override { return names; }
  [[nodiscard]] MonoTime now() const override { return clock.mono(); }

  std::shared_ptr<Stream> take_idle(const std::string& key) override {
    return pool.take(key, clock.mono());
  }

  void keep_idle(const std::string& key, std::shared_ptr<Stream> stream) override {
    pool.put(key, std::move(stream), clock.mono());
    sweep_later();
  }

  void over(std::uint64_t id) override { exchanges.erase(id); }

  // Only while something is idle: an unused client wakes nobody up.
  void sweep_later() {
    if (sweeping) return;
    sweeping = true;
    sweeper.expires_after(Pool::max_idle);
    sweeper.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->sweeping = false;
      self->pool.sweep(self->clock.mono());
      if (!self->pool.empty()) self->sweep_later();
    });
  }

  asio::io_context& io;
  ClientOptions options;
  os::RealClock clock;
  Lookups names;
  std::unique_ptr<asio::ssl::context> context;
  Pool pool;
  asio::steady_timer sweeper;
  bool sweeping = false;
  std::unordered_map<std::uint64_t, std::shared_ptr<Exchange>> exchanges;
  std::uint64_t last_id = 0;
};

Client::Client(asio::io_context& io, ClientOptions options)
    : state_(std::make_shared<State>(io, std::move(options))) {}

Client::~Client() {
  for (const auto& [id, exchange] : state_->exchanges) exchange->abandon();
}

void Client::send(ClientRequest request, Done done) {
  const std::uint64_t id = ++state_->last_id;
  auto exchange =
      std::make_shared<Exchange>(state_->io, *state_, id, std::move(request), std::move(done));
  state_->exchanges.emplace(id, exchange);
  exchange->start();
}

}  // namespace edgeherd::http
