// Takes a message's body out of a byte stream, by RFC 9112 section 6: by length, in chunks, or up
// to the end of the connection. Bounded: a peer's Content-Length reserves nothing.
//
// Beast's parser reads the head only: its chunk parser stops a program that keeps its assertions
// when the last chunk comes in pieces. Thread: a value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edgeherd::http {

enum class Framing { none, length, chunked, to_end };

class BodyReader {
 public:
  enum class State { more, done, too_large, malformed };

  static constexpr std::size_t chunk_line_limit = 1024;   // a chunk's size and extensions
  static constexpr std::size_t trailer_limit = 8 * 1024;  // trailers are read and dropped

  // `length` counts with Framing::length only.
  BodyReader(Framing framing, std::uint64_t length, std::size_t limit);

  // Takes bytes from the front, appends what belongs to the body, says how many were taken.
  std::size_t feed(std::string_view bytes, std::string& body);
  // The connection ended: fine for Framing::to_end alone.
  void feed_end();
  [[nodiscard]] State state() const { return state_; }

 private:
  enum class Step { size, extension, size_end, data, data_cr, data_lf, trailer, trailer_end };

  std::size_t take(std::string_view bytes, std::string& body);
  void take_framing(char c);
  void take_size(char c);
  void end_of_size_line();
  void take_trailer(char c);

  Framing framing_;
  std::uint64_t left_;  // of the body, or of the chunk
  std::size_t limit_;   // for what is still to come
  State state_ = State::more;
  Step step_ = Step::size;
  std::size_t line_ = 0;  // bytes of the current chunk or trailer line
  std::size_t digits_ = 0;
  std::size_t trailers_ = 0;
};

}  // namespace edgeherd::http
