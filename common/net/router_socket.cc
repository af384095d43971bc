#include "common/net/router_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include <zmq.h>

#include "common/core/prefetch.h"
#include "common/net/callers.h"
#include "common/net/socket.h"
#include "common/net/socket_monitor.h"
#include "common/os/asio_loop.h"

namespace edgeherd::net {

namespace {

// Stable in libzmq since 4.3.0, though zmq.h shows it to draft builds only: with it a server
// refuses handshakes when no ZAP handler is bound, without it it would let everybody in.
constexpr int zap_enforce_domain = 93;

int to_ms(Duration d) {
  return static_cast<int>(millis(d));
}

// Of "tcp://127.0.0.1:9400", as bound.
std::uint16_t port_of(std::string_view endpoint) {
  endpoint.remove_prefix(endpoint.rfind(':') + 1);
  std::uint16_t port = 0;
  std::from_chars(endpoint.data(), endpoint.data() + endpoint.size(), port);
  return port;
}

Status configure(Socket& socket, const RouterOptions& options) {
  const std::pair<int, int> numbers[] = {
      {ZMQ_CURVE_SERVER, 1},
      {zap_enforce_domain, 1},
      {ZMQ_ROUTER_MANDATORY, 1},
      {ZMQ_ROUTER_HANDOVER, 0},
      {ZMQ_BACKLOG, options.backlog},
      {ZMQ_RCVHWM, options.receive_queue},
      {ZMQ_SNDHWM, options.send_queue},
      {ZMQ_HANDSHAKE_IVL, to_ms(options.handshake_limit)},
      {ZMQ_TCP_KEEPALIVE, 1},
      {ZMQ_TCP_KEEPALIVE_IDLE, to_ms(options.silence) / 1000},
      {ZMQ_TCP_KEEPALIVE_INTVL, to_ms(options.probe) / 1000},
      {ZMQ_TCP_KEEPALIVE_CNT, 4},
      // Only where it is asked for: IPv4 addresses would otherwise come out mapped into IPv6.
      {ZMQ_IPV6, options.endpoint.find('[') == std::string::npos ? 0 : 1},
  };
  if (options.domain.empty()) return fail(Errc::invalid, "a router without a ZAP domain");
  if (auto done = socket.set(ZMQ_ZAP_DOMAIN, options.domain); !done.ok()) return done;
  if (auto done = socket.set(ZMQ_CURVE_SECRETKEY, options.keys.secret_key); !done.ok()) return done;
  for (const auto& [option, value] : numbers) {
    if (auto done = socket.set(option, value); !done.ok()) return done;
  }
  return socket.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(options.max_message_bytes));
}

}  // namespace

class RouterSocket::State {
  // As many as the caches hold easily, with all that belongs to their senders.
  static constexpr std::size_t batch = 32;
  // The beginning of a message is fetched before it is read; this is more than a sample has.
  static constexpr std::size_t fetched_bytes = 512;

  struct Frames {
    zmq_msg_t routing;
    zmq_msg_t body;
    Frames() {
      zmq_msg_init(&routing);
      zmq_msg_init(&body);
    }
    ~Frames() {
      zmq_msg_close(&routing);
      zmq_msg_close(&body);
    }
    Frames(const Frames&) = delete;
    Frames& operator=(const Frames&) = delete;
  };
  enum class Took { nothing, message, dropped };

 public:
  State(Context& context, os::AsioLoop& loop, RouterOptions options, Handler handler)
      : context_(context),
        loop_(loop),
        options_(std::move(options)),
        handler_(std::move(handler)),
        endpoint_(options_.endpoint) {}

  ~State() { loop_.cancel(timer_); }

  Status open() {
    auto socket = Socket::open(context_, ZMQ_ROUTER);
    if (!socket.ok()) return socket.error();
    if (auto done = configure(*socket, options_); !done.ok()) return done;
    socket_ = std::move(*socket);
    connections_ = 0;
    auto monitor = SocketMonitor::start(
        context_, loop_, socket_,
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
            ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
        [this](int event, std::uint32_t value) { note(event, static_cast<int>(value)); });
    if (!monitor.ok()) return monitor.error();
    if (auto done = bind(); !done.ok()) return done;
    limit_callers();
    monitor_ = std::move(*monitor);
    watch_ = std::make_unique<SocketWatch>(loop_, socket_.raw(), options_.watch,
                                           [this](int at_most) { return receive(at_most); });
    return {};
  }

  Status send(std::string_view routing_id, std::string_view bytes) {
    if (full_) return fail(Errc::not_found, "the connection is gone");
    int done =
        zmq_send(socket_.raw(), routing_id.data(), routing_id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    if (done >= 0) done = zmq_send(socket_.raw(), bytes.data(), bytes.size(), ZMQ_DONTWAIT);
    const int reason = done < 0 ? zmq_errno() : 0;
    if (watch_ != nullptr) watch_->sent();
    if (reason == 0) return {};
    if (reason == EHOSTUNREACH) return fail(Errc::not_found, "the connection is gone");
    if (reason == EAGAIN) return fail(Errc::exhausted, "the peer does not read: its queue is full");
    return fail(Errc::unavailable, std::string("sending: ") + zmq_strerror(reason));
  }

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] const RouterCounters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t found_late() const {
    return watch_ == nullptr ? 0 : watch_->found_by_safety_timer();
  }

