#include "common/http/exchange.h"

#include <algorithm>
#include <cstring>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <netinet/in.h>

#include "common/http/tls.h"

namespace edgeherd::http {

namespace {

constexpr std::size_t answer_header_bytes = 64 * 1024;
constexpr std::size_t input_bytes = 16 * 1024;
// Of a name that has more the first are tried, each before the last for so long at most.
constexpr std::size_t most_addresses = 16;
constexpr Duration longest_connect = 3s;

bool repeatable(const std::string& method) {
  return method == "GET" || method == "HEAD";
}

// A request with a method that usually has a body says so even when it is empty.
bool states_length(const ClientRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

Exchange::Exchange(asio::io_context& io, ExchangeHost& host, std::uint64_t id,
                   ClientRequest request, Client::Done done)
    : io_(io),
      host_(&host),
      id_(id),
      request_(std::move(request)),
      done_(std::move(done)),
      timer_(io),
      connect_timer_(io) {}

std::string Exchange::name() const {
  return request_.method + " " + url_.without_secrets();
}

void Exchange::start() {
  deadline_ = host_->now() + request_.deadline;
  timer_.expires_after(request_.deadline);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || !self->done_) return;
    self->fail_with(Errc::timeout, "no answer within " +
                                       std::to_string(millis(self->request_.deadline)) + " ms (" +
                                       self->doing_ + ")");
  });
  // Not inline: `done` is called on a later turn whatever happens.
  asio::post(io_, [self = shared_from_this()] {
    if (!self->done_) return;
    if (auto checked = self->check(); !checked) {
      self->finish(checked.error());
      return;
    }
    self->compose();
    self->begin(Reuse::allowed);
  });
}

Status Exchange::check() {
  auto url = parse_url(request_.url);
  if (!url) return url.error();
  url_ = std::move(*url);
  if (!is_token(request_.method)) return fail(Errc::invalid, "not an HTTP method");
  for (const auto& [key, value] : request_.headers) {
    if (!is_token(key) || !is_header_value(value)) {
      return fail(Errc::invalid, name() + ": header \"" + key.substr(0, 60) + "\" is malformed");
    }
  }
  if (!request_.bind_address.empty()) {
    error_code failed;
    source_ = asio::ip::make_address(request_.bind_address, failed);
    if (failed) {
      return fail(Errc::invalid,
                  name() + ": source \"" + request_.bind_address + "\" is not an IP address");
    }
  }
  return {};
}

void Exchange::compose() {
  pool_key_ = (url_.scheme == Scheme::https ? "https " : "http ") + url_.host + " " +
              std::to_string(url_.port) + " " + request_.bind_address;
  head_ = request_.method + " " + url_.target + " HTTP/1.1\r\n";
  const auto add = [this](std::string_view key, const std::string& value) {
    if (!header(request_.headers, key).empty()) return;
    head_.append(key).append(": ").append(value).append("\r\n");
  };
  add("Host", url_.authority);
  add("User-Agent", "edgeherd/" EDGEHERD_VERSION);
  if (states_length(request_)) add("Content-Length", std::to_string(request_.body.size()));
  for (const auto& [key, value] : request_.headers) {
    head_.append(key).append(": ").append(value).append("\r\n");
  }
  head_ += "\r\n";
}

void Exchange::begin(Reuse reuse) {
  ++attempt_;
  heard_ = false;
  sent_ = false;
  held_ = 0;
  stream_ = reuse == Reuse::allowed ? host_->take_idle(pool_key_) : nullptr;
  reused_ = stream_ != nullptr;
  if (reused_)
    exchange();
  else
    resolve();
}

void Exchange::resolve() {
  doing_ = "resolving";
  error_code not_an_address;
  const auto address = asio::ip::make_address(url_.host, not_an_address);
  if (!not_an_address) return connect({address});
  lookup_ = host_->lookups().find(
      url_.host, [weak = weak_from_this()](const Result<std::vector<std::string>>& found) {
        if (const auto self = weak.lock()) self->on_resolved(found);
      });
}

