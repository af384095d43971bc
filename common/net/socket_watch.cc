#include "common/net/socket_watch.h"

#include <cassert>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <zmq.h>

#include "common/os/asio_loop.h"

namespace edgeherd::net {

namespace {

template <class T>
T socket_option(void* socket, int option) {
  T value{};
  std::size_t size = sizeof value;
  const int done = zmq_getsockopt(socket, option, &value, &size);
  assert(done == 0);
  return value;
}

}  // namespace

struct SocketWatch::State : std::enable_shared_from_this<State> {
  os::AsioLoop& loop;
  void* socket;
  WatchOptions options;
  Receive receive;
  boost::asio::posix::stream_descriptor descriptor;
  bool stopped = false;
  bool waiting = false;           // for the descriptor, and for nothing else
  std::uint64_t wait_number = 0;  // of the newest wait; older ones have been overtaken
  bool look_posted = false;
  TimerId rest_timer = TimerId::none;
  TimerId safety_timer = TimerId::none;
  std::uint64_t found_late = 0;

  State(os::AsioLoop& on, void* zmq_socket, WatchOptions with, Receive take)
      : loop(on),
        socket(zmq_socket),
        options(with),
        receive(std::move(take)),
        descriptor(on.io(), socket_option<int>(zmq_socket, ZMQ_FD)) {}

  ~State() {
    // The descriptor belongs to libzmq.
    if (descriptor.is_open()) descriptor.release();
  }

  [[nodiscard]] bool readable() const {
    return (socket_option<int>(socket, ZMQ_EVENTS) & ZMQ_POLLIN) != 0;
  }

  void stop() {
    stopped = true;
    loop.cancel(rest_timer);
    loop.cancel(safety_timer);
    descriptor.release();
  }

  void post_turn() {
    waiting = false;
    loop.post([self = shared_from_this()] { self->turn(); });
  }

  void turn() {
    if (stopped) return;
    int taken = 0;
    while (taken < options.budget) {
      const int more = receive(options.budget - taken);
      if (stopped) return;
      if (more == 0) break;
      taken += more;
    }
    if (taken == options.budget) return post_turn();
    if (taken > 0 && options.rest > Duration{0}) {
      rest_timer = loop.after(options.rest, [self = shared_from_this()] { self->turn(); });
      return;
    }
    if (readable()) return post_turn();
    wait();
  }

  void wait() {
    waiting = true;
    descriptor.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this(),
         number = ++wait_number](const boost::system::error_code& error) {
          if (error || self->stopped || !self->waiting || number != self->wait_number) return;
          self->waiting = false;
          self->turn();
        });
  }

  // Brings the turn forward if messages wait while we wait for the descriptor.
  bool look() {
    if (stopped || !waiting || !readable()) return false;
    waiting = false;
    descriptor.cancel();
    turn();
    return true;
  }

  void arm_safety() {
    safety_timer = loop.after(options.safety, [self = shared_from_this()] {
      if (self->look()) ++self->found_late;
      if (!self->stopped) self->arm_safety();
    });
  }
};

SocketWatch::SocketWatch(os::AsioLoop& loop, void* socket, WatchOptions options, Receive receive)
    : state_(std::make_shared<State>(loop, socket, options, std::move(receive))) {
  state_->post_turn();  // what came before we watched has had its edge
  state_->arm_safety();
}

SocketWatch::~SocketWatch() {
  state_->stop();
}

void SocketWatch::sent() {
  if (state_->look_posted || !state_->waiting) return;
  state_->look_posted = true;
  state_->loop.post([state = state_] {
    state->look_posted = false;
    state->look();
  });
}

std::uint64_t SocketWatch::found_by_safety_timer() const {
  return state_->found_late;
}

}  // namespace edgeherd::net
