// FileSystem: the seam for files whose survival matters (ledgers, keys, spools).
//
// What was written but not synced may be lost in a crash; what was renamed but whose directory was
// not synced may come back under the old name. The simulated twin does both.
// Thread: safe to call from any thread; a File has one user at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd {

struct FileInfo {
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  WallTime modified{};
  bool directory = false;
  bool executable = true;  // by somebody
};

class File {
 public:
  virtual ~File() = default;
  // Up to `limit` bytes from `offset`; empty at the end of the file.
  [[nodiscard]] virtual Result<std::string> read_at(std::uint64_t offset, std::size_t limit) = 0;
  // All of `bytes` at the end of the file, or an error (part of them may then be there).
  virtual Status append(std::string_view bytes) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Status sync() = 0;
  [[nodiscard]] virtual Result<FileInfo> info() = 0;
};

enum class OpenMode {
  read,        // must exist
  append,      // created with mode 0600 if it does not exist
  create_new,  // must not exist
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& path,
                                                           OpenMode mode) = 0;
  [[nodiscard]] virtual Result<FileInfo> info(const std::string& path) = 0;
  // Names (not paths) in a directory, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  // As rename, but `conflict` when `to` exists: it is never replaced. This default asks first and
  // then renames, which is enough where nobody else writes; the real twin does both in one step.
  virtual Status rename_new(const std::string& from, const std::string& to);
  virtual Status remove(const std::string& path) = 0;
  virtual Status make_directories(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  // Bytes an unprivileged writer can still use there.
  [[nodiscard]] virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;

  // Whole files. write_whole is atomic and durable: temporary file, sync, rename, directory sync.
  [[nodiscard]] Result<std::string> read_whole(const std::string& path, std::size_t limit);
  Status write_whole(const std::string& path, std::string_view bytes);
};

// The directory that `path` stands in, as written: "." of a bare name, "/" of "/x".
[[nodiscard]] std::string parent_of(const std::string& path);

}  // namespace edgeherd
