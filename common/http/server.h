// A small HTTP/1.1 server on the program's own loop: keep-alive, time-outs, bounded everything,
// TLS.
//
// A body costs memory before anyone has looked at it. So a judge sees each request's head first and
// says how large its body may be; and all bodies together, from their heads to their answers, are
// bounded: a large one that does not fit is refused by its head (503).
//
// Connections are bounded in number. At the limit the one that has waited longest for a request
// makes room, first of those that never sent one: who only connects keeps nobody out. A peer that
// closes its end while it waits for an answer is taken to have left.
//
// Thread: the loop's. The handler is called on it and may answer at once or later; it answers
// exactly once (dropping `reply` unanswered gives the peer a 500, keeping it for too long a 503).
// It may move the request away.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "common/http/message.h"

namespace boost::asio {
class io_context;
}

namespace edgeherd::http {

struct TlsFiles {
  std::string certificate;  // PEM chain
  std::string key;          // PEM
};

struct ServerLimits {
  std::size_t connections = 256;  // further ones are closed at once if none makes room
  // Of one address (IPv6: of one /64), likewise. Not of this host's own 127.0.0.1 and ::1, where
  // proxies come from.
  std::size_t peer_connections = 64;
  std::size_t header_bytes = 16 * 1024;  // 431 beyond
  std::size_t body_bytes = 1024 * 1024;  // 413 beyond; a judge may only say less
  // Of all bodies that are larger than small_body_bytes; one without a length counts as its limit.
  // At least one of body_bytes always fits.
  std::size_t bodies_bytes = 64 * 1024 * 1024;
  std::size_t small_body_bytes = 64 * 1024;
  Duration idle = 30s;      // a connection without a request
  Duration request = 10s;   // from the first byte of a head to its last, and for writing
  Duration handler = 2min;  // for an answer: beyond what any handler waits for
  Duration body = 30s;      // for a body, and a second more for each body_rate bytes that came
  double body_rate = 32.0 * 1024;  // bytes per second
};

class Server {
 public:
  using Reply = std::function<void(Response)>;
  using Handler = std::function<void(Request&&, Reply)>;
  // Asked once for each request that announces a body, before any of it is read. `head` has
  // everything but the body.
  using Judge = std::function<BodyRight(const Request& head)>;

  // Does not listen yet. `io` and what `handler` and `judge` refer to outlive the server. Without a
  // judge body_bytes holds for all.
  Server(boost::asio::io_context& io, ServerLimits limits, Handler handler, Judge judge = {});
  ~Server();  // closes the listener and every connection
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // address "127.0.0.1", port 0 lets the system choose. The error names address and port.
  Status listen(const std::string& address, std::uint16_t port, const std::optional<TlsFiles>& tls);
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::http
