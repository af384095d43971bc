#include "common/http/parser.h"

#include <optional>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "common/http/body_reader.h"

namespace edgeherd::http {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

// Beast's parser, told to stop after the head; the head goes straight into our own values.
template <bool is_request>
class HeadParser final : public beast_http::basic_parser<is_request> {
 public:
  HeadParser(std::size_t header_bytes, Request* request, Response* response)
      : request_(request), response_(response) {
    this->header_limit(static_cast<std::uint32_t>(header_bytes));
    this->body_limit(boost::none);
    this->skip(true);
  }

  [[nodiscard]] int version() const { return version_; }
  [[nodiscard]] int hosts() const { return hosts_; }
  [[nodiscard]] bool transfer_encoded() const { return transfer_encoded_; }
  [[nodiscard]] bool expects() const { return expects_; }

 private:
  void on_request_impl(beast_http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request_->method.assign(method.data(), method.size());
    request_->target.assign(target.data(), target.size());
    version_ = version;
  }

  void on_response_impl(int code, string_view, int version, error_code&) override {
    response_->status = code;
    version_ = version;
  }

  void on_field_impl(beast_http::field field, string_view name, string_view value,
                     error_code&) override {
    Headers& headers = is_request ? request_->headers : response_->headers;
    headers.emplace_back(std::string(name.data(), name.size()),
                         std::string(value.data(), value.size()));
    if (field == beast_http::field::host) ++hosts_;
    if (field == beast_http::field::transfer_encoding) transfer_encoded_ = true;
    if (field == beast_http::field::expect) expects_ = true;
  }

  // The body is BodyReader's: with skip(true) none of the following ever has work to do.
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Request* request_;
  Response* response_;
  int version_ = 11;
  int hosts_ = 0;
  bool transfer_encoded_ = false;
  bool expects_ = false;
};

// Beast limits what it is shown at once. It takes whole lines as they come, so a header that
// arrives line by line has to be counted here.
bool over_limit(std::size_t taken, std::size_t waiting, bool complete, const ParseLimits& limits) {
  return taken + (complete ? 0 : waiting) > limits.header_bytes;
}

template <class Head>
Framing framing_of(const Head& head, Framing without_length) {
  if (head.chunked()) return Framing::chunked;
  return head.content_length() ? Framing::length : without_length;
}

template <class Head>
BodyReader body_reader(const Head& head, Framing framing, std::size_t limit) {
  const auto length = head.content_length();
  return {framing, length ? *length : 0, limit};
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(ParseLimits what) : limits(what) {}

  void refuse(int status, std::string why) {
    state = Parsed::error;
    refusal = status;
    error = std::move(why);
  }

  void refuse(const error_code& reason) {
    using beast_http::error;
    if (reason == error::header_limit) {
      refuse(431, "the header is larger than " + std::to_string(limits.header_bytes) + " bytes");
    } else if (reason == error::bad_version) {
      refuse(505, "HTTP/1.0 and HTTP/1.1 are served here");
    } else {
      refuse(400, reason.message());
    }
  }

  std::size_t feed_head(std::string_view bytes) {
    error_code reason;
    const std::size_t taken = head->put({bytes.data(), bytes.size()}, reason);
    head_bytes += taken;
    if (reason && reason != beast_http::error::need_more) {
      refuse(reason);
    } else if (over_limit(head_bytes, bytes.size() - taken, head->is_header_done(), limits)) {
      refuse(make_error_code(beast_http::error::header_limit));
    } else if (head->is_header_done()) {
      check_head();
    }
    return taken;
  }

  void check_head() {
    state = Parsed::head;
    // Two readings of one request are how requests are smuggled: what is ambiguous is refused.
    if (head->version() == 11 && head->hosts() != 1) {
      refuse(400, "an HTTP/1.1 request names its host exactly once");
      return;
    }
    if (head->transfer_encoded() && (!head->chunked() || head->version() == 10)) {
      refuse(501, "the only transfer coding served here is chunked");
      return;
    }
    if (head->expects() && !same_name(header(request.headers, "Expect"), "100-continue")) {
      refuse(417, "the only expectation met here is 100-continue");
      return;
    }
    if (auto parsed = parse_target(request.target, request); !parsed) {
      refuse(400, parsed.error().message);
      return;
    }
    limit_body(limits.body_bytes);
  }

  void limit_body(std::size_t bytes) {
    body_bytes = bytes;
    body = body_reader(*head, framing_of(*head, Framing::none), body_bytes);
    check_body();
    if (state == Parsed::more) state = Parsed::head;
  }

  void check_body() {
    switch (body.state()) {
      case BodyReader::State::more:
        state = Parsed::more;
        break;
      case BodyReader::State::done:
        if (head_told) state = Parsed::done;
        break;
      case BodyReader::State::too_large:
        refuse(413, "the body is larger than " + std::to_string(body_bytes) + " bytes");
        break;
      case BodyReader::State::malformed:
        refuse(400, "the chunked body is malformed");
        break;
    }
  }

  ParseLimits limits;
  Request request;
  std::optional<HeadParser<true>> head;
  BodyReader body{Framing::none, 0, 0};
  Parsed state = Parsed::more;
  std::size_t head_bytes = 0;
  std::size_t body_bytes = 0;  // the limit of this message's
  bool head_told = false;
  int refusal = 0;
  std::string error;
};

RequestParser::RequestParser(ParseLimits limits) : impl_(std::make_unique<Impl>(limits)) {
  restart();
}

RequestParser::~RequestParser() = default;

void RequestParser::restart() {
  Impl& impl = *impl_;
  impl.request.headers.clear();
  impl.request.body.clear();
  impl.head.emplace(impl.limits.header_bytes, &impl.request, nullptr);
  impl.state = Parsed::more;
  impl.head_bytes = 0;
  impl.head_told = false;
}

std::size_t RequestParser::feed(std::string_view bytes) {
  Impl& impl = *impl_;
  if (impl.state == Parsed::error || impl.state == Parsed::done) return 0;
  if (!impl.head->is_header_done()) return bytes.empty() ? 0 : impl.feed_head(bytes);
  impl.head_told = true;
  const std::size_t taken = impl.body.feed(bytes, impl.request.body);
  impl.check_body();
  return taken;
}

Parsed RequestParser::state() const {
  return impl_->state;
}

int RequestParser::refusal() const {
  return impl_->refusal;
}

std::string_view RequestParser::error() const {
  return impl_->error;
}

Request& RequestParser::request() {
  return impl_->request;
}

bool RequestParser::keep_alive() const {
  return impl_->head->is_header_done() && impl_->head->keep_alive();
}

bool RequestParser::expects_continue() const {
  return impl_->head->expects() && impl_->head->version() == 11;
}

bool RequestParser::has_body() const {
  return framing_of(*impl_->head, Framing::none) != Framing::none && body_length() != 0;
}

std::optional<std::uint64_t> RequestParser::body_length() const {
  const auto& head = *impl_->head;
  if (framing_of(head, Framing::none) != Framing::length) return std::nullopt;
  return *head.content_length();
}

void RequestParser::limit_body(std::size_t bytes) {
  Impl& impl = *impl_;
  if (impl.state == Parsed::head && bytes < impl.body_bytes) impl.limit_body(bytes);
}

void RequestParser::drop_body() {
  constexpr std::size_t kept_bytes = 64 * 1024;
  std::string& body = impl_->request.body;
  if (body.capacity() > kept_bytes) std::string().swap(body);
}

void RequestParser::reserve_body() {
  if (const auto length = body_length()) {
    impl_->request.body.reserve(static_cast<std::size_t>(*length));
  }
}

int RequestParser::version() const {
  return impl_->head->version();
}

struct ResponseParser::Impl {
  Impl(ParseLimits what, BodyRule body_rule)
      : limits(what), rule(body_rule), head(what.header_bytes, nullptr, &response) {}

