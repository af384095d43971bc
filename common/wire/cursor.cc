#include "common/wire/cursor.h"

#include <bit>

namespace edgeherd::wire::detail {

namespace {

Value of(Kind kind) {
  Value value;
  value.kind = kind;
  return value;
}

Value number_of(std::uint64_t number) {
  Value value;
  value.kind = Kind::unsigned_integer;
  value.number = number;
  return value;
}

Value signed_of(std::int64_t number) {
  if (number >= 0) return number_of(static_cast<std::uint64_t>(number));
  Value value;
  value.kind = Kind::negative_integer;
  value.negative = number;
  return value;
}

Value real_of(double real) {
  Value value;
  value.kind = Kind::real;
  value.real = real;
  return value;
}

Value parent(Kind kind, std::uint64_t children) {
  Value value;
  value.kind = kind;
  value.children = children;
  return value;
}

}  // namespace

Value Cursor::text_of(std::uint64_t length) {
  if (left() < length) return of(Kind::cut_short);
  Value value;
  value.kind = Kind::text;
  value.text = {reinterpret_cast<const char*>(at_), static_cast<std::size_t>(length)};
  at_ += length;
  return value;
}

Value Cursor::opaque(std::uint64_t length) {
  if (left() < length) return of(Kind::cut_short);
  at_ += length;
  return of(Kind::other);
}

Value Cursor::next() {
  if (at_ == end_) return of(Kind::cut_short);
  const unsigned char head = *at_++;
  if (head <= 0x7f) return number_of(head);
  if (head <= 0x8f) return parent(Kind::other, 2ull * (head & 0x0f));
  if (head <= 0x9f) return parent(Kind::list, head & 0x0f);
  if (head <= 0xbf) return text_of(head & 0x1f);
  if (head >= 0xe0) return signed_of(static_cast<signed char>(head));
  switch (head) {
    case 0xc0:
      return of(Kind::nil);
    case 0xc1:
      return of(Kind::not_msgpack);
    case 0xc2:
      return of(Kind::boolean);
    case 0xc3: {
      Value value = of(Kind::boolean);
      value.boolean = true;
      return value;
    }
    default:
      return sized(head);
  }
}

// The heads whose number or length is in the bytes that follow.
Value Cursor::sized(unsigned char head) {
  // Bytes of that number, by head from 0xc4 on.
  static constexpr unsigned char sizes[] = {1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2,
                                            4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4};
  std::uint64_t raw = 0;
  if (!big_endian(sizes[head - 0xc4], raw)) return of(Kind::cut_short);
  switch (head) {
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return opaque(raw);
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return opaque(raw + 1);  // an ext's type
    case 0xca:
      return real_of(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
    case 0xcb:
      return real_of(std::bit_cast<double>(raw));
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      return number_of(raw);
    case 0xd0:
      return signed_of(static_cast<std::int8_t>(raw));
    case 0xd1:
      return signed_of(static_cast<std::int16_t>(raw));
    case 0xd2:
      return signed_of(static_cast<std::int32_t>(raw));
    case 0xd3:
      return signed_of(static_cast<std::int64_t>(raw));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return opaque((1ull << (head - 0xd4)) + 1);
    case 0xd9:
    case 0xda:
    case 0xdb:
      return text_of(raw);
    case 0xdc:
    case 0xdd:
      return parent(Kind::list, raw);
    default:
      return parent(Kind::other, 2 * raw);  // 0xde, 0xdf
  }
}

Kind Cursor::skip(std::uint64_t count) {
  Kind kind = Kind::nil;
  // Every value takes a byte at least, so the bytes end the loop whatever the counts announce. The
  // sum cannot wrap: a head adds less than 2^34, and there are at most 2^16 of them.
  for (std::uint64_t pending = count; pending > 0; --pending) {
    const Value value = next();
    kind = value.kind;
    if (kind == Kind::cut_short || kind == Kind::not_msgpack) return kind;
    pending += value.children;
  }
  return kind;
}

}  // namespace edgeherd::wire::detail