 private:
  Status bind() {
    if (auto done = socket_.bind(endpoint_); !done.ok()) return done;
    endpoint_ = socket_.last_endpoint();
    full_ = false;
    return {};
  }

  // Messages that were taken, good or not.
  int receive(int at_most) {
    int taken = 0;
    std::size_t good = 0;
    while (taken < at_most && good < frames_.size()) {
      const Took took = take(frames_[good]);
      if (took == Took::nothing) break;
      ++taken;
      if (took == Took::message) ++good;
    }
    std::size_t count = 0;
    for (std::size_t i = 0; i < good; ++i) {
      Frames& frames = frames_[i];
      const char* user = zmq_msg_gets(&frames.body, "User-Id");
      if (user == nullptr || *user == '\0') {
        ++counters_.dropped_no_user;
      } else {
        incoming_[count++] = {view(frames.routing), user, view(frames.body)};
      }
    }
    counters_.messages += count;
    if (count > 0) handler_(std::span(incoming_).first(count));
    return taken;
  }

  // [routing id][bytes]; anything else is dropped.
  Took take(Frames& frames) {
    if (zmq_msg_recv(&frames.routing, socket_.raw(), ZMQ_DONTWAIT) < 0) return Took::nothing;
    if (zmq_msg_more(&frames.routing) != 0 &&
        zmq_msg_recv(&frames.body, socket_.raw(), ZMQ_DONTWAIT) >= 0) {
      if (zmq_msg_more(&frames.body) == 0) {
        prefetch(zmq_msg_data(&frames.body), std::min(zmq_msg_size(&frames.body), fetched_bytes));
        return Took::message;
      }
      while (zmq_msg_more(&frames.body) != 0 &&
             zmq_msg_recv(&frames.body, socket_.raw(), ZMQ_DONTWAIT) >= 0) {
      }
    }
    ++counters_.dropped_frames;
    return Took::dropped;
  }

  static std::string_view view(zmq_msg_t& message) {
    return {static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message)};
  }

  void limit_callers() {
    if (options_.connection_limit == 0) return;
    const auto half = static_cast<std::size_t>(options_.connection_limit + 1) / 2;
    callers_.emplace(port_of(endpoint_),
                     Callers::Limits{half, static_cast<std::size_t>(options_.address_limit)});
  }

  // `value` is the descriptor of who came or went.
  void note(int event, int value) {
    switch (event) {
      case ZMQ_EVENT_ACCEPTED:
        ++counters_.accepted;
        ++connections_;
        if (callers_ && callers_->accepted(value)) ++counters_.made_room;
        break;
      // libzmq reports the end of every accepted connection as this, failed handshakes too.
      case ZMQ_EVENT_DISCONNECTED:
        connections_ = std::max(0, connections_ - 1);
        if (callers_) callers_->disconnected(value);
        break;
      default:
        ++counters_.handshakes_failed;
        break;
    }
    if (options_.connection_limit > 0 && connections_ >= options_.connection_limit && !full_) {
      // Not from within the monitor's own callback.
      full_ = true;
      ++counters_.times_full;
      timer_ = loop_.after(Duration{0}, [this] { restart(); });
    }
  }

  void restart() {
    watch_.reset();
    monitor_.reset();
    socket_.close();
    open_soon();
  }

  // The io thread closes the old listener in its own time, so the address may still be taken.
  void open_soon() {
    timer_ = loop_.after(options_.full_pause, [this] {
      if (!open().ok()) open_soon();
    });
  }

  Context& context_;
  os::AsioLoop& loop_;
  RouterOptions options_;
  Handler handler_;
  std::string endpoint_;
  RouterCounters counters_;
  int connections_ = 0;
  std::optional<Callers> callers_;  // when they are limited
  bool full_ = false;
  TimerId timer_ = TimerId::none;
  // Of the newest call of receive(); messages keep their memory until the next.
  std::array<Frames, batch> frames_;
  std::array<Incoming, batch> incoming_;
  // Destroyed in reverse: watch and monitor before their socket.
  Socket socket_;
  std::unique_ptr<SocketMonitor> monitor_;
  std::unique_ptr<SocketWatch> watch_;
};

Result<std::unique_ptr<RouterSocket>> RouterSocket::listen(Context& context, os::AsioLoop& loop,
                                                           const ZapHandler& zap,
                                                           RouterOptions options, Handler handler) {
  if (!zap.alive()) {
    return fail(Errc::refused, "not listening on " + options.endpoint +
                                   ": the ZAP handler does not run, so anybody would be let in");
  }
  auto state = std::make_unique<State>(context, loop, std::move(options), std::move(handler));
  if (auto done = state->open(); !done.ok()) return done.error();
  return std::unique_ptr<RouterSocket>(new RouterSocket(std::move(state)));
}

RouterSocket::RouterSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
RouterSocket::~RouterSocket() = default;

Status RouterSocket::send(std::string_view routing_id, std::string_view bytes) {
  return state_->send(routing_id, bytes);
}
const std::string& RouterSocket::endpoint() const {
  return state_->endpoint();
}
int RouterSocket::connections() const {
  return state_->connections();
}
const RouterCounters& RouterSocket::counters() const {
  return state_->counters();
}
std::uint64_t RouterSocket::found_by_safety_timer() const {
  return state_->found_late();
}

}  // namespace edgeherd::net
