// Reads numbers and names out of a DNS message's bytes. Inside this room only.
//
// Numbers and bytes answer false, and name() `broken`, when there is not enough. Thread: one owner;
// the bytes outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace edgeherd::dns {

class ByteReader {
 public:
  explicit ByteReader(std::string_view message) : message_(message) {}

  [[nodiscard]] bool u16(std::uint16_t& value) { return number(value, 2); }
  [[nodiscard]] bool u32(std::uint32_t& value) { return number(value, 4); }
  [[nodiscard]] bool u48(std::uint64_t& value) { return number(value, 6); }
  [[nodiscard]] bool bytes(std::size_t count, std::string_view& value);
  // Lower case, and compressed or not.
  [[nodiscard]] Result<std::string> name();

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ == message_.size(); }

 private:
  template <class Number>
  bool number(Number& value, std::size_t size) {
    std::string_view raw;
    if (!bytes(size, raw)) return false;
    value = 0;
    for (const char c : raw) {
      value = static_cast<Number>(value << 8 | static_cast<unsigned char>(c));
    }
    return true;
  }

  std::string_view message_;
  std::size_t at_ = 0;
};

}  // namespace edgeherd::dns
