// Where a Tailer stood, across a restart: a hint, checked before it is believed, so a torn or lost
// one does no harm and nothing is synced for it. On disk one line:
//   "tail 2 <inode> <offset> <head bytes> <FNV-1a 64 of the head> <lines> <FNV-1a 64 of all before>"
// with both hashes in hex.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/file_system.h"

namespace edgeherd::logs {

struct TailPosition {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;      // the first byte of the first line not yet counted
  std::uint64_t head_bytes = 0;  // how much of the file's beginning was hashed
  std::uint64_t head_hash = 0;
  std::uint64_t lines = 0;  // that ended before the offset, as far as they were read
  bool operator==(const TailPosition&) const = default;
};

// FNV-1a, 64 bits (Fowler, Noll, Vo): recognises, proves nothing.
[[nodiscard]] std::uint64_t head_hash(std::string_view bytes);

// Nothing when there is none, or it is damaged.
[[nodiscard]] std::optional<TailPosition> load_tail_position(FileSystem& files,
                                                             const std::string& path);
Status save_tail_position(FileSystem& files, const std::string& path, const TailPosition& position);

}  // namespace edgeherd::logs
