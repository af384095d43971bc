// A TCP connection with or without TLS, so that what is above does not care. Inside common/http
// only.
//
// Thread: the loop's. It must outlive what is pending on it: handlers hold it.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace edgeherd::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Stream {
 public:
  explicit Stream(tcp::socket socket) : socket_(std::move(socket)) {}

  // Before the first byte; `context` outlives the stream.
  void use_tls(asio::ssl::context& context) { tls_.emplace(socket_, context); }
  [[nodiscard]] bool is_tls() const { return tls_.has_value(); }
  [[nodiscard]] asio::ssl::stream<tcp::socket&>& tls() { return *tls_; }
  [[nodiscard]] tcp::socket& socket() { return socket_; }

  // handler(error_code, size_t)
  template <class Handler>
  void read_some(asio::mutable_buffer into, Handler handler) {
    if (tls_)
      tls_->async_read_some(into, std::move(handler));
    else
      socket_.async_read_some(into, std::move(handler));
  }

  // Writes `head` and then `body`, all of them. handler(error_code, size_t)
  template <class Handler>
  void write(std::string_view head, std::string_view body, Handler handler) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    if (tls_)
      asio::async_write(*tls_, both, std::move(handler));
    else if (body.empty())
      asio::async_write(socket_, both[0], std::move(handler));
    else
      asio::async_write(socket_, both, std::move(handler));
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

}  // namespace edgeherd::http
