// Tables of values in columns, as bytes: how a snapshot is written.
//
// A table holds one kind of struct, a row for each; a column holds one field of all rows, under its
// name. So equal values stand side by side and compress to almost nothing, a name is written once,
// and a reader finds a field by its name: a field that a table lacks keeps its default, one that
// the reader does not know is refused.
//
//   table  = name, rows, columns, { name, length, the rows' values one after the other }
//   number = base 128, the lowest 7 bits first; signed ones zigzag; a double its 8 bytes, lowest
//            first; a text its length and its bytes; a list its count and its entries; an optional
//            0, or 1 and its value; a moment how long before the snapshot it was; an enum its name,
//            or its number if it has none
//
// The visitors call fields(visitor, struct) of fields.h. Private to this room. Thread: value types.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/evidence/names.h"

namespace edgeherd::evidence::detail {

// Moments and spans farther away than this are refused: no sum of a few of them overflows.
inline constexpr Duration farthest = 24h * 365 * 50;

template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_list<std::deque<T>> = true;
template <class T>
inline constexpr bool is_list<std::set<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
// A struct of fields.h.
template <class T>
inline constexpr bool is_struct = std::is_aggregate_v<T> && !is_list<T>;

// Appends values to bytes; as a visitor, all fields of a struct.
class Packer {
 public:
  Packer(std::string& bytes, MonoTime now) : bytes_(bytes), now_(now) {}

  template <class T>
  void operator()(const char*, const T& value) {
    put(value);
  }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  template <class T>
  void put(const T& value) {
    if constexpr (std::is_same_v<T, MonoTime>) {
      put(now_ - value);
    } else if constexpr (std::is_same_v<T, Duration>) {
      put(static_cast<std::int64_t>(value.count()));
    } else if constexpr (std::is_same_v<T, double>) {
      std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
      for (int i = 0; i < 8; ++i, bits >>= 8) bytes_ += static_cast<char>(bits & 0xff);
    } else if constexpr (std::is_same_v<T, std::string>) {
      text(value);
    } else if constexpr (is_id<T>) {
      text(value.str());
    } else if constexpr (NamedEnum<T>) {
      text(to_string(value));
    } else if constexpr (std::is_enum_v<T>) {
      number(static_cast<std::uint64_t>(value));
    } else if constexpr (std::signed_integral<T>) {
      const auto wide = static_cast<std::int64_t>(value);
      number(static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63));
    } else if constexpr (std::unsigned_integral<T>) {  // bool too
      number(value);
    } else if constexpr (is_optional<T>) {
      number(value.has_value());
      if (value) put(*value);
    } else if constexpr (is_list<T>) {
      number(value.size());
      for (const auto& entry : value) put(entry);
    } else {
      fields(*this, value);
    }
  }

 private:
  std::string& bytes_;
  MonoTime now_;
};

class TableWriter {
 public:
  TableWriter(const char* name, MonoTime now) : name_(name), now_(now) {}

  template <class T>
  void row(const T& value) {
    ++rows_;
    at_ = 0;
    fields(*this, value);
  }
  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (is_struct<T>) {
      const std::size_t outer = prefix_.size();
      if (rows_ == 1) prefix_ += std::string(name) + '.';
      fields(*this, value);
      prefix_.resize(outer);
    } else {
      if (rows_ == 1) columns_.push_back({prefix_ + name, {}});
      Packer(columns_[at_++].bytes, now_).put(value);
    }
  }
  void write_to(std::string& bytes) const {
    Packer out(bytes, now_);
    out.text(name_);
    out.number(rows_);
    out.number(columns_.size());
    for (const Column& column : columns_) {
      out.text(column.name);
      out.text(column.bytes);
    }
  }

 private:
  struct Column {
    std::string name;
    std::string bytes;
  };
  const char* name_;
  MonoTime now_;
  std::uint64_t rows_ = 0;
  std::size_t at_ = 0;
  std::string prefix_;
  std::vector<Column> columns_;
};

// Takes values from bytes; as a visitor, all fields of a struct. The first one that is wrong stops
// it: what() then says why, and what was read is to be thrown away. Nothing is believed to be
// longer than the bytes that are left.
class Unpacker {
 public:
  Unpacker(std::string_view bytes, MonoTime now) : bytes_(bytes), now_(now) {}

