// StoredList: the segments that are stored for good, one line each, where the compacted ledger puts
// them. It only grows, is read for the manifest alone, and no node needs it in memory.
//
// On disk, each framed as in common/core/line_journal.h:
//   "SEQ INODE FROM RAW LINES BYTES SHA256 KEY"; the key may hold blanks
// The ledger says how much of the file counts: what a crash left behind that is overwritten.
// Thread: the loop's. Owner: the Ledger.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "agent/logs/segment.h"
#include "common/core/file_system.h"

namespace edgeherd::logs {

// What is stored, by number.
struct StoredSegments {
  std::map<std::uint64_t, Segment> by_seq;
  std::size_t damaged = 0;  // lines of the list that cannot be read, or are missing
};

class StoredList {
 public:
  StoredList(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  // Puts these behind the first `at` bytes, durably; the new length. Those bytes stay as they are,
  // whatever fails.
  [[nodiscard]] Result<std::uint64_t> append(std::uint64_t at, const StoredSegments& segments);

  // Adds what the first `bytes` bytes say. A list that is shorter counts as damaged.
  Status read(std::uint64_t bytes, StoredSegments& into);

  // Of the whole file; 0 when there is none.
  [[nodiscard]] Result<std::uint64_t> size();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  FileSystem& files_;
  std::string path_;
};

}  // namespace edgeherd::logs
