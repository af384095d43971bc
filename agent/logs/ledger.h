// Ledger: what is known for sure about each segment of the access log. A LineJournal of these
// records (docs/log-contract.md has their meaning for an operator):
//   node ID                                 whose segments these are (the rest)
//   open SEQ INODE FROM HEAD_BYTES HEAD     the file is about to get its place in the spool
//   pack SEQ DATE LINES RAW BYTES SHA MD5   the compressed segment is on disk
//   put SEQ KEY                             the object is about to be PUT under this key (the rest)
//   short SEQ LINES                         its log has lost so many lines of what was packed
//   drop SEQ LINES                          given up for want of space; goes on as an empty segment
//   done SEQ KEY                            the coordinator has verified the object;
//                                           the key is the rest and may hold blanks
//   lost LINES WHY                          lines that are known to be lost
//   base SEGMENTS LINES LOST HIGHEST BYTES  first in a compacted ledger: totals, the highest number,
//                                           and how much of the list of stored segments counts
// In memory are only segments that are not yet stored: a node may live for years. For the same
// reason the ledger is compacted: what is stored moves to a list beside it (stored_list.h).
// Thread: the loop's. Every write is durable when it returns success.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/logs/segment.h"
#include "agent/logs/stored_list.h"
#include "common/core/file_system.h"
#include "common/core/line_journal.h"

namespace edgeherd::logs {

class Ledger {
 public:
  // `path` is the ledger's, `list` that of the stored segments; both in one directory. Where the
  // ledger is lost and the list is not, the list tells the totals. The error names the file.
  [[nodiscard]] static Result<std::unique_ptr<Ledger>> open(FileSystem& files, std::string path,
                                                            std::string list);

  // Called when the disk is full; true when there is room again, at once.
  void on_full(std::function<bool()> make_room) { make_room_ = std::move(make_room); }

  // Whose it is; empty in a new one, and in one of before this was recorded.
  [[nodiscard]] const std::string& node() const { return node_; }
  Status belongs_to(const std::string& node);

  Status opened(const Segment& segment);
  Status packed(std::uint64_t seq, Packed pack);
  Status put(std::uint64_t seq, const std::string& key);
  // What is left of the log is to be packed as if it never had been.
  Status shortened(std::uint64_t seq, std::uint64_t lines);
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
  // Neither file is there, but it was PUT: the archive may have it.
  void gone(std::uint64_t seq);

  // Not yet stored, by number.
  [[nodiscard]] const std::map<std::uint64_t, Segment>& segments() const { return segments_; }
  [[nodiscard]] const Segment* find(std::uint64_t seq) const;
  // One above everything that was ever packed, or has a file (see reserve).
  [[nodiscard]] std::uint64_t next_seq() const;
  // The spool holds a file of this number: it is taken.
  void reserve(std::uint64_t seq);
  [[nodiscard]] std::uint64_t stored_segments() const { return stored_segments_; }
  [[nodiscard]] std::uint64_t stored_lines() const { return stored_lines_; }
  [[nodiscard]] std::uint64_t lines_lost() const { return lines_lost_; }
  [[nodiscard]] std::size_t damaged() const { return journal_->damaged(); }

  // Every stored segment, read from the files: for the manifest, and after a crash.
  [[nodiscard]] Result<StoredSegments> read_stored();

  // Whether the ledger is larger than this, and most of it is about what is stored.
  [[nodiscard]] bool worth_compacting(std::uint64_t above_bytes) const;
  // Moves what is stored to the list and begins the ledger anew; atomic, and harmless when it
  // fails. Only while the spool holds no file of a stored segment: the list has no need of them.
  Status compact();
  [[nodiscard]] std::uint64_t bytes() const { return journal_->bytes(); }

 private:
  Ledger(FileSystem& files, std::string path, std::string list)
      : files_(files), path_(std::move(path)), list_(files, std::move(list)) {}
  void apply(std::string_view record, StoredSegments* stored);
  Status adopt_list();
  [[nodiscard]] std::string base_record(std::uint64_t list_bytes) const;
  Status write(const std::string& record);
  [[nodiscard]] Segment& segment(std::uint64_t seq);

  FileSystem& files_;
  std::string path_;
  StoredList list_;
  std::uint64_t list_bytes_ = 0;  // how much of the list counts
  std::unique_ptr<LineJournal> journal_;
  std::function<bool()> make_room_;
  std::string node_;
  std::map<std::uint64_t, Segment> segments_;
  std::uint64_t highest_packed_ = 0;
  std::uint64_t highest_reserved_ = 0;
  std::uint64_t stored_segments_ = 0;
  std::uint64_t stored_lines_ = 0;
  std::uint64_t lines_lost_ = 0;
};

}  // namespace edgeherd::logs
