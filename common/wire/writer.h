// Schema visitors that write a message. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "common/core/text.h"
#include "common/wire/messages.h"

namespace edgeherd::wire::detail {

// Counts the fields of a message.
struct Counter {
  std::uint32_t fields = 0;

  template <class... Args>
  void name(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void names(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void prose(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void number(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void optional(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void flag(Args&&...) {
    ++fields;
  }
  void last_flag(const char*, bool value) { fields += value ? 1 : 0; }
  template <class... Args>
  void choice(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void pairs(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void all_or_none(Args&&...) {
    ++fields;
  }
  template <class... Args>
  void buckets(Args&&...) {
    ++fields;
  }
};

// What msgpack::packer writes into.
struct Sink {
  std::string& out;
  void write(const char* bytes, std::size_t length) { out.append(bytes, length); }
};

class Writer {
 public:
  explicit Writer(std::string& out) : sink_{out}, pack_(sink_) {}

  void begin(std::uint32_t fields, MessageType type) {
    pack_.pack_array(fields + 2);
    pack_.pack(static_cast<unsigned>(type));
    pack_.pack(protocol_version);
  }

  void name(const char*, std::string_view text, std::size_t) { text_of(text); }
  template <class Tag>
  void name(const char*, const Id<Tag>& id, std::size_t) {
    text_of(id.str());
  }

  void names(const char*, const std::vector<std::string>& texts, std::size_t, std::size_t) {
    pack_.pack_array(static_cast<std::uint32_t>(texts.size()));
    for (const auto& text : texts) text_of(text);
  }

  void prose(const char*, std::string_view text, std::size_t limit) {
    if (text.size() <= limit && is_clean(text)) return text_of(text);
    text_of(cleaned(text, limit));
  }

  template <class T>
  void number(const char*, T value) {
    pack_.pack(value);
  }

  template <class T>
  void optional(const char*, const std::optional<T>& value) {
    if (value) {
      pack_.pack(*value);
    } else {
      pack_.pack_nil();
    }
  }

  void flag(const char*, bool value) { pack_.pack(value); }

  // Left out where it is false, as by programs that do not know it.
  void last_flag(const char*, bool value) {
    if (value) pack_.pack(value);
  }

  template <class E>
  void choice(const char*, E value, E, E) {
    pack_.pack(static_cast<unsigned>(value));
  }

  void pairs(const char*, const std::vector<std::pair<std::string, std::string>>& list, std::size_t,
             std::size_t) {
    pack_.pack_array(static_cast<std::uint32_t>(list.size() * 2));
    for (const auto& [key, value] : list) {
      text_of(key);
      text_of(value);
    }
  }

  void all_or_none(const char*, const std::vector<std::uint64_t>& numbers, std::size_t) {
    pack_.pack_array(static_cast<std::uint32_t>(numbers.size()));
    for (const std::uint64_t number : numbers) pack_.pack(number);
  }

  void buckets(const char*, const std::vector<BucketCount>& counts) {
    pack_.pack_array(static_cast<std::uint32_t>(counts.size() * 2));
    for (const auto& [bucket, count] : counts) {
      pack_.pack(bucket);
      pack_.pack(count);
    }
  }

 private:
  void text_of(std::string_view text) {
    pack_.pack_str(static_cast<std::uint32_t>(text.size()));
    pack_.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
  }

  Sink sink_;
  msgpack::packer<Sink> pack_;
};

}  // namespace edgeherd::wire::detail
