#include "common/core/line_journal.h"

#include <array>
#include <cassert>

#include "common/core/number.h"

namespace edgeherd {

namespace {

constexpr std::size_t checksum_digits = 8;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}
constexpr auto crc_table = make_crc_table();

// CRC-32 as in ISO 3309 (zlib, PNG).
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return ~crc;
}

}  // namespace

std::string frame_record(std::string_view record) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string line(checksum_digits, '0');
  std::uint32_t crc = crc32(record);
  for (std::size_t i = checksum_digits; i-- > 0; crc >>= 4) line[i] = digits[crc & 0xf];
  line += ' ';
  line += record;
  line += '\n';
  return line;
}

std::optional<std::string_view> unframe_record(std::string_view line) {
  if (line.size() <= checksum_digits || line[checksum_digits] != ' ') return std::nullopt;
  const auto crc = parse_number<std::uint32_t>(line.substr(0, checksum_digits), 16);
  if (!crc) return std::nullopt;
  const auto record = line.substr(checksum_digits + 1);
  if (crc != crc32(record)) return std::nullopt;
  return record;
}

Result<std::unique_ptr<LineJournal>> LineJournal::open(FileSystem& files, std::string path) {
  std::unique_ptr<LineJournal> journal(new LineJournal(files, std::move(path)));
  if (auto loaded = journal->load(); !loaded) return loaded.error();
  return journal;
}

Status LineJournal::load() {
  auto file = files_.open(path_, OpenMode::append);
  if (!file) return file.error();
  file_ = std::move(*file);
  const auto bytes = files_.read_whole(path_, max_bytes);
  if (!bytes) return bytes.error();
  // The name of a new file has to outlive a crash as surely as its first record. One without any
  // may be new, too: whoever made it died before this.
  if (bytes->empty()) {
    if (auto synced = files_.sync_directory(parent_of(path_)); !synced) return synced;
  }
  std::string_view rest = *bytes;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    if (const auto record = unframe_record(rest.substr(0, end))) {
      records_.emplace_back(*record);
    } else {
      ++damaged_;
    }
    size_ += end + 1;
    rest.remove_prefix(end + 1);
  }
  if (rest.empty()) return {};
  if (auto cut = file_->truncate(size_); !cut) return cut.error().within(path_);
  if (auto synced = file_->sync(); !synced) return synced.error().within(path_);
  return {};
}

std::vector<std::string> LineJournal::take_records() {
  return std::move(records_);
}

Status LineJournal::append(std::string_view record) {
  assert(record.find('\n') == std::string_view::npos);
  if (torn_) {
    if (auto cut = file_->truncate(size_); !cut) return cut.error().within(path_);
    torn_ = false;
  }
  if (unsettled_) {
    if (auto synced = files_.sync_directory(parent_of(path_)); !synced) return synced;
    unsettled_ = false;
  }
  const std::string line = frame_record(record);
  if (size_ + line.size() > max_bytes) {
    return fail(Errc::exhausted, path_ + ": the journal is full");
  }
  Status done = file_->append(line);
  if (done) done = file_->sync();
  if (done) {
    size_ += line.size();
    return {};
  }
  // What may have been written of it must not come back after a crash as if it had been promised.
  torn_ = !file_->truncate(size_).ok();
  return done.error().within(path_);
}

Status LineJournal::rewrite(const std::vector<std::string>& records) {
  std::string bytes;
  for (const std::string& record : records) bytes += frame_record(record);
  const std::string temporary = path_ + ".new";
  if (auto old = files_.remove(temporary); !old && old.error().code != Errc::not_found) return old;
  auto file = files_.open(temporary, OpenMode::create_new);
  if (!file) return file.error();
  Status done = (*file)->append(bytes);
  if (done) done = (*file)->sync();
  if (done) done = files_.rename(temporary, path_);
  if (!done) {
    (void)files_.remove(temporary);
    return done.error().within(path_);
  }
  // The descriptor that wrote it goes on: opening the name anew could fail, and what was appended
  // to the old file would be lost with it.
  file_ = std::move(*file);
  size_ = bytes.size();
  torn_ = false;
  unsettled_ = !files_.sync_directory(parent_of(path_)).ok();
  return {};
}

}  // namespace edgeherd
