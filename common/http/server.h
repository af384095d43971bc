// A small HTTP/1.1 server on the program's own loop: keep-alive, time-outs, bounded everything,
// TLS.
//
// Thread: the loop's. The handler is called on it and may answer at once or later; it answers
// exactly once (dropping `reply` unanswered gives the peer a 500).
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
  std::size_t connections = 256;         // further ones are closed at once
  std::size_t header_bytes = 16 * 1024;  // 431 beyond
  std::size_t body_bytes = 1024 * 1024;  // 413 beyond
  Duration idle = 30s;                   // a connection without a request
  Duration request = 10s;                // from the first byte to the last, and for writing
};

class Server {
 public:
  using Reply = std::function<void(Response)>;
  using Handler = std::function<void(const Request&, Reply)>;

  // Does not listen yet. `io` and what `handler` refers to outlive the server.
  Server(boost::asio::io_context& io, ServerLimits limits, Handler handler);
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
