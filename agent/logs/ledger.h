// Ledger: what is known for sure about each segment of the access log. A LineJournal of these
// records (docs/log-contract.md has their meaning for an operator):
//   open SEQ INODE FROM HEAD_BYTES HEAD     the file is about to get its place in the spool
//   pack SEQ DATE LINES RAW BYTES SHA MD5   the compressed segment is on disk
//   drop SEQ LINES                          given up for want of space; goes on as an empty segment
//   done SEQ KEY                            the coordinator has verified the object
//   lost LINES WHY                          lines that are known to be lost
// In memory are only segments that are not yet stored: a node may live for years.
// Thread: the loop's. Every write is durable when it returns success.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/core/file_system.h"
#include "common/core/line_journal.h"

namespace edgeherd::logs {

// What compressing a segment tells.
struct Packed {
  std::string date;  // UTC day of the closing, "2026-11-23"
  std::uint64_t lines = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t bytes = 0;  // of the object
  std::string sha256;       // hex, of the object
  std::string md5;          // base64, of the object
};

struct Segment {
  std::uint64_t seq = 0;
  std::uint64_t inode = 0;
  std::uint64_t from = 0;        // the first byte of the file that belongs to it
  std::uint64_t head_bytes = 0;  // how much of the file's beginning was hashed
  std::uint64_t head = 0;        // FNV-1a 64 of that
  bool packed = false;
  Packed pack;           // when packed, or when it has to be packed again just so
  bool pinned = false;   // `pack` says what the object must be
  bool dropped = false;  // its content was given up: an empty segment stands for it
  std::string key;       // when stored
};

class Ledger {
 public:
  // The error names the file.
  [[nodiscard]] static Result<std::unique_ptr<Ledger>> open(FileSystem& files, std::string path);

  // Called when the disk is full; true when there is room again, at once.
  void on_full(std::function<bool()> make_room) { make_room_ = std::move(make_room); }

  Status opened(const Segment& segment);
  Status packed(std::uint64_t seq, Packed pack);
  Status dropped(std::uint64_t seq, std::uint64_t lines);
  // Forgets the segment in memory.
  Status stored(std::uint64_t seq, const std::string& key);
  Status lost(std::uint64_t lines, const std::string& why);
  // An intent that came to nothing: its number is free again. In memory only: the spool, which has
  // no such file, tells as much after a crash.
  void withdraw(std::uint64_t seq) { segments_.erase(seq); }
  // There is no compressed file (it was kept in memory, or is gone), but the other is there: it has
  // to be packed again, to the very same object.
  void unpack(std::uint64_t seq);

  // Not yet stored, by number.
  [[nodiscard]] const std::map<std::uint64_t, Segment>& segments() const { return segments_; }
  [[nodiscard]] const Segment* find(std::uint64_t seq) const;
  // One above everything that was ever packed, or has a file (see reserve).
  [[nodiscard]] std::uint64_t next_seq() const;
  // The spool holds a file of this number: it is taken.
  void reserve(std::uint64_t seq);
  // Every number that was ever packed is either here or stored.
  [[nodiscard]] bool is_stored(std::uint64_t seq) const {
    return seq <= highest_packed_ && !segments_.contains(seq);
  }

  [[nodiscard]] std::uint64_t stored_segments() const { return stored_segments_; }
  [[nodiscard]] std::uint64_t stored_lines() const { return stored_lines_; }
  [[nodiscard]] std::uint64_t lines_lost() const { return lines_lost_; }
  [[nodiscard]] std::size_t damaged() const { return journal_->damaged(); }

  // Every stored segment, by number, read from the file: for the manifest.
  [[nodiscard]] Result<std::vector<Segment>> read_stored();

 private:
  explicit Ledger(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  void apply(std::string_view record, std::vector<Segment>* stored);
  Status write(const std::string& record);
  [[nodiscard]] Segment& segment(std::uint64_t seq);

  FileSystem& files_;
  std::string path_;
  std::unique_ptr<LineJournal> journal_;
  std::function<bool()> make_room_;
  std::map<std::uint64_t, Segment> segments_;
  std::uint64_t highest_packed_ = 0;
  std::uint64_t highest_reserved_ = 0;
  std::uint64_t stored_segments_ = 0;
  std::uint64_t stored_lines_ = 0;
  std::uint64_t lines_lost_ = 0;
};

}  // namespace edgeherd::logs