  std::size_t feed_head(std::string_view bytes) {
    error_code reason;
    const std::size_t taken = head.put({bytes.data(), bytes.size()}, reason);
    head_bytes += taken;
    if (reason == beast_http::error::header_limit ||
        over_limit(head_bytes, bytes.size() - taken, head.is_header_done(), limits)) {
      refuse(Errc::exhausted, "the answer's header is larger than " +
                                  std::to_string(limits.header_bytes) + " bytes");
    } else if (reason && reason != beast_http::error::need_more) {
      refuse(Errc::broken, reason.message());
    } else if (head.is_header_done()) {
      check_head();
    }
    return taken;
  }

  void check_head() {
    state = Parsed::head;
    const int status = response.status;
    const bool none = rule == BodyRule::none || status / 100 == 1 || status == 204 || status == 304;
    if (!none && head.transfer_encoded() && !head.chunked()) {
      refuse(Errc::broken, "an unknown transfer coding");
      return;
    }
    framing = none ? Framing::none : framing_of(head, Framing::to_end);
    body = body_reader(head, framing, limits.body_bytes);
    if (body.state() == BodyReader::State::too_large) check_body();
  }

  void check_body() {
    switch (body.state()) {
      case BodyReader::State::more:
        state = Parsed::more;
        break;
      case BodyReader::State::done:
        state = Parsed::done;
        break;
      case BodyReader::State::too_large:
        refuse(Errc::exhausted,
               "the answer is larger than " + std::to_string(limits.body_bytes) + " bytes");
        break;
      case BodyReader::State::malformed:
        refuse(Errc::broken, "the answer's body is malformed or cut short");
        break;
    }
  }

  void refuse(Errc code, std::string why) {
    state = Parsed::error;
    error = Error{code, std::move(why)};
  }

  ParseLimits limits;
  BodyRule rule;
  Response response;
  HeadParser<false> head;
  Framing framing = Framing::none;
  BodyReader body{Framing::none, 0, 0};
  Parsed state = Parsed::more;
  std::size_t head_bytes = 0;
  Error error;
};

ResponseParser::ResponseParser(ParseLimits limits, BodyRule body)
    : impl_(std::make_unique<Impl>(limits, body)) {}

ResponseParser::~ResponseParser() = default;

std::size_t ResponseParser::feed(std::string_view bytes) {
  Impl& impl = *impl_;
  if (impl.state == Parsed::error || impl.state == Parsed::done) return 0;
  if (!impl.head.is_header_done()) return bytes.empty() ? 0 : impl.feed_head(bytes);
  const std::size_t taken = impl.body.feed(bytes, impl.response.body);
  impl.check_body();
  return taken;
}

void ResponseParser::feed_end() {
  Impl& impl = *impl_;
  if (impl.state == Parsed::error || impl.state == Parsed::done) return;
  if (!impl.head.is_header_done()) {
    impl.refuse(Errc::broken, "the connection ended within the answer's header");
    return;
  }
  impl.body.feed_end();
  impl.check_body();
}

Parsed ResponseParser::state() const {
  return impl_->state;
}

Error ResponseParser::error() const {
  return impl_->error;
}

Response& ResponseParser::response() {
  return impl_->response;
}

bool ResponseParser::keep_alive() const {
  return impl_->state == Parsed::done && impl_->framing != Framing::to_end &&
         impl_->head.keep_alive();
}

}  // namespace edgeherd::http