  [[nodiscard]] bool failed() const { return what_ != nullptr; }
  [[nodiscard]] const char* what() const { return what_; }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }

  template <class T>
  void operator()(const char*, T& value) {
    get(value);
  }
  std::uint64_t number();
  std::string_view text();
  // How many entries of at least one byte each follow.
  std::uint64_t count();
  void fail(const char* what) {
    if (!failed()) what_ = what;
  }

  template <class T>
  void get(T& value) {
    if (failed()) return;
    if constexpr (std::is_same_v<T, MonoTime>) {
      value = now_ - span();
    } else if constexpr (std::is_same_v<T, Duration>) {
      value = span();
    } else if constexpr (std::is_same_v<T, double>) {
      value = real();
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = text();
    } else if constexpr (is_id<T>) {
      value = T(std::string(text()));
    } else if constexpr (NamedEnum<T>) {
      if (const std::optional<T> known = named<T>(text())) {
        value = *known;
      } else {
        fail("an unknown name");
      }
    } else if constexpr (std::is_enum_v<T>) {
      const std::uint64_t raw = number();
      if (raw > static_cast<std::uint64_t>(last_of<T>)) return fail("an unknown value");
      value = static_cast<T>(raw);
    } else if constexpr (std::is_same_v<T, bool>) {
      const std::uint64_t raw = number();
      if (raw > 1) return fail("neither yes nor no");
      value = raw == 1;
    } else if constexpr (std::signed_integral<T>) {
      const std::int64_t wide = signed_number();
      if (!std::in_range<T>(wide)) return fail("a number out of range");
      value = static_cast<T>(wide);
    } else if constexpr (std::unsigned_integral<T>) {
      const std::uint64_t wide = number();
      if (!std::in_range<T>(wide)) return fail("a number out of range");
      value = static_cast<T>(wide);
    } else if constexpr (is_optional<T>) {
      value.reset();
      bool there = false;
      get(there);
      if (there && !failed()) get(value.emplace());
    } else if constexpr (is_list<T>) {
      value.clear();
      for (std::uint64_t i = count(); i > 0 && !failed(); --i) {
        typename T::value_type entry{};
        get(entry);
        value.insert(value.end(), std::move(entry));
      }
    } else {
      fields(*this, value);
    }
  }

 private:
  std::int64_t signed_number();
  Duration span();
  double real();

  std::string_view bytes_;
  MonoTime now_;
  const char* what_ = nullptr;
};

class TableReader {
 public:
  // Takes the table from `from`; another name there is an error.
  TableReader(Unpacker& from, const char* name, MonoTime now);

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] bool failed() const { return !why_.empty(); }
  // Names the table, the column and the row.
  [[nodiscard]] const std::string& why() const { return why_; }

  template <class T>
  void row(T& value) {
    ++row_;
    at_ = 0;
    fields(*this, value);
  }
  template <class T>
  void operator()(const char* name, T& value) {
    if constexpr (is_struct<T>) {
      const std::size_t outer = prefix_.size();
      if (row_ == 1) prefix_ += std::string(name) + '.';
      fields(*this, value);
      prefix_.resize(outer);
    } else {
      if (row_ == 1) order_.push_back(column(prefix_ + name));
      const std::size_t index = order_[at_++];
      if (index == none || failed()) return;
      Column& from = columns_[index];
      from.values.get(value);
      if (from.values.failed()) wrong(from, from.values.what());
    }
  }
  // After the last row: whether every column was known and is used up.
  void finish();

 private:
  struct Column {
    std::string_view name;
    Unpacker values;
    bool known = false;
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  void read_columns(Unpacker& from, MonoTime now);
  std::size_t column(std::string_view name);
  void wrong(const Column& column, const std::string& what);
  void wrong(const std::string& what);

  const char* name_;
  std::uint64_t rows_ = 0;
  std::uint64_t row_ = 0;
  std::size_t at_ = 0;
  std::string prefix_;
  std::vector<Column> columns_;
  std::vector<std::size_t> order_;  // of the fields, as they are visited
  std::string why_;
};

}  // namespace edgeherd::evidence::detail
