#include "coordinator/evidence/columns.h"

#include <algorithm>

namespace edgeherd::evidence::detail {

namespace {

constexpr std::uint64_t most_columns = 1000;

}  // namespace

std::uint64_t Unpacker::number() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (bytes_.empty()) break;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    const std::uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if (byte < 0x80) return value;
  }
  fail("cut short, or no number");
  return 0;
}

std::int64_t Unpacker::signed_number() {
  const std::uint64_t raw = number();
  return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
}

std::string_view Unpacker::text() {
  const std::uint64_t length = number();
  if (failed()) return {};
  if (length > bytes_.size()) {
    fail("cut short");
    return {};
  }
  const std::string_view value = bytes_.substr(0, length);
  bytes_.remove_prefix(length);
  return value;
}

std::uint64_t Unpacker::count() {
  const std::uint64_t entries = number();
  if (entries <= bytes_.size()) return entries;
  fail("cut short");
  return 0;
}

Duration Unpacker::span() {
  const std::int64_t raw = signed_number();
  if (raw > farthest.count() || raw < -farthest.count()) {
    fail("a moment too far away");
    return {};
  }
  return Duration(raw);
}

double Unpacker::real() {
  if (bytes_.size() < 8) {
    fail("cut short");
    return 0;
  }
  std::uint64_t bits = 0;
  for (int i = 7; i >= 0; --i) {
    bits = bits << 8 | static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)]);
  }
  bytes_.remove_prefix(8);
  return std::bit_cast<double>(bits);
}

TableReader::TableReader(Unpacker& from, const char* name, MonoTime now) : name_(name) {
  read_columns(from, now);
}

void TableReader::read_columns(Unpacker& from, MonoTime now) {
  const std::string_view found = from.text();
  rows_ = from.number();
  const std::uint64_t columns = from.number();
  if (from.failed()) return wrong(from.what());
  if (found != name_) return wrong("not there");
  if (columns > most_columns || (rows_ > 0 && columns == 0)) {
    return wrong(std::to_string(columns) + " columns");
  }
  for (std::uint64_t i = 0; i < columns; ++i) {
    const std::string_view column_name = from.text();
    const std::string_view bytes = from.text();
    if (from.failed()) return wrong(from.what());
    // A value has a byte at least: so no count of rows is believed beyond what there is.
    if (bytes.size() < rows_) return wrong("fewer values than rows");
    if (std::ranges::find(columns_, column_name, &Column::name) != columns_.end()) {
      return wrong("a column twice");
    }
    columns_.push_back({column_name, Unpacker(bytes, now)});
  }
}

std::size_t TableReader::column(std::string_view name) {
  const auto found = std::ranges::find(columns_, name, &Column::name);
  if (found == columns_.end()) return none;
  found->known = true;
  return static_cast<std::size_t>(found - columns_.begin());
}

void TableReader::finish() {
  if (failed()) return;
  for (const Column& column : columns_) {
    if (!column.known && rows_ > 0) return wrong(column, "not known to this program");
    if (!column.values.at_end()) return wrong(column, "more values than rows");
  }
}

void TableReader::wrong(const Column& column, const std::string& what) {
  wrong("column " + std::string(column.name) + ", row " + std::to_string(row_) + ": " + what);
}

void TableReader::wrong(const std::string& what) {
  if (why_.empty()) why_ = "table " + std::string(name_) + ": " + what;
}

}  // namespace edgeherd::evidence::detail
