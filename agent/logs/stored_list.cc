#include "agent/logs/stored_list.h"

#include <algorithm>

#include "agent/logs/words.h"
#include "common/core/line_journal.h"

namespace edgeherd::logs {

namespace {

constexpr std::size_t block_bytes = 64 * 1024;

std::string record_of(const Segment& s) {
  std::string record;
  for (const std::uint64_t number :
       {s.seq, s.inode, s.from, s.pack.raw_bytes, s.pack.lines, s.pack.bytes}) {
    record += std::to_string(number) + " ";
  }
  return record + s.pack.sha256 + " " + s.key;
}

bool parse(std::string_view record, Segment& s) {
  Words words(record);
  s.seq = words.number();
  s.inode = words.number();
  s.from = words.number();
  s.pack.raw_bytes = words.number();
  s.pack.lines = words.number();
  s.pack.bytes = words.number();
  s.pack.sha256 = words.word();
  s.key = words.rest();
  s.packed = s.pinned = true;
  return words.good();
}

void take_line(std::string_view line, StoredSegments& into) {
  const auto record = unframe_record(line);
  Segment segment;
  if (record && parse(*record, segment)) {
    into.by_seq[segment.seq] = std::move(segment);
  } else {
    ++into.damaged;
  }
}

}  // namespace

Result<std::uint64_t> StoredList::size() {
  const auto info = files_.info(path_);
  if (info) return info->size;
  if (info.error().code == Errc::not_found) return std::uint64_t{0};
  return info.error();
}

Result<std::uint64_t> StoredList::append(std::uint64_t at, const StoredSegments& segments) {
  auto file = files_.open(path_, OpenMode::append);
  if (!file) return file.error();
  const auto info = (*file)->info();
  if (!info) return info.error();
  // One that is shorter has been damaged: an empty line keeps that visible, and what follows whole.
  const std::uint64_t begin = std::min(at, info->size);
  std::string bytes = begin < at ? "\n" : "";
  for (const auto& [seq, segment] : segments.by_seq) bytes += frame_record(record_of(segment));
  Status done = info->size > begin ? (*file)->truncate(begin) : Status();
  if (done) done = (*file)->append(bytes);
  if (done) done = (*file)->sync();
  if (!done) {
    (void)(*file)->truncate(begin);  // its room, should the disk be full
    return done.error().within(path_);
  }
  // Each time, not for a new file alone: an earlier life may have died before it came to this.
  const auto slash = path_.rfind('/');
  if (auto synced = files_.sync_directory(path_.substr(0, slash)); !synced) return synced.error();
  return begin + bytes.size();
}

Status StoredList::read(std::uint64_t bytes, StoredSegments& into) {
  if (bytes == 0) return {};
  auto file = files_.open(path_, OpenMode::read);
  if (!file && file.error().code == Errc::not_found) {
    ++into.damaged;
    return {};
  }
  if (!file) return file.error();
  std::string half_line;
  for (std::uint64_t at = 0; at < bytes;) {
    const auto wanted = std::min<std::uint64_t>(block_bytes, bytes - at);
    const auto block = (*file)->read_at(at, static_cast<std::size_t>(wanted));
    if (!block) return block.error();
    if (block->empty()) {
      ++into.damaged;
      break;
    }
    at += block->size();
    std::string_view rest = *block;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      half_line += rest.substr(0, end);
      take_line(half_line, into);
      half_line.clear();
      rest.remove_prefix(end + 1);
    }
    half_line += rest;
  }
  if (!half_line.empty()) ++into.damaged;
  return {};
}

}  // namespace edgeherd::logs