void Exchange::on_resolved(const Result<std::vector<std::string>>& found) {
  if (!found) return fail_with(Errc::unavailable, "resolving: " + found.error().message);
  std::vector<asio::ip::address> addresses;
  for (const std::string& text : *found) {
    error_code failed;
    const auto address = asio::ip::make_address(text, failed);
    if (!failed) addresses.push_back(address);
  }
  connect(addresses);
}

void Exchange::connect(const std::vector<asio::ip::address>& addresses) {
  doing_ = "connecting";
  untried_.clear();
  for (const auto& address : addresses) {
    if (untried_.size() == most_addresses) break;
    if (source_ && source_->is_v4() != address.is_v4()) continue;
    untried_.emplace_back(address, url_.port);
  }
  connect_next("no address of a usable family");
}

error_code Exchange::open_socket(const tcp::endpoint& peer) {
  error_code failed;
  tcp::socket& socket = stream_->socket();
  socket.open(peer.protocol(), failed);
  if (!failed) socket.set_option(tcp::no_delay(true), failed);
  if (failed || !source_) return failed;
  // The port is chosen at connect(), by destination, so that one source address can hold more
  // connections than there are ports.
  const int on = 1;
  (void)::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  socket.bind(tcp::endpoint(*source_, 0), failed);
  return failed;
}

void Exchange::connect_next(const std::string& last_failure) {
  if (untried_.empty()) return fail_with(Errc::unavailable, "connecting: " + last_failure);
  const tcp::endpoint peer = untried_.front();
  untried_.pop_front();
  stream_ = std::make_shared<Stream>(tcp::socket(io_));
  if (const error_code failed = open_socket(peer)) return connect_next(failed.message());
  connecting_ = true;
  if (!untried_.empty()) limit_connecting();
  stream_->socket().async_connect(
      peer, [self = shared_from_this(), stream = stream_](const error_code& error) {
        if (self->done_ && self->stream_ == stream) self->on_connected(error);
      });
}

// An address that nobody answers at must not use up the time of those after it.
void Exchange::limit_connecting() {
  const Duration left = deadline_ - host_->now();
  const Duration limit =
      std::min(longest_connect, left / static_cast<Duration::rep>(untried_.size() + 1));
  connect_timer_.expires_after(limit);
  connect_timer_.async_wait(
      [self = shared_from_this(), stream = stream_, limit](const error_code& error) {
        if (error || !self->done_ || self->stream_ != stream || !self->connecting_) return;
        stream->close();
        self->connect_next("no answer within " + std::to_string(millis(limit)) + " ms");
      });
}

void Exchange::on_connected(const error_code& error) {
  connecting_ = false;
  connect_timer_.cancel();
  if (error) return connect_next(error.message());
  secure();
}

void Exchange::secure() {
  if (url_.scheme == Scheme::http) return exchange();
  doing_ = "TLS handshake";
  auto context = host_->tls();
  if (!context) return fail_with(context.error().code, context.error().message);
  stream_->use_tls(**context);
  auto& tls = stream_->tls();
  error_code not_an_address;
  asio::ip::make_address(url_.host, not_an_address);
  // Server name indication is for names only (RFC 6066, section 3).
  if (not_an_address) SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str());
  error_code failed;
  tls.set_verify_callback(asio::ssl::host_name_verification(url_.host), failed);
  if (failed) return fail_with(Errc::internal, "TLS: " + failed.message());
  tls.async_handshake(asio::ssl::stream_base::client,
                      [self = shared_from_this(), stream = stream_](const error_code& error) {
                        if (self->done_) self->on_secured(error);
                      });
}

void Exchange::on_secured(const error_code& error) {
  if (!error) return exchange();
  const Error why = tls_failure(error, *stream_->tls().native_handle(), url_.host);
  fail_with(why.code, why.message);
}

