#include "common/http/body_reader.h"

#include <algorithm>

namespace edgeherd::http {

namespace {

constexpr std::size_t max_size_digits = 15;  // of a chunk's size: no overflow of 64 bits

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

BodyReader::BodyReader(Framing framing, std::uint64_t length, std::size_t limit)
    : framing_(framing), left_(framing == Framing::length ? length : 0), limit_(limit) {
  if (framing == Framing::none || (framing == Framing::length && length == 0)) {
    state_ = State::done;
  } else if (framing == Framing::length && length > limit) {
    state_ = State::too_large;
  }
}

std::size_t BodyReader::feed(std::string_view bytes, std::string& body) {
  const std::size_t offered = bytes.size();
  while (!bytes.empty() && state_ == State::more) {
    const bool data = framing_ != Framing::chunked || step_ == Step::data;
    if (!data) take_framing(bytes.front());
    bytes.remove_prefix(data ? take(bytes, body) : 1);
  }
  return offered - bytes.size();
}

void BodyReader::feed_end() {
  if (state_ != State::more) return;
  state_ = framing_ == Framing::to_end ? State::done : State::malformed;
}

std::size_t BodyReader::take(std::string_view bytes, std::string& body) {
  if (framing_ == Framing::to_end) {
    if (bytes.size() > limit_) {
      state_ = State::too_large;
      return 0;
    }
    limit_ -= bytes.size();
    body.append(bytes);
    return bytes.size();
  }
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  body.append(bytes.substr(0, count));
  left_ -= count;
  if (left_ == 0 && framing_ == Framing::length) state_ = State::done;
  if (left_ == 0 && framing_ == Framing::chunked) step_ = Step::data_cr;
  return count;
}

void BodyReader::take_framing(char c) {
  switch (step_) {
    case Step::size:
    case Step::extension:
      take_size(c);
      break;
    case Step::size_end:
      if (c != '\n')
        state_ = State::malformed;
      else
        end_of_size_line();
      break;
    case Step::data_cr:
      step_ = Step::data_lf;
      if (c != '\r') state_ = State::malformed;
      break;
    case Step::data_lf:
      step_ = Step::size;
      if (c != '\n') state_ = State::malformed;
      break;
    case Step::trailer:
    case Step::trailer_end:
      take_trailer(c);
      break;
    case Step::data:
      break;
  }
}

void BodyReader::take_size(char c) {
  if (++line_ > chunk_line_limit) {
    state_ = State::malformed;
    return;
  }
  if (c == '\r') {
    step_ = Step::size_end;
    if (digits_ == 0) state_ = State::malformed;
    return;
  }
  if (step_ == Step::extension) {
    // What an extension says means nothing to us, but it may not smuggle in a line.
    if (c == '\n' || c == '\0') state_ = State::malformed;
    return;
  }
  if (const int digit = hex_value(c); digit >= 0) {
    if (++digits_ > max_size_digits) state_ = State::malformed;
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return;
  }
  step_ = Step::extension;
  const bool separator = c == ';' || c == ' ' || c == '\t';
  if (digits_ == 0 || !separator) state_ = State::malformed;
}

void BodyReader::end_of_size_line() {
  line_ = 0;
  digits_ = 0;
  step_ = left_ == 0 ? Step::trailer : Step::data;
  if (left_ > limit_) {
    state_ = State::too_large;
    return;
  }
  limit_ -= static_cast<std::size_t>(left_);
}

void BodyReader::take_trailer(char c) {
  if (++trailers_ > trailer_limit) {
    state_ = State::malformed;
    return;
  }
  if (step_ == Step::trailer_end) {
    step_ = Step::trailer;
    if (c != '\n')
      state_ = State::malformed;
    else if (line_ == 0)
      state_ = State::done;
    line_ = 0;
    return;
  }
  if (c == '\r') {
    step_ = Step::trailer_end;
  } else if (c == '\n' || c == '\0') {
    state_ = State::malformed;
  } else {
    ++line_;
  }
}

}  // namespace edgeherd::http
