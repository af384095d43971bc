// LineJournal: a small append-only file of text records, each with its checksum; what survives of
// it after a crash are whole records, in order.
//
// On disk: "<CRC-32 of the record, 8 hex digits> <record>\n". Thread: one user at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/file_system.h"

namespace edgeherd {

class LineJournal {
 public:
  static constexpr std::size_t max_bytes = 64 * 1024 * 1024;  // of a journal that can be opened

  // Opens or creates the file and reads its records. A torn end is cut off; damaged lines before it
  // are left out and counted. The error names the path.
  [[nodiscard]] static Result<std::unique_ptr<LineJournal>> open(FileSystem& files,
                                                                 std::string path);

  // What was there when it was opened; taken once.
  [[nodiscard]] std::vector<std::string> take_records();
  [[nodiscard]] std::size_t damaged() const { return damaged_; }

  // Durable when it returns success. After a failure the record is not there, nor will be; when
  // even that cannot be made sure, every further append fails. `exhausted` when the disk or the
  // journal (max_bytes) is full. The record must not hold a line break.
  Status append(std::string_view record);

  // Replaces everything by these records, which say the same in fewer words: atomically, so that a
  // crash leaves one of both lists. On an error nothing has changed. Until the new name is known to
  // outlive a crash every append fails, for its record could go with it.
  Status rewrite(const std::vector<std::string>& records);

  [[nodiscard]] std::uint64_t bytes() const { return size_; }

 private:
  LineJournal(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  Status load();

  FileSystem& files_;
  std::string path_;
  std::unique_ptr<File> file_;
  std::vector<std::string> records_;
  std::size_t damaged_ = 0;
  std::uint64_t size_ = 0;  // of the whole records
  bool torn_ = false;       // bytes behind size_ that could not be cut off
  bool unsettled_ = false;  // renamed, and the directory could not be synced
};

// One line of such a file, with its line end.
[[nodiscard]] std::string frame_record(std::string_view record);
// The record of a line without its end; nothing when the checksum does not fit.
[[nodiscard]] std::optional<std::string_view> unframe_record(std::string_view line);

}  // namespace edgeherd
