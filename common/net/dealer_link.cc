#include "common/net/dealer_link.h"

#include <cerrno>

#include <zmq.h>

#include "common/net/socket.h"
#include "common/net/socket_monitor.h"
#include "common/net/socket_watch.h"
#include "common/os/asio_loop.h"

namespace edgeherd::net {

namespace {

int to_ms(Duration d) {
  return static_cast<int>(millis(d));
}

Status configure(Socket& socket, const DealerOptions& options) {
  if (!is_curve_key(options.server_key)) {
    return fail(Errc::invalid, "the coordinator's public key is not a Z85 key");
  }
  const std::pair<int, int> numbers[] = {
      {ZMQ_RECONNECT_IVL, -1},
      {ZMQ_IMMEDIATE, 1},
      {ZMQ_SNDHWM, options.queue},
      {ZMQ_RCVHWM, options.queue},
      {ZMQ_CONNECT_TIMEOUT, to_ms(options.connect_limit)},
      {ZMQ_HANDSHAKE_IVL, to_ms(options.handshake_limit)},
      {ZMQ_HEARTBEAT_IVL, to_ms(options.heartbeat)},
      {ZMQ_HEARTBEAT_TIMEOUT, to_ms(options.heartbeat_limit)},
      {ZMQ_IPV6, 1},
  };
  for (const auto& [option, value] : numbers) {
    if (auto done = socket.set(option, value); !done.ok()) return done;
  }
  const std::pair<int, const std::string&> keys[] = {
      {ZMQ_CURVE_SERVERKEY, options.server_key},
      {ZMQ_CURVE_PUBLICKEY, options.keys.public_key},
      {ZMQ_CURVE_SECRETKEY, options.keys.secret_key},
  };
  for (const auto& [option, key] : keys) {
    if (auto done = socket.set(option, key); !done.ok()) return done;
  }
  return socket.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(options.max_message_bytes));
}

}  // namespace

std::string_view to_string(LinkEvent event) {
  switch (event) {
    case LinkEvent::connected:
      return "connected";
    case LinkEvent::disconnected:
      return "disconnected";
    case LinkEvent::handshake_failed:
      return "handshake failed";
  }
  return "unknown";
}

class DealerLink::State {
 public:
  State(Context& context, os::AsioLoop& loop, Random& random, DealerOptions options)
      : context_(context),
        loop_(loop),
        random_(random),
        options_(std::move(options)),
        reconnect_(options_.reconnect) {}

  ~State() { loop_.cancel(timer_); }

  // A new socket and one attempt to connect it; how that ends the monitor says.
  Status open() {
    auto socket = Socket::open(context_, ZMQ_DEALER);
    if (!socket.ok()) return socket.error();
    socket_ = std::move(*socket);
    if (auto done = configure(socket_, options_); !done.ok()) return done;
    auto monitor = SocketMonitor::start(
        context_, loop_, socket_,
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED |
            ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
        [this](int event, std::uint32_t) { note(event); });
    if (!monitor.ok()) return monitor.error();
    monitor_ = std::move(*monitor);
    if (auto done = socket_.connect(options_.endpoint); !done.ok()) return done;
    watch_ = std::make_unique<SocketWatch>(loop_, socket_.raw(), WatchOptions{},
                                           [this](int) { return receive_one() ? 1 : 0; });
    // Should libzmq end an attempt without a word, the next one comes all the same.
    try_again_after(options_.connect_limit + options_.handshake_limit + options_.reconnect.most);
    return {};
  }

  Status send(std::string_view message) {
    if (message.size() > options_.max_message_bytes) {
      return fail(Errc::invalid, "a message of " + std::to_string(message.size()) +
                                     " bytes, the limit is " +
                                     std::to_string(options_.max_message_bytes));
    }
    if (!connected_) return fail(Errc::unavailable, "no connection to the coordinator");
    const int done = zmq_send(socket_.raw(), message.data(), message.size(), ZMQ_DONTWAIT);
    const int reason = done < 0 ? zmq_errno() : 0;
    if (watch_ != nullptr) watch_->sent();
    if (reason == 0) return {};
    if (reason == EAGAIN) return fail(Errc::exhausted, "the queue to the coordinator is full");
    return fail(Errc::unavailable, std::string("sending: ") + zmq_strerror(reason));
  }

