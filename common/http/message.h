// HTTP requests and responses as plain values, so that only common/http sees Beast.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of a header, compared without case; empty when it is not there.
[[nodiscard]] std::string_view header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;  // "GET"
  std::string path;    // decoded, without the query: "/v1/zones"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string target;                                      // as it was sent
  Headers headers;
  std::string body;
  std::string peer;    // "127.0.0.1:4711"
  WallTime head_at{};  // a server's: when the head was complete; the body may come much later

  [[nodiscard]] std::string_view query_value(std::string_view name) const;  // empty when absent
};

struct Response {
  int status = 200;
  Headers headers;  // without Content-Length, which the server adds
  std::string body;
};

// What a request is worth before its body is read: how large that may be, or an answer at once.
using BodyRight = std::variant<std::size_t, Response>;

[[nodiscard]] Response text_response(int status, std::string body);
[[nodiscard]] Response json_response(int status, std::string body);

// "Not Found"; "Unknown" for a status without a registered reason.
[[nodiscard]] std::string_view reason_phrase(int status);

// Compared as ASCII, without case.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);
// A method or header name: one or more of RFC 9110's token characters.
[[nodiscard]] bool is_token(std::string_view text);
// A header value that cannot end its line early: no CR, LF, NUL.
[[nodiscard]] bool is_header_value(std::string_view text);

// Percent-encoding of RFC 3986: everything but unreserved characters is escaped, upper-case hex.
enum class Slash { keep, escape };
[[nodiscard]] std::string percent_encode(std::string_view text, Slash slash);
// `invalid` for a broken escape and for an encoded or plain NUL.
enum class Plus { is_plus, is_space };
[[nodiscard]] Result<std::string> percent_decode(std::string_view text, Plus plus);

// Splits a request target ("/a%20b?c=d", the absolute form, or the "*" of OPTIONS) into
// request.path, which begins with a slash unless it is "*", and .query.
[[nodiscard]] Status parse_target(std::string_view target, Request& request);

}  // namespace edgeherd::http