void Exchange::exchange() {
  doing_ = "waiting for the answer";
  parser_ = std::make_unique<ResponseParser>(
      ParseLimits{answer_header_bytes, request_.answer_limit},
      request_.method == "HEAD" ? BodyRule::none : BodyRule::as_framed);
  // A peer may answer, and close, before it has read all of a body: so both ways at once. When
  // writing fails, reading tells what the peer said last.
  stream_->write(head_, request_.body,
                 [self = shared_from_this(), stream = stream_, attempt = attempt_](
                     const error_code& error, std::size_t) {
                   if (!self->late(attempt) && !error) self->sent_ = true;
                 });
  input_.resize(input_bytes);
  read();
}

void Exchange::read() {
  if (held_ == input_.size()) input_.resize(input_.size() * 2);
  stream_->read_some(asio::buffer(input_.data() + held_, input_.size() - held_),
                     [self = shared_from_this(), stream = stream_, attempt = attempt_](
                         const error_code& error, std::size_t count) {
                       if (!self->late(attempt)) self->on_read(error, count);
                     });
}

void Exchange::on_read(const error_code& error, std::size_t count) {
  if (error) return on_broken(error);
  heard_ = true;
  parse({input_.data(), held_ + count});
}

void Exchange::parse(std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(parser_->feed(bytes));
    const Parsed state = parser_->state();
    if (state == Parsed::error) {
      const Error error = parser_->error();
      return fail_with(error.code, error.message);
    }
    if (state == Parsed::more) break;
    if (state != Parsed::done) continue;
    const int status = parser_->response().status;
    if (status / 100 != 1) return complete(bytes.size());
    if (status == 101) return fail_with(Errc::broken, "the peer changed to another protocol");
    // An interim answer ("100 Continue"): the real one follows.
    parser_ = std::make_unique<ResponseParser>(
        ParseLimits{answer_header_bytes, request_.answer_limit},
        request_.method == "HEAD" ? BodyRule::none : BodyRule::as_framed);
    if (bytes.empty()) break;
  }
  held_ = bytes.size();
  if (held_ > 0) std::memmove(input_.data(), bytes.data(), held_);
  read();
}

void Exchange::on_broken(const error_code& error) {
  const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  if (!heard_) {
    // The peer closed an idle connection just as it was used again: it has seen nothing of this.
    if (reused_ && repeatable(request_.method)) return begin(Reuse::forbidden);
    return fail_with(Errc::unavailable,
                     ended ? "the peer closed the connection without an answer" : error.message());
  }
  // A cut TLS stream may be an attacker's doing, so only a proper end ends a body without a length.
  if (error != asio::error::eof) {
    return fail_with(Errc::unavailable,
                     "the answer broke off" + (ended ? "" : ": " + error.message()));
  }
  parser_->feed_end();
  if (parser_->state() == Parsed::done) return complete(0);
  fail_with(parser_->error().code, parser_->error().message);
}

void Exchange::complete(std::size_t unread) {
  Response response = std::move(parser_->response());
  // Bytes after the answer, or a request that is still on its way: not to be used again.
  if (parser_->keep_alive() && unread == 0 && sent_) {
    host_->keep_idle(pool_key_, std::move(stream_));
  }
  finish(std::move(response));
}

void Exchange::fail_with(Errc code, const std::string& why) {
  finish(fail(code, name() + ": " + why));
}

void Exchange::finish(Result<Response> result) {
  const auto self = shared_from_this();
  const Client::Done done = std::exchange(done_, nullptr);
  timer_.cancel();
  connect_timer_.cancel();
  lookup_.reset();
  if (stream_) stream_->close();
  host_->over(id_);
  // Last: `done` may destroy the client.
  done(std::move(result));
}

void Exchange::abandon() {
  done_ = nullptr;
  timer_.cancel();
  connect_timer_.cancel();
  lookup_.reset();
  if (stream_) stream_->close();
}

}  // namespace edgeherd::http
