#include "agent/logs/tailer.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "agent/logs/tail_position.h"

namespace edgeherd::logs {

namespace {

constexpr std::size_t head_bytes = 256;  // enough to tell two logs apart: 3 lines with their times
constexpr std::size_t most_old_files = 8;  // rotated files that are watched at once

}  // namespace

Tailer::Tailer(FileSystem& files, TailerConfig config) : files_(files), config_(std::move(config)) {
  assert(config_.block_bytes > 0 && config_.line_limit_bytes > 0);
}

Tailer::~Tailer() = default;

void Tailer::poll(MonoTime now) {
  trouble_.reset();
  look_for_rotation(now);
  std::uint64_t budget = config_.budget_bytes;
  for (Source& source : sources_) {
    check_truncation(source);
    read_source(source, now, budget);
  }
  // A rotated file goes once it is read to its end and has been silent for a while.
  while (sources_.size() > 1 && !sources_.front().unread &&
         now - sources_.front().last_growth >= config_.old_file_quiet) {
    sources_.erase(sources_.begin());
  }
  first_poll_ = false;
  if (save_due_ && now - last_save_ >= config_.save_every) {
    save();
    last_save_ = now;
  }
}

void Tailer::look_for_rotation(MonoTime now) {
  const auto named = files_.info(config_.access_log);
  if (!named) {
    if (named.error().code != Errc::not_found) ++counters_.read_errors;
    // Between the rename and nginx's reopening the old file goes on under its descriptor.
    if (sources_.empty()) trouble_ = named.error();
    return;
  }
  const bool known = !sources_.empty() && sources_.back().inode == named->inode &&
                     sources_.back().device == named->device;
  if (!known) open_current(now);
}

void Tailer::open_current(MonoTime now) {
  auto file = files_.open(config_.access_log, OpenMode::read);
  const auto info = file ? (*file)->info() : Result<FileInfo>(file.error());
  if (!info) {
    if (info.error().code != Errc::not_found) ++counters_.read_errors;
    trouble_ = info.error();
    return;
  }
  Source source;
  source.file = std::move(*file);
  source.inode = info->inode;
  source.device = info->device;
  source.last_growth = now;
  // Only a file that was there at the first poll can hold lines from before us; one that appears
  // later is nginx's own new file.
  if (first_poll_) place_first(source, info->size);
  if (!sources_.empty()) {
    ++counters_.rotations;
    sources_.back().last_growth = now;
  }
  if (sources_.size() > most_old_files) sources_.erase(sources_.begin());
  sources_.push_back(std::move(source));
  save_due_ = true;
}

// Where to begin in the log that an earlier life of the agent may have read in part.
void Tailer::place_first(Source& source, std::uint64_t size) {
  const auto position = load_tail_position(files_, config_.state_file);
  if (position && position->inode == source.inode && position->offset <= size) {
    const auto head = source.file->read_at(0, position->head_bytes);
    if (head && head->size() == position->head_bytes && head_hash(*head) == position->head_hash) {
      source.offset = position->offset;
      source.lines = position->lines;
    }
  }
  const std::uint64_t behind = size - source.offset;
  if (behind > config_.backlog_limit_bytes) {
    counters_.skipped_bytes += behind;
    source.offset = size;
    source.skipping = true;  // most likely inside a line
  }
  source.backlog = behind > 0;
}

void Tailer::check_truncation(Source& source) {
  const auto info = source.file->info();
  if (!info) {
    ++counters_.read_errors;
    trouble_ = info.error();
    return;
  }
  source.size = info->size;
  if (info->size >= source.offset) return;
  ++counters_.truncations;
  counters_.truncated_lines += source.lines;
  source.offset = 0;
  source.lines = 0;
  source.half_line.clear();
  source.head.clear();
  source.skipping = false;
}

void Tailer::read_source(Source& source, MonoTime now, std::uint64_t& budget) {
  source.unread = source.size > source.offset;
  while (source.unread && budget > 0) {
    const std::uint64_t wanted =
        std::min({source.size - source.offset, budget, std::uint64_t{config_.block_bytes}});
    const auto block = source.file->read_at(source.offset, static_cast<std::size_t>(wanted));
    if (!block) {
      ++counters_.read_errors;
      trouble_ = block.error();
      return;
    }
    if (block->empty()) break;  // it shrank meanwhile; the next poll sees how
    take_block(source, *block);
    budget -= std::min<std::uint64_t>(budget, block->size());
    source.last_growth = now;
    source.unread = source.size > source.offset;
    save_due_ = true;
  }
  if (!source.unread) source.backlog = false;
}

void Tailer::take_block(Source& source, std::string_view block) {
  if (source.offset < head_bytes && source.head.size() == source.offset) {
    source.head.append(block.substr(0, head_bytes - source.head.size()));
  }
  source.offset += block.size();
  while (!block.empty()) {
    const void* found = std::memchr(block.data(), '\n', block.size());
    if (found == nullptr) break;
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - block.data());
    end_line(source, block.substr(0, length));
    block.remove_prefix(length + 1);
  }
  if (block.empty() || source.skipping) return;
  source.half_line.append(block);
  if (source.half_line.size() > config_.line_limit_bytes) {
    source.skipping = true;
    source.half_line.clear();
    source.half_line.shrink_to_fit();
  }
}

