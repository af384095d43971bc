// One connection of the server: reads a request, waits for its reply, writes it, and again.
// Inside common/http only.
//
// Thread: the loop's. Owner: its own pending operations; the server knows it and can close it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "common/core/clock.h"
#include "common/http/parser.h"
#include "common/http/server.h"
#include "common/http/stream.h"

namespace edgeherd::http {

// What all connections of a server share; `closed` tells it that one is gone.
struct ConnectionHost {
  ServerLimits limits;
  Server::Handler handler;
  const Clock* clock = nullptr;
  std::function<void(std::uint64_t)> closed;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ConnectionHost> host, std::uint64_t id, tcp::socket socket);

  void start(asio::ssl::context* tls);
  // From the server: nothing of it is called or answered after this.
  void close();

 private:
  enum class Phase { handshake, idle, reading, handling, writing, lingering, closed };
  class Answer;

  void enter(Phase phase, Duration limit);
  void enter_untimed(Phase phase);
  void watch();
  void read();
  void on_read(std::size_t count);
  void parse();
  void on_head();
  void dispatch();
  void refuse();
  void answer(Response response);
  void compose(Response& response);
  void write();
  void on_written();
  void linger();
  void finish();

  std::shared_ptr<ConnectionHost> host_;
  std::uint64_t id_;
  Stream stream_;
  asio::steady_timer timer_;
  RequestParser parser_;
  Phase phase_ = Phase::handshake;
  bool timed_ = false;
  bool watching_ = false;
  bool in_body_ = false;
  bool keep_alive_ = false;
  bool head_only_ = false;
  MonoTime deadline_{};
  std::vector<char> input_;  // bytes [begin_, end_) are not parsed yet
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t drained_ = 0;
  std::string head_;  // what is being written
  std::string body_;
};

}  // namespace edgeherd::http
