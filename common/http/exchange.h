// One request on its way: name, connection, TLS, writing, reading, all under one deadline.
// Inside common/http only.
//
// Thread: the loop's. Owner: its own pending operations; the client knows it and can abandon it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/core/clock.h"
#include "common/http/client.h"
#include "common/http/lookups.h"
#include "common/http/parser.h"
#include "common/http/stream.h"
#include "common/http/url.h"

namespace edgeherd::http {

// What an exchange needs of its client.
class ExchangeHost {
 public:
  virtual ~ExchangeHost() = default;
  [[nodiscard]] virtual MonoTime now() const = 0;
  [[nodiscard]] virtual Lookups& lookups() = 0;
  [[nodiscard]] virtual Result<asio::ssl::context*> tls() = 0;
  [[nodiscard]] virtual std::shared_ptr<Stream> take_idle(const std::string& key) = 0;
  virtual void keep_idle(const std::string& key, std::shared_ptr<Stream> stream) = 0;
  // The exchange is over; it delivers its result right after this.
  virtual void over(std::uint64_t id) = 0;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& io, ExchangeHost& host, std::uint64_t id, ClientRequest request,
           Client::Done done);

  void start();
  // Nothing of it, nor `done`, is called after this.
  void abandon();

 private:
  enum class Reuse { allowed, forbidden };

  [[nodiscard]] Status check();
  void compose();
  void begin(Reuse reuse);
  void resolve();
  void on_resolved(const Result<std::vector<std::string>>& found);
  void connect(const std::vector<asio::ip::address>& addresses);
  void connect_next(const std::string& last_failure);
  void limit_connecting();
  void on_connected(const error_code& error);
  [[nodiscard]] error_code open_socket(const tcp::endpoint& peer);
  void secure();
  void on_secured(const error_code& error);
  void exchange();
  void read();
  void on_read(const error_code& error, std::size_t count);
  void parse(std::string_view bytes);
  void on_broken(const error_code& error);
  void complete(std::size_t unread);
  void fail_with(Errc code, const std::string& why);
  void finish(Result<Response> result);
  [[nodiscard]] std::string name() const;
  // Whether a completion of an earlier attempt, or of a finished exchange, comes late.
  [[nodiscard]] bool late(int attempt) const { return !done_ || attempt != attempt_; }

  asio::io_context& io_;
  ExchangeHost* host_;
  std::uint64_t id_;
  ClientRequest request_;
  Client::Done done_;
  Url url_;
  std::optional<asio::ip::address> source_;
  std::string pool_key_;
  Lookups::Place lookup_;
  MonoTime deadline_{};
  asio::steady_timer timer_;
  std::deque<tcp::endpoint> untried_;
  bool connecting_ = false;
  asio::steady_timer connect_timer_;  // while others are to be tried
  std::shared_ptr<Stream> stream_;    // also held by what is pending on it
  std::unique_ptr<ResponseParser> parser_;
  std::string head_;
  std::vector<char> input_;
  std::size_t held_ = 0;  // bytes at the front of input_ that are not parsed yet
  const char* doing_ = "starting";
  int attempt_ = 0;
  bool reused_ = false;
  bool heard_ = false;  // a byte of an answer has come
  bool sent_ = false;   // the request is out
};

}  // namespace edgeherd::http
