// The server's end: a ROUTER with CURVE behind a ZAP handler, served on the loop.
//
// libzmq assigns the routing ids; a peer is his User-Id, never his routing id. Peers that flood are
// slowed by TCP once their queue of `receive_queue` is full; a peer that does not read has
// `send_queue` messages and then send() says so. Thread: the loop's. Owner: the app; context, loop
// and handler outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/core/result.h"
#include "common/net/context.h"
#include "common/net/curve_key.h"
#include "common/net/incoming.h"
#include "common/net/socket_watch.h"
#include "common/net/zap.h"

namespace edgeherd::net {

struct RouterOptions {
  std::string endpoint;  // "tcp://127.0.0.1:9400"; port 0 takes a free one
  std::string domain;    // fleet_domain or enroll_domain
  CurveKeyPair keys;
  std::size_t max_message_bytes = 64 * 1024;  // libzmq closes the connection of who sends more
  int receive_queue = 64;                     // messages, per peer
  int send_queue = 256;                       // messages, per peer
  int backlog = 4096;
  Duration handshake_limit = 10s;
  // Dead TCP is found by the kernel's keep-alive, after silence + 4 probes. ZMTP heartbeats belong
  // to the other end, who has one connection: libzmq scans all its timers whenever it cancels one.
  Duration silence = 30s;
  Duration probe = 5s;
  // Connections at once, with or without a finished handshake; 0: no limit. For ports on which
  // honest peers do not stay: beyond half of it the oldest makes room for each that comes, and
  // beyond address_limit the oldest of the same address (IPv6: of the same /64). When they come
  // faster than that goes, the port drops everybody and listens afresh after the pause.
  int connection_limit = 0;
  int address_limit = 64;
  Duration full_pause = 1s;
  WatchOptions watch;
};

struct RouterCounters {
  std::uint64_t messages = 0;
  std::uint64_t dropped_no_user = 0;  // without a User-Id: no handler spoke for him
  std::uint64_t dropped_frames = 0;   // not exactly one frame
  std::uint64_t handshakes_failed = 0;
  std::uint64_t accepted = 0;
  std::uint64_t made_room = 0;   // who was dropped for one who came
  std::uint64_t times_full = 0;  // everybody was dropped
};

class RouterSocket {
 public:
  // Messages in the order in which they came. A call brings a few at once if they are there, so
  // that the handler may look ahead. It must not destroy this socket.
  using Handler = std::function<void(std::span<const Incoming> messages)>;

  // Listens, or explains why not. `refused` when the handler is not alive.
  [[nodiscard]] static Result<std::unique_ptr<RouterSocket>> listen(Context& context,
                                                                    os::AsioLoop& loop,
                                                                    const ZapHandler& zap,
                                                                    RouterOptions options,
                                                                    Handler handler);
  ~RouterSocket();
  RouterSocket(const RouterSocket&) = delete;
  RouterSocket& operator=(const RouterSocket&) = delete;

  // `not_found` when that connection is gone, `exhausted` when its queue is full.
  Status send(std::string_view routing_id, std::string_view bytes);

  // As bound, with the real port.
  [[nodiscard]] const std::string& endpoint() const;
  [[nodiscard]] int connections() const;
  [[nodiscard]] const RouterCounters& counters() const;
  [[nodiscard]] std::uint64_t found_by_safety_timer() const;

 private:
  class State;
  explicit RouterSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::net
