// Reads msgpack, one value at a time, straight from the bytes. Private to this room.
//
// Nothing is allocated and nothing recurses, so what a few bytes may announce costs nothing: a
// length is believed only as far as there are bytes. (Reading into a tree of msgpack-c objects
// first cost four times as much as all the rest of a sample's way; the writer does use msgpack-c.)
// The format: https://github.com/msgpack/msgpack/blob/master/spec.md
#pragma once

#include <cstdint>
#include <string_view>

namespace edgeherd::wire::detail {

enum class Kind : std::uint8_t {
  unsigned_integer,
  negative_integer,
  real,
  boolean,
  nil,
  text,
  list,
  other,  // bin, ext and map: only ever skipped
  cut_short,
  not_msgpack,
};

struct Value {
  Kind kind = Kind::nil;
  bool boolean = false;
  // Values that follow and belong to this one: entries of a list, keys and values of a map.
  std::uint64_t children = 0;
  std::uint64_t number = 0;
  std::int64_t negative = 0;
  double real = 0;
  std::string_view text;
};

class Cursor {
 public:
  explicit Cursor(std::string_view bytes)
      : at_(reinterpret_cast<const unsigned char*>(bytes.data())), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool at_end() const { return at_ == end_; }

  // The next value, without its children. After cut_short or not_msgpack the cursor is of no more
  // use.
  [[nodiscard]] Value next();
  // Takes the next value if it is an unsigned number, else leaves it: the short way for what
  // samples are made of.
  bool take_unsigned(std::uint64_t& number) {
    if (at_ == end_) return false;
    const unsigned char head = *at_;
    if (head <= 0x7f) {
      number = head;
      ++at_;
      return true;
    }
    if (head < 0xcc || head > 0xcf) return false;
    const unsigned size = 1u << (head - 0xcc);
    if (left() <= size) return false;
    ++at_;
    return big_endian(size, number);
  }
  bool take_nil() {
    if (at_ == end_ || *at_ != 0xc0) return false;
    ++at_;
    return true;
  }
  // Passes over the next `count` values with all their children; the kind of the last, or what is
  // wrong.
  Kind skip(std::uint64_t count);

 private:
  [[nodiscard]] std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }
  // A big-endian number of `size` bytes; false if they are not there.
  bool big_endian(unsigned size, std::uint64_t& value) {
    if (left() < size) return false;
    value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | *at_++;
    return true;
  }
  [[nodiscard]] Value text_of(std::uint64_t length);
  [[nodiscard]] Value opaque(std::uint64_t length);
  [[nodiscard]] Value sized(unsigned char head);

  const unsigned char* at_;
  const unsigned char* end_;
};

}  // namespace edgeherd::wire::detail
