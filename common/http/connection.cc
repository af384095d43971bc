#include "common/http/connection.h"

#include <algorithm>
#include <cstring>

#include <netinet/tcp.h>

#include "common/http/reply_head.h"

namespace edgeherd::http {

namespace {

constexpr std::size_t first_input_bytes = 4 * 1024;
// Bodies come in larger pieces.
constexpr std::size_t body_input_bytes = 64 * 1024;
// Bodies up to this travel in the same buffer as their header: one small copy for one write.
constexpr std::size_t joined_body_bytes = 16 * 1024;
// After a refusal the rest of the request is read and dropped for a while, since closing a socket
// with unread bytes resets it, and the peer would not see the answer.
constexpr std::size_t linger_bytes = 256 * 1024;
constexpr Duration linger_time = 2s;
// How often it is looked whether who waits for an answer is still there.
constexpr Duration look_pause = 1s;

std::string name_of(const tcp::socket& socket) {
  error_code failed;
  const auto peer = socket.remote_endpoint(failed);
  if (failed) return "unknown";
  const std::string address = peer.address().to_string();
  const std::string host = peer.address().is_v6() ? "[" + address + "]" : address;
  return host + ":" + std::to_string(peer.port());
}

// Whether the peer has closed its end, or reset the connection. Reading would tell too, but would
// take what it sends ahead.
bool has_left(tcp::socket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  const int done = ::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
  return done != 0 || info.tcpi_state != TCP_ESTABLISHED;
}

}  // namespace

// One request's right to be answered. Whoever drops it unanswered answers with a 500.
class Connection::Answer {
 public:
  Answer(std::weak_ptr<Connection> connection, std::unique_ptr<BodyShare> share)
      : connection_(std::move(connection)), share_(std::move(share)) {}
  ~Answer() {
    if (!connection_.expired()) give(text_response(500, "the request was dropped\n"));
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  void give(Response response) {
    if (const auto connection = std::exchange(connection_, {}).lock()) {
      connection->share_ = std::move(share_);
      connection->answer(std::move(response));
    }
  }

 private:
  std::weak_ptr<Connection> connection_;
  std::unique_ptr<BodyShare> share_;  // the handler has the body until it answers
};

Connection::Connection(std::shared_ptr<ConnectionHost> host, std::uint64_t id, tcp::socket socket)
    : host_(std::move(host)),
      id_(id),
      stream_(std::move(socket)),
      timer_(stream_.socket().get_executor()),
      parser_({host_->limits.header_bytes, host_->limits.body_bytes}),
      peer_(name_of(stream_.socket())),
      input_(std::min(first_input_bytes, host_->limits.header_bytes + 1)) {}

void Connection::start(asio::ssl::context* tls) {
  error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
  waiting_.since = host_->clock->mono();
  if (tls == nullptr) {
    enter(Phase::idle, host_->limits.idle);
    read();
    return;
  }
  stream_.use_tls(*tls);
  enter(Phase::handshake, host_->limits.request);
  stream_.tls().async_handshake(asio::ssl::stream_base::server,
                                [self = shared_from_this()](const error_code& error) {
                                  if (self->phase_ == Phase::closed) return;
                                  if (error) return self->finish();
                                  self->enter(Phase::idle, self->host_->limits.idle);
                                  self->read();
                                });
}

void Connection::close() {
  phase_ = Phase::closed;
  timer_.cancel();
  stream_.close();
  share_.reset();
}

void Connection::finish() {
  if (phase_ == Phase::closed) return;
  close();
  host_->closed(id_);
}

void Connection::enter(Phase phase, Duration limit) {
  phase_ = phase;
  deadline_ = host_->clock->mono() + limit;
  if (!watching_)
    watch();
  else if (timer_.expiry().time_since_epoch() > deadline_.time_since_epoch())
    watch();
}

// The timer is set once and looks again when it fires: a busy connection, whose deadline moves with
// every request, costs no timer operation at all.
void Connection::watch() {
  watching_ = true;
  const MonoTime next = phase_ == Phase::handling
                            ? std::min(deadline_, host_->clock->mono() + look_pause)
                            : deadline_;
  timer_.expires_at(std::chrono::steady_clock::time_point(next.time_since_epoch()));
  timer_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->phase_ == Phase::closed) return;
    self->watching_ = false;
    self->look();
  });
}

void Connection::look() {
  const bool late = host_->clock->mono() >= deadline_;
  if (phase_ == Phase::handling) {
    if (has_left(stream_.socket())) return finish();
    if (late) {
      keep_alive_ = false;
      return answer(text_response(503, "the answer takes too long\n"));
    }
  } else if (late) {
    return finish();
  }
  watch();
}

std::optional<Connection::Waiting> Connection::waiting() const {
  const bool for_head = phase_ == Phase::handshake || phase_ == Phase::idle ||
                        (phase_ == Phase::reading && !in_body_);
  return for_head ? std::optional(waiting_) : std::nullopt;
}