  std::function<void(std::string_view)> on_message;
  std::function<void(LinkEvent)> on_event;
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::uint64_t found_late() const {
    return watch_ == nullptr ? 0 : watch_->found_by_safety_timer();
  }

 private:
  // One frame; a message of several is dropped whole.
  bool receive_one() {
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool took = false;
    bool whole = true;
    while (zmq_msg_recv(&message, socket_.raw(), ZMQ_DONTWAIT) >= 0) {
      took = true;
      if (zmq_msg_more(&message) == 0) break;
      whole = false;
    }
    if (took) spoke_ = Reconnect::Spoke::yes;
    if (took && whole && on_message) {
      on_message({static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message)});
    }
    zmq_msg_close(&message);
    return took;
  }

  void note(int event) {
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      connected_ = true;
      connected_at_ = loop_.clock().mono();
      loop_.cancel(timer_);
      if (on_event) on_event(LinkEvent::connected);
      return;
    }
    const bool was_connected = std::exchange(connected_, false);
    // Several events tell of one end; the first sets the time of the next attempt.
    if (!ended_) {
      const Duration held = was_connected ? loop_.clock().mono() - connected_at_ : Duration::zero();
      try_again_after(reconnect_.wait(spoke_, held, random_));
    }
    ended_ = true;
    if (event == ZMQ_EVENT_DISCONNECTED) {
      if (was_connected && on_event) on_event(LinkEvent::disconnected);
    } else if (event != ZMQ_EVENT_CLOSED && on_event) {
      on_event(LinkEvent::handshake_failed);
    }
  }

  void try_again_after(Duration wait) {
    loop_.cancel(timer_);
    timer_ = loop_.after(wait, [this] {
      watch_.reset();
      monitor_.reset();
      ended_ = false;
      spoke_ = Reconnect::Spoke::no;
      // What opened once fails now for want of descriptors at most.
      if (!open().ok()) try_again_after(reconnect_.wait(spoke_, Duration::zero(), random_));
    });
  }

  Context& context_;
  os::AsioLoop& loop_;
  Random& random_;
  DealerOptions options_;
  Reconnect reconnect_;
  Reconnect::Spoke spoke_ = Reconnect::Spoke::no;  // the coordinator, on this connection
  bool connected_ = false;
  bool ended_ = false;  // the socket's one connection; the timer will make the next
  MonoTime connected_at_{};
  TimerId timer_ = TimerId::none;
  // Destroyed in reverse: watch and monitor before their socket.
  Socket socket_;
  std::unique_ptr<SocketMonitor> monitor_;
  std::unique_ptr<SocketWatch> watch_;
};

Result<std::unique_ptr<DealerLink>> DealerLink::open(Context& context, os::AsioLoop& loop,
                                                     Random& random, DealerOptions options) {
  const std::string endpoint = options.endpoint;
  auto state = std::make_unique<State>(context, loop, random, std::move(options));
  if (auto done = state->open(); !done.ok()) return done.error().within("the link to " + endpoint);
  return std::unique_ptr<DealerLink>(new DealerLink(std::move(state)));
}

DealerLink::DealerLink(std::unique_ptr<State> state) : state_(std::move(state)) {}
DealerLink::~DealerLink() = default;

Status DealerLink::send(std::string_view message) {
  return state_->send(message);
}
void DealerLink::on_message(std::function<void(std::string_view)> handler) {
  state_->on_message = std::move(handler);
}
void DealerLink::on_event(std::function<void(LinkEvent)> handler) {
  state_->on_event = std::move(handler);
}
bool DealerLink::connected() const {
  return state_->connected();
}
std::uint64_t DealerLink::found_by_safety_timer() const {
  return state_->found_late();
}

}  // namespace edgeherd::net
