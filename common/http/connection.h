// One connection of the server: reads a request, waits for its reply, writes it, and again.
// Inside common/http only.
//
// Thread: the loop's. Owner: its own pending operations; the server knows it and can close it.
#pragma once

#include <compare>
#include <memory>
#include <optional>
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
  Server::Judge judge;  // may be empty
  const Clock* clock = nullptr;
  std::function<void(std::uint64_t)> closed;
  std::size_t bodies_bytes = 0;  // that the BodyShares hold
};

// A large body's part of what all may have, from its head to its answer.
class BodyShare {
 public:
  BodyShare(std::shared_ptr<ConnectionHost> host, std::size_t bytes)
      : host_(std::move(host)), bytes_(bytes) {
    host_->bodies_bytes += bytes_;
  }
  ~BodyShare() { host_->bodies_bytes -= bytes_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;

 private:
  std::shared_ptr<ConnectionHost> host_;
  std::size_t bytes_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ConnectionHost> host, std::uint64_t id, tcp::socket socket);

  void start(asio::ssl::context* tls);
  // From the server: nothing of it is called or answered after this.
  void close();

  // Since when it has waited for the head of a request, and whether it had a request before.
  // Nothing: it is at work.
  struct Waiting {
    bool served = false;
    MonoTime since{};
    friend auto operator<=>(const Waiting&, const Waiting&) = default;
  };
  [[nodiscard]] std::optional<Waiting> waiting() const;

 private:
  enum class Phase { handshake, idle, reading, handling, writing, lingering, closed };
  class Answer;

  void enter(Phase phase, Duration limit);
  void watch();
  void look();
  void read();
  void on_read(std::size_t count);
  void parse();
  // False: it was answered, and its body will not be read.
  [[nodiscard]] bool admit_body();
  void credit(std::size_t bytes);
  void on_head();
  void dispatch();
  void refuse();
  void refuse(Response response);
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
  std::string peer_;
  std::unique_ptr<BodyShare> share_;  // of the request that is being read
  Phase phase_ = Phase::handshake;
  bool watching_ = false;
  Waiting waiting_;
  bool in_body_ = false;  // its head has come
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