void Connection::read() {
  if (begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // The parser refuses a header beyond its limit before this would grow past it.
  if (end_ == input_.size()) input_.resize(input_.size() * 2);
  if (in_body_ && input_.size() < body_input_bytes) input_.resize(body_input_bytes);
  stream_.read_some(asio::buffer(input_.data() + end_, input_.size() - end_),
                    [self = shared_from_this()](const error_code& error, std::size_t count) {
                      if (self->phase_ == Phase::closed) return;
                      if (error) return self->finish();
                      self->on_read(count);
                    });
}

void Connection::on_read(std::size_t count) {
  if (phase_ == Phase::lingering) {
    drained_ += count;
    if (drained_ > linger_bytes) return finish();
    return read();
  }
  if (phase_ == Phase::idle) enter(Phase::reading, host_->limits.request);
  if (in_body_) credit(count);
  end_ += count;
  parse();
}

void Connection::parse() {
  for (;;) {
    begin_ += parser_.feed({input_.data() + begin_, end_ - begin_});
    switch (parser_.state()) {
      case Parsed::more:
        return read();
      case Parsed::head:
        in_body_ = true;
        if (!admit_body()) return;
        if (parser_.state() == Parsed::error) return refuse();
        if (parser_.expects_continue() && begin_ == end_) return on_head();
        break;
      case Parsed::done:
        return dispatch();
      case Parsed::error:
        return refuse();
    }
  }
}

// A slow peer may finish as long as it goes on.
void Connection::credit(std::size_t bytes) {
  deadline_ += from_seconds(static_cast<double>(bytes) / host_->limits.body_rate);
}

bool Connection::admit_body() {
  Request& request = parser_.request();
  request.peer = peer_;
  request.head_at = host_->clock->wall();
  if (!parser_.has_body()) return true;
  enter(Phase::reading, host_->limits.body);
  credit(end_ - begin_);
  std::size_t limit = host_->limits.body_bytes;
  if (host_->judge) {
    BodyRight right = host_->judge(request);
    if (auto* answered = std::get_if<Response>(&right)) {
      refuse(std::move(*answered));
      return false;
    }
    limit = std::min(limit, std::get<std::size_t>(right));
    parser_.limit_body(limit);
    if (parser_.state() == Parsed::error) return true;
  }
  const auto length = parser_.body_length();
  const std::size_t bytes = length ? static_cast<std::size_t>(*length) : limit;
  if (bytes <= host_->limits.small_body_bytes) return true;
  if (host_->bodies_bytes + bytes > host_->limits.bodies_bytes) {
    Response busy = text_response(503, "too many large bodies at a time: try again later\n");
    busy.headers.emplace_back("Retry-After", "5");
    refuse(std::move(busy));
    return false;
  }
  share_ = std::make_unique<BodyShare>(host_, bytes);
  parser_.reserve_body();
  return true;
}

// The peer waits for a word before it sends its body.
void Connection::on_head() {
  // A request that announces a body and has none is complete already.
  begin_ += parser_.feed({});
  if (parser_.state() == Parsed::done) return dispatch();
  head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_.write(head_, {}, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (self->phase_ == Phase::closed) return;
    if (error) return self->finish();
    self->read();
  });
}

void Connection::dispatch() {
  enter(Phase::handling, host_->limits.handler);
  in_body_ = false;
  keep_alive_ = parser_.keep_alive();
  head_only_ = parser_.request().method == "HEAD";
  auto answer = std::make_shared<Answer>(weak_from_this(), std::move(share_));
  host_->handler(std::move(parser_.request()),
                 [answer](Response response) { answer->give(std::move(response)); });
  if (phase_ == Phase::handling) watch();
}

void Connection::refuse() {
  refuse(text_response(parser_.refusal(), std::string(parser_.error()) + "\n"));
}

// What is left of the request is not taken for another one: the connection ends.
void Connection::refuse(Response response) {
  phase_ = Phase::handling;
  share_.reset();
  parser_.drop_body();
  keep_alive_ = false;
  head_only_ = false;
  answer(std::move(response));
}

void Connection::answer(Response response) {
  if (phase_ != Phase::handling) return;
  ReplyHead facts;
  facts.body_bytes = response.body.size();
  facts.keep_alive = keep_alive_;
  facts.http_10 = parser_.version() == 10;
  if (!write_reply_head(head_, response, facts, host_->clock->wall())) {
    response = text_response(500, "the reply was malformed\n");
    facts.body_bytes = response.body.size();
    (void)write_reply_head(head_, response, facts, host_->clock->wall());
  }
  body_.clear();
  if (head_only_ || !has_body(response.status)) {
    // Content-Length says what a GET would have sent.
  } else if (response.body.size() <= joined_body_bytes) {
    head_ += response.body;
  } else {
    body_ = std::move(response.body);
  }
  enter(Phase::writing, host_->limits.request);
  stream_.write(head_, body_, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (self->phase_ == Phase::closed) return;
    if (error) return self->finish();
    self->on_written();
  });
}

void Connection::on_written() {
  parser_.drop_body();
  share_.reset();
  if (!keep_alive_) return linger();
  if (body_.capacity() > joined_body_bytes) std::string().swap(body_);
  parser_.restart();
  waiting_ = {true, host_->clock->mono()};
  if (begin_ == end_) {
    if (input_.size() >= body_input_bytes) std::vector<char>(first_input_bytes).swap(input_);
    enter(Phase::idle, host_->limits.idle);
    return read();
  }
  enter(Phase::reading, host_->limits.request);
  parse();
}

void Connection::linger() {
  enter(Phase::lingering, linger_time);
  if (stream_.is_tls()) {
    stream_.tls().async_shutdown(
        [self = shared_from_this()](const error_code&) { self->finish(); });
    return;
  }
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  begin_ = 0;
  end_ = 0;
  read();
}

}  // namespace edgeherd::http