// `rest` is the end of a line whose beginning may stand in half_line.
void Tailer::end_line(Source& source, std::string_view rest) {
  ++source.lines;
  if (source.skipping) {
    source.skipping = false;
    ++counters_.long_lines;
    return;
  }
  if (source.half_line.empty()) {
    take_line(source, rest);
    return;
  }
  source.half_line.append(rest);
  take_line(source, source.half_line);
  source.half_line.clear();
}

void Tailer::take_line(const Source& source, std::string_view line) {
  if (line.size() > config_.line_limit_bytes) {
    ++counters_.long_lines;
    return;
  }
  LogRecord record;
  if (!parse_log_line(line, config_.format, record)) {
    ++counters_.foreign_lines;
    return;
  }
  if (source.backlog) {
    ++counters_.backlog_requests;
    return;
  }
  ++counters_.requests;
  counters_.requests_until_ms = std::max(counters_.requests_until_ms, record.msec);
  times_.add(record.msec);
  counters_.bytes_sent += record.bytes_sent;
  if (record.status_class != 0) {
    ++counters_.status_classes[static_cast<std::size_t>(record.status_class - 1)];
  }
  if (record.latency_seconds >= 0) latency_.add(sketch_bucket(record.latency_seconds), 1);
}

bool Tailer::live() const {
  return !sources_.empty() &&
         std::none_of(sources_.begin(), sources_.end(), [](const Source& s) { return s.backlog; });
}

std::optional<std::uint64_t> Tailer::lines_of(std::uint64_t inode) const {
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [inode](const Source& s) { return s.inode == inode; });
  if (found == sources_.end()) return std::nullopt;
  return found->lines;
}

void Tailer::save() {
  if (config_.state_file.empty() || sources_.empty()) return;
  const Source& source = sources_.back();
  TailPosition position;
  position.inode = source.inode;
  position.offset = source.offset - source.half_line.size();
  position.lines = source.lines;
  // After a resumption in mid-file the head has not been read: keep it short, or fetch it once.
  std::string head = source.head;
  if (head.empty() && source.offset > 0) {
    if (auto bytes = source.file->read_at(0, head_bytes)) head = std::move(*bytes);
  }
  position.head_bytes = head.size();
  position.head_hash = head_hash(head);
  // A hint: that it cannot be kept, on a full disk, is no trouble of the log's.
  (void)save_tail_position(files_, config_.state_file, position);
  save_due_ = false;
}

}  // namespace edgeherd::logs
