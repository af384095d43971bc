// Incremental parsers of HTTP/1.1 messages: bytes in, a Request or Response out. No sockets.
//
// Syntax is Beast's (one strict reading of RFC 9112); what is checked on top is in parser.cc.
// Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/http/message.h"

namespace edgeherd::http {

enum class Parsed {
  more,   // everything usable was taken; more bytes are needed
  head,   // the header is complete (told once, before any of the body is taken)
  done,   // the message is complete
  error,  // see error()
};

struct ParseLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 1024 * 1024;
};

class RequestParser {
 public:
  explicit RequestParser(ParseLimits limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Forgets the message, keeps the memory.
  void restart();

  // Takes bytes from the front and says how many. What it left is passed again: at once after
  // `head` (even when nothing is left), together with more bytes after `more`.
  std::size_t feed(std::string_view bytes);
  [[nodiscard]] Parsed state() const;

  // The status to answer in state `error` (400, 413, 417, 431, 501, 505) and why.
  [[nodiscard]] int refusal() const;
  [[nodiscard]] std::string_view error() const;

  [[nodiscard]] Request& request();
  // The rest is meaningful from `head` on.
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool expects_continue() const;
  [[nodiscard]] bool has_body() const;                             // one is announced
  [[nodiscard]] std::optional<std::uint64_t> body_length() const;  // none: it comes in chunks
  // In state `head`: this limit for this message, if it is smaller. The state may become `error`.
  void limit_body(std::size_t bytes);
  // Gives back a large body's memory.
  void drop_body();
  // In state `head`: makes room for the announced body at once.
  void reserve_body();
  [[nodiscard]] int version() const;  // 10 or 11

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class BodyRule { as_framed, none };  // none: the answer to a HEAD

class ResponseParser {
 public:
  ResponseParser(ParseLimits limits, BodyRule body);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  std::size_t feed(std::string_view bytes);
  // The peer closed the connection: ends a body without a length, else it is an error.
  void feed_end();
  [[nodiscard]] Parsed state() const;
  // `exhausted` over a limit, else `broken`.
  [[nodiscard]] Error error() const;

  [[nodiscard]] Response& response();
  [[nodiscard]] bool keep_alive() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace edgeherd::http
